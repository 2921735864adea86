"""What a monitor sends: kept as it came, made readings of the session the monitor is tied to.

A value belongs to a session when the monitor was tied to it both when the value was measured, by the monitor's
clock, and when it came. What fits nobody is kept and shown, never guessed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.prepared import Prepared, insert
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.turns import turn
from daybreak.clinic.treatment_day import monitor_queries, raw_messages
from daybreak.clinic.treatment_day.makes import mappings
from daybreak.clinic.treatment_day.models import (
    DeviceMessage,
    Monitor,
    MonitorTie,
    RawMessage,
    Session,
)
from daybreak.clinic.treatment_day.monitor_queries import CLOCK_TOLERANCE, TWO_MAY_HAVE_IT
from daybreak.clinic.treatment_day.services import newest_numbers
from daybreak.clinic.treatment_day.services.marks import hold_against_another
from daybreak.clinic.treatment_day.services.readings import Entry, record_readings
from daybreak.clinic.treatment_day.services.voices import BELIEVED_AFTER, two_in_turn
from daybreak.formats.hl7v2 import (
    GENERIC,
    Acknowledgement,
    Envelope,
    MonitorMessage,
    MonitorReading,
    UnreadableMessage,
    acknowledge,
    open_oru,
    read_oru,
)
from daybreak.treatment.vitals import NAMES

Outcome = DeviceMessage.Outcome
SHOWN_CODES = 5
SAME_ID_LOOKED_AT = 50  # a message is sent again soon or never


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came over a monitor's line, without its frame.

    Args:
        sender: the address it came from.
        at: when it came.
        broken: why it is no message at all, where that was seen before it was read.
        line: which of the listener's connections it came over; empty where that is not known.
    """

    raw: bytes
    sender: str
    actor: Actor
    at: datetime
    broken: str = ""
    line: str = ""


def receive_message(
    raw: bytes, sender: str, actor: Actor, *, received_at: datetime | None = None, line: str = ""
) -> tuple[bytes, DeviceMessage]:
    """Keep one message and make its values readings: `receive_together` of one."""
    return receive_together([Incoming(raw, sender, actor, received_at or timezone.now(), line=line)])[0]


def receive_together(messages: Sequence[Incoming]) -> list[tuple[bytes, DeviceMessage]]:
    """Keep messages that came at the same time, in their order, in one transaction: all of them or none.

    All is committed once this returns, unless it is called within a transaction. Only then may the acknowledgements
    go out. Call it for one batch after another: of two at once, neither would see a repeat of what the other brings.

    Returns:
        The acknowledgement of each, AE for what cannot be read and AA for all else, and the row kept.
    """
    arrivals = [_opened(message) for message in messages]  # before the transaction: while it is open, others wait
    with turn(), transaction.atomic():
        return [(arrival.answer, arrival.store()) for arrival in arrivals]


def _opened(message: Incoming) -> "_Arrival | _Unreadable":
    if message.broken:
        return _Unreadable(message, message.broken)
    try:
        envelope = open_oru(message.raw)
    except UnreadableMessage as problem:
        return _Unreadable(message, str(problem))
    who, what = _who_and_what(envelope, message.at)
    # A message without a value can be of nobody else: it is no voice.
    in_turn = _two_in_turn(who.monitor, envelope, message) if who.monitor and what.readings else ""
    return _Arrival(message, who, what, in_turn)


