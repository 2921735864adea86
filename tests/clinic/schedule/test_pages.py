"""The pages of the calendar: who is where and when, and what is refused in words."""

import re
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.schedule import queries, services
from daybreak.clinic.schedule.grid import grid
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.treatment_day.models import Chair
from daybreak.clinic.treatment_day.services import leave, open_session
from tests.clinic.followup.story import browser
from tests.clinic.schedule.week import Week


@pytest.fixture
def desk(week: Week) -> Client:
    return browser(week.clinic.users[Role.COORDINATOR])


def day(week: Week, number: int = 0) -> str:
    return f"?day={week.at(number, 9):%Y-%m-%d}"


def place(week: Week, starts_at: str, **more: object) -> dict[str, object]:
    users = week.clinic.users
    return {
        "write_id": new_id(), "starts_at": starts_at, "chair": week.chairs[0].pk, "nurse": users[Role.NURSE].pk,
        "prescriber": users[Role.PRESCRIBER].pk, **more,
    }  # fmt: skip


def test_a_day_shows_chairs_and_hours_and_a_list_for_the_phone(week: Week, desk: Client) -> None:
    week.book(1, week.at(0, 9))
    page = desk.get(reverse("calendar") + day(week)).content.decode()
    assert page.count("Test Person") == 2, "once in the grid, once in the list"
    assert 'rowspan="9"' in page, "two hours and ten minutes in quarters"
    assert "09:00 to 11:10</small><small>Session 1, A synthetic session nurse" in page
    assert "Open Monday to Friday, 08:00 to 18:00" in page
    assert "Test Person" not in desk.get(reverse("calendar") + day(week, 1)).content.decode()


def test_the_grid_leaves_no_field_out_and_covers_none_twice(week: Week) -> None:
    """Each row of the table has one field for each chair, or is covered by one from above."""
    week.book(1, week.at(0, 8, 50))
    week.book(1, week.at(0, 11), course=week.another())  # overlaps the quarter in which the first ends
    chairs = list(Chair.objects.filter(site=week.clinic.site).order_by("name"))
    hours = queries.hours_in_force(week.clinic.site)
    rows = grid(chairs, queries.visits(week.clinic.site, week.at(0, 9).date()), hours.opens, hours.closes).rows
    covered = [0] * len(chairs)
    for row in rows:
        free = [place for place, left in enumerate(covered) if not left]
        assert len(row.cells) == len(free)
        covered = [max(0, left - 1) for left in covered]
        for place_, cell in zip(free, row.cells, strict=True):
            covered[place_] = cell.rows - 1
    assert not any(covered)
    assert sum(cell.visit is not None for row in rows for cell in row.cells) == 2


def test_who_overlaps_in_a_chair_stands_beside_not_below(week: Week, desk: Client) -> None:
    """Somebody sits from half past nine where another is booked from nine: both stand at their hours."""
    booked = week.book(1, week.at(0, 9))
    other = Appointment.objects.create(
        course=week.another(), plan=booked.plan, number=1, starts_at=week.at(0, 9, 30), ends_at=week.at(0, 11),
        chair=week.chairs[0], nurse=booked.nurse, prescriber=booked.prescriber, **week.coordinator.stamp,
    )  # fmt: skip
    drawn = grid(week.chairs, queries.visits(week.clinic.site, week.at(0, 9).date()), time(8), time(18))
    assert [(chair.name, columns) for chair, columns in drawn.chairs] == [("1", 2), ("2", 1)]
    begins = {cell.visit.appointment: row.at for row in drawn.rows for cell in row.cells if cell.visit}
    assert begins == {booked: time(9), other: time(9, 30)}
    page = desk.get(reverse("calendar") + day(week)).content.decode()
    assert 'colspan="2">Chair 1<small>Overlaps: 2 at once' in page


def test_whoever_opens_a_session_reads_for_whom_a_chair_is_booked_today(week: Week) -> None:
    made = week.book(1, week.at(0, 9), course=week.another("Booked"))
    now = timezone.localtime()
    soon = min(now + timedelta(hours=1), now.replace(hour=23, minute=58))
    today = Appointment.objects.create(
        course=week.another("Later"), plan=made.plan, number=1, starts_at=soon, ends_at=soon + made.length,
        chair=week.chairs[1], nurse=made.nurse, prescriber=made.prescriber, **week.coordinator.stamp,
    )  # fmt: skip
    page = browser(week.clinic.users[Role.NURSE]).get(reverse("sessions", args=[week.clinic.course.pk]))
    options = page.content.decode().split('id="id_chair"')[1].split("</select>")[0]
    starts, ends = (timezone.localtime(at) for at in (today.starts_at, today.ends_at))
    assert f"Chair 2, booked {starts:%H:%M} to {ends:%H:%M} for Later Person</option>" in options
    assert "Chair 1</option>" in options


