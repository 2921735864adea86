"""A session that was left before any dose was not held: the plan's session is still to come, under its number."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from daybreak.clinic.planning.held import held_before
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.schedule.queries import course_rows
from daybreak.clinic.treatment_day import course_sessions, planned_today, services
from daybreak.clinic.treatment_day.models import Session
from tests.clinic.treatment_day.day import Day
from tests.web.test_gate import signed_in


def open_anew(day: Day) -> Session:
    return services.open_session(day.clinic.course, 1, None, day.nurse, write_id=new_id())


def numbers(day: Day) -> course_sessions.CourseNumbers:
    return course_sessions.numbers_of(day.clinic.course)


def test_who_leaves_before_any_dose_comes_again_under_the_same_number(day: Day) -> None:
    with pytest.raises(Refusal, match="Session 1 was opened already"):
        open_anew(day)
    day.do(services.leave, 5, reason="Pressure 170 all morning.")
    assert numbers(day).next == 1
    assert held_before(day.clinic.course) is None
    assert course_rows(day.clinic.course)[0].can_be_booked
    again = open_anew(day)
    assert again.number == day.session.number
    assert numbers(day).next == 2
    with pytest.raises(Refusal, match="Session 1 was opened already"):
        open_anew(day)


def test_a_dose_that_was_begun_uses_the_number_up_and_one_taken_back_does_not(day: Day) -> None:
    day.begin()
    day.do(services.take_back_start, 0.2, reason="Wrong chair.")
    day.clear_checks(0.5)
    day.do(services.start_dose, 1)
    day.do(services.leave, 3, reason="Will not stay.")
    assert numbers(day).next == 2
    assert held_before(day.clinic.course).last_number == 1
    with pytest.raises(Refusal, match="Session 1 was opened already"):
        open_anew(day)


def test_both_stand_on_the_list_of_the_course(day: Day) -> None:
    day.do(services.leave, 5)
    again = open_anew(day)
    rows = course_sessions.rows_of(day.clinic.course, numbers(day), [1, 2])
    assert [row.session for row in rows] == [day.session, again, None]
    page = signed_in(day.clinic, Role.NURSE).get(f"/courses/{day.clinic.course.pk}/sessions").content.decode()
    assert page.count("Left before any dose: not held") == 1
    assert f"/sessions/{again.pk}/" in page
    assert f"/sessions/{day.session.pk}/" in page


def test_who_left_is_not_expected_again_on_the_same_day(day: Day) -> None:
    day.do(services.leave, 5)
    opened_on = timezone.localdate(day.session.opened_at)
    assert planned_today.expected(day.clinic.site, opened_on) == []


def test_a_start_that_comes_late_from_a_tablet_uses_the_number_up_after_all(day: Day) -> None:
    day.read(-5)
    day.clear_checks(-5)
    day.do(services.leave, 5)
    day.do(services.start_dose, 1)
    assert numbers(day).next == 2


def test_the_migration_finds_the_sessions_that_were_left_before_any_dose(day: Day) -> None:
    day.do(services.leave, 5)
    other = services.open_session(day.clinic.course, 2, None, day.nurse, write_id=new_id(), at=day.at(10))
    held = Day(day.clinic, other, day.zero + timedelta(minutes=20))
    held.begin()
    held.do(services.leave, 5, reason="Will not stay.")
    Session.objects.update(holds_number=True)
    import_module("daybreak.clinic.treatment_day.migrations.0014_number_given_back").give_back(apps, None)
    assert dict(Session.objects.values_list("number", "holds_number")) == {1: False, 2: True}