def _two_in_turn(monitor: Monitor, envelope: Envelope, message: Incoming) -> str:
    bed = "^".join(envelope.first("PV1").text(3, component) for component in (1, 2, 3)).strip("^")
    said = {"line": message.line, "bed": bed, "person": envelope.first("PID").text(3)}
    return two_in_turn(monitor.pk, message.at, said)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Bytes that are no message, and why: kept, and answered AE with the reason."""

    came: Incoming
    sentence: str

    @property
    def answer(self) -> bytes:
        return acknowledge(self.came.raw, Acknowledgement.ERROR, self.sentence, at=self.came.at)

    def store(self) -> DeviceMessage:
        # It may quote the bytes, and a database takes no NUL as text.
        printable = "".join(letter if letter.isprintable() else " " for letter in self.sentence)
        return _kept(_row(self.came, outcome=Outcome.UNREADABLE, sentence=printable), self.came.raw)


def _row(came: Incoming, **said: Any) -> DeviceMessage:
    return DeviceMessage(sender=came.sender, **{**came.actor.stamp, "recorded_at": came.at}, **said)


def _kept(row: DeviceMessage, raw: bytes) -> DeviceMessage:
    """Store the row of a message, and its bytes."""
    insert([row])
    insert([RawMessage.of(row, raw)])
    return row


@dataclass(frozen=True, slots=True)
class _Sender:
    """Which monitor a message is from; None, and why, where it is none that is known here."""

    monitor: Monitor | None
    why: str = ""


_CALLED = Prepared(lambda name: Monitor.objects.filter(identifier=name), key=str)


def _who_and_what(envelope: Envelope, at: datetime) -> tuple[_Sender, MonitorMessage]:
    """The monitor, and the message as its mapping reads it; by the generic one where the monitor is not known."""
    known = mappings()
    names = {place: envelope.device_id(place)[:100] for place in {mapping.device for mapping in known.values()}}
    found = [
        monitor
        for name in sorted(set(names.values()) - {""})
        for monitor in _CALLED.all(name)
        if monitor.mapping in known and names[known[monitor.mapping].device] == monitor.identifier
    ]
    monitor = found[0] if len(found) == 1 else None
    mapping = known[monitor.mapping if monitor else GENERIC]
    message = read_oru(envelope, mapping, zone=timezone.get_default_timezone(), received_at=at)
    return _Sender(monitor, "" if monitor else _why_nobody(names, found)), message


def _why_nobody(names: dict[str, str], found: list[Monitor]) -> str:
    if found:
        return f"It names {' and '.join(map(str, found))}: which one sent it cannot be told."
    # Where it stands is said for the makes that write their name elsewhere than the others.
    said = [f"“{name}”" + (f" ({place})" if place else "") for place, name in sorted(names.items()) if name]
    return f"The monitor calls itself {' or '.join(said) or 'what it does not say'}, and none here is called so."


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A readable message on its way into the record."""

    came: Incoming
    who: _Sender
    message: MonitorMessage
    in_turn: str = ""  # how two devices speak in turn under its name

    @property
    def answer(self) -> bytes:
        return acknowledge(self.came.raw, Acknowledgement.ACCEPTED, at=self.at)

    def store(self) -> DeviceMessage:
        try:
            return self._store()
        except Refusal as refusal:  # by what is done first: nothing of this message was stored
            return self._keep(Outcome.NOBODY, str(refusal))

    def _store(self) -> DeviceMessage:
        same_id = _same_id(self.monitor, self.control_id)
        if (first := same_id.get(raw_messages.digest(self.came.raw))) is not None:
            when = f"{timezone.localtime(first):%H:%M:%S}"
            return self._keep(Outcome.REPEATED, f"It came before, at {when}. Nothing was stored again.")
        if self.monitor is None:
            return self._keep(Outcome.NOBODY, self.who.why)
        notes = [*(["Its control id came before with other content."] if same_id else []), *self._notes()]
        holds = monitor_queries.current_tie(self.monitor, self.at)
        if holds is None or holds.session is None:
            return self._keep(Outcome.NOBODY, f"{self.monitor} was tied to nobody.", *notes)
        if other := _SENT_FROM_ELSEWHERE.first(self.monitor.pk, self.at - BELIEVED_AFTER, self.came.sender):
            return self._of_two(f"from {other[0]} and from {self.came.sender}", holds.session, notes)
        if self.in_turn:
            return self._of_two(self.in_turn, holds.session, notes)
        return self._store_for(holds, holds.session, notes)

    def _of_two(self, how: str, session: Session, notes: list[str]) -> DeviceMessage:
        """Two devices may have one name, each beside another person: whose values these are is not guessed."""
        hold_against_another(self.monitor, how, session, self.came.actor, at=self.at)
        told = [note for note in notes if TWO_MAY_HAVE_IT not in note]
        return self._keep(Outcome.NOBODY, f"{self._two(how)}, so this is for nobody.", *told)

    def _two(self, how: str) -> str:
        return f"{self.monitor} sends {how}: {TWO_MAY_HAVE_IT}"

    def _store_for(self, holds: MonitorTie, session: Session, notes: list[str]) -> DeviceMessage:
        values = [reading for reading in self.message.readings if reading.preferred]
        # A tie that is still to come is one from before the clock was set back: then what is measured now counts.
        since = holds.at if holds.at <= self.at else self.at - CLOCK_TOLERANCE
        # A monitor's time may come to the second.
        fitting = [reading for reading in values if reading.at >= since.replace(microsecond=0)]
        if earlier := len(values) - len(fitting):
            notes.insert(0, f"{earlier} of {len(values)} values are from before {holds.monitor} was tied: for nobody.")
        if values and not fitting:
            return self._keep(Outcome.NOBODY, *notes)
        entries = self._entries(fitting)
        near = newest_numbers.charted_near(entries, session, holds.monitor)
        known = {(number.vital, number.value, number.at) for number in near}
        # A monitor repeats its last cuff pressure with every message.
        fresh = [entry for entry in entries if (entry.vital, entry.value, entry.measured_at) not in known]
        if entries and not fresh:
            return self._keep(Outcome.REPEATED, "All of its values came before, in another message.", *notes)
        row = self._row(Outcome.STORED, *notes, session=session)
        if charted := newest_numbers.to_chart(fresh, near, session):
            record_readings(session, charted, self.came.actor, write_id=row.pk, monitor=holds.monitor, message=row)
        newest_numbers.show(session, fresh, holds.monitor, came_at=self.at)
        return _kept(row, self.came.raw)

    def _entries(self, readings: Iterable[MonitorReading]) -> list[Entry]:
        """The values with their times; nothing is measured after it came, whatever a monitor's clock says."""
        timed = {(reading.vital, min(reading.at, self.at)): reading for reading in readings}
        return [
            Entry(vital, reading.value, at, doubt=reading.doubt, came_at=self.at if self._is_far(reading.at) else None)
            for (vital, at), reading in timed.items()
        ]

    def _is_far(self, measured: datetime) -> bool:
        return abs(self.at - measured) > CLOCK_TOLERANCE

    @property
    def at(self) -> datetime:
        return self.came.at

    @property
    def control_id(self) -> str:
        return self.message.control_id[:200]

    @property
    def monitor(self) -> Monitor | None:
        return self.who.monitor

    @property
    def ahead(self) -> timedelta | None:
        """How far the monitor's clock is ahead of ours (below zero: behind), the way of the message included."""
        told = [reading.at for reading in self.message.readings if reading.time_from != "arrival"]
        said = self.message.sent_at or max(told, default=None)
        return said - self.at if said else None

    def _keep(self, outcome: Outcome, *sentences: str) -> DeviceMessage:
        return _kept(self._row(outcome, *sentences), self.came.raw)

    def _row(self, outcome: Outcome, *sentences: str, session: Session | None = None) -> DeviceMessage:
        return _row(
            self.came, control_id=self.control_id, monitor=self.monitor, session=session, outcome=outcome,
            sentence=" ".join(sentences), ahead_s=self.ahead.total_seconds() if self.ahead else None,
        )  # fmt: skip

    def _notes(self) -> Iterator[str]:
        """What a person should know of this message beside its values."""
        if self.in_turn:
            yield f"{self._two(self.in_turn)}."
        readings = self.message.readings
        yield from _clock_note([reading.at for reading in readings if reading.time_from != "arrival"], self.at)
        for reading in readings:
            if reading.preferred and (reading.reason or reading.doubt):
                yield f"{NAMES[reading.vital]}: {reading.reason}" if reading.reason else reading.doubt
        if unknown := self.message.unknown:
            names = ", ".join(code.name or code.code for code in unknown[:SHOWN_CODES])
            more = f" and {len(unknown) - SHOWN_CODES} more" if len(unknown) > SHOWN_CODES else ""
            yield f"Not read, since the mapping lacks them: {names}{more}."
        if not readings:
            yield "It holds no value that is read."


