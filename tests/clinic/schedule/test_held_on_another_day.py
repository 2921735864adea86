"""A session held on another day than it was booked for: nobody is waited for, and the place is free."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.schedule import queries, services
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.treatment_day.chair_queries import booked_today
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.services import open_session
from daybreak.treatment.days import said_day
from tests.clinic.followup.story import browser
from tests.clinic.schedule.week import Week


@pytest.fixture
def desk(week: Week) -> Client:
    return browser(week.clinic.users[Role.COORDINATOR])


@pytest.fixture
def booked(week: Week) -> Appointment:
    """For ten o'clock of a day to come; the session is opened today."""
    made = week.book(1, week.at(0, 10))
    open_session(week.clinic.course, 1, week.chairs[1], week.clinic.actor(Role.NURSE), write_id=new_id())
    return made


def booked_at(week: Week, starts_at: datetime) -> Appointment:
    """As it was booked some days before, whatever time it is."""
    users, ends_at = week.clinic.users, starts_at + timedelta(hours=2)
    return Appointment.objects.create(
        course=week.clinic.course, plan=week.plan, number=1, starts_at=starts_at, ends_at=ends_at,
        chair=week.chairs[0], nurse=users[Role.NURSE], prescriber=users[Role.PRESCRIBER], **week.coordinator.stamp,
    )  # fmt: skip


def today() -> str:
    day = timezone.localdate()
    return f"{day.day} {day:%b}"


def page(desk: Client, made: Appointment) -> str:
    return desk.get(reverse("appointment", args=[made.pk])).content.decode()


def day_page(desk: Client, made: Appointment) -> str:
    day = timezone.localtime(made.starts_at)
    return desk.get(f"{reverse('calendar')}?day={day:%Y-%m-%d}").content.decode()


def test_the_day_it_was_booked_for_says_on_which_it_goes_on_or_was_held_and_nobody_is_here(
    desk: Client, booked: Appointment
) -> None:
    shown = day_page(desk, booked)
    assert f"Goes on since {today()}" in shown
    assert "Here now" in desk.get(reverse("calendar")).content.decode()
    Session.objects.update(is_over=True)
    held = day_page(desk, booked)
    assert f"Held on {today()} instead" in held
    for each in (shown, held):
        assert "Here now" not in each
        assert "Came" not in each


def test_the_appointment_says_so_and_is_cancelled_but_not_moved(desk: Client, week: Week, booked: Appointment) -> None:
    shown = page(desk, booked)
    assert "The person came" not in shown
    assert "Session 1 was opened on" in shown
    assert "and goes on. Nobody is waited for" in shown
    assert reverse("appointment_cancel", args=[booked.pk]) in shown
    assert reverse("appointment_move", args=[booked.pk]) not in shown
    with pytest.raises(Refusal, match="needs no appointment any more"):
        services.move(booked, week.wanted(1, week.at(1, 10)), week.coordinator, write_id=new_id(), reason="x")
    said = {"write_id": new_id(), "reason": "Held a day early."}
    after = desk.post(reverse("appointment_cancel", args=[booked.pk]), said, follow=True).content.decode()
    assert f"is cancelled. It was opened on {said_day(timezone.localtime())}." in after
    assert "booked anew" not in after
    assert queries.visits(week.clinic.site, timezone.localdate(booked.starts_at)) == []


def test_its_chair_is_free_for_somebody_else(week: Week, booked: Appointment) -> None:
    assert week.book(1, booked.starts_at, course=week.another()).chair == booked.chair


def test_the_appointments_of_the_course_say_that_it_is_not_needed(
    desk: Client, week: Week, booked: Appointment
) -> None:
    shown = desk.get(reverse("appointments", args=[week.clinic.course.pk])).content.decode()
    assert "On another day than booked: cancel the appointment." in shown


def test_whoever_opens_a_session_does_not_read_that_a_chair_waits_for_who_was_here_yesterday(week: Week) -> None:
    now = timezone.localtime().replace(hour=8)
    booked_at(week, now.replace(hour=10))
    assert booked_today(week.clinic.site, now)
    open_session(week.clinic.course, 1, week.chairs[1], week.clinic.actor(Role.NURSE), write_id=new_id())
    Session.objects.update(opened_at=now - timedelta(days=1), is_over=True)
    assert booked_today(week.clinic.site, now) == {}


def test_who_came_a_day_later_did_not_come_on_the_day_itself(week: Week) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    made = booked_at(week, yesterday)
    open_session(week.clinic.course, 1, week.chairs[1], week.clinic.actor(Role.NURSE), write_id=new_id())
    services.no_show(made, week.coordinator, write_id=new_id(), reason="Came a day late.")
    (visit,) = queries.visits(week.clinic.site, timezone.localdate(yesterday))
    assert visit.became == "Did not come"


def test_on_its_own_day_it_came_and_is_neither_cancelled_nor_missed(desk: Client, week: Week) -> None:
    now = timezone.now()
    made = booked_at(week, now)
    open_session(week.clinic.course, 1, week.chairs[1], week.clinic.actor(Role.NURSE), write_id=new_id())
    assert "The person came" in page(desk, made)
    assert reverse("appointment_cancel", args=[made.pk]) not in page(desk, made)
    with pytest.raises(Refusal, match="the person came"):
        services.cancel(made, week.coordinator, write_id=new_id(), reason="x")
    late = replace(week.coordinator, at=now + timedelta(hours=1))
    with pytest.raises(Refusal, match="The person came"):
        services.no_show(made, late, write_id=new_id(), reason="x")
