"""The flags that answers raise, and that answers which stay away raise."""

from datetime import datetime

from django.utils import timezone

from daybreak.clinic.followup import queries
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Flag, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import open_flags, staff
from daybreak.clinic.record.services import raise_flag
from daybreak.treatment.follow_up import alert_due_at, missing_due_at, worse_due_at, worsening
from daybreak.treatment.scoring import Alert, Score

SUICIDE = "suicide answer"
WORSE = "worse"
MISSING = "answers missing"


def owner(course: Course) -> User | None:
    """Who acts: the course's prescriber, else a prescriber of the site, else anybody there who may act on flags."""
    if course.prescriber is not None and course.prescriber.allows(Permission.FLAG_ACT):
        return course.prescriber
    for role in (Role.PRESCRIBER, Role.DIRECTOR, Role.NURSE, Role.COORDINATOR):
        if found := staff(course.patient.site, role).first():
            return found
    return None


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
        title = f"Call and assess: {item} is {alert.value} ({_in_words(measure, alert)}), {answered}"
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
    due_at: datetime, subject: Measure | None = None,
) -> None:  # fmt: skip
    """Raise a flag. Where nobody at the site can own one, the answer is kept and the audit trail says so."""
    person = owner(course)
    if person is None:
        audit.record(actor, "flag without an owner", patient=course.patient, subject=course.pk, title=title)
        return
    raise_flag(
        patient=course.patient, course=course, kind=kind, level=level, title=title, detail=detail, rule=rule,
        owner=person, due_at=due_at, subject=subject.pk if subject else None, actor=actor,
    )  # fmt: skip
