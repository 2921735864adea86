"""Whether a session goes on is what its events say, and the clock's work looks whether the house still knows it."""

import pytest
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.followup.tick import tick
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import AuditEntry, Heartbeat
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.services import going_on
from tests.clinic.treatment_day.day import Day


@pytest.mark.parametrize("has_left", [False, True])
def test_a_session_that_is_taken_for_the_other_is_put_right_and_told(day: Day, *, has_left: bool) -> None:
    day.begin()
    if has_left:
        day.do(services.leave, 200, reason="Wants to go.")
    assert Session.objects.get().is_over == has_left
    Session.objects.update(is_over=not has_left)
    tick()
    assert Session.objects.get().is_over == has_left
    said = Heartbeat.objects.get(part="tick").note
    assert ("off the board" if has_left else "on the board again") in said
    assert AuditEntry.objects.get(action="session list put right").patient == day.clinic.patient
    tick()
    assert "board" not in Heartbeat.objects.get(part="tick").note


def test_where_all_agrees_two_queries_are_asked(day: Day, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    day.begin()
    with django_assert_num_queries(2):
        assert going_on.put_right(SYSTEM) == []
