"""What happened in a session, in words: the page shows it newest first, the note is drafted from it."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from daybreak.clinic.record.models import Fact, Flag
from daybreak.clinic.treatment_day.dose_lines import at_once, dose_words, odd, stops_again, touched_too
from daybreak.clinic.treatment_day.folding import replaced_observations
from daybreak.clinic.treatment_day.gaps import gaps
from daybreak.clinic.treatment_day.models import (
    LEAVING,
    NOT_COUNTED,
    OBSERVATIONS,
    ONE_TOUCH,
    STOP,
    TAKEN_BACK,
    WITH_REASON,
    Reading,
    SessionEvent,
)
from daybreak.clinic.treatment_day.queries import SessionRecord
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment import leaving
from daybreak.treatment.checks import standing_against
from daybreak.treatment.schedule import DueCheck
from daybreak.treatment.vitals import Vital

# An entry made this much later than what it tells of is shown with both times. Ours.
LATE = timedelta(minutes=5)
# A check done within this of its minute is called by it. Ours.
_IN_TIME = timedelta(minutes=1)
SHORT = {
    Vital.TEMPERATURE: "temperature",
    Vital.HEART_RATE: "heart",
    Vital.SPO2: "SpO₂",
    Vital.RESPIRATORY_RATE: "breaths",
    Vital.ALERTNESS: "alert",
    Vital.DISSOCIATION: "dissociation",
    Vital.WEIGHT: "weight",
    Vital.HEIGHT: "height",
}
_TAKEN_BACK = {**OBSERVATIONS, LEAVING: "Leaving", STOP: "Stop"}
YES_NO = {True: "yes", False: "no", None: "not known"}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line; `was` is what it said before a correction."""

    text: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: when, what, and by whom. `look` is `drug`, `watch`, `act` or nothing; `by_itself`: a monitor's own
    doing, which may say something else every minute; `one_touch`: what was noted with one, and can be taken back, with
    a reason where it `takes_reason`."""

    at: datetime
    parts: tuple[Part, ...]
    detail: str = ""
    look: str = ""
    by_itself: bool = False
    one_touch: UUID | None = None
    takes_reason: bool = False

    @property
    def what(self) -> str:
        """The line as plain text; what was corrected stands in brackets."""
        return "".join(f"{part.text} [was {part.was}]" if part.was else part.text for part in self.parts)


def moments(record: SessionRecord, state: SessionState, flags: Iterable[Flag]) -> list[Moment]:
    """Every line of a session until the time of its state, the newest first, times in the zone of that time."""
    found = [
        *_events(record.events, state, stops_again(record.events, state)),
        *_checks(record.events, state),
        *_typed(record.readings, state),
        *_missed(state),
        *_gaps(record.readings, state),
        *_two_times(record.readings, state),
        *_flags(flags, record.readings, state),
    ]
    return sorted(found, key=lambda moment: moment.at)[::-1]  # of two at one time the one recorded last is the newest


def moments_recorded_after(
    record: SessionRecord, state: SessionState, moment: datetime, *, but: Container[str] = ()
) -> list[Moment]:
    """The lines of what a person recorded after this moment, in the order it happened; kinds of `but` are left out."""
    events = [event for event in record.events if event.recorded_at > moment and event.kind not in but]
    again = stops_again(record.events, state)
    found = [*_events(events, state, again), *_checks(events, state), *_typed(record.readings, state, after=moment)]
    return sorted(found, key=lambda each: each.at)


def _line(
    state: SessionState, at: datetime, what: str, detail: str = "", look: str = "", *, by_itself: bool = False
) -> Moment:
    return Moment(at.astimezone(state.now.tzinfo), (Part(what),), detail, look, by_itself)


def _by(fact: Fact, at: datetime, state: SessionState, *more: str) -> str:
    """Who recorded it, and when if that was later."""
    name = fact.recorded_by.display_name if fact.recorded_by else ""
    late = fact.recorded_at - at > LATE
    entered = f"entered {state.clock(fact.recorded_at)}" if late else ""
    return "; ".join(filter(None, [*more, name, entered]))


def _events(
    events: Iterable[SessionEvent], state: SessionState, again: Mapping[UUID, SessionEvent]
) -> Iterator[Moment]:
    """The lines of these events; `again`: the stops of a dose that had ended, each with the stop that ended it."""
    told = [event for event in events if event.occurred_at <= state.now]
    replaced, ids = replaced_observations(told, state.now), {event.pk for event in told}
    folded = [event for event in at_once(again, told) if again[event.pk].pk in ids]
    for event in told:
        if event in folded or ((of := event.data.get("of")) and UUID(of) in ids):  # the line it takes back says so
            continue
        if (words := _words(event, state, again.get(event.pk))) is None:
            continue
        what, detail, look = words
        by = _by(event, event.occurred_at, state, _typed_as_of(event, state), detail)
        also = [touched_too(each, state) for each in folded if again[each.pk].pk == event.pk]
        line = _line(state, event.occurred_at, what, "; ".join(filter(None, [by, *also])), look)
        if event.pk in replaced:
            line = replace(line, parts=(Part(_struck_by(replaced[event.pk], state), was=what),))
        elif (noted := _can_be_taken_back(event, state)) is not None:
            line = replace(line, one_touch=event.pk, takes_reason=noted not in ONE_TOUCH)
        yield line


def _can_be_taken_back(event: SessionEvent, state: SessionState) -> str | None:
    """What its line offers to take back; None for what it does not. Of stops the one that ended the newest dose early,
    while the person is here and nobody stated an amount."""
    if event.kind == SessionEvent.Kind.OBSERVATION:
        return event.data["what"] if event.data["what"] in (*ONE_TOUCH, *WITH_REASON) else None
    if event.kind != SessionEvent.Kind.DOSE_STOPPED or state.run is None or not state.stop_is_open:
        return None
    return STOP if state.run.stopped_at == event.occurred_at else None


def _struck_by(event: SessionEvent, state: SessionState) -> str:
    """For example "taken back at 10:20 by A nurse: the wrong chair. Released then, and not tied again by it: M3"."""
    how = "taken back" if event.data["what"] == TAKEN_BACK else "replaced"
    by = f" by {event.recorded_by.display_name}" if event.corrects_id and event.recorded_by else ""
    why = f": {said}" if (said := _of_taking_back(event)) else ""
    return f"{how} at {state.clock(event.occurred_at)}{by}{why}"


def _of_taking_back(event: SessionEvent) -> str:
    """Why something was taken back; of a leaving also what came with it and is not undone."""
    if not event.corrects_id:
        return ""
    data = event.data
    released = (
        f"Released then, and not tied again by this: {', '.join(data['released'])}" if data.get("released") else ""
    )
    chair = f"{data['chair']} is taken: they sit in none here" if data.get("chair") else ""
    marks = f"Open then: {' '.join(data['against']).rstrip('.')}" if data.get("against") else ""
    return ". ".join(filter(None, [data["words"].rstrip("."), marks, released, chair]))


def _typed_as_of(event: SessionEvent, state: SessionState) -> str:
    """The time a person gave, where it could not stand: a stop, typed as of before a device that was given."""
    if not (typed := event.data.get("typed_at")):
        return ""
    said = state.clock(datetime.fromisoformat(typed))
    return f"typed as of {said}" if said != state.clock(event.occurred_at) else ""


def _words(
    event: SessionEvent, state: SessionState, ended_by: SessionEvent | None = None
) -> tuple[str, str, str] | None:
    """What an event says, its detail and its look; None for what is told elsewhere."""
    kind, data = event.kind, event.data
    match kind:
        case SessionEvent.Kind.CHECK_ANSWERED if "reason" in data:
            question = next((check.refusal for check in state.checks if check.id == data["check"]), data["check"])
            if data.get("stood") == "":
                return (
                    f"A reason that lifts nothing: {data['reason']}",
                    f"nothing stood against it then: {question}",
                    "",
                )
            return f"Goes on with a reason: {data['reason']}", data.get("stood") or question, ""
        case SessionEvent.Kind.TIME_OUT:
            return f"Time-out by two people: {data['confirmed']}", f"second person {data['second_person']}", ""
        case SessionEvent.Kind.OBSERVATION if data["what"] == TAKEN_BACK:
            return f"{_TAKEN_BACK[data['was']]} taken back", _of_taking_back(event), ""
        case SessionEvent.Kind.OBSERVATION:
            look = "act" if data["what"] == NOT_COUNTED else ""
            return ": ".join(filter(None, [OBSERVATIONS[data["what"]], data["words"]])), odd(data), look
        case SessionEvent.Kind.CRITERION_CHECKED:
            sentence = next((each.sentence for each in state.criteria if each.id == data["criterion"]), "")
            sentence = sentence or leaving.sentence_of(data["criterion"])
            return f"{sentence}: {YES_NO[data['yes']]}", data["detail"], ""
        case SessionEvent.Kind.LEFT:
            return _left(event, state), odd(data), ""
        case SessionEvent.Kind.NOTE_SIGNED:
            return "Note signed", "", ""
        case SessionEvent.Kind.NOTE_AMENDED:
            return f"Note amended: {data['text']}", "", ""
    return dose_words(event, state, ended_by)


def _left(event: SessionEvent, state: SessionState) -> str:
    """For example "Left with criteria open, with her sister. Not met: Walks steadily, first steps watched"."""
    data = event.data
    what = "Left with criteria open" if data["with_open_criteria"] else "Left"
    whom = f", with {data['goes_with']}" if data["goes_with"] else ""
    return f"{what}{whom}. {state.open_at(event)}".rstrip(". ")


def _checks(events: Iterable[SessionEvent], state: SessionState) -> Iterator[Moment]:
    """All answered checks in one line, at the time of the last."""
    answered = [
        event for event in events if event.kind == SessionEvent.Kind.CHECK_ANSWERED and "reason" not in event.data
    ]
    if not answered:
        return
    yield from _changed_answers(answered, state)
    yield from _against_record(answered, state)
    last = answered[-1]
    against = [
        check.refusal
        for check in state.checks
        if check.id in state.answers and standing_against(check, state.answers[check.id])
    ]
    apart = [
        f"does not apply: {check.question}"
        for check in state.checks
        if check.id in state.answers and not state.answers[check.id].applies
    ]
    # What was answered, also before a start that was taken back; what the record answers need not be asked.
    told = {event.data["check"] for event in answered}
    asked = [each for each in state.checks if not each.is_measured and (not each.from_record or each.id in told)]
    what = f"Checks asked, {sum(each.id in told for each in asked)} of {len(asked)}"
    yield _line(state, last.occurred_at, what, _by(last, last.occurred_at, state, *against, *apart))


def _changed_answers(answered: Iterable[SessionEvent], state: SessionState) -> Iterator[Moment]:
    """A question that was answered otherwise before: both answers, since a dose may have been refused in between."""
    questions = {check.id: check.question for check in state.checks}
    before: dict[str, SessionEvent] = {}
    for event in answered:
        earlier = before.get(event.data["check"])
        before[event.data["check"]] = event
        if earlier is not None and earlier.data["yes"] != event.data["yes"]:
            said = f"{YES_NO[event.data['yes']]}, at {state.clock(earlier.occurred_at)} {YES_NO[earlier.data['yes']]}"
            question = questions.get(event.data["check"], event.data["check"])
            detail = _by(event, event.occurred_at, state, event.data["detail"])
            yield _line(state, event.occurred_at, f"{question} {said}", detail, "watch")


def _against_record(answered: Iterable[SessionEvent], state: SessionState) -> Iterator[Moment]:
    """A check somebody answered otherwise than the record did at that time: both stand, whoever was right."""
    questions = {check.id: check.question for check in state.checks}
    for event in answered:
        if says := event.data.get("record_says"):
            question = questions.get(event.data["check"], event.data["check"])
            what = f"{question} {YES_NO[event.data['yes']]}. The record says otherwise: {says}"
            yield _line(
                state, event.occurred_at, what, _by(event, event.occurred_at, state, event.data["detail"]), "watch"
            )


def _typed(readings: Iterable[Reading], state: SessionState, after: datetime | None = None) -> Iterator[Moment]:
    """Typed values that belong together in one line, each with what it corrects; with `after`, those entered later."""
    rows = {row.pk: row for row in readings if row.measured_at <= state.now}
    corrected = {row.corrects_id for row in rows.values()}
    standing = [row for row in rows.values() if row.pk not in corrected and (row.monitor_id is None or row.corrects_id)]
    standing = [row for row in standing if after is None or row.recorded_at > after]
    standing.sort(key=lambda row: row.measured_at)
    done = _done_at(state)
    for at, together in groupby(standing, key=lambda row: row.measured_at):
        group = sorted(together, key=lambda row: list(Vital).index(Vital(row.vital)))
        due = done.get(at)
        lead = [Part(f"{_check_name(due, state, at)}: ")] if due else []
        parts = _value_parts(group, rows)
        corrections = [
            f"corrected {state.clock(version.recorded_at)}"
            f"{' by ' + version.recorded_by.display_name if version.recorded_by else ''}: “{version.correction_reason}”"
            for row in group
            for version in _versions(row, rows)[1:]
        ]
        detail = _by(_versions(group[0], rows)[0], at, state, *corrections)
        yield Moment(at.astimezone(state.now.tzinfo), (*lead, *parts), detail)


def _done_at(state: SessionState) -> dict[datetime, DueCheck]:
    """The checks that were done, by when: the first complete set is the check, a later one is more than was asked."""
    found: dict[datetime, DueCheck] = {}
    for due in state.due:
        if times := [at for at in state.check_times if due.counts(at)]:
            found.setdefault(min(times), due)
    return found


def _check_name(due: DueCheck, state: SessionState, done_at: datetime | None = None) -> str:
    """What a check is called; one done well before or after its minute is not said to be of that minute."""
    if state.started_at is None or due.at <= state.started_at:
        return "Check before the dose"
    minute = f"{(due.at - state.started_at) / timedelta(minutes=1):.0f} min"
    in_time = done_at is None or abs(done_at - due.at) <= _IN_TIME
    return f"Check at {minute}" if in_time else f"Check due at {minute}"


def _missed(state: SessionState) -> Iterator[Moment]:
    """The checks left out, or done in part: what is missing is named."""
    for due in state.missed:
        known = {reading.vital for reading in state.readings if due.counts(reading.at)}
        absent = [SHORT.get(vital, str(vital)) for vital in due.vitals if vital not in known]
        what = f"not complete, without {', '.join(absent)}" if known and absent else "missed"
        yield _line(state, due.at, f"{_check_name(due, state)} {what}", f"{due.why}.", "watch")


def _value_parts(group: list[Reading], rows: dict) -> list[Part]:
    parts: list[Part] = []
    for row in group:
        before = [f"{old.value:g}" for old in _versions(row, rows)[:-1] if old.value is not None]
        name = SHORT.get(Vital(row.vital), "")
        value = "not a true value" if row.artefact else f"{row.value:g}"
        joiner = "" if not parts else "/" if row.vital == Vital.DIASTOLIC else ", "
        parts.append(Part(f"{joiner}{name} " if name else joiner))
        parts.append(Part(value, ", then ".join(dict.fromkeys(before))))
    return parts


def _versions(row: Reading, rows: dict[UUID, Reading]) -> list[Reading]:
    """A value and all it corrects, the first one first."""
    versions = [row]
    while versions[0].corrects_id in rows:
        versions.insert(0, rows[versions[0].corrects_id])
    return versions


def _gaps(readings: Iterable[Reading], state: SessionState) -> Iterator[Moment]:
    for gap in gaps(readings):
        if gap.vital is Vital.DIASTOLIC:
            continue  # told with the systolic
        until = f"until {state.clock(gap.end)}" if gap.end else "until now"
        yield _line(
            state, gap.start, f"No true {SHORT.get(gap.vital, 'pressure')} from the monitor {until}",
            f"{gap.why} Marked, not deleted.", by_itself=True,
        )  # fmt: skip


def _two_times(readings: Iterable[Reading], state: SessionState) -> Iterator[Moment]:
    """That values came far from the time the monitor gave them, told once: its clock was wrong, or they were late."""
    far = [(row.came_at, row.measured_at) for row in readings if row.came_at and not row.corrects_id]
    if not far:
        return
    came, measured = (at.astimezone(state.now.tzinfo) for at in min(far))
    yield _line(
        state, came, f"Values from the monitor with two times: {len(far)}",
        f"The first is of {measured:%H:%M} by its clock and came at {came:%H:%M}: late on the way, or a wrong clock. "
        "Both times are kept.", "watch", by_itself=True,
    )  # fmt: skip


def _flags(flags: Iterable[Flag], readings: Iterable[Reading], state: SessionState) -> Iterator[Moment]:
    by_id = {row.pk: row for row in readings}
    for flag in flags:
        row = by_id.get(flag.subject)
        if row is None:
            continue
        answers = [
            f"{state.clock(event.recorded_at)} "
            f"{event.recorded_by.display_name + ': ' if event.recorded_by else ''}{event.action}"
            for event in flag.events.all()
        ]
        source = f"{row.monitor.identifier}." if row.monitor else ""
        detail = " ".join(filter(None, [source, *(answers or ["Waits for an answer."])]))
        yield _line(state, row.measured_at, flag.title, detail, flag.level)
