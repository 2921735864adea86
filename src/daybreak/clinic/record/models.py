"""The shared facts: sites, people, courses, flags, audit.

Tables with `append_only = True` are guarded by the database itself (`append_only.py`). A correction is a new
row that names the old one and says why.
"""

import uuid
from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from uuid6 import uuid7

from daybreak.clinic.record.flag_words import FlagWords
from daybreak.clinic.record.permissions import ROLE_NAMES, Permission, Role, may
from daybreak.treatment.days import said_day


def new_id() -> uuid.UUID:
    """A UUIDv7: made anywhere, sorted by time."""
    return uuid7()


class Site(models.Model):
    """One clinic with its jurisdiction and its changes to the rules."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    jurisdiction = models.CharField(max_length=8, default="US")
    phone = models.CharField(max_length=40, blank=True)
    emergency_phone = models.CharField(max_length=40, blank=True)
    # True only for a database filled with synthetic people; one-click sign-in works in no other.
    demonstration = models.BooleanField(default=False)
    # How long a PIN is worth something after a full sign-in, and when a page that nobody touches locks. Both ours.
    shared_tablet_hours = models.PositiveSmallIntegerField(default=10)
    lock_after_minutes = models.PositiveSmallIntegerField(default=15)
    # What holds of the certification in the nasal programme (US), whose steps are facts of `programme/`; null: none is.
    nasal_certified = models.BooleanField(null=True)
    nasal_certified_on = models.DateField(null=True, help_text="since when, or when it ended")

    def __str__(self) -> str:
        return self.name


class Patient(models.Model):
    """A person who may be treated."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    given_name = models.CharField(max_length=200)
    family_name = models.CharField(max_length=200)
    birth_date = models.DateField()
    sex = models.CharField(max_length=10, blank=True, help_text="as the referral says: female, male, other")
    phone = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=60, blank=True)
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["family_name", "given_name"])]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def record_number(self) -> str:
        """The first number another system sent for this person, else the end of our own id. One query."""
        return record_number(self, self.identifiers.order_by("pk").values_list("value", flat=True).first())

    @property
    def age(self) -> int:
        return self.age_on(timezone.localdate())

    def age_on(self, day: date) -> int:
        """Completed years on a day."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def record_number(patient: Patient, sent: str | None) -> str:
    """The number a person's papers carry: what another system sent, else the end of our own id."""
    return sent or f"Daybreak {patient.pk.hex[-8:]}"


def named_on_paper(patient: Patient, number: str) -> str:
    """What every printed page says of a person: name, date of birth and record number."""
    born = patient.birth_date
    synthetic = "Synthetic person. " if patient.synthetic else ""
    return f"{synthetic}{patient}, born {said_day(born)}, record {number}"


class PatientIdentifier(models.Model):
    """A number another system knows the person by."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    system = models.CharField(max_length=300)
    value = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["system", "value"], name="one_person_per_identifier")]

    def __str__(self) -> str:
        return f"{self.system} {self.value}"


class User(AbstractUser):
    """A person who signs in: staff, or a patient (`patient` then names whom)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=20, choices=[(role.value, ROLE_NAMES[role]) for role in Role])
    display_name = models.CharField(max_length=200)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True)
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="user")

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                name="only_patients_are_tied_to_a_patient",
                condition=models.Q(role=Role.PATIENT, patient__isnull=False)
                | (~models.Q(role=Role.PATIENT) & models.Q(patient__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.display_name}, {self.role_name}"

    @property
    def role_name(self) -> str:
        return ROLE_NAMES.get(self.role, "user without a role")  # made by another command than ours

    def allows(self, permission: Permission | str) -> bool:
        return self.is_active and may(self.role, Permission(permission))


class Fact(models.Model):
    """Who recorded what, when and from where. Never changed; a correction names the row it replaces."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_from = models.CharField(max_length=60, blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    correction_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class Stage(models.TextChoices):
    REFERRAL = "referral", "Referral"
    SCREENING = "screening", "Screening"
    PLAN = "plan", "Plan"
    TREATMENT = "treatment", "Treatment days"
    FOLLOWUP = "followup", "Follow-up"
    ENDED = "ended", "Ended"


class CourseQuerySet(QuerySet["Course"]):
    def with_stage(self) -> "CourseQuerySet":
        """Each course with `stage` and `stage_since`, from its latest event."""
        latest = CourseEvent.objects.filter(course=OuterRef("pk")).order_by("-occurred_at", "-id")
        return self.annotate(
            stage=Subquery(latest.values("stage")[:1]), stage_since=Subquery(latest.values("occurred_at")[:1])
        )


class Course(models.Model):
    """One patient's treatment for one indication. Its stage is its latest `CourseEvent`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    indication = models.CharField(max_length=60)
    prescriber = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    therapist = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)

    objects = CourseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.patient}: {self.indication}"


