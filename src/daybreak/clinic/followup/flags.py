"""The flags that answers raise, that answers which stay away raise, and calls that nobody made."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.followup import queries
from daybreak.clinic.followup.models import Call, Measure
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Flag, FlagEvent, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import open_flags, staff
from daybreak.clinic.record.services import answer_flag, may_close, raise_flag
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.follow_up import CallKind, alert_due_at, call_rule, missing_due_at, worse_due_at, worsening
from daybreak.treatment.scoring import Alert, Score

if TYPE_CHECKING:
    from daybreak.clinic.followup import calls

SUICIDE = "suicide answer"
WORSE = "worse"
MISSING = "answers missing"
CALL_OVERDUE = "call overdue"


ACTING = (Role.PRESCRIBER, Role.DIRECTOR, Role.NURSE, Role.COORDINATOR)  # who is asked first


def owner(course: Course, people: Iterable[User] | None = None) -> User | None:
    """Who acts: the course's prescriber, else a prescriber of the site, else anybody there who may act on flags.

    Args:
        people: the site's staff who act, by name, where they were read before.
    """
    if course.prescriber is not None and course.prescriber.allows(Permission.FLAG_ACT):
        return course.prescriber
    here = staff(course.patient.site, *ACTING) if people is None else people
    return min(here, key=lambda each: ACTING.index(Role(each.role)), default=None)


def raise_for(measure: Measure, scored: Score, actor: Actor) -> None:
    """Raise what a newly stored measure calls for."""
    for alert in scored.alerts:
        if not _said_before(measure, alert):
            _suicide(measure, alert, actor)
    if measure.total is not None:
        _worse(measure, actor)


def missing_answers(course: Course, names: str, count: int, now: datetime, actor: Actor) -> None:
    """Answers stayed away several times in a row."""
    _raise(
        course, actor, kind=MISSING, level=Flag.Level.WATCH, rule="follow_up.missing",
        title=f"{names} not answered {count} times in a row", detail="Ask why.", due_at=missing_due_at(now),
    )  # fmt: skip


def call_overdue(due: "calls.Due", actor: Actor) -> None:
    """Nobody made a call in time. One flag asks for it."""
    if _of_call(due).exists():
        return
    local = timezone.localtime(due.due_at)
    _raise(
        due.session.course, actor, kind=CALL_OVERDUE, rule=f"calls.{due.kind}", who=due.owner,
        level=Flag.Level.ACT if due.kind is CallKind.CALL_BACK else Flag.Level.WATCH,
        title=f"Not called, due {local:%H:%M} on {local.day} {local:%b}. {due.why}",
        detail=f"Call {due.phone}" if due.session.course.patient.phone else due.phone,
        due_at=actor.now + call_rule().within, subject=due.session,
    )  # fmt: skip


def close_overdue_call(due: "calls.Due", call: Call, actor: Actor) -> None:
    """The call was made, or is made no more: its flag has nothing left to ask for. Where who called may not close it,
    they acknowledge it, and its owner closes it.
    """
    for flag in _of_call(due):
        said = f"{call.get_outcome_display()} at {clock_today(call.called_at)}. {call.words}".strip()
        closes = actor.user is None or may_close(actor.user, flag)
        answer_flag(flag, FlagEvent.Kind.CLOSED if closes else FlagEvent.Kind.ACKNOWLEDGED, said, actor)


def _of_call(due: "calls.Due") -> QuerySet[Flag]:
    waiting = open_flags(patients=[due.session.course.patient])
    return waiting.filter(kind=CALL_OVERDUE, subject=due.session.pk, rule=f"calls.{due.kind}")


def close_calls_of_nobody(actor: Actor) -> None:
    """Close the flag of an overdue call where the leaving it followed was taken back: the person is here."""
    here = Session.objects.filter(is_over=False)
    for flag in open_flags().filter(kind=CALL_OVERDUE, subject__in=here.values("pk")):
        answer_flag(flag, FlagEvent.Kind.CLOSED, "The leaving was taken back: the person is here.", actor)


def _said_before(measure: Measure, alert: Alert) -> bool:
    """Whether this corrects a measure that gave the same answer, for which there is a flag."""
    return measure.corrects is not None and any(
        (said["rule"], said["value"]) == (alert.rule.id, alert.value) for said in measure.corrects.scored["alerts"]
    )


def _suicide(measure: Measure, alert: Alert, actor: Actor) -> None:
    item = f"{measure.scale.short_name} item {alert.rule.item}"
    answered = _said_at(measure)
    phone = measure.course.patient.phone
    call = f"Call {phone}." if phone else "No phone number is on file: find one."
    if alert.value is None:
        level, title, detail = Flag.Level.WATCH, f"{item} was not answered: ask", f"{call} The others were {answered}."
    else:
        level = Flag.Level.ACT
        title = f"{Flag.CALL}{item} is {alert.value} ({_in_words(measure, alert)}), {answered}"
        detail = " ".join((call, *alert.pathway.actions))
    _raise(
        measure.course, actor, kind=SUICIDE, level=level, title=title, detail=detail, rule=alert.rule.id,
        due_at=alert_due_at(timezone.localtime(measure.recorded_at), alert.value), subject=measure,
    )  # fmt: skip


def _in_words(measure: Measure, alert: Alert) -> str:
    return next(words for item, _, words in measure.lines if item.number == alert.rule.item)


def _said_at(measure: Measure) -> str:
    answered, recorded = timezone.localtime(measure.completed_at), timezone.localtime(measure.recorded_at)
    if answered.date() == recorded.date():
        return f"answered {answered:%H:%M}"
    return f"answered {answered.day} {answered:%b %H:%M}"


def _worse(measure: Measure, actor: Actor) -> None:
    course, scale = measure.course, measure.scale
    found = worsening(scale, queries.totals_before(measure), measure.total)
    if found is None:
        return
    still_open = open_flags(patients=[course.patient]).filter(course=course, kind=WORSE, rule=found.rule.id)
    if still_open.exists():
        return
    _raise(
        course, actor, kind=WORSE, level=Flag.Level.WATCH, rule=found.rule.id,
        title=f"{scale.short_name} is {measure.total:.3g}, worse by {found.points:.3g}",
        detail=f"It was {found.compared_with:.3g}. Counts as worse: {found.rule.meaning}.",
        due_at=worse_due_at(measure.recorded_at), subject=measure,
    )  # fmt: skip


def _raise(
    course: Course, actor: Actor, *, kind: str, level: Flag.Level, title: str, detail: str, rule: str,
    due_at: datetime, subject: Measure | Session | None = None, who: User | None = None,
) -> None:  # fmt: skip
    """Raise a flag. Where nobody at the site can own one, the answer is kept and the audit trail says so."""
    person = who or owner(course)
    if person is None:
        audit.record(actor, "flag without an owner", patient=course.patient, subject=course.pk, title=title)
        return
    raise_flag(
        patient=course.patient, course=course, kind=kind, level=level, title=title, detail=detail, rule=rule,
        owner=person, due_at=due_at, subject=subject.pk if subject else None, actor=actor,
    )  # fmt: skip
