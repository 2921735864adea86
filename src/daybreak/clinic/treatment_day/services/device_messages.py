"""What a monitor sends: kept as it came, made readings of the session the monitor is tied to.

A value belongs to a session when the monitor was tied to it both when the value was measured, by the monitor's
clock, and when it came. What fits nobody is kept and shown, never guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import monitor_queries
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor, MonitorTie, Session
from daybreak.clinic.treatment_day.services.readings import Entry, record_readings
from daybreak.formats.hl7v2 import (
    Acknowledgement,
    MonitorMessage,
    MonitorReading,
    UnreadableMessage,
    acknowledge,
    generic_mapping,
    parse_oru,
)
from daybreak.treatment.vitals import NAMES

Outcome = DeviceMessage.Outcome
# A monitor's time this far from the time of arrival is said aloud. Ours.
CLOCK_TOLERANCE = timedelta(minutes=2)
SHOWN_CODES = 5


def receive_message(
    raw: bytes, sender: str, actor: Actor, *, received_at: datetime | None = None
) -> tuple[bytes, DeviceMessage]:
    """Keep a message and make its values readings.

    All is committed once this returns, unless it is called within a transaction. Only then may the acknowledgement
    go out. Call it for one message after another: of two at once, neither would be seen as the repeat of the other.

    Args:
        raw: the message without its frame.
        sender: the address it came from.
        received_at: when it came; None is now.

    Returns:
        The acknowledgement, AE for what cannot be read and AA for all else, and the row kept.
    """
    at = received_at or timezone.now()
    try:
        message = parse_oru(raw, generic_mapping(), zone=timezone.get_default_timezone(), received_at=at)
    except UnreadableMessage as problem:
        return keep_unreadable(raw, str(problem), sender, actor, received_at=at)
    stored = _Arrival(raw, message, sender, actor, at).store()
    return acknowledge(raw, Acknowledgement.ACCEPTED, at=at), stored


def keep_unreadable(
    raw: bytes, sentence: str, sender: str, actor: Actor, *, received_at: datetime | None = None
) -> tuple[bytes, DeviceMessage]:
    """Keep bytes that are no message, and answer (AE) with the reason."""
    at = received_at or timezone.now()
    # It may quote the bytes, and a database takes no NUL as text.
    printable = "".join(letter if letter.isprintable() else " " for letter in sentence)
    row = DeviceMessage.objects.create(
        raw=raw, sender=sender, outcome=Outcome.UNREADABLE, sentence=printable, recorded_at=at, **actor.stamp
    )
    return acknowledge(raw, Acknowledgement.ERROR, sentence, at=at), row


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A readable message on its way into the record."""

    raw: bytes
    message: MonitorMessage
    sender: str
    actor: Actor
    at: datetime

    def store(self) -> DeviceMessage:
        try:
            return self._store()
        except Refusal as refusal:
            return self._keep(self._monitor(), Outcome.NOBODY, str(refusal))

    @transaction.atomic
    def _store(self) -> DeviceMessage:
        monitor = self._monitor()
        same_id = DeviceMessage.objects.filter(monitor=monitor, control_id=self.control_id)
        first = same_id.filter(raw=self.raw).exclude(outcome=Outcome.REPEATED).first()
        if first is not None:
            when = f"{timezone.localtime(first.recorded_at):%H:%M:%S}"
            return self._keep(monitor, Outcome.REPEATED, f"It came before, at {when}. Nothing was stored again.")
        if monitor is None:
            name = f"“{self.message.device_id[:100]}”" if self.message.device_id else "what it does not say"
            return self._keep(None, Outcome.NOBODY, f"The monitor calls itself {name}, and none here is called so.")
        notes = [*(["Its control id came before with other content."] if same_id.exists() else []), *self._notes()]
        holds = monitor_queries.current_tie(monitor, self.at)
        if holds is None or holds.session is None:
            return self._keep(monitor, Outcome.NOBODY, f"{monitor} was tied to nobody.", *notes)
        return self._store_for(holds, holds.session, notes)

    def _store_for(self, holds: MonitorTie, session: Session, notes: list[str]) -> DeviceMessage:
        values = [reading for reading in self.message.readings if reading.preferred]
        since = holds.at.replace(microsecond=0)  # a monitor's time may come to the second
        fitting = [reading for reading in values if reading.at >= since]
        if earlier := len(values) - len(fitting):
            notes.insert(0, f"{earlier} of {len(values)} values are from before {holds.monitor} was tied: for nobody.")
        if values and not fitting:
            return self._keep(holds.monitor, Outcome.NOBODY, *notes)
        row = self._keep(holds.monitor, Outcome.STORED, *notes, session=session)
        if fitting:
            entries = self._entries(fitting)
            record_readings(session, entries, self.actor, write_id=row.pk, monitor=holds.monitor, message=row)
        return row

    def _entries(self, readings: Iterable[MonitorReading]) -> list[Entry]:
        """The values with their times; nothing is measured after it came, whatever a monitor's clock says."""
        timed = {(reading.vital, min(reading.at, self.at)): reading.value for reading in readings}
        return [Entry(vital, value, at) for (vital, at), value in timed.items()]

    @property
    def control_id(self) -> str:
        return self.message.control_id[:200]

    def _monitor(self) -> Monitor | None:
        return Monitor.objects.filter(identifier=self.message.device_id).first()

    def _keep(
        self, monitor: Monitor | None, outcome: Outcome, *sentences: str, session: Session | None = None
    ) -> DeviceMessage:
        return DeviceMessage.objects.create(
            raw=self.raw, sender=self.sender, control_id=self.control_id, monitor=monitor, session=session,
            outcome=outcome, sentence=" ".join(sentences), recorded_at=self.at, **self.actor.stamp,
        )  # fmt: skip

    def _notes(self) -> Iterator[str]:
        """What a person should know of this message beside its values."""
        readings = self.message.readings
        yield from _clock_note([reading.at for reading in readings if reading.time_from != "arrival"], self.at)
        for reading in readings:
            if reading.preferred and reading.reason:
                yield f"{NAMES[reading.vital]}: {reading.reason}"
        if unknown := self.message.unknown:
            names = ", ".join(code.name or code.code for code in unknown[:SHOWN_CODES])
            more = f" and {len(unknown) - SHOWN_CODES} more" if len(unknown) > SHOWN_CODES else ""
            yield f"Not read, since the mapping lacks them: {names}{more}."
        if not readings:
            yield "It holds no value that is read."


def _clock_note(measured: Iterable[datetime], came_at: datetime) -> Iterator[str]:
    """That the monitor's time is far from the time of arrival: late on the way, or its clock is wrong."""
    newest = max(measured, default=came_at)
    if abs(came_at - newest) > CLOCK_TOLERANCE:
        apart_min = round(abs(came_at - newest) / timedelta(minutes=1))
        side = "behind" if newest < came_at else "ahead; the time of arrival is used"
        said = timezone.localtime(newest)
        yield f"Measured at {said:%H:%M} on {said.day} {said:%b} by its clock, {apart_min} min {side}."
