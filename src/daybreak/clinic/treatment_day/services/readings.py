"""Readings: stored as they came, marked where not true, held against the limits, corrected by new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag
from daybreak.clinic.record.prepared import insert
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import require_past, said
from daybreak.clinic.treatment_day.folding import true_readings
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor, Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.services.events import append, has_ended, in_turn
from daybreak.clinic.treatment_day.services.late_values import tell_of_late_values
from daybreak.clinic.treatment_day.services.marks import end_marks_of, hold_against_limits, mark_what_they_stood_for
from daybreak.treatment import vitals
from daybreak.treatment.artefacts import artefact
from daybreak.treatment.findings import says_too_little
from daybreak.treatment.vitals import Vital

NO_NUMBER = "No number: the monitor sent none."


@dataclass(frozen=True, slots=True)
class Entry:
    """One value to store; None where a monitor had no number.

    `doubt`: why number and unit of a monitor's value contradict each other. `came_at`: when it came, where that lies
    far from the time at which the monitor says it was measured.
    """

    vital: Vital
    value: float | None
    measured_at: datetime
    doubt: str = ""
    came_at: datetime | None = None

    def as_value(self) -> vitals.Reading | None:
        return None if self.value is None or self.doubt else vitals.Reading(self.vital, self.value, self.measured_at)


def record_reading(
    session: Session,
    vital: Vital,
    value: float | None,
    measured_at: datetime,
    actor: Actor,
    *,
    reading_id: UUID,
    monitor: Monitor | None = None,
    message: DeviceMessage | None = None,
) -> Reading:
    """Store one reading under this id; the same one again changes nothing.

    Raises:
        Refusal: for a typed value nobody can have, or a time still to come.
        WriteConflict: if the id was used for something else.
    """
    entry = Entry(vital, value, measured_at)
    rows = _Set([entry], [reading_id], monitor, message)
    _store_once(session, rows, actor, reading_id)
    return Reading.objects.get(pk=reading_id)


def record_readings(
    session: Session,
    entries: Sequence[Entry],
    actor: Actor,
    *,
    write_id: UUID,
    monitor: Monitor | None = None,
    message: DeviceMessage | None = None,
    timed: bool = True,
    why_outside: str = "",
    shown: str | None = None,
) -> list[UUID]:
    """Store a set, all of it or nothing. Gives the ids: they follow from `write_id`, the vital sign and the time.

    Args:
        shown: what whoever typed it has read; a value beyond the usual is asked about until that stands in it. None
            where nobody can be asked.
        timed: whether somebody said when; without it the time is when the set came, and its repeat may come later.
        why_outside: of values from before the session was opened or after the person left, why they are its own;
            stands beside them as a note.

    Raises:
        Refusal: for a typed value nobody can have, a time still to come, or one after the person left without a why.
        WriteConflict: if the id was used for something else.
    """
    ids = [uuid5(write_id, f"{entry.vital} {entry.measured_at.isoformat()}") for entry in entries]
    rows = _Set(entries, ids, monitor, message)
    _store_once(session, rows, actor, write_id, timed=timed, why_outside=why_outside, shown=shown)
    return ids


def _store_once(
    session: Session,
    rows: "_Set",
    actor: Actor,
    write_id: UUID,
    *,
    timed: bool = True,
    why_outside: str = "",
    shown: str | None = None,
) -> None:
    if not rows.entries:
        raise Refusal("Type at least one value. Nothing was saved.")
    content = {
        "session": session.pk,
        "monitor": rows.monitor.pk if rows.monitor else None,
        "values": [(entry.vital, entry.value, entry.measured_at if timed else None) for entry in rows.entries],
    }
    stored = rows.as_readings(session, actor)

    def do() -> None:
        # Within the write: what was saved is not refused when it comes again, even if the clock jumped back meanwhile.
        if rows.monitor is None:
            require_typed(rows.entries)
            _require_asked(rows.entries, shown)
            for entry in rows.entries:
                require_past(entry.measured_at, session.opened_at)
            outside = _outside(session, rows.entries[0].measured_at, why_outside)
        insert(stored)
        if rows.monitor is None and outside:
            data = {"what": "note", "words": f"{said(rows.entries[0].measured_at)}, {outside}: {why_outside}"}
            append(session, SessionEvent.Kind.OBSERVATION, actor, at=rows.entries[0].measured_at, data=data)
        hold_against_limits(session, stored, actor)
        tell_of_late_values(session, stored, actor)

    writes.once(write_id, "readings", content, actor, in_turn(session, do))


def _outside(session: Session, at: datetime, why: str) -> str:
    """In which way a typed set lies outside its session, where somebody wrote why it is its own; else empty.

    Raises:
        Refusal: without a why, of a set from after the person left: "now" is then seldom meant.
    """
    left_at = _left_at(session) if session.is_over else None
    if left_at is not None and at > left_at:
        if says_too_little(why):
            raise Refusal(
                f"{has_ended(left_at)} {said(at)} lies after that. Write values measured then with their day and time; "
                "of values from after it, write under Earlier values in a few words why they belong to it. Nothing "
                "was saved.",
                boxes={"clock": "This is after the person left."},
            )
        return "after this person had left"
    is_before = at < session.opened_at.replace(second=0, microsecond=0)
    return "before this session was opened" if is_before and why else ""


def _left_at(session: Session) -> datetime | None:
    left = session.events.filter(kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True)
    return left.values_list("occurred_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class _Set:
    """Values that came together, with the ids they are stored under."""

    entries: Sequence[Entry]
    ids: Sequence[UUID]
    monitor: Monitor | None
    message: DeviceMessage | None

    def as_readings(self, session: Session, actor: Actor) -> list[Reading]:
        """The rows; what a monitor sent and cannot be true is marked."""
        return [
            Reading(
                id=reading_id,
                session_id=session.pk,
                patient_id=session.course.patient_id,
                vital=entry.vital,
                value=entry.value,
                measured_at=entry.measured_at,
                came_at=entry.came_at,
                monitor_id=self.monitor and self.monitor.pk,
                message_id=self.message and self.message.pk,
                artefact=artefact_of(entry, self.entries) if self.monitor else "",
                **actor.stamp,
            )
            for reading_id, entry in zip(self.ids, self.entries, strict=True)
        ]


def require_typed(entries: Sequence[Entry]) -> None:
    """Refuse what a hand cannot have meant: out of bounds, crossed pressures, a time still to come.

    Raises:
        Refusal: with every problem found.
    """
    problems: dict[str, str] = {
        entry.vital: problem
        for entry in entries
        if entry.value is not None and (problem := vitals.untypable(entry.vital, entry.value))
    }
    typed = {entry.vital: entry.value for entry in entries}
    systolic, diastolic = typed.get(Vital.SYSTOLIC), typed.get(Vital.DIASTOLIC)
    if systolic is not None and diastolic is not None and systolic <= diastolic:
        crossed = f"Systolic {systolic:g} is not above diastolic {diastolic:g}. Look again and type both."
        problems[Vital.SYSTOLIC] = " ".join(filter(None, [problems.get(Vital.SYSTOLIC), crossed]))
        problems.setdefault(Vital.DIASTOLIC, "")
    said = [*filter(None, problems.values())]
    if any(entry.value is None for entry in entries):
        said.append("A value is missing. Leave out what was not measured.")
    for at in {entry.measured_at for entry in entries}:
        require_past(at)
    if said:
        raise Refusal(" ".join(said), boxes=problems)


def _require_asked(entries: Sequence[Entry], shown: str | None) -> None:
    """Ask about a value beyond the usual, once.

    Raises:
        Refusal: with the question, unless it was read before.
    """
    asked = [vitals.unusual(entry.vital, entry.value) for entry in entries if entry.value is not None]
    if shown is not None and (to_ask := [each for each in asked if each and each not in shown]):
        raise Refusal(" ".join([*to_ask, vitals.LOOK]))


def artefact_of(entry: Entry, entries: Sequence[Entry]) -> str:
    """Why a monitor's number is no true value; empty where nothing speaks against it."""
    if entry.doubt:
        return entry.doubt[:200]
    value = entry.as_value()
    if value is None:
        return NO_NUMBER
    of_its_time = [each for each in entries if each.measured_at == entry.measured_at]
    return artefact(value, [other for each in of_its_time if (other := each.as_value()) is not None]) or ""


