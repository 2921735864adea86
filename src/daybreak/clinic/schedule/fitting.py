"""Appointments that fit no session of the plan any more: it was changed since they were booked, or the course ended.
One whose stay is too short for the session as it is planned now is among them.

Nothing is moved or cancelled by itself. Who was booked is told so that somebody does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_session
from daybreak.clinic.record.models import Course, CourseEvent, Site, Stage
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries import appointments, known_stay, standing
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.booking import hours_and_minutes
from daybreak.treatment.days import said_day


@dataclass(frozen=True, slots=True)
class Misfit:
    """An appointment that stands although the plan in force has no such session, has it on another day, or needs a
    longer stay for it."""

    appointment: Appointment
    says: str
    resolve: str


def misfits_of_course(course: Course, now: datetime) -> list[Misfit]:
    """Those of a course that are still to come, in order of time. Two queries."""
    return _misfits(appointments().filter(course=course), now)


def misfits_of_site(site: Site, now: datetime) -> list[Misfit]:
    """Those of a site that are still to come, in order of time. Two queries."""
    return _misfits(appointments().filter(course__patient__site=site), now)


def _misfits(booked: QuerySet[Appointment], now: datetime) -> list[Misfit]:
    in_force = Plan.objects.filter(course=OuterRef("course"), signature__isnull=False).order_by("-version")
    stage = CourseEvent.objects.filter(course=OuterRef("course")).order_by("-occurred_at", "-id")
    opened = Session.objects.filter(course=OuterRef("course"), number=OuterRef("number"), holds_number=True)
    coming = standing(booked).filter(~Exists(opened), ends_at__gt=now)
    asked = coming.annotate(in_force=Subquery(in_force.values("pk")[:1]), stage=Subquery(stage.values("stage")[:1]))
    # What was booked under the plan in force fits it: only then was it booked.
    rows = list(asked.filter(~Q(plan=F("in_force")) | Q(stage=Stage.ENDED)).order_by("starts_at"))
    plans = Plan.objects.in_bulk({row.in_force for row in rows})
    return list(_told(rows, plans))


def _told(rows: Iterable[Appointment], plans: dict[object, Plan]) -> Iterable[Misfit]:
    for row in rows:
        found = misfit(row, plans.get(row.in_force, row.plan), ended=row.stage == Stage.ENDED)
        if found:
            yield found


def misfit(appointment: Appointment, plan: Plan, *, ended: bool) -> Misfit | None:
    """Why an appointment fits no session of the plan in force; None where it does."""
    if ended:
        return Misfit(appointment, "The course has ended.", "Cancel the appointment, or take the course up again.")
    number, version = appointment.number, f"Version {plan.version} is in force and"
    planned = planned_session(plan, number)
    if planned is None:
        gone = "Cancel the appointment, or the prescriber changes the plan."
        return Misfit(appointment, f"{version} has no session {number}.", gone)
    day, short = _another_day(appointment, planned), _too_short(appointment, plan, planned)
    if day and short:
        move = f"{_to_day(planned)}, or cancel it. Its length is then computed anew."
        return Misfit(appointment, f"{version} {day}. It {short}.", move)
    if day:
        return Misfit(appointment, f"{version} {day}.", f"{_to_day(planned)}, or cancel it.")
    if short:
        return Misfit(appointment, f"{version} {short}.", "Move the appointment: its length is then computed anew.")
    return None


def _to_day(planned: PlannedSession) -> str:
    return f"Move the appointment to {said_day(planned.day)} or a day beside it"


def _another_day(appointment: Appointment, planned: PlannedSession) -> str:
    """What the plan says of the day; empty where it was booked knowing it, or was moved there since."""
    before = planned_session(appointment.plan, appointment.number)
    if before is None or before.day == planned.day or planned.day == timezone.localdate(appointment.starts_at):
        return ""
    return (
        f"plans session {appointment.number} for {said_day(planned.day)}; it was booked when version "
        f"{appointment.plan.version} planned it for {said_day(before.day)}"
    )


def _too_short(appointment: Appointment, plan: Plan, planned: PlannedSession) -> str:
    """How long the session needs, where that is longer than what is booked; else empty."""
    needs = known_stay(plan, planned)
    if needs is None or needs.length <= appointment.length:
        return ""
    booked = hours_and_minutes(appointment.length)
    return f"needs {hours_and_minutes(needs.length)} for session {appointment.number}; {booked} are booked"
