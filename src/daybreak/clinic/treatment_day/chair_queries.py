"""Which chairs a site has, which are free, and for whom one is booked today."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from daybreak.clinic.record.models import Course, Site
from daybreak.clinic.treatment_day.models import Chair, Session


def booked_chair(course: Course, number: int) -> UUID | None:
    """The chair a session is booked in for today, if it is. The calendar is a later room, so the course is asked."""
    standing = course.appointments.filter(number=number, corrected_by__isnull=True, end__isnull=True)
    today = timezone.localdate()
    return next(
        (chair for chair, at in standing.values_list("chair", "starts_at") if timezone.localdate(at) == today), None
    )


@dataclass(frozen=True, slots=True)
class Booked:
    """For whom a chair is booked today, and from when until when, in the clinic's time."""

    name: str
    starts_at: datetime
    ends_at: datetime

    def __str__(self) -> str:
        return f"{self.starts_at:%H:%M} to {self.ends_at:%H:%M} for {self.name}"


def booked_today(site: Site, now: datetime | None = None) -> dict[UUID, list[Booked]]:
    """Who is booked in which chair of a site today and has not come, today or on a day before, the earliest first. The
    calendar is a later room, so the courses are asked. One query.
    """
    at = timezone.localtime(now)
    begin = at.replace(hour=0, minute=0, second=0, microsecond=0)
    of_number = Session.objects.filter(course=OuterRef("pk"), number=OuterRef("appointments__number"))
    came = of_number.filter(Q(opened_at__gte=begin) | Q(holds_number=True))
    standing = Course.objects.filter(
        ~Exists(came), appointments__corrected_by__isnull=True, appointments__end__isnull=True, patient__site=site,
        appointments__starts_at__gte=begin, appointments__starts_at__lt=begin + timedelta(days=1),
        appointments__ends_at__gt=at,
    )  # fmt: skip
    booked = ("appointments__chair", "appointments__starts_at", "appointments__ends_at")
    rows = standing.order_by("appointments__starts_at").values_list(
        *booked, "patient__given_name", "patient__family_name"
    )
    found: dict[UUID, list[Booked]] = {}
    for chair, starts_at, ends_at, given, family in rows:
        times = timezone.localtime(starts_at), timezone.localtime(ends_at)
        found.setdefault(chair, []).append(Booked(f"{given} {family}", *times))
    return found


def chairs_in_use(site: Site) -> QuerySet[Chair]:
    """The chairs of a site that are offered: those not retired, by name."""
    return Chair.objects.filter(site=site, retired_at__isnull=True).order_by("name")


def free_chairs(site: Site) -> QuerySet[Chair]:
    """The chairs of a site in which nobody sits now."""
    busy = Session.objects.filter(is_over=False, chair=OuterRef("pk"))
    return chairs_in_use(site).filter(~Exists(busy))
