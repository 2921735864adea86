"""Which chairs a site has, which are free, and for whom one is booked today."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
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


def booked_today(site: Site) -> dict[UUID, str]:
    """Who is booked in which chair of a site today, and when, and has not come: "10:00 to 12:10 for Test Person". The
    calendar is a later room, so the courses are asked. Two queries.
    """
    begin = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    now = timezone.now()
    standing = Course.objects.filter(
        appointments__corrected_by__isnull=True, appointments__end__isnull=True, patient__site=site,
        appointments__starts_at__gte=begin, appointments__starts_at__lt=begin + timedelta(days=1),
        appointments__ends_at__gt=now,
    )  # fmt: skip
    said: dict[UUID, list[str]] = {}
    booked = ("pk", "appointments__number", "appointments__chair", "appointments__starts_at", "appointments__ends_at")
    rows = standing.order_by("appointments__starts_at").values_list(
        *booked, "patient__given_name", "patient__family_name"
    )
    came = set(
        Session.objects.filter(course__patient__site=site, opened_at__gte=begin).values_list("course_id", "number")
    )
    for course, number, chair, starts_at, ends_at, given, family in rows:
        if (course, number) in came:
            continue
        words = f"{timezone.localtime(starts_at):%H:%M} to {timezone.localtime(ends_at):%H:%M} for {given} {family}"
        said.setdefault(chair, []).append(words)
    return {chair: "; ".join(words) for chair, words in said.items()}


def chairs_in_use(site: Site) -> QuerySet[Chair]:
    """The chairs of a site that are offered: those not retired, by name."""
    return Chair.objects.filter(site=site, retired_at__isnull=True).order_by("name")


def free_chairs(site: Site) -> QuerySet[Chair]:
    """The chairs of a site in which nobody sits now."""
    busy = Session.objects.filter(is_over=False, chair=OuterRef("pk"))
    return chairs_in_use(site).filter(~Exists(busy))
