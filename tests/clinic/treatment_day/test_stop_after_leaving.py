"""Nobody is given anything after they left: what an infusion came to is counted until then, whenever it was stopped."""

import pytest
from django.utils import timezone

from daybreak.clinic.letters.about_session import given
from daybreak.clinic.record.models import new_id
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.clinic.treatment_day.test_done_offline import _waited
from tests.clinic.treatment_day.test_pages import page, post, signed_in

MG_PER_MIN = 35 / 40


@pytest.fixture
def left_at_ten(clinic: Clinic) -> Day:
    """They left ten minutes into the infusion, and nobody recorded its end."""
    day = open_day(clinic)
    day.begin()
    day.do(services.leave, 10, reason="Pulled the line and went home with her sister.")
    return day


def then(day: Day, minute: float) -> dict[str, str]:
    at = timezone.localtime(day.at(minute))
    return {"day": f"{at:%Y-%m-%d}", "clock": f"{at:%H:%M}"}


def test_where_nobody_recorded_a_stop_nothing_is_counted_after_they_left(left_at_ten: Day) -> None:
    for minute in (11, 30, 120):
        assert left_at_ten.state(minute).given_mg == pytest.approx(10 * MG_PER_MIN)
    state = left_at_ten.state()
    assert state.ends_at == left_at_ten.at(10)
    assert not state.end_waits
    assert "Given: ketamine iv 8.75 mg." in services.draft_note(left_at_ten.session)
    assert "8.75 mg from" in given(queries.record(left_at_ten.session), state)
    assert "8.75 of 35 mg given by the time this person left" in page(signed_in(left_at_ten.clinic), left_at_ten)


@pytest.mark.parametrize("minute", [12, 35])
def test_a_stop_typed_as_of_after_they_left_is_kept_and_counts_until_they_left(left_at_ten: Day, minute: int) -> None:
    day = left_at_ten
    assert post(signed_in(day.clinic), day, "stop", **then(day, minute)).status_code == 200
    state, left = day.state(), f"{timezone.localtime(day.at(10)):%H:%M}"
    assert state.given_mg == pytest.approx(10 * MG_PER_MIN)
    assert state.stopped_at == day.at(10)
    line = next(line for line in services.draft_note(day.session).splitlines() if "Stopped" in line)
    assert line.startswith(then(day, minute)["clock"])
    assert f"Stopped, 8.75 of 35 mg given, counted until this person left at {left}" in line
    assert f"to {left}" in given(queries.record(day.session), state)


def test_a_stop_touched_after_they_left_and_one_that_waited_count_until_they_left(left_at_ten: Day) -> None:
    nurse = signed_in(left_at_ten.clinic)
    assert "saved" in _waited(nurse, left_at_ten, "stop", at=left_at_ten.at(20).isoformat())
    assert post(nurse, left_at_ten, "stop").status_code == 200
    assert left_at_ten.state().given_mg == pytest.approx(10 * MG_PER_MIN)


def test_a_pause_or_a_rate_of_after_they_left_changes_nothing_of_what_was_given(left_at_ten: Day) -> None:
    left_at_ten.do(services.change_rate, 12, ml_per_h=40.0)
    left_at_ten.do(services.pause, 13)
    left_at_ten.do(services.resume, 14)
    assert left_at_ten.state().given_mg == pytest.approx(10 * MG_PER_MIN)


def test_where_the_leaving_is_taken_back_the_dose_ran_until_its_stop(left_at_ten: Day) -> None:
    day = left_at_ten
    day.do(services.stop, 20)
    left = SessionEvent.objects.get(kind=SessionEvent.Kind.LEFT)
    services.take_back(day.session, left.pk, day.nurse, write_id=new_id(), reason="The wrong chair.")
    assert day.state().given_mg == pytest.approx(20 * MG_PER_MIN)
    assert "counted until" not in services.draft_note(day.session)


def test_a_leaving_that_comes_in_after_a_stop_of_later_counts_until_the_leaving(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.do(services.stop, 20)
    day.do(services.leave, 15, reason="Another tablet, without a network.", waited=True)
    assert day.state().given_mg == pytest.approx(15 * MG_PER_MIN)


def test_an_infusion_that_was_over_before_they_left_was_given_whole(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.do(services.leave, 60, reason="Wanted to go home with her sister.")
    assert day.state(70).given_mg == 35
    day.do(services.stop, 80)
    assert "The dose ended, 35 mg given" in services.draft_note(day.session)
    assert "counted until" not in services.draft_note(day.session)
    assert day.state().end_waits is False
