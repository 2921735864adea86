"""What screening keeps: antidepressant trials, the treatment considered, the prescriber's decision."""

from dataclasses import fields
from typing import ClassVar

from django.db import models
from django.utils import timezone

from daybreak.clinic.record.models import Course, Fact
from daybreak.treatment import resistance
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.patient_facts import Setting
from daybreak.treatment.resistance import StopReason


def _choices(names: type[Drug] | type[Route] | type[Setting] | type[StopReason]) -> list[tuple[str, str]]:
    return [(name.value, name.value) for name in names]


class AntidepressantTrial(Fact):
    """One antidepressant as it was taken. Empty means: not known; see `treatment.resistance` for each field."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="antidepressant_trials")
    drug = models.CharField(max_length=200)
    dose_mg_per_day = models.FloatField(null=True)
    weeks = models.FloatField(null=True, help_text="at or above the minimum dose")
    taken_as_prescribed = models.BooleanField(null=True)
    improvement_percent = models.FloatField(null=True)
    inadequate_response = models.BooleanField(null=True)
    current_episode = models.BooleanField(null=True)
    stopped_because = models.CharField(max_length=40, choices=_choices(StopReason), null=True)  # noqa: DJ001 - null: not known
    augmentation_of = models.CharField(max_length=200, null=True)  # noqa: DJ001 - null: on its own
    source = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.drug}, {self.course}"

    @property
    def taken(self) -> resistance.AntidepressantTrial:
        """The trial as the rules of resistance weigh it."""
        values = {field.name: getattr(self, field.name) for field in fields(resistance.AntidepressantTrial)}
        reason = values["stopped_because"]
        return resistance.AntidepressantTrial(**values | {"stopped_because": StopReason(reason) if reason else None})


class ScreeningRequest(Fact):
    """The treatment a prescriber considers for a course. The newest counts; before the first, the labelled one."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="screening_requests")
    drug = models.CharField(max_length=20, choices=_choices(Drug))
    route = models.CharField(max_length=20, choices=_choices(Route))
    setting = models.CharField(max_length=20, choices=_choices(Setting), default=Setting.OUTPATIENT)

    def __str__(self) -> str:
        return f"{self.drug} {self.route} for {self.course}"


class ScreeningDecision(Fact):
    """The prescriber's signed decision, with every finding as it stood."""

    class Outcome(models.TextChoices):
        DO_NOT_TREAT = "do_not_treat", "Do not treat"
        GO_ON = "go_on", "Go on to the plan"
        WAIT = "wait", "Wait for what is missing"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="screening_decisions")
    decided_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=20, choices=Outcome)
    drug = models.CharField(max_length=20, choices=_choices(Drug))
    route = models.CharField(max_length=20, choices=_choices(Route))
    setting = models.CharField(max_length=20, choices=_choices(Setting))
    jurisdiction = models.CharField(max_length=8)
    explanation = models.TextField(blank=True, help_text="why not, or what is waited for")
    reasons = models.JSONField(default=dict, help_text="why treatment goes on all the same, by rule")
    findings = models.JSONField(help_text="every finding as it stood, in the order of the rules")
    rule_set = models.CharField(max_length=80)
    review_on = models.DateField(null=True)
    statement = models.TextField(help_text="what the signature says")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["course", "-decided_at"])]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {self.course}"

    def count(self, state: State) -> int:
        """How many findings stood in this state."""
        return sum(finding["state"] == state for finding in self.findings)
