"""Appointments that stand, beside the sessions that were opened for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from daybreak.clinic.planning.queries import PlannedSession, planned_sessions, signed_plan
from daybreak.clinic.record.models import Course, Patient, Site
from daybreak.clinic.record.times import midnight
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries.stays import known_stay
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.planned_today import Expected
from daybreak.treatment.booking import Stay


def appointments() -> QuerySet[Appointment]:
    """With all that a page names of one."""
    named = ("course__patient__site", "course__prescriber", "plan", "chair", "nurse", "prescriber", "recorded_by")
    return Appointment.objects.select_related(*named)


def standing(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Neither moved nor cancelled nor missed."""
    return appointments.filter(corrected_by__isnull=True, end__isnull=True)


def booked_between(site: Site, first: date, last: date, now: datetime) -> int:
    """How many appointments stand on these days that are still to come: nobody moves who is here or was. One query."""
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    opened = Session.objects.filter(course=OuterRef("course"), number=OuterRef("number"), holds_number=True)
    rows = standing(Appointment.objects.filter(course__patient__site=site, starts_at__gte=begin, starts_at__lt=end))
    return rows.filter(~Exists(opened), ends_at__gt=now).count()


def session_of(appointment: Appointment, sessions: Iterable[Session]) -> Session | None:
    """The session that was opened for an appointment: it has its course and number. One that was left before any dose
    is that of the appointment of its day, as it stood then; its number may be booked and opened anew.
    """
    same = [each for each in sessions if (each.course_id, each.number) == (appointment.course_id, appointment.number)]
    day = timezone.localdate(appointment.starts_at)
    left = [
        each
        for each in same
        if not each.holds_number
        and timezone.localdate(each.opened_at) == day
        and each.opened_at >= appointment.recorded_at
    ]
    held = [each for each in same if each.holds_number]
    return next(iter((*held, *left)), None)


def is_of_its_day(appointment: Appointment, session: Session) -> bool:
    """Whether a session was opened on the day it was booked for; of any other day nobody came to the appointment."""
    return timezone.localdate(session.opened_at) == timezone.localdate(appointment.starts_at)


def came(appointment: Appointment) -> Session | None:
    """A session of the same person, of whatever course and number, that goes on at the time of an appointment or was
    opened on its day, after it was booked as it stands: they are here, or were. One query.
    """
    day = timezone.localdate(appointment.starts_at)
    since, until = midnight(day), midnight(day + timedelta(days=1))
    that_day = Q(opened_at__gte=max(since, appointment.recorded_at))
    goes_on = Q(is_over=False, opened_at__gte=since - timedelta(days=1))
    sessions = Session.objects.filter(that_day | goes_on, course__patient=appointment.course.patient_id)
    return sessions.filter(opened_at__lt=until).select_related("chair").order_by("is_over", "-opened_at").first()


def days_of(patient: Patient) -> dict[tuple[UUID, int], date]:
    """The day of each session of a person that is booked, or was held, by course and number. Two queries."""
    booked = standing(Appointment.objects.filter(course__patient=patient))
    opened = Session.objects.filter(course__patient=patient, holds_number=True)
    rows = (*booked.values_list("course", "number", "starts_at"), *opened.values_list("course", "number", "opened_at"))
    return {(course, number): timezone.localdate(at) for course, number, at in rows}


def sessions_on(day: date, people: Iterable[UUID]) -> dict[UUID, set[tuple[UUID, int]]]:
    """By person the sessions, each its course and number, that are booked for a day or were opened on it. One query."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    booked = standing(Appointment.objects.filter(course__patient__in=people, starts_at__gte=begin, starts_at__lt=end))
    opened = Session.objects.filter(course__patient__in=people, opened_at__gte=begin, opened_at__lt=end)
    named = ("course__patient", "course", "number")
    found: dict[UUID, set[tuple[UUID, int]]] = {}
    for patient, course, number in booked.values_list(*named).union(opened.values_list(*named)):
        found.setdefault(patient, set()).add((course, number))
    return found


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A session of the plan beside its appointment and the session that was held."""

    planned: PlannedSession
    stay: Stay | None
    appointment: Appointment | None
    session: Session | None
    left: tuple[Session, ...]  # before any dose
    ended: tuple[Appointment, ...]  # cancelled or missed, the newest last

    @property
    def can_be_booked(self) -> bool:
        return self.appointment is None and self.session is None

    @property
    def is_held_otherwise(self) -> bool:
        """Whether it is booked for another day than that on which it was opened."""
        both = self.appointment is not None and self.session is not None
        return both and not is_of_its_day(self.appointment, self.session)


def course_rows(course: Course) -> tuple[CourseRow, ...]:
    """Every session of the plan in force; none without a signed one. Four queries."""
    plan = signed_plan(course)
    if plan is None:
        return ()
    rows = list(
        appointments().filter(course=course, corrected_by__isnull=True).select_related("end").order_by("starts_at")
    )
    opened = list(course.sessions.order_by("opened_at"))
    held = {session.number: session for session in opened if session.holds_number}
    return tuple(
        CourseRow(
            planned=each,
            stay=known_stay(plan, each),
            appointment=next((row for row in rows if row.number == each.number and not has_ended(row)), None),
            session=held.get(each.number),
            left=tuple(row for row in opened if row.number == each.number and not row.holds_number),
            ended=tuple(row for row in rows if row.number == each.number and has_ended(row)),
        )
        for each in planned_sessions(plan)
    )


def has_ended(appointment: Appointment) -> bool:
    """Whether it was cancelled or missed."""
    return hasattr(appointment, "end")


def history(appointment: Appointment) -> list[Appointment]:
    """What it was before it was moved, the newest first. One query for each move."""
    found, earlier = [], appointment.corrects_id
    while earlier:
        before = appointments().get(pk=earlier)
        found.append(before)
        earlier = before.corrects_id
    return found


def without_appointment(expected: Iterable[Expected]) -> list[Expected]:
    """Those whose plan names a day and whose session is booked for no day. One query."""
    people = list(expected)
    rows = standing(Appointment.objects.filter(course__in=[each.course for each in people]))
    booked = set(rows.values_list("course", "number"))
    return [each for each in people if (each.course, each.number) not in booked]


def next_appointment(course: Course, now: datetime, opened: Sequence[Session]) -> Appointment | None:
    """The next that stands and for which nobody came yet. One query.

    Args:
        opened: the sessions of the course.
    """
    coming = standing(Appointment.objects.filter(course=course, ends_at__gt=now)).select_related("chair", "nurse")
    return next((each for each in coming.order_by("starts_at") if session_of(each, opened) is None), None)
