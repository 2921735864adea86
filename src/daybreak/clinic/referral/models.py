"""Referrals as they came, and their acceptance."""

import gzip
from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Course, Fact, Patient, Site


class Referral(Fact):
    """A document another system sent, kept as it came. It is nobody's until a person confirms it."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    compressed = models.BinaryField()

    def __str__(self) -> str:
        return self.file_name

    @property
    def document(self) -> bytes:
        return gzip.decompress(self.compressed)


class SetAside(Fact):
    """A person judged that a referral leads to nothing here: the wrong person, sent by mistake. It stays as it came."""

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="set_aside")
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.referral} set aside"


class Acceptance(Fact):
    """A person confirmed whom a referral is about; patient and course follow from it."""

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="acceptance")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="acceptances")
    # How many facts the referral added to the record; a second one that says the same adds none.
    new_facts = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["course"])]

    def __str__(self) -> str:
        return f"{self.referral} for {self.patient}"
