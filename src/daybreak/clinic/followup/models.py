"""Measures, which are filled and scored copies of instruments, and calls after a session."""

from typing import ClassVar

from django.db import models

from daybreak.clinic.record.models import Course, Fact
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.follow_up import CallKind
from daybreak.treatment.instruments import Instrument, Item, instrument


class Measure(Fact):
    """One filled, scored copy of an instrument, with the rule that scored it."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="measures")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, related_name="measures")
    instrument = models.CharField(max_length=20)
    instrument_version = models.CharField(max_length=40, blank=True)
    # The due question it was given to: `baseline`, `regular`, `2h`, `24h`; empty for one that was not asked for.
    occasion = models.CharField(max_length=20, blank=True)
    answers = models.JSONField(default=dict, help_text="item -> value, null: not answered; empty: a total only")
    total = models.FloatField(null=True, help_text="None: too much is missing for a total")
    scored = models.JSONField(default=dict, help_text="band, rules, missing items, alerts, in words")
    completed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["course", "instrument", "completed_at"])]

    def __str__(self) -> str:
        return f"{self.instrument} {self.total} on {self.completed_at:%Y-%m-%d}"

    @property
    def scale(self) -> Instrument:
        """The instrument as the knowledge files describe it."""
        return instrument(self.instrument)

    @property
    def lines(self) -> list[tuple[Item, int | None, str]]:
        """Every item with its value and the words of the answer; None and empty where it was not answered."""
        said = {int(number): value for number, value in self.answers.items()}
        words = {(item.number, option.value): option.text for item in self.scale.items for option in item.options}
        return [
            (item, said.get(item.number), words.get((item.number, said.get(item.number)), ""))
            for item in self.scale.items
            if self.answers
        ]


class Call(Fact):
    """One try to call a person after a session, or that a try was recorded by mistake (`corrects`)."""

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        NOT_REACHED = "not reached", "Not reached"
        GIVEN_UP = "given up", "No further try"
        TAKEN_BACK = "taken back", "Taken back"

    # What becomes of a try.
    OF_A_TRY = (Outcome.REACHED, Outcome.NOT_REACHED, Outcome.GIVEN_UP)

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="calls")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value.replace("_", " ")) for kind in CallKind])
    outcome = models.CharField(max_length=20, choices=Outcome)
    words = models.TextField(blank=True)
    again_at = models.DateTimeField(null=True, help_text="when it is tried again, if the person was not reached")
    called_at = models.DateTimeField()
    why_early = models.TextField(
        blank=True, help_text="reached before the day on which it was due: why that settles it"
    )

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} at {self.called_at:%H:%M}"

    @property
    def settles(self) -> bool:
        """Whether no further try is due."""
        return self.outcome in (self.Outcome.REACHED, self.Outcome.GIVEN_UP)
