"""What a site adds to the shipped trials: proposals, and a second person's decision about each."""

from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Fact, Site
from daybreak.evidence.additions import TABLES


class Proposal(Fact):
    """New or corrected rows of the trial data, as CSV in the columns of the shipped files. Only rows that passed."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    reason = models.TextField(help_text="why the data should change, and where the numbers were read")
    trials = models.TextField(blank=True)
    arms = models.TextField(blank=True)
    results = models.TextField(blank=True)
    were = models.JSONField(
        null=True, help_text="what the named cells of corrected rows held, by table and row; null: every cell is named"
    )
    refused = models.JSONField(default=list, help_text="rows sent and not kept: file, line, id, field, reason")

    class Meta(Fact.Meta):
        indexes: ClassVar = [models.Index(fields=["site", "-recorded_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def texts(self) -> dict[str, str]:
        """The rows by table."""
        return {table: getattr(self, table) for table in TABLES if getattr(self, table)}

    @property
    def is_waiting(self) -> bool:
        return not hasattr(self, "decision")


class Decision(Fact):
    """A second person accepts a proposal into the data of the site, or refuses it, and says why."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="decision")
    accepted = models.BooleanField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.proposal}: {'accepted' if self.accepted else 'refused'}"