def test_a_stay_outside_the_hours_widens_the_day(week: Week) -> None:
    early = week.book(1, week.at(0, 9))
    Appointment.objects.create(
        course=week.another(), plan=early.plan, number=1, starts_at=week.at(0, 6, 30), ends_at=week.at(0, 21),
        chair=week.chairs[1], nurse=early.nurse, prescriber=early.prescriber, **week.coordinator.stamp,
    )  # fmt: skip
    hours = queries.hours_in_force(week.clinic.site)
    shown = queries.visits(week.clinic.site, week.at(0, 9).date())
    rows = grid(week.chairs, shown, hours.opens, hours.closes).rows
    assert (rows[0].at.hour, rows[-1].at.hour) == (6, 20)


def test_a_week_shows_its_days_and_a_strange_day_is_today(week: Week, desk: Client) -> None:
    week.book(1, week.at(0, 9))
    week.book(2, week.at(3, 9))
    page = desk.get(reverse("calendar_week") + day(week, 2)).content.decode()
    assert page.count("Test Person") == 2
    for odd in ("?day=yesterday", "?day=0001-01-01", "?day=9999-12-31", ""):
        assert f"{timezone.localdate():%A}" in desk.get(reverse("calendar") + odd).content.decode()


def test_the_board_asks_who_is_booked_for_today(week: Week, desk: Client) -> None:
    """Whose plan names today and who is booked are two things: somebody moved to today stands there all the same."""
    board = desk.get(reverse("today")).content.decode()
    assert reverse("calendar_coming") in board
    page = desk.get(reverse("calendar_coming")).content.decode()
    assert "Test Person" in page
    assert "not booked" in page
    made = week.book(1, week.at(0, 9))
    today = timezone.localtime().replace(hour=12, minute=0)
    Appointment.objects.create(
        course=week.another("Moved"), plan=made.plan, number=1, starts_at=today, ends_at=today + made.length,
        chair=made.chair, nurse=made.nurse, prescriber=made.prescriber, **week.coordinator.stamp,
    )  # fmt: skip
    page = desk.get(reverse("calendar_coming")).content.decode()
    assert page.count("Moved Person") == 1
    assert "12:00" in page
    assert "not booked" not in page
    assert "Test Person" not in page
    assert "Open: consent, screening, authorisation, ride home, drug in stock, weight" in page


def test_a_session_is_opened_in_the_chair_it_is_booked_in(week: Week) -> None:
    made = week.book(1, week.at(0, 9), chair=1)
    nurse, address = browser(week.clinic.users[Role.NURSE]), reverse("sessions", args=[week.clinic.course.pk])
    chosen = f'<option value="{week.chairs[1].pk}" selected>'
    assert chosen not in nurse.get(address).content.decode(), "booked for another day"
    today = timezone.localtime().replace(hour=12, minute=0)
    Appointment.objects.create(
        course=made.course, plan=made.plan, number=1, starts_at=today, ends_at=today + made.length, chair=made.chair,
        nurse=made.nurse, prescriber=made.prescriber, corrects=made, correction_reason="x", **week.coordinator.stamp,
    )  # fmt: skip
    assert chosen in nurse.get(address).content.decode()


def test_a_session_is_booked_on_the_page_of_the_course(week: Week, desk: Client) -> None:
    page = desk.get(reverse("appointments", args=[week.clinic.course.pk])).content.decode()
    assert "30 min before the dose, 40 min of dose, 60 min watched from its end: 2 h 10 min in all." in page
    said = place(week, f"{week.at(0, 9):%Y-%m-%dT%H:%M}", number=1)
    page = desk.post(reverse("appointment_book", args=[week.clinic.course.pk]), said, follow=True).content.decode()
    assert "Session 1 is booked: 09:00 on" in page
    taken = desk.post(reverse("appointment_book", args=[week.another().pk]), said | {"write_id": new_id()})
    assert taken.status_code == 422
    assert "Chair 1 is taken from 09:00 to 11:10 by Test Person" in taken.content.decode()


def test_a_refused_booking_offers_what_is_free_and_what_was_picked(week: Week, desk: Client) -> None:
    week.book(1, week.at(0, 9))
    week.book(2, week.at(3, 9))
    address = reverse("appointments", args=[week.clinic.course.pk])
    free = offered(desk.get(address))
    answer = desk.post(reverse("appointment_book", args=[week.clinic.course.pk]), place(week, "", number=2))
    assert answer.status_code == 422
    assert not {"1", "2"} & set(free)
    assert offered(answer) == ["2", *free]


