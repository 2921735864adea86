"""The forms of the calendar that write."""

from datetime import timedelta
from typing import Any

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.services import close_days
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week


def _place(week: Week, day: int, hour: int, **more: object) -> dict[str, Any]:
    users = week.clinic.users
    return {
        "starts_at": f"{week.at(day, hour):%Y-%m-%dT%H:%M}", "chair": week.chairs[0].pk,
        "nurse": users[Role.NURSE].pk, "prescriber": users[Role.PRESCRIBER].pk, **more,
    }  # fmt: skip


def _booked(clinic: Clinic) -> tuple[Week, Appointment]:
    week = Week(clinic)
    return week, week.book(1, week.at(0, 9))


@form("appointment_book")
def _book(clinic: Clinic) -> Form:
    said = _place(Week(clinic), 0, 9, number=1)
    return Form(Role.COORDINATOR, [clinic.course.pk], said, {**said, "number": 2})


@form("appointment_series")
def _series(clinic: Clinic) -> Form:
    week = Week(clinic)
    said = _place(week, 0, 9, row=[1, 2])
    for number, day in ((1, 0), (2, 3)):
        said |= {f"at_{number}": f"{week.at(day, 9):%Y-%m-%dT%H:%M}", f"chair_{number}": week.chairs[0].pk}
    return Form(Role.COORDINATOR, [clinic.course.pk], said, {**said, "chair_2": week.chairs[1].pk})


@form("appointment_move")
def _move(clinic: Clinic) -> Form:
    week, made = _booked(clinic)
    said = _place(week, 1, 9, reason="Late train.")
    return Form(Role.COORDINATOR, [made.pk], said, {**said, "reason": "Ill."})


@form("appointment_cancel")
def _cancel(clinic: Clinic) -> Form:
    return Form(Role.COORDINATOR, [_booked(clinic)[1].pk], {"reason": "Ill."}, {"reason": "Travels."})


@form("appointment_missed")
def _missed(clinic: Clinic) -> Form:
    """Of an appointment that began an hour ago."""
    made = _booked(clinic)[1]
    at = made.recorded_at - timedelta(hours=1)
    begun = Appointment.objects.create(
        course=made.course, plan=made.plan, number=2, starts_at=at, ends_at=at,
        chair=made.chair, nurse=made.nurse, prescriber=made.prescriber, **clinic.actor(Role.COORDINATOR).stamp,
    )  # fmt: skip
    return Form(Role.COORDINATOR, [begun.pk], {"reason": "No answer."}, {"reason": "Ill."})


@form("appointment_ride")
def _ride(clinic: Clinic) -> Form:
    said = {"arranged": "yes", "words": "A sister"}
    return Form(Role.COORDINATOR, [_booked(clinic)[1].pk], said, {"arranged": "no"})


@form("authorisation_record")
def _authorisation(clinic: Clinic) -> Form:
    said = {"answer": "granted", "reference": "A 7", "expires_on": "2031-01-31"}
    return Form(Role.COORDINATOR, [clinic.course.pk], said, {**said, "answer": "refused"})


@form("calendar_hours")
def _hours(clinic: Clinic) -> Form:
    said = {"opens": "07:00", "closes": "20:00", "weekdays": [1, 2], "people_per_nurse": 3, "reason": "Longer days."}
    return Form(Role.DIRECTOR, [], said, {**said, "people_per_nurse": 2})


@form("calendar_closed")
def _closed(clinic: Clinic) -> Form:
    first = Week(clinic).at(0, 9).date()
    said = {"first": first.isoformat(), "last": (first + timedelta(days=1)).isoformat(), "words": "A fair"}
    return Form(Role.DIRECTOR, [], said, {**said, "words": "Works on the roof"})


@form("calendar_open_again")
def _open_again(clinic: Clinic) -> Form:
    director, first = clinic.actor(Role.DIRECTOR), Week(clinic).at(0, 9).date()
    made = close_days(clinic.site, director, write_id=new_id(), first=first, last=None, words="A fair")
    return Form(Role.DIRECTOR, [made.pk], {"reason": "Put off."}, {"reason": "It is elsewhere."})


@form("time_out_set")
def _time_out(clinic: Clinic) -> Form:
    said = {"wanted": "yes", "reason": "After an audit."}
    return Form(Role.DIRECTOR, [], said, {**said, "wanted": "no"})
