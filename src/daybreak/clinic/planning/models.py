"""A course's plan: versions, each with the regimen in words, and the signature under one of them."""

from functools import lru_cache
from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Course, Fact
from daybreak.treatment.regimen import Regimen
from daybreak.treatment.regimen_language import parse

USUAL_CONCENTRATION_MG_PER_ML = 1.0  # what the page starts from; ours, the pharmacy's own may differ


@lru_cache(maxsize=1024)
def _read(text: str) -> Regimen:
    """A board asks for the plan of every chair every two seconds."""
    return parse(text)


class Plan(Fact):
    """One version of the decision for a course. A change is a new version, never an edit."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveIntegerField()
    # The canonical words of `treatment.regimen_language`; what was typed may have been looser.
    regimen_text = models.TextField()
    first_day = models.DateField(help_text="the day of the first session")
    last_day = models.DateField(
        null=True, db_index=True, help_text="of the last session; None: not kept, ask the words"
    )
    # What was held before it was written stays as it was: its own sessions are counted on from there.
    first_number = models.PositiveIntegerField(
        default=1, db_default=1, help_text="the number in the course of its first session"
    )
    weight_kg = models.FloatField(null=True, help_text="the weight the doses were computed with")
    concentration_mg_per_ml = models.FloatField(
        default=USUAL_CONCENTRATION_MG_PER_ML, help_text="what injected doses are drawn up at"
    )
    jurisdiction = models.CharField(max_length=8)
    labelled = models.BooleanField()
    goals = models.TextField(blank=True)
    psychotherapy = models.TextField(blank=True)
    other_medicines = models.TextField(blank=True)
    stop_rules = models.TextField(blank=True)
    review_on = models.DateField(null=True)
    reasons = models.JSONField(default=dict, help_text="the reason given for each remark that needed one, by rule")
    change_reason = models.TextField(blank=True, help_text="why this version replaces the one before")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["course", "version"], name="one_plan_per_version")]

    def __str__(self) -> str:
        return f"{self.course}, plan {self.version}"

    @property
    def regimen(self) -> Regimen:
        return _read(self.regimen_text)

    @property
    def is_signed(self) -> bool:
        return hasattr(self, "signature")


class PlanSignature(Fact):
    """A prescriber signs one version of a plan."""

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="signature")
    statement = models.TextField()

    def __str__(self) -> str:
        return f"{self.plan}, signed"