def correct_reading(reading: Reading, value: float | None, reason: str, actor: Actor, *, write_id: UUID) -> Reading:
    """Replace a reading by a new fact that names it: with another value, or (None) as not a true value.

    Raises:
        Refusal: without a reason, for a value nobody can have, for a reading that was corrected already.
    """
    content = {"reading": reading.pk, "value": value, "reason": reason}
    session = Session.objects.select_related("course").get(pk=reading.session_id)
    writes.once(
        write_id, "reading corrected", content, actor,
        in_turn(session, lambda: append_correction(session, reading, value, reason, actor, correction_id=write_id)),
    )  # fmt: skip
    return Reading.objects.get(pk=write_id)


def append_correction(
    session: Session,
    reading: Reading,
    value: float | None,
    reason: str,
    actor: Actor,
    *,
    correction_id: UUID,
    answered: Sequence[Flag] = (),
) -> Reading:
    """The correcting row itself, within a write that is already under way.

    Args:
        answered: the marks of the reading that were closed with the same touch.
    """
    if says_too_little(reason):
        raise Refusal("Write why the value is corrected, in a few words. Nothing was changed.")
    if Reading.objects.filter(corrects=reading).exists():
        raise Refusal("This value was corrected already. Correct the newer one.")
    if value is not None:
        require_typed([Entry(Vital(reading.vital), value, reading.measured_at)])
        _require_above_the_other(session, reading, value)
    corrected = Reading.objects.create(
        id=correction_id,
        session=session,
        patient_id=reading.patient_id,
        vital=reading.vital,
        value=reading.value if value is None else value,
        measured_at=reading.measured_at,
        came_at=reading.came_at,
        monitor_id=reading.monitor_id,
        message_id=reading.message_id,
        artefact=f"Not a true value: {reason.strip()}"[:200] if value is None else "",
        corrects=reading,
        correction_reason=reason.strip(),
        **actor.stamp,
    )
    ended = [*answered, *end_marks_of(session, reading, corrected, actor)]
    hold_against_limits(session, [corrected], actor)
    mark_what_they_stood_for(session, ended, actor)
    tell_of_late_values(session, [corrected], actor)
    return corrected


_PAIR = {Vital.SYSTOLIC: Vital.DIASTOLIC, Vital.DIASTOLIC: Vital.SYSTOLIC}


def _require_above_the_other(session: Session, reading: Reading, value: float) -> None:
    """Refuse a pressure that would cross the other one of its set, as a set typed anew would be."""
    if (other := _PAIR.get(Vital(reading.vital))) is None:
        return
    of_its_set = {"measured_at": reading.measured_at, "monitor": reading.monitor_id}
    for row in true_readings(session.readings.filter(vital__in=_PAIR, **of_its_set)):
        systolic, diastolic = (value, row.value) if other is Vital.DIASTOLIC else (row.value, value)
        if row.vital == other and systolic <= diastolic:
            raise Refusal(
                f"Systolic {systolic:g} is not above diastolic {diastolic:g} of the same set. If both were typed "
                f"wrongly, correct the {other} first. Nothing was changed."
            )
