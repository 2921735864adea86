"""A session is opened; its checks are answered; what is seen is noted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.planning.queries import planned_session, signed_plan
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record import services as record_services
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, CourseEvent, Stage
from daybreak.clinic.record.own_limits import own_limits
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import death, died
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import require_past, said
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import DoseRun
from daybreak.clinic.treatment_day.folding import REST
from daybreak.clinic.treatment_day.known_answers import says_otherwise
from daybreak.clinic.treatment_day.models import (
    EMERGENCY,
    NOT_COUNTED,
    OBSERVATIONS,
    Chair,
    Session,
    SessionEvent,
)
from daybreak.clinic.treatment_day.services import drug_account
from daybreak.clinic.treatment_day.services.done_offline import NOBODY_ASKED, tell_of_answer
from daybreak.clinic.treatment_day.services.events import came_late, happened, has_ended
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.charting import minute_of
from daybreak.treatment.checks import Check, checks_before, standing_against
from daybreak.treatment.drugs import Route
from daybreak.treatment.findings import Effect, reason_lacks, says_too_little

NEEDS_WORDS = ("medicine", "note")
# What is given so long after somebody left was not given in their session; as late as a leaving is taken back. Ours.
STILL_OF_THE_DAY = timedelta(hours=12)


class StillOpen(Refusal):
    """Another session of this person goes on: `session`."""

    def __init__(self, session: Session, course: Course, what_to_do: str) -> None:
        self.session = session
        which = "" if session.course_id == course.pk else " of another course"
        where = f" in {str(session.chair).lower()}" if session.chair else ""
        opened = f"Session {session.number}{which} of this person, opened at {said(session.opened_at)},"
        super().__init__(f"{opened} is still open{where}. {what_to_do}")


def require_no_other(course: Course, what_to_do: str, *, but: UUID | None = None) -> None:
    """Refuse a second session of somebody whose other one goes on: what calls to act in one is not seen in the other.

    Raises:
        StillOpen: with what to do.
    """
    going_on = Session.objects.filter(is_over=False, course__patient=course.patient_id).exclude(pk=but)
    if (other := going_on.select_related("chair").first()) is not None:
        raise StillOpen(other, course, what_to_do)


def open_session(
    course: Course, number: int, chair: Chair | None, actor: Actor, *, write_id: UUID, at: datetime | None = None
) -> Session:
    """Open a planned session of a course; the first one brings the course to its treatment days.

    Raises:
        Refusal: without a signed plan, for a number the plan has not or that goes on or was held, for somebody whose
            other session is open, in a chair that is taken. A session that was left before any dose was not held.
    """
    content = {"course": course.pk, "number": number, "chair": chair.pk if chair else None, "at": at}

    def do() -> None:
        _open(course, number, chair, actor, session_id=write_id, at=at)

    writes.once(write_id, "session opened", content, actor, do)
    opened = queries.sessions().get(pk=write_id)
    drug_account.tell(opened, actor)
    return opened


def _open(
    course: Course, number: int, chair: Chair | None, actor: Actor, *, session_id: UUID, at: datetime | None
) -> None:
    plan = signed_plan(course)
    if plan is None:
        raise Refusal("No plan of this course is signed. The prescriber signs one before a session is opened.")
    if planned_session(plan, number) is None:
        raise Refusal(f"The plan has no session {number}. Choose one of its sessions, or change the plan.")
    if (found := death(course.patient)) is not None:
        raise Refusal(
            f"{died(found)} No session is opened. If that is wrong, correct the serious event under Nasal programme "
            "first."
        )
    if course.sessions.filter(number=number, holds_number=True).exists():
        raise Refusal(f"Session {number} was opened already. Go on with it on its own page.")
    require_no_other(
        course,
        "Go on in it. If this person is not in it any more, record there that they left, also as of then; then open "
        f"session {number}.",
    )
    if chair is not None:
        _require_free(chair, course)
    when = require_past(at or timezone.now())
    Session.objects.create(
        id=session_id, course=course, plan=plan, number=number, chair=chair, opened_at=when, opened_by=actor.user,
        own_limits=dict(own_limits(course.patient.site)),
    )  # fmt: skip
    audit.record(actor, "session opened", patient=course.patient, subject=session_id, number=number)
    latest = CourseEvent.objects.filter(course=course).order_by("-occurred_at", "-id").first()
    if latest is None or latest.stage != Stage.TREATMENT:
        record_services.enter_stage(course, Stage.TREATMENT, actor, at=when)


def _require_free(chair: Chair, course: Course) -> None:
    if chair.site_id != course.patient.site_id:
        raise Refusal(f"{chair} is at another site. Choose a chair of this one.")
    if chair.retired_at is not None:
        raise Refusal(f"{chair} is retired. Choose another chair.")
    sitting = Session.objects.filter(is_over=False, chair=chair).select_related("course__patient").first()
    if sitting is not None:
        raise Refusal(f"{sitting.course.patient} sits in {str(chair).lower()}. Choose another chair.")


def answer_check(
    session: Session,
    check_id: str,
    yes: bool | None,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    detail: str = "",
    applies: bool = True,
) -> SessionEvent:
    """Answer one question before the dose; None when it was asked and nobody knew.

    Args:
        applies: False where the question does not apply to this person, which counts as the answer that clears it.

    Raises:
        Refusal: for no such check, one that is measured, or one that applies to everybody or to this person; for a
            word that is missing beside an answer against the record.
    """
    check = _asked_check(session, check_id)
    if not applies:
        if session.course.patient.sex not in check.may_not_apply_to:
            raise Refusal(
                "“Does not apply” is no answer to this question for this person. Answer yes, no or not known."
            )
        yes = check.clears
    begun: list[DoseRun] = []

    def known(state: SessionState) -> dict[str, str]:
        begun.extend(state.runs)
        return _otherwise_on_record(state, check, yes, detail)

    def also(when: datetime) -> None:
        if begun and check.effect is not Effect.INFORM and yes is not None and yes is not check.clears:
            tell_of_answer(session, check, when, actor)

    return happened(
        session, SessionEvent.Kind.CHECK_ANSWERED, actor, write_id=write_id, at=at, check=known, also=also,
        data={"check": check_id, "yes": yes, "detail": detail.strip(), **({} if applies else {"applies": False})},
    )  # fmt: skip


def _otherwise_on_record(state: SessionState, check: Check, yes: bool | None, detail: str) -> dict[str, str]:
    """What the record says at this time, where somebody answers otherwise: kept with the answer.

    Raises:
        Refusal: for an answer that clears what otherwise has no way round, without a word on what was read.
    """
    says = says_otherwise(state.recorded.get(check.id), yes)
    if says and yes is check.clears and check.effect is Effect.BLOCK and says_too_little(detail):
        raise Refusal(
            f"“{check.question}” The record: {says} Write beside it, in a few words, what you read that the record "
            "does not know, and answer again; or answer No. Nothing was saved."
        )
    return {"record_says": says} if says else {}


def give_reason(
    session: Session, check_id: str, reason: str, actor: Actor, *, write_id: UUID, at: datetime | None = None
) -> SessionEvent:
    """A prescriber writes why the dose goes on although a check stands against it: of what stands against it then. One
    that came late and found nothing is kept, and lifts nothing.

    Raises:
        Refusal: if the check blocks, takes no reason, nothing stands against it, or the writer is no prescriber.
    """
    check = _check(session, check_id)
    if actor.user is None or not actor.user.allows(Permission.PLAN_SIGN):
        raise Refusal("Only a prescriber writes why the dose goes on. Ask the prescriber to sign in and write it.")
    if check.effect is not Effect.REASON:
        raise Refusal(f"No reason lifts this: {check.refusal} {check.resolves}")
    if lacking := reason_lacks(reason):
        raise Refusal(lacking)

    def what_stands(state: SessionState) -> Mapping[str, Any]:
        answer = state.check_answers.get(check_id)
        against = standing_against(check, answer)
        if against is None and not came_late(state.now):
            raise Refusal(
                f"Nothing stands against the dose at “{check.question}” now. A reason is written of what does, when it "
                "does. Nothing was saved."
            )
        return {"stood": against or "", "of_a_value": answer is not None and answer.yes is not None}

    return happened(
        session, SessionEvent.Kind.CHECK_ANSWERED, actor, write_id=write_id, at=at, check=what_stands,
        data={"check": check_id, "reason": reason.strip()},
    )  # fmt: skip


def _check(session: Session, check_id: str) -> Check:
    doses = queries.planned_doses(session)
    site = session.course.patient.site
    for check in checks_before(doses[0].dose.drug, doses[0].dose.route, site.jurisdiction, {check_id}):
        if check.id == check_id:
            return check
    raise Refusal(f"There is no check called “{check_id}” before this dose.")


def _asked_check(session: Session, check_id: str) -> Check:
    check = _check(session, check_id)
    if check.is_measured:
        raise Refusal("This check is answered by the readings. Measure and enter them.")
    if check.only_recorded:
        raise Refusal("This check is answered by the record. The prescriber reads it and writes why the dose goes on.")
    return check


def observe(
    session: Session,
    what: str,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    words: str = "",
    reason: str = "",
    day_said: bool = False,
    time_said: bool = False,
    waited: bool = False,
) -> SessionEvent:
    """Note what was seen or done: one of `OBSERVATIONS`, with words where a bare name says too little.

    Args:
        reason: why it belongs to this session, where its time lies before that was opened.
        day_said: whether who wrote it named day and time, and so knows that it is of after the person left.
        time_said: whether a person typed the time; else it is that of the touch, by the tablet's clock.
        waited: it waited on a tablet without a network, so nobody can be asked for a reason.

    Raises:
        Refusal: for what is none of them, without words, or for a rest of a sublingual dose that was noted otherwise
            before, or of no dose; for what would be of after the person left, where nobody said so; for a time typed
            that lies before the opening, also on the evening before, without a reason; for one long before it. An
            emergency needs none.
    """
    if what not in OBSERVATIONS or what == NOT_COUNTED:
        by_hand = ", ".join(each for each in OBSERVATIONS if each != NOT_COUNTED)
        raise Refusal(f"“{what[:40]}” cannot be noted. Choose one of: {by_hand}.")
    if what in NEEDS_WORDS and not words.strip():
        raise Refusal("Write it in a few words; for a medicine which, how much and by which route.")

    def check(state: SessionState) -> Mapping[str, Any] | None:
        if state.left and not day_said and what != EMERGENCY:
            raise Refusal(
                f"{has_ended(state.left.occurred_at)} Write what happened then, or since, with its day and time. "
                "Nothing was recorded."
            )
        if state.left and day_said and what == "medicine" and state.now - state.left.occurred_at > STILL_OF_THE_DAY:
            raise Refusal(
                f"{has_ended(state.left.occurred_at)} What was given after that is not of this session: check day "
                "and time. If it belongs here all the same, write it under Note, with both. Nothing was recorded."
            )
        if what in REST:
            _require_one_rest(session, state, what, words)
        is_before = time_said and what != EMERGENCY and minute_of(session.opened_at) > state.now
        return _before_opening(session, state.now, reason, waited=waited) if is_before else None

    return happened(
        session, SessionEvent.Kind.OBSERVATION, actor, write_id=write_id, at=at, check=check,
        data={"what": what, "words": words.strip()},
    )  # fmt: skip


def _before_opening(session: Session, at: datetime, reason: str, *, waited: bool) -> dict[str, Any]:
    """What is kept with an entry of before the opening, which may be of the ward, or a slip of the clock: that it is,
    and why it belongs here.

    Raises:
        Refusal: without a reason, unless it waited and nobody can be asked.
    """
    if says_too_little(reason) and not waited:
        raise Refusal(
            f"{said(at)} lies before this session was opened at {said(session.opened_at)}. If that is the time, write "
            "in a few words why it belongs to this session, and save; else type the time again. Nothing was recorded."
        )
    why = NOBODY_ASKED if says_too_little(reason) else reason.strip()
    opened = timezone.localtime(session.opened_at)
    return {"against": [f"Before this session was opened at {opened:%H:%M}."], "reason": why}


def _require_one_rest(session: Session, state: SessionState, what: str, words: str) -> None:
    """What was left of a dose under the tongue cannot be swallowed and spat out: the second takes a reason. Held
    against all that is recorded, also of a later moment: another tablet was there first.
    """
    if state.route is not Route.SUBLINGUAL:
        return
    if state.run is None:
        raise Refusal("No dose was begun, so there is no rest of it. Nothing was recorded.")
    runs = queries.runs_recorded(session)
    if len(runs) < len(state.runs):
        raise Refusal("The start of that dose was taken back since, so there is no rest of it. Nothing was recorded.")
    rest = runs[len(state.runs) - 1].rest
    noted = next((name for name, manner in REST.items() if manner is rest), what)
    if rest is not None and noted == what and says_too_little(words):
        raise Refusal(f"“{OBSERVATIONS[what]}” is noted already. Nothing was recorded a second time.")
    if noted != what and says_too_little(words):
        raise Refusal(
            f"“{OBSERVATIONS[noted]}” was noted before, and both cannot be. If that was wrong, write how it was. "
            "Nothing was recorded."
        )
