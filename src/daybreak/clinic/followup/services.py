"""The verbs of follow-up: an answer is recorded, scored and acted on, a wrong one corrected; so is a call."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.followup import calls, flags
from daybreak.clinic.followup.baselines import tell_plan
from daybreak.clinic.followup.models import Call, Measure
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.queries import died
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import said
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.days import said_day
from daybreak.treatment.findings import says_too_little
from daybreak.treatment.follow_up import CallKind, call_rule
from daybreak.treatment.instruments import Instrument, InstrumentError, instrument
from daybreak.treatment.scoring import Score, recorded_total, score

# An answer older than this belongs to no course here; a mistyped year does. Ours.
LONG_BEFORE = timedelta(days=730)

Answers = Mapping[int, int | None]


def record_measure(
    course: Course,
    instrument_id: str,
    answers: Answers,
    actor: Actor,
    *,
    measure_id: UUID,
    completed_at: datetime,
    session: Session | None = None,
    occasion: str = "",
    at: datetime | None = None,
) -> Measure:
    """Score and store the answers of one instrument, once, and raise the flags they call for.

    Args:
        answers: by item number; an item that is absent or None was not answered.
        measure_id: made by the client. The same id with the same answers is harmless.
        completed_at: when the answers were given.
        session: the treatment day the answers belong to, for a question asked after a dose.
        occasion: the due question they were given to; empty when nobody asked.
        at: when they are recorded, if not now. Deadlines count from here.

    Raises:
        Refusal: for an unknown instrument, a value that is no answer, or no answer at all.
        WriteConflict: if the id was used for other content.
    """
    scale, scored = _scored(course, instrument_id, answers)
    measure = Measure(
        id=measure_id, course=course, session=session, occasion=occasion, completed_at=completed_at,
        answers={str(item.number): answers.get(item.number) for item in scale.items},
    )  # fmt: skip
    return _store(measure, scale, scored, actor, at)


def record_total(
    course: Course,
    instrument_id: str,
    total: float,
    actor: Actor,
    *,
    measure_id: UUID,
    completed_at: datetime,
    at: datetime | None = None,
) -> Measure:
    """Store a total a clinician rated on a form of their own. Its answers are not known, so it raises no alert.

    Raises:
        Refusal: for a total outside the instrument's range, or an instrument that people answer themselves: its
            items have to be known.
        WriteConflict: if the id was used for other content.
    """
    try:
        scale = instrument(instrument_id)
        scored = recorded_total(scale, total, sex=course.patient.sex)
    except InstrumentError as error:
        raise Refusal(str(error)) from error
    if scale.respondent == "self":
        raise Refusal(f"Enter the answers of {scale.short_name}, not its total alone: the single answers matter.")
    measure = Measure(id=measure_id, course=course, completed_at=completed_at)
    return _store(measure, scale, scored, actor, at)


def correct_measure(
    wrong: Measure,
    answers: Answers,
    actor: Actor,
    *,
    measure_id: UUID,
    reason: str,
    at: datetime | None = None,
) -> Measure:
    """Store the right answers beside the wrong ones, which stay in the record and are read no more.

    A flag the wrong answers raised stays open: a person closes it.

    Raises:
        Refusal: without a reason, if it was corrected before, or as `record_measure`.
    """
    reason = reason.strip()
    if not reason:
        raise Refusal("Say why the answers are corrected, in a few words. Nothing was changed.")
    if Measure.objects.filter(corrects=wrong).exclude(pk=measure_id).exists():
        raise Refusal("These answers were corrected already. Correct the newer ones.")
    scale, scored = _scored(wrong.course, wrong.instrument, answers)
    measure = Measure(
        id=measure_id, course=wrong.course, session=wrong.session, occasion=wrong.occasion,
        completed_at=wrong.completed_at, corrects=wrong, correction_reason=reason,
        answers={str(item.number): answers.get(item.number) for item in scale.items},
    )  # fmt: skip
    return _store(measure, scale, scored, actor, at)


def has_total(course: Course, instrument_id: str, answers: Answers, total: float | None) -> bool:
    """Whether this makes a score: a total, or enough answers for one.

    Raises:
        Refusal: as `record_measure`.
    """
    return total is not None or _scored(course, instrument_id, answers)[1].total is not None


def _scored(course: Course, instrument_id: str, answers: Answers) -> tuple[Instrument, Score]:
    try:
        scale = instrument(instrument_id)
        scored = score(scale, answers, sex=course.patient.sex)
    except InstrumentError as error:
        raise Refusal(str(error)) from error
    if not any(value is not None for value in answers.values()):
        raise Refusal("No question was answered, so there is nothing to save.")
    return scale, scored


def _store(measure: Measure, scale: Instrument, scored: Score, actor: Actor, at: datetime | None) -> Measure:
    if measure.completed_at < measure.course.opened_at - LONG_BEFORE:
        day = said_day(timezone.localtime(measure.completed_at))
        raise Refusal(f"{day} lies more than two years before this course began. Check the year. Nothing was saved.")
    measure.instrument, measure.instrument_version = scale.id, scale.version
    measure.total, measure.scored = scored.total, _in_words(scored)
    measure.recorded_at = at or timezone.now()
    for name, value in actor.stamp.items():
        setattr(measure, name, value)

    def store() -> None:
        measure.save(force_insert=True)
        patient = measure.course.patient
        audit.record(actor, "measure recorded", patient=patient, subject=measure.pk, instrument=scale.id)
        flags.raise_for(measure, scored, actor)
        tell_plan(measure, actor)

    writes.once(measure.pk, "measure", _content(measure), actor, store)
    return Measure.objects.get(pk=measure.pk)


def _content(measure: Measure) -> dict[str, Any]:
    """What makes a repeat the same: not its times, which differ between two taps."""
    return {
        "course": measure.course_id,
        "instrument": measure.instrument,
        "session": measure.session_id,
        "answers": measure.answers,
        "total": measure.total,
        "corrects": measure.corrects_id,
    }


def _in_words(scored: Score) -> dict[str, Any]:
    return {
        "rule": scored.rule_id,
        "explanation": scored.explanation,
        "band": scored.band,
        "missing": list(scored.missing),
        "prorated": scored.prorated,
        "alerts": [{"rule": a.rule.id, "item": a.rule.item, "value": a.value} for a in scored.alerts],
        "criteria": [{"rule": c.rule.id, "meaning": c.rule.meaning, "met": c.met} for c in scored.criteria],
        "subscores": dict(scored.subscores),
    }


# A next try later than this helps nobody; ours. It also lies within the days for which calls are listed.
NEXT_TRY_WITHIN = timedelta(days=3)


def record_call(
    session: Session,
    kind: CallKind,
    outcome: Call.Outcome,
    actor: Actor,
    *,
    write_id: UUID,
    words: str = "",
    again_at: datetime | None = None,
    why_early: str = "",
) -> Call:
    """Keep one try to call somebody after a session. Whoever was reached, or is tried no more, is off the list, and the
    flag of an overdue call closes.

    Args:
        again_at: when it is tried again, if the person was not reached.
        why_early: why somebody reached before the day of the call need not be called on it.

    Raises:
        Refusal: if nobody is to be called after this session, nothing is said where it must be, or the time of the next
            try is past or more than a few days ahead.
    """
    said_so = {"words": words.strip(), "why_early": why_early.strip()}
    content = {"session": session.pk, "kind": kind, "outcome": outcome, "again_at": again_at, **said_so}

    def do() -> None:
        due = next((each for each in calls.of_session(session) if each.kind == kind), None)
        if due is None:
            raise Refusal("Nobody is to be called for this after this session, or the person is still here.")
        if due.is_settled:
            last = due.tries[-1]
            raise Refusal(f"{last.get_outcome_display()} at {said(last.called_at)} already. Nothing was changed.")
        if outcome == Call.Outcome.GIVEN_UP and not words.strip():
            raise Refusal("Write why no further try is made. Nothing was saved.")
        if again_at is not None and again_at <= actor.now:
            raise Refusal(f"{said(again_at)} is past. Write when it is tried again.")
        latest = min(actor.now + NEXT_TRY_WITHIN, due.left.occurred_at + call_rule().at_most)
        if again_at is not None and again_at > latest:
            raise Refusal(f"The next try is made by {said(latest)} at the latest. Nothing was saved.")
        is_reached = outcome == Call.Outcome.REACHED
        if is_reached:
            _require_said(due, words)
            _require_its_day(due, why_early, actor.now)
        early = said_so["why_early"] if is_reached and due.is_before_its_day(actor.now) else ""
        call = Call.objects.create(
            id=write_id, session=session, kind=kind, outcome=outcome, words=words.strip(), called_at=actor.now,
            again_at=again_at if outcome == Call.Outcome.NOT_REACHED else None, why_early=early, **actor.stamp,
        )  # fmt: skip
        audit.record(actor, f"call: {outcome}", patient=session.course.patient, subject=session.pk)
        if call.settles:
            flags.close_overdue_call(due, call, actor)

    writes.once(write_id, "call", content, actor, do)
    return Call.objects.get(pk=write_id)


def take_back_call(call: Call, actor: Actor, *, write_id: UUID, reason: str) -> Call:
    """Take back a try that was recorded by mistake. It stays in the record; the call is due again as without it.

    Raises:
        Refusal: without a reason, or a second time.
    """
    content = {"of": call.pk, "reason": reason.strip()}

    def do() -> None:
        if call.corrects_id or Call.objects.filter(corrects=call).exists():
            raise Refusal("This call was taken back already. Nothing was changed.")
        if says_too_little(reason):
            raise Refusal("Write in a few words how it came to be recorded. Nothing was taken back.")
        Call.objects.create(
            id=write_id, session=call.session, kind=call.kind, outcome=Call.Outcome.TAKEN_BACK, called_at=actor.now,
            corrects=call, correction_reason=reason.strip(), **actor.stamp,
        )  # fmt: skip
        audit.record(actor, "call: taken back", patient=call.session.course.patient, subject=call.session_id)

    writes.once(write_id, "call taken back", content, actor, do)
    return Call.objects.get(pk=write_id)


def _require_said(due: calls.Due, words: str) -> None:
    """Refuse that somebody was reached who is recorded as dead, or without a word of how they are."""
    if due.death is not None:
        raise Refusal(
            f"{died(due.death)} Nobody was reached. If that is wrong, correct the serious event under Nasal programme "
            "first; what somebody of the family said is written with “No further try”. Nothing was saved."
        )
    if words.strip():
        return
    lead, asked = {
        CallKind.CALL_BACK: ("This person left with criteria open. ", "how they are"),
        CallKind.UNTREATED: (
            f"Session {due.session.number} is still owed. ", "how they are, and when it is held or why it is not"
        ),
    }.get(due.kind, ("", "how they are, or who answered"))  # fmt: skip
    raise Refusal(f"{lead}Write in a few words {asked}. Nothing was saved.")


def _require_its_day(due: calls.Due, why_early: str, now: datetime) -> None:
    """Refuse, once, that a call made before its day settles it: how that day is, nobody knows yet."""
    if due.is_before_its_day(now) and says_too_little(why_early):
        raise Refusal(
            f"This call is due on {said_day(timezone.localtime(due.first_due_at))}. Write in a few words why it need "
            "not be made on that day, or leave it on the list. Nothing was saved."
        )