def _from_elsewhere(monitor: UUID, since: datetime, sender: str) -> QuerySet[DeviceMessage, tuple[str]]:
    """The other addresses a monitor's messages came from, the newest first."""
    rows = DeviceMessage.objects.filter(monitor=monitor, recorded_at__gt=since).exclude(sender=sender)
    return rows.order_by("-recorded_at").values_list("sender")[:1]


_SENT_FROM_ELSEWHERE = Prepared(_from_elsewhere, key=(UUID, datetime, str))


def _messages_called(monitor: UUID | None, control_id: str) -> QuerySet[DeviceMessage, tuple[str, datetime]]:
    """Digest and time of the newest messages of this control id; a monitor that gives all its messages one id has
    thousands."""
    rows = DeviceMessage.objects.filter(monitor=monitor, control_id=control_id).order_by("-recorded_at")
    return rows.values_list("kept__digest", "recorded_at")[:SAME_ID_LOOKED_AT]


_CALLED_OF = Prepared(_messages_called, key=(UUID, str))


def _same_id(monitor: Monitor | None, control_id: str) -> dict[str, datetime]:
    """When messages of this control id came, the first of equal ones, by the digest of their bytes."""
    return dict(_CALLED_OF.all(monitor.pk, control_id) if monitor else _messages_called(None, control_id))


def _clock_note(measured: Iterable[datetime], came_at: datetime) -> Iterator[str]:
    """That the monitor's time is far from the time of arrival: late on the way, or its clock is wrong."""
    newest = max(measured, default=came_at)
    if abs(came_at - newest) > CLOCK_TOLERANCE:
        apart_min = round(abs(came_at - newest) / timedelta(minutes=1))
        side = "behind" if newest < came_at else "ahead; the time of arrival is used"
        said = timezone.localtime(newest)
        yield f"Measured at {said:%H:%M} on {said.day} {said:%b} by its clock, {apart_min} min {side}."
