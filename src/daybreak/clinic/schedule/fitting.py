"""Appointments that fit no session of the plan any more: it was changed since they were booked, or the course ended.

Nothing is moved or cancelled by itself. Who was booked is told so that somebody does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import planned_session
from daybreak.clinic.record.models import Course, CourseEvent, Site, Stage
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries import appointments, standing
from daybreak.clinic.treatment_day.models import Session


@dataclass(frozen=True, slots=True)
class Misfit:
    """An appointment that stands although the plan in force has no such session, or has it on another day."""

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
    before = planned_session(appointment.plan, number)
    if before is None or before.day == planned.day or planned.day == timezone.localdate(appointment.starts_at):
        return None
    says = (
        f"{version} plans session {number} for {_day(planned.day)}; it was booked when version "
        f"{appointment.plan.version} planned it for {_day(before.day)}."
    )
    return Misfit(appointment, says, f"Move the appointment to {_day(planned.day)} or a day beside it, or cancel it.")


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
