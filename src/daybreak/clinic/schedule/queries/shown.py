"""What the calendar shows of a day: who is booked, who came, who came without an appointment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from daybreak.clinic.record.models import Patient, Site, User
from daybreak.clinic.record.times import midnight
from daybreak.clinic.schedule.models import Appointment, AppointmentEnd
from daybreak.clinic.schedule.queries.bookings import appointments, has_ended, is_of_its_day, session_of
from daybreak.clinic.schedule.queries.stays import leaves, with_stay
from daybreak.clinic.treatment_day.models import Chair, Session


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment on the calendar: with the session that was opened for it, and whether it was missed."""

    appointment: Appointment
    session: Session | None
    missed: bool

    @property
    def starts_at(self) -> datetime:
        return timezone.localtime(self.appointment.starts_at)

    @property
    def ends_at(self) -> datetime:
        return timezone.localtime(self.appointment.ends_at)

    @property
    def person(self) -> Patient:
        return self.appointment.course.patient

    @property
    def number(self) -> int:
        return self.appointment.number

    @property
    def came(self) -> Session | None:
        """The session, where it was opened on the day of the appointment."""
        return self.session if self.session and is_of_its_day(self.appointment, self.session) else None

    @property
    def chair(self) -> Chair | None:
        """Where they sit or sat; until they came, where they are booked."""
        return (self.came and self.came.chair) or self.appointment.chair

    @property
    def watched_by(self) -> User | None:
        return self.appointment.nurse

    @property
    def became(self) -> str:
        """What became of it, in words; empty while nobody came and nobody said that they did not."""
        if self.missed:
            return "Did not come"
        if self.session is None:
            return ""
        if self.came is None:
            day = day_and_month(self.session.opened_at)
            return f"Held on {day} instead" if self.session.is_over else f"Goes on since {day}"
        return "Came" if self.session.holds_number else "Came, left before any dose"


@dataclass(frozen=True, slots=True)
class WalkIn:
    """A session that was opened on a day without an appointment on it."""

    session: Session
    starts_at: datetime
    ends_at: datetime
    missed: bool = False
    appointment: None = None

    @property
    def came(self) -> Session:
        return self.session

    @property
    def person(self) -> Patient:
        return self.session.course.patient

    @property
    def number(self) -> int:
        return self.session.number

    @property
    def chair(self) -> Chair | None:
        return self.session.chair

    @property
    def watched_by(self) -> User | None:
        return self.session.opened_by

    @property
    def became(self) -> str:
        """What became of it, in words. Who left before any dose may have been booked, and moved since."""
        return "No appointment" if self.session.holds_number else "Left before any dose"


Shown = Visit | WalkIn


def day_and_month(at: datetime) -> str:
    """For example "29 Nov", in the clinic's time."""
    day = timezone.localdate(at)
    return f"{day.day} {day:%b}"


def walk_ins(site: Site, day: date, booked: Iterable[Visit], now: datetime) -> list[WalkIn]:
    """Who sat or sits in a chair on this day without being among those booked for it. Three queries."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    known = {visit.session.pk for visit in booked if visit.session}
    lately = Session.objects.filter(opened_at__gte=begin, opened_at__lt=end).values_list("pk", flat=True)
    # Of every site, and ids alone: a database asked for the site first sifts every session there ever was.
    opened = Session.objects.filter(pk__in=list(lately), course__patient__site=site)
    return [
        WalkIn(
            session,
            timezone.localtime(session.opened_at),
            timezone.localtime(leaves(session, list(session.events.all()), now)),
        )
        for session in with_stay(opened.order_by("opened_at"))
        if session.pk not in known
    ]


def visits(site: Site, first: date, days: int = 1) -> list[Visit]:
    """What the calendar shows from this day on: what stands and who did not come. Two queries."""
    begin, end = midnight(first), midnight(first + timedelta(days=days))
    shown = Q(end__isnull=True) | Q(end__kind=AppointmentEnd.Kind.NO_SHOW)
    rows = list(
        appointments()
        .filter(shown, course__patient__site=site, corrected_by__isnull=True)
        .filter(starts_at__gte=begin, starts_at__lt=end)
        .select_related("end")
        .order_by("starts_at", "chair__name")
    )
    opened: dict[tuple[UUID, int], list[Session]] = {}
    for session in Session.objects.filter(course__in=[row.course_id for row in rows]).order_by("-opened_at"):
        opened.setdefault((session.course_id, session.number), []).append(session)
    return [Visit(row, session_of(row, opened.get((row.course_id, row.number), ())), has_ended(row)) for row in rows]
