"""Appointments that cannot stay as they are: the plan was changed since they were booked, the course ended, the person
died, or the site's own rules changed (`conflicts`). One whose stay is too short for the session as it is planned now is
among them.

Nothing is moved or cancelled by itself: a death that was recorded by mistake would have given the times away. Who was
booked is told so that somebody does it, of somebody who died with one touch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_session
from daybreak.clinic.record.models import Course, CourseEvent, PatientFact, Site, Stage
from daybreak.clinic.record.queries import deaths, died
from daybreak.clinic.schedule.conflicts import Conflict, conflicts
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries import appointments, known_stay, standing
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.booking import hours_and_minutes
from daybreak.treatment.days import said_day


@dataclass(frozen=True, slots=True)
class Misfit:
    """An appointment that stands and cannot stay as it is: why, and what would settle it. `cancels`: the reason with
    which one touch cancels it; empty where somebody has to choose."""

    appointment: Appointment
    says: str
    resolve: str
    cancels: str = ""


def misfits_of_course(course: Course, now: datetime) -> list[Misfit]:
    """Those of a course that are still to come, in order of time. Six queries."""
    return _misfits(appointments().filter(course=course), course.patient.site, now)


def misfits_of_site(site: Site, now: datetime) -> list[Misfit]:
    """Those of a site that are still to come, in order of time. Six queries."""
    return _misfits(appointments().filter(course__patient__site=site), site, now)


def _misfits(booked: QuerySet[Appointment], site: Site, now: datetime) -> list[Misfit]:
    in_force = Plan.objects.filter(course=OuterRef("course"), signature__isnull=False).order_by("-version")
    stage = CourseEvent.objects.filter(course=OuterRef("course")).order_by("-occurred_at", "-id")
    opened = Session.objects.filter(course=OuterRef("course"), number=OuterRef("number"), holds_number=True)
    coming = standing(booked).filter(~Exists(opened), ends_at__gt=now)
    asked = coming.annotate(in_force=Subquery(in_force.values("pk")[:1]), stage=Subquery(stage.values("stage")[:1]))
    by_rules = conflicts(site, now)
    dead = deaths(coming.values("course__patient"))
    # What was booked under the plan in force fits it: only then was it booked.
    changed = ~Q(plan=F("in_force")) | Q(stage=Stage.ENDED)
    rows = asked.filter(changed | Q(pk__in=by_rules) | Q(course__patient__in=dead)).order_by("starts_at")
    found = list(rows)
    plans = Plan.objects.in_bulk({row.in_force for row in found})
    return list(_told(found, plans, by_rules, dead))


def _told(
    rows: Iterable[Appointment],
    plans: Mapping[object, Plan],
    by_rules: Mapping[UUID, Sequence[Conflict]],
    dead: Mapping[UUID, PatientFact],
) -> Iterable[Misfit]:
    for row in rows:
        if fact := dead.get(row.course.patient_id):
            yield Misfit(row, died(fact), "Cancel the appointment; the chair is free then.", cancels=died(fact))
            continue
        by_plan = misfit(row, plans.get(row.in_force, row.plan), ended=row.stage == Stage.ENDED)
        against = [*([Conflict(by_plan.says, by_plan.resolve)] if by_plan else []), *by_rules.get(row.pk, ())]
        if against:
            yield Misfit(row, " ".join(each.says for each in against), " ".join(each.resolve for each in against))


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
