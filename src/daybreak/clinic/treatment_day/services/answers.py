"""One touch answers a crossed limit, or those of one set: what was touched is done, and kept."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from django.utils import timezone

from daybreak.clinic.record import services as record_services
from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, OpenFlag
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today, require_past
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.mark_sets import may_be_answered_together, set_of
from daybreak.clinic.treatment_day.models import EMERGENCY, Reading, Session, SessionEvent
from daybreak.clinic.treatment_day.services.events import append, in_turn, within_the_dose
from daybreak.clinic.treatment_day.services.marks import is_back, mark_newest
from daybreak.clinic.treatment_day.services.readings import append_correction
from daybreak.clinic.treatment_day.state import known_limits
from daybreak.treatment.limits import SHORT_NAMES, Limit, OwnLimits


class MarkAnswer(StrEnum):
    """What a person does about a crossed limit, with one touch. `CALLED`: the emergency services."""

    CALLED = "called"
    RECHECK = "recheck"
    PAUSED = "paused"
    TOLD = "told"
    NOT_TRUE = "not true"


_DONE_ANYWAY = (MarkAnswer.PAUSED, MarkAnswer.CALLED)


def answer_mark(
    flag: Flag, answer: MarkAnswer, actor: Actor, *, write_id: UUID, at: datetime | None = None, reason: str = ""
) -> FlagEvent | None:
    """Answer one crossed limit: `answer_marks` of it alone. None: it was closed, and a pause or a call was kept."""
    return next(iter(answer_marks([flag], answer, actor, write_id=write_id, at=at, reason=reason)), None)


def answer_marks(
    flags: Sequence[Flag],
    answer: MarkAnswer,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    reason: str = "",
) -> list[FlagEvent]:
    """Answer a crossed limit, or those of one set of readings, with one touch; what was touched is done and kept.

    Pausing pauses the dose, and that the emergency services were called is noted in the session, also where somebody
    closed every flag meanwhile: it was done. "Not a true value" corrects the reading. A flag closes when the value was
    not true, or a later one is within its limit already: that is the recheck, and what it crosses itself is marked
    anew. Otherwise it stays open until the recheck. Of several, one that was closed meanwhile stays as it is.

    Raises:
        Refusal: if the flag is closed (but for a pause and a call), is not about a reading, or a value somebody typed
            is called not true without a reason; for several that are not of one set, an emergency among them, or a
            word on which are true.
    """
    readings = [_reading_of(flag) for flag in flags]
    session = queries.sessions().get(pk=readings[0].session_id)
    if len(flags) > 1:
        _require_together(flags, readings, answer, session.own)
    if answer is MarkAnswer.NOT_TRUE and readings[0].monitor_id is None and not reason.strip():
        raise Refusal("Somebody typed this value. Write in a word why it is not true.")
    ids = [write_id, *(uuid5(write_id, str(flag.pk)) for flag in flags[1:])]

    def do() -> None:
        when = require_past(at or timezone.now(), session.opened_at)
        is_open = set(OpenFlag.objects.filter(pk__in=[flag.pk for flag in flags]).values_list("pk", flat=True))
        for event_id, flag, reading in zip(ids, flags, readings, strict=True):
            if flag.pk not in is_open and (is_open or answer in _DONE_ANYWAY):  # else the first is refused
                continue
            limit = known_limits(session.own)[flag.rule]
            rechecked = "" if answer is MarkAnswer.NOT_TRUE else _rechecked(session, reading, limit)
            closes = answer is MarkAnswer.NOT_TRUE or rechecked
            kind = FlagEvent.Kind.CLOSED if closes else FlagEvent.Kind.ACKNOWLEDGED
            words = _words(answer, session, when + limit.recheck_after, reason, rechecked)
            record_services.answer_flag(flag, kind, words, actor, event_id=event_id)
            if rechecked:
                mark_newest(session, limit.vital, actor)
        if answer is MarkAnswer.PAUSED:
            _pause(session, when, actor)
        if answer is MarkAnswer.CALLED:
            _note_call(session, flags, when, actor)
        if answer is MarkAnswer.NOT_TRUE:
            why, correction_id = reason.strip() or "answered as not a true value", uuid5(write_id, "correction")
            append_correction(session, readings[0], None, why, actor, correction_id=correction_id, answered=flags)

    about = {"flag": flags[0].pk} if len(flags) == 1 else {"flags": sorted(str(flag.pk) for flag in flags)}
    writes.once(
        write_id, "mark answered", {**about, "answer": answer, "at": at, "reason": reason}, actor, in_turn(session, do)
    )
    return list(FlagEvent.objects.filter(pk__in=ids))


def _pause(session: Session, at: datetime, actor: Actor) -> None:
    """Pause the dose, unless it was paused at that time already: by another mark's answer, or by somebody else."""
    at = within_the_dose(session, SessionEvent.Kind.DOSE_PAUSED, at)
    if queries.state(session, at).phase is not Phase.PAUSED:
        append(session, SessionEvent.Kind.DOSE_PAUSED, actor, at=at, data={})


def _note_call(session: Session, flags: Sequence[Flag], at: datetime, actor: Actor) -> None:
    """Note the call as the emergency card does: it is shown, and taken back, the same way. Its marks ask again then."""
    words, ids = "; ".join(flag.title for flag in flags), [str(flag.pk) for flag in flags]
    append(session, SessionEvent.Kind.OBSERVATION, actor, at=at, data={"what": EMERGENCY, "words": words, "flags": ids})


def _reading_of(flag: Flag) -> Reading:
    reading = Reading.objects.filter(pk=flag.subject).first() if flag.kind == queries.LIMIT_CROSSED else None
    if reading is None:
        raise Refusal("This flag is not about a reading. Answer it in the list of flags.")
    return reading


def _require_together(flags: Sequence[Flag], readings: Sequence[Reading], answer: MarkAnswer, own: OwnLimits) -> None:
    if answer is MarkAnswer.NOT_TRUE:
        raise Refusal("Say of each value by itself that it is not true. Nothing was saved.")
    if not all(may_be_answered_together(known_limits(own).get(flag.rule)) for flag in flags):
        raise Refusal("An emergency is answered by itself. Nothing was saved.")
    if len({set_of(reading) for reading in readings}) > 1:
        raise Refusal("These marks are not of one set of readings. Answer each by itself. Nothing was saved.")


def _rechecked(session: Session, reading: Reading, limit: Limit) -> str:
    """What was measured since, where that is within the limit, as a sentence; else empty. A value whose time is still
    to come, since the clock was set back, is not overlooked."""
    state = queries.state(session, max(timezone.now(), reading.measured_at))
    latest = state.latest.get(limit.vital)
    if latest is None or not is_back(limit, latest):
        return ""
    return f"Rechecked: {SHORT_NAMES[limit.vital]} {latest.value:g} at {clock_today(latest.at)}."


def _words(answer: MarkAnswer, session: Session, recheck_at: datetime, reason: str, rechecked: str) -> str:
    recheck = rechecked or f"Recheck at {timezone.localtime(recheck_at):%H:%M}."
    prescriber = session.course.prescriber
    return {
        MarkAnswer.CALLED: f"Emergency services called. {rechecked}".strip(),
        MarkAnswer.RECHECK: recheck,
        MarkAnswer.PAUSED: f"Paused. {recheck}",
        MarkAnswer.TOLD: f"Told {prescriber.display_name if prescriber else 'the prescriber'}. {rechecked}".strip(),
        MarkAnswer.NOT_TRUE: f"Not a true value: {reason.strip()}." if reason.strip() else "Not a true value.",
    }[answer]