def offered(page: HttpResponse) -> list[str]:
    """The numbers of the sessions that can be picked."""
    return re.findall(r'<option value="(\d+)"', page.content.decode().split('name="number"')[1].split("</select>")[0])


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_year_that_cannot_be_is_refused_with_a_sentence(week: Week, desk: Client, year: str) -> None:
    said = place(week, f"{year}-12-31T23:59", number=1, reason="Late.")
    for name, arguments in (
        ("appointment_book", [week.clinic.course.pk]),
        ("appointment_series", [week.clinic.course.pk]),
        ("appointment_move", [week.book(1, week.at(0, 9)).pk]),
    ):
        answer = desk.post(reverse(name, args=arguments), said | {"write_id": new_id()})
        assert answer.status_code == 422
        assert f"The year {int(year)} cannot be. Choose a time from now to a year ahead." in answer.content.decode()


def test_a_series_is_looked_at_before_anything_is_saved(week: Week, desk: Client) -> None:
    """The plan's own days, three and four apart, at the hour of the first; one of them is taken."""
    other = week.another()
    week.book(1, week.at(3, 9), course=other)
    address = reverse("appointment_series", args=[week.clinic.course.pk])
    first = f"{week.at(0, 9):%Y-%m-%dT%H:%M}"
    assert "Choose the first day and hour." in desk.get(address).content.decode()
    page = desk.post(address, place(week, first, look="yes")).content.decode()
    assert "6 sessions. 1 cannot be booked so" in page
    assert "Chair 1 is taken from 09:00 to 11:10 by Other Person" in page
    assert Appointment.objects.filter(course=week.clinic.course).count() == 0
    days = [week.at(number, 9) for number in (0, 3, 7, 10, 14, 17)]
    rows = {f"at_{place_}": f"{at:%Y-%m-%dT%H:%M}" for place_, at in enumerate(days, start=1)}
    chairs = {f"chair_{place_}": week.chairs[0].pk for place_ in range(1, 7)}
    said = place(week, first, row=[1, 2, 3, 4, 5, 6], **rows, **chairs)
    assert desk.post(address, said).status_code == 422
    assert Appointment.objects.filter(course=week.clinic.course).count() == 0
    looked_again = desk.post(address, said | {"look": "yes", "chair_2": week.chairs[1].pk}).content.decode()
    assert "Nothing stands against them" in looked_again
    page = desk.post(address, said | {"chair_2": week.chairs[1].pk}, follow=True).content.decode()
    assert "6 sessions are booked" in page
    booked = Appointment.objects.filter(course=week.clinic.course).order_by("starts_at")
    assert [each.starts_at for each in booked] == days


def test_an_appointment_is_moved_cancelled_and_its_ride_kept(week: Week, desk: Client) -> None:
    made = week.book(1, week.at(0, 9))
    ride = {"write_id": new_id(), "arranged": "yes", "words": "Her sister"}
    assert "Ride home: Her sister" in _post(desk, "appointment_ride", made, ride)
    assert "Write who takes" in _post(desk, "appointment_ride", made, {"write_id": new_id(), "arranged": "yes"})
    later = place(week, f"{week.at(1, 10):%Y-%m-%dT%H:%M}", reason="Late train.")
    page = _post(desk, "appointment_move", made, later)
    assert "Moved to 10:00 on" in page
    assert "It was moved to" in desk.get(reverse("appointment", args=[made.pk])).content.decode()
    moved = Appointment.objects.latest("recorded_at")
    page = desk.get(reverse("appointment", args=[moved.pk])).content.decode()
    assert "Moved: Late train." in page
    assert "Not asked yet." in page, "a ride of another day is asked for again"
    assert "is cancelled" in _post(desk, "appointment_cancel", moved, {"write_id": new_id(), "reason": "Ill."})


def _post(desk: Client, name: str, appointment: Appointment, said: dict[str, object]) -> str:
    return desk.post(reverse(name, args=[appointment.pk]), said, follow=True).content.decode()


def test_who_did_not_come_stays_on_the_day(week: Week, desk: Client) -> None:
    made = week.book(1, week.at(0, 9))
    services.no_show(made, replace(week.coordinator, at=week.at(0, 10)), write_id=new_id(), reason="No answer.")
    page = desk.get(reverse("calendar") + day(week)).content.decode()
    assert "Did not come" in page