class CourseEvent(Fact):
    """A course enters a stage."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="events")
    stage = models.CharField(max_length=20, choices=Stage)
    occurred_at = models.DateTimeField(default=timezone.now)
    reason = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["course", "-occurred_at"])]

    def __str__(self) -> str:
        return f"{self.course_id} entered {self.stage}"


class PatientFactKind(models.TextChoices):
    CONDITION = "condition"
    MEDICINE = "medicine"
    ALLERGY = "allergy"
    VITAL = "vital"
    SCORE = "score"
    ANSWER = "answer"
    SERIOUS_EVENT = "serious event"


class PatientFact(Fact):
    """One thing known about a person: a condition, a medicine, an allergy, a vital sign, an earlier score, or the
    answer to a screening question (`code` is then the rule's id and `state` yes, no or unknown), or a serious event
    after a dose (`code` is then what makes it serious, `DEATH` before all else)."""

    DEATH: ClassVar = "death"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=20, choices=PatientFactKind)
    system = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=100, blank=True)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=40, blank=True)
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=40, blank=True)
    occurred_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=200, help_text="where it was learned: a referral, an interview, a monitor")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "kind", "-occurred_at"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text or self.code}"


class Flag(FlagWords, Fact):
    """Something that needs a named person to act by a time. Answered by `FlagEvent`s, never edited."""

    class Level(models.TextChoices):
        WATCH = "watch", "Look"
        ACT = "act", "Act"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="flags")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="flags")
    kind = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=Level)
    title = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    rule = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    # The fact that raised it: a measure, a reading, a session.
    subject = models.UUIDField(null=True, db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "due_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        """Whether its time has passed; of an open flag."""
        return self.due_at < timezone.now()

    @property
    def whose(self) -> str:
        """Who acts, as a sentence: the owner, or everybody of their role once the owner's account was ended."""
        if self.owner.is_active:
            return f"Owner: {self.owner.display_name}."
        role = self.owner.role_name
        return f"Owner: nobody, the account of {self.owner.display_name} ended; any {role} takes it."

    def belongs_to(self, user: User) -> bool:
        """Whether it is this person's to end."""
        return user.pk == self.owner_id or (not self.owner.is_active and user.role == self.owner.role)


class FlagEvent(Fact):
    """What a person did about a flag."""

    class Kind(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CLOSED = "closed", "Closed"

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    action = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["flag", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.action}"

    @property
    def acknowledges(self) -> bool:
        """Whether it is an acknowledgement, and of somebody who is still here."""
        is_here = self.recorded_by is None or self.recorded_by.is_active
        return self.kind == self.Kind.ACKNOWLEDGED and is_here


class OpenFlag(models.Model):
    """That a flag is not closed yet. State, written with the flag and removed with the event that closes it.

    A clinic closes thousands of flags in a year: whoever asks for the open ones must not pass all the others.
    """

    flag = models.OneToOneField(Flag, on_delete=models.PROTECT, primary_key=True, related_name="waiting")
    # Those of the flag once more. A database asked for the site's people first would look for the flags of each.
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.flag_id} is open"


class WriteReceipt(models.Model):
    """That a write with this client-made id was carried out, and with what content."""

    append_only = True

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class AuditEntry(models.Model):
    """Who opened or did what, when and from where."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=60)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["patient", "-at"]),
            models.Index(fields=["user", "patient", "action", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"


class RuleSetSignature(Fact):
    """The medical director of a site has read a rule set and signs it."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    rule_set = models.CharField(max_length=80)
    statement = models.TextField()

    def __str__(self) -> str:
        return f"{self.site}: {self.rule_set}"


class OwnLimit(Fact):
    """A clinic's own number in place of a published limit; None goes back to that. The newest row holds."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    limit = models.CharField(max_length=60, help_text="the id of the limit, as in `treatment.limits`")
    value = models.FloatField(null=True)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.limit}: {'as published' if self.value is None else f'{self.value:g}'}"


class Heartbeat(models.Model):
    """When a part of the house last did its work. Overwritten: it is a state, not a fact of care."""

    part = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.part} at {self.at:%Y-%m-%d %H:%M:%S}"
