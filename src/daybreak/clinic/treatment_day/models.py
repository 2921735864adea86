"""The treatment day: chairs and monitors, sessions as lists of events, readings."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import Course, Fact, Patient, Site, User, new_id
from daybreak.clinic.treatment_day import raw_messages
from daybreak.treatment.limits import OwnLimits
from daybreak.treatment.vitals import NAMES, Vital


class Chair(models.Model):
    """A place where a person is treated. One that is retired keeps what it held and is offered for nothing new."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    name = models.CharField(max_length=40)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "name"], name="one_chair_per_name")]

    def __str__(self) -> str:
        return f"Chair {self.name}"


class Session(models.Model):
    """One treatment day of a course. What happened is in its events.

    `version` only tells a page to look again; `recorded` grows with it but for numbers that are only shown. `newest` is
    what a page shows of a monitor between two charted readings (`treatment.charting`). `is_over` says that the person
    has left, and `holds_number` that its number in the course is used up: the person has not left, or a dose was begun.
    All five are state, overwritten, and tell nothing that events and messages do not.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    recorded = models.PositiveIntegerField(default=0)
    is_over = models.BooleanField(default=False)
    holds_number = models.BooleanField(default=True)
    own_limits = models.JSONField(default=dict, help_text="the clinic's own limits by id, as they were when it opened")
    newest = models.JSONField(
        default=dict, help_text="what its monitors sent last, by vital sign; kept in the messages"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course", "number"], condition=models.Q(holds_number=True), name="one_session_per_number"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["opened_at"]),
            # Of twenty thousand sessions a few go on: whoever asks for those reads no other.
            models.Index(fields=["opened_at"], condition=models.Q(is_over=False), name="going_on"),
            models.Index(fields=["chair"], condition=models.Q(is_over=False), name="going_on_in_a_chair"),
        ]

    def __str__(self) -> str:
        return f"{self.course}, session {self.number}"

    @property
    def own(self) -> OwnLimits:
        """The clinic's own limits, which hold from its opening to its end whatever is changed meanwhile."""
        return tuple(sorted(self.own_limits.items()))


class SessionEvent(Fact):
    """One thing that happened in a session. The fold of a session's events is its state (`state.py`)."""

    class Kind(models.TextChoices):
        CHECK_ANSWERED = "check answered", "Check answered"
        TIME_OUT = "time-out", "Time-out by two people"
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


class TimeOutRule(Fact):
    """Whether a site wants a time-out by two people before each dose. The newest row holds; without one: no."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    wanted = models.BooleanField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.site}: time-out by two people {'wanted' if self.wanted else 'not wanted'}"


# What an observation may be of, by the word in its data.
OBSERVATIONS = {
    "nausea": "Nausea",
    "distress": "Distress",
    "medicine": "Medicine given",
    "note": "Note",
    "emergency": "Emergency called",
    "swallowed": "Rest swallowed",
    "spat_out": "Rest spat out",
    "not_counted": "Recorded on a tablet without network, not counted",
}
ONE_TOUCH = ("nausea", "distress")  # noted without a word, so also by mistake: it can be taken back
EMERGENCY = "emergency"  # one touch too, of the card or of a mark
WITH_REASON = (EMERGENCY, "medicine")  # others act on it, so it is taken back with a reason
NOT_COUNTED = "not_counted"  # something done that the record has no place for; nobody notes it by hand
LEAVING = "left"  # what a taking back calls a leaving
STOP = "stop"  # and a stop; either counts as none at any time once it was taken back
TAKEN_BACK = "taken_back"  # an observation that takes back the event it names (`of`); with a reason, it `corrects` it


class SiteCard(Fact):
    """A site's own part of the emergency card; the newest row holds."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    numbers = models.JSONField(default=list, help_text="name and number, in the order of calling")
    medicines = models.JSONField(default=list, help_text="name, dose and source")

    def __str__(self) -> str:
        return f"Emergency card of {self.site}"


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

    class Meta:
        indexes: ClassVar = [models.Index(fields=["monitor", "-at", "-id"])]

    def __str__(self) -> str:
        return f"{self.monitor} -> {self.session or 'nobody'}"


class DeviceMessage(Fact):
    """One message and what became of it. Its bytes stand apart, in `RawMessage`."""

    class Outcome(models.TextChoices):
        STORED = "stored", "Stored"
        NOBODY = "for nobody", "For nobody"
        REPEATED = "repeated", "Came before"
        UNREADABLE = "unreadable", "Unreadable"

    sender = models.CharField(max_length=100, blank=True, help_text="the address it came from")
    control_id = models.CharField(max_length=200, blank=True)
    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, null=True, related_name="messages")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, related_name="messages")
    outcome = models.CharField(max_length=20, choices=Outcome)
    sentence = models.TextField(blank=True)
    ahead_s = models.FloatField(null=True, help_text="its clock against ours, in seconds; below 0: behind")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["monitor", "control_id", "-recorded_at"]),
            models.Index(fields=["monitor", "-recorded_at"]),
            models.Index(fields=["outcome", "-recorded_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.control_id}"


class RawMessage(models.Model):
    """A message byte for byte, packed, and apart from what is read every day."""

    append_only = True

    message = models.OneToOneField(DeviceMessage, on_delete=models.PROTECT, primary_key=True, related_name="kept")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes: tells a message that comes again")
    packed = models.BinaryField()

    def __str__(self) -> str:
        return f"Bytes of message {self.message_id}"

    @classmethod
    def of(cls, message: DeviceMessage, raw: bytes) -> "RawMessage":
        """The row that keeps these bytes for this message."""
        return cls(message=message, digest=raw_messages.digest(raw), packed=raw_messages.pack(raw))

    @property
    def raw(self) -> bytes:
        """The bytes as they came."""
        return raw_messages.unpack(bytes(self.packed))


class Reading(Fact):
    """One vital sign at one time, typed or from a monitor. `artefact` says why a number is not a true value.

    `came_at` is when it came, where that lies so far from `measured_at` that a clock may be wrong, or it was late.
    """

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="readings")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    vital = models.CharField(max_length=30, choices=[(vital.value, NAMES[vital]) for vital in Vital])
    value = models.FloatField(null=True, help_text="None: the monitor had no number")
    measured_at = models.DateTimeField()
    came_at = models.DateTimeField(null=True)
    # No index: it is empty in most rows, and nothing is looked up by it.
    monitor = models.ForeignKey(Monitor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    message = models.ForeignKey(DeviceMessage, on_delete=models.PROTECT, null=True, related_name="readings")
    artefact = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["session", "vital", "-measured_at"])]

    def __str__(self) -> str:
        return f"{self.vital} {self.value} at {self.measured_at:%H:%M}"