def test_who_left_before_any_dose_is_said_to_have_and_takes_no_time_of_the_day(week: Week, desk: Client) -> None:
    """Once as the appointment of the day; once more when it is moved to another day, without being “no appointment”."""
    now, nurse = timezone.now(), week.clinic.actor(Role.NURSE)
    booked = Appointment.objects.create(
        course=week.clinic.course, plan=week.plan, number=1, starts_at=now, ends_at=now + timedelta(minutes=130),
        chair=week.chairs[0], nurse=nurse.user, prescriber=week.clinic.users[Role.PRESCRIBER],
        **week.coordinator.stamp,
    )  # fmt: skip
    session = open_session(week.clinic.course, 1, week.chairs[0], nurse, write_id=new_id())
    leave(session, nurse, write_id=new_id(), reason="Pressure 170.")
    page = desk.get(reverse("calendar")).content.decode()
    assert page.count("Came, left before any dose") == 2, "once in the grid, once in the list"
    services.move(
        booked, week.wanted(1, week.at(2, 9)), week.coordinator, write_id=new_id(), reason="Left before any dose."
    )
    page = desk.get(reverse("calendar")).content.decode()
    assert page.count(". Left before any dose") == 2
    at = f"{timezone.localtime(session.opened_at):%H:%M}"
    assert f"{at} to {at}" not in page


def test_the_director_sets_the_hours(week: Week) -> None:
    director = browser(week.clinic.users[Role.DIRECTOR])
    said = {
        "write_id": new_id(), "opens": "07:00", "closes": "20:00", "weekdays": [1, 6], "people_per_nurse": 3,
        "reason": "Saturdays too.",
    }  # fmt: skip
    page = director.post(reverse("calendar_hours"), said, follow=True).content.decode()
    assert "Open Monday, Saturday, 07:00 to 20:00" in page
    wrong = director.post(reverse("calendar_hours"), said | {"write_id": new_id(), "opens": "21:00"})
    assert wrong.status_code == 422
    assert "is no day" in wrong.content.decode()


def test_closed_days_are_entered_beside_the_hours_and_seen_on_the_calendar(week: Week, desk: Client) -> None:
    director, first = browser(week.clinic.users[Role.DIRECTOR]), week.at(0, 9).date()
    made = week.book(1, week.at(0, 9))
    said = {"write_id": new_id(), "first": first.isoformat(), "words": "A fair"}
    answer = director.post(reverse("calendar_closed"), said, follow=True)
    page = answer.content.decode()
    assert f"saved={said['write_id']}" in answer.redirect_chain[0][0], "what the tab kept of it may go"
    assert "1 stands on these days: move what is booked." in page
    for name in ("calendar", "calendar_week"):
        page = desk.get(reverse(name), {"day": first.isoformat()}).content.decode()
        assert "Closed: A fair" in page
        assert str(made.course.patient) in page
    past = said | {"write_id": new_id(), "first": "2001-01-01"}
    assert "1 Jan 2001 is past" in director.post(reverse("calendar_closed"), past).content.decode()


def test_who_came_without_an_appointment_sits_in_their_chair_of_the_day(week: Week, desk: Client) -> None:
    course = week.another("Early")
    session = open_session(course, 1, week.chairs[1], week.clinic.actor(Role.NURSE), write_id=new_id())
    today = timezone.localdate()
    (here,) = queries.walk_ins(week.clinic.site, today, queries.visits(week.clinic.site, today), timezone.now())
    rows = grid(week.chairs, [here], time(8), time(18)).rows
    assert [cell.visit.session for row in rows for cell in row.cells if cell.visit] == [session]
    page = browser(week.clinic.users[Role.NURSE]).get(reverse("calendar")).content.decode()
    assert "0 booked, 1 without an appointment" in page
    assert reverse("session", args=[session.pk]) in page
    assert "Early Person" not in desk.get(reverse("calendar"), {"day": f"{week.at(0, 9):%Y-%m-%d}"}).content.decode()


@pytest.mark.parametrize(("name", "at_most"), [
    ("calendar", 11), ("calendar_week", 8), ("calendar_ready", 33), ("appointments", 25), ("appointment", 31),
])  # fmt: skip
def test_a_page_asks_the_database_as_much_for_many_people_as_for_one(
    week: Week, desk: Client, name: str, at_most: int, django_assert_max_num_queries: Any
) -> None:
    services.set_hours(
        week.clinic.site, week.clinic.actor(Role.DIRECTOR), write_id=new_id(), opens=week.at(0, 8).time(),
        closes=week.at(0, 18).time(), weekdays=range(1, 6), people_per_nurse=9, reason="Many.",
    )  # fmt: skip
    made = week.book(1, week.at(0, 8))
    for hour, minute in ((10, 15), (12, 30), (14, 45)):
        for chair in (0, 1):
            week.book(1, week.at(0, hour, minute), course=week.another(f"P{hour}{chair}"), chair=chair)
    week.book(2, week.at(3, 9))
    arguments = {"appointments": [week.clinic.course.pk], "appointment": [made.pk]}.get(name, [])
    address = reverse(name, args=arguments) + ("" if arguments else day(week))
    desk.get(address)
    with django_assert_max_num_queries(at_most):
        assert desk.get(address).status_code == 200
