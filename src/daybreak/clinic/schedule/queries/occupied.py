"""Which chairs are taken from when to when, by who is booked and by who sits there."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from daybreak.clinic.record.models import Site, User
from daybreak.clinic.schedule.diary import Booking, Diary
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries.bookings import appointments, session_of, standing
from daybreak.clinic.schedule.queries.hours import closed_days, hours_in_force
from daybreak.clinic.schedule.queries.stays import leaves, with_stay
from daybreak.clinic.treatment_day.chair_queries import chairs_in_use
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.booking import searched_days


def diary(site: Site, first: datetime, last: datetime, now: datetime) -> Diary:
    """The site's bookings from the first of these times to three weeks after the last, and who sits there. Six
    queries."""
    rules = hours_in_force(site)
    until = last + timedelta(days=searched_days() + 1)
    # By when they begin, which is indexed: no stay is as long as a day.
    since = first - timedelta(days=1)
    booked = standing(appointments()).filter(course__patient__site=site, starts_at__gt=since, starts_at__lt=until)
    opened = Session.objects.filter(course=OuterRef("course"), number=OuterRef("number"), holds_number=True)
    found = list(booked.annotate(opened=Exists(opened)))
    came = list(with_stay(Session.objects.filter(course__patient__site=site, opened_at__gt=since)))
    watching = {(each.course_id, each.number): each.nurse for each in found}
    return Diary(
        hours=rules.hours,
        people_per_nurse=rules.people_per_nurse,
        closed=closed_days(site, timezone.localdate(since), timezone.localdate(until)),
        chairs=tuple(chairs_in_use(site)),
        bookings=(
            *(booking_of(each) for each in found if not each.opened and not session_of(each, came)),
            *_held(came, watching, now),
        ),
    )


def _held(sessions: Iterable[Session], watching: Mapping[tuple[UUID, int], User], now: datetime) -> Iterator[Booking]:
    """Sessions as stays: until the person left, else until they are expected to."""
    for session in sessions:
        yield Booking(
            number=session.number,
            patient=session.course.patient,
            starts_at=session.opened_at,
            ends_at=leaves(session, list(session.events.all()), now),
            chair=session.chair,
            nurse=watching.get((session.course_id, session.number), session.opened_by),
        )


def booking_of(appointment: Appointment) -> Booking:
    """An appointment as the diary holds it."""
    return Booking(
        number=appointment.number,
        patient=appointment.course.patient,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        chair=appointment.chair,
        nurse=appointment.nurse,
        id=appointment.pk,
    )
