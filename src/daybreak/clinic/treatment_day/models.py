"""The treatment day: chairs and monitors, sessions as lists of events, readings."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import Course, Fact, Patient, Site, User, new_id
from daybreak.treatment.vitals import NAMES, Vital


class Chair(models.Model):
    """A place where a person is treated."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "name"], name="one_chair_per_name")]

    def __str__(self) -> str:
        return f"Chair {self.name}"


class Session(models.Model):
    """One treatment day of a course. What happened is in its events; `version` only tells a page to look again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["course", "number"], name="one_session_per_number")]

    def __str__(self) -> str:
        return f"{self.course}, session {self.number}"


class SessionEvent(Fact):
    """One thing that happened in a session. The fold of a session's events is its state (`state.py`)."""

    class Kind(models.TextChoices):
        CHECK_ANSWERED = "check answered", "Check answered"
        DOSE_STARTED = "dose started", "Dose started"
        DOSE_NOT_GIVEN = "dose not given", "Started by mistake, nothing was given"
        DEVICE_GIVEN = "device given", "Nasal device given"
        DOSE_PAUSED = "dose paused", "Paused"
        DOSE_RESUMED = "dose resumed", "Resumed"
        RATE_CHANGED = "rate changed", "Pump rate changed"
        DOSE_STOPPED = "dose stopped", "Stopped"
        OBSERVATION = "observation", "Observation"
        CRITERION_CHECKED = "criterion checked", "Criterion for leaving checked"
        LEFT = "left", "Left"
        NOTE_SIGNED = "note signed", "Note signed"
        NOTE_AMENDED = "note amended", "Note amended"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=30, choices=Kind)
    occurred_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["session", "occurred_at"]), models.Index(fields=["session", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at:%H:%M}"


# What an observation may be of, by the word in its data.
OBSERVATIONS = {
    "nausea": "Nausea",
    "distress": "Distress",
    "medicine": "Medicine given",
    "note": "Note",
    "emergency": "Emergency called",
    "swallowed": "Rest swallowed",
    "spat_out": "Rest spat out",
}


class Monitor(models.Model):
    """A bedside monitor, known by the name it gives itself in its messages."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    identifier = models.CharField(max_length=100, unique=True)
    mapping = models.CharField(max_length=60, default="generic", help_text="which codes it speaks")

    def __str__(self) -> str:
        return f"Monitor {self.identifier}"


class MonitorTie(Fact):
    """A monitor is tied to a session, or released (`session` is then empty). The newest row holds."""

    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, related_name="ties")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, related_name="ties")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.monitor} -> {self.session or 'nobody'}"


class DeviceMessage(Fact):
    """One message as it came, kept whatever became of it."""

    class Outcome(models.TextChoices):
        STORED = "stored", "Stored"
        NOBODY = "for nobody", "For nobody"
        REPEATED = "repeated", "Came before"
        UNREADABLE = "unreadable", "Unreadable"

    raw = models.BinaryField()
    sender = models.CharField(max_length=100, blank=True, help_text="the address it came from")
    control_id = models.CharField(max_length=200, blank=True)
    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, null=True, related_name="messages")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, related_name="messages")
    outcome = models.CharField(max_length=20, choices=Outcome)
    sentence = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["monitor", "control_id"]),
            models.Index(fields=["monitor", "-recorded_at"]),
            models.Index(fields=["outcome", "-recorded_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.control_id}"


class Reading(Fact):
    """One vital sign at one time, typed or from a monitor. `artefact` says why a number is not a true value."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="readings")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    vital = models.CharField(max_length=30, choices=[(vital.value, NAMES[vital]) for vital in Vital])
    value = models.FloatField(null=True, help_text="None: the monitor had no number")
    measured_at = models.DateTimeField()
    # No index: it is empty in most rows, and nothing is looked up by it.
    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    message = models.ForeignKey(DeviceMessage, on_delete=models.PROTECT, null=True, related_name="readings")
    artefact = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["session", "vital", "-measured_at"])]

    def __str__(self) -> str:
        return f"{self.vital} {self.value} at {self.measured_at:%H:%M}"
