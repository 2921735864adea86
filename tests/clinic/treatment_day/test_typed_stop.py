"""A stop is never refused; a time typed with it that would say that less was given is asked for again."""

from datetime import datetime

import pytest
from django.utils import timezone

from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, Day, open_day
from tests.clinic.treatment_day.test_done_offline import _waited
from tests.clinic.treatment_day.test_pages import post, signed_in

STOPS = SessionEvent.objects.filter(kind=SessionEvent.Kind.DOSE_STOPPED)


def clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


def test_a_stop_typed_as_of_before_the_dose_is_asked_for_again_and_does_not_say_that_nothing_was_given(
    day: Day,
) -> None:
    day.begin()
    nurse = signed_in(day.clinic)
    refused = post(nurse, day, "stop", clock=clock(day.at(-78)), words="distress")
    assert refused.status_code == 422
    said = refused.json()["refused"]
    assert f"{clock(day.at(-78))} is before the infusion started, at {clock(day.at(0))}." in said
    assert "leave the time empty" in said
    assert not STOPS.exists()
    assert day.state(20).phase is Phase.RUNNING
    assert post(nurse, day, "stop", clock=clock(day.at(20)), words="distress").status_code == 200
    assert day.state(30).given_mg == pytest.approx(35 * 20 / 40, abs=35 / 40)


def test_a_stop_typed_as_of_before_the_last_device_is_asked_for_again(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.give_device, 6)
    refused = post(signed_in(clinic), day, "stop", clock=clock(day.at(3)))
    assert f"is before the last device was given, at {clock(day.at(6))}." in refused.json()["refused"]
    assert not STOPS.exists()


def test_a_stop_typed_before_the_infusion_that_runs_is_not_taken_for_one_of_a_start_that_was_none(day: Day) -> None:
    day.begin()
    day.do(services.take_back_start, 2, reason="The wrong chair.")
    day.begin(10)
    refused = post(signed_in(day.clinic), day, "stop", clock=clock(day.at(5)))
    assert f"is before the infusion started, at {clock(day.at(10))}." in refused.json()["refused"]
    assert day.state(12).phase is Phase.RUNNING


def test_a_stop_typed_to_the_minute_in_which_the_dose_began_stands(day: Day) -> None:
    day.begin()
    assert post(signed_in(day.clinic), day, "stop", clock=clock(day.at(0))).status_code == 200
    assert day.state(5).phase is Phase.STOPPED


def test_a_stop_now_is_never_refused_whatever_clock_the_tablet_has(day: Day) -> None:
    day.begin()
    assert post(signed_in(day.clinic), day, "stop", at=day.at(-10).isoformat()).status_code == 200
    assert day.state(5).phase is Phase.STOPPED


def test_a_typed_stop_that_waited_without_a_network_is_kept(day: Day) -> None:
    day.begin()
    sent = {"at": day.at(20).isoformat(), "clock": clock(day.at(-30))}
    assert "saved" in _waited(signed_in(day.clinic), day, "stop", **sent)
    assert STOPS.get().data["typed_at"]
    assert day.state(21).phase is Phase.STOPPED


def test_where_no_dose_was_begun_a_typed_stop_is_kept(day: Day) -> None:
    assert post(signed_in(day.clinic), day, "stop", clock=clock(day.at(3))).status_code == 200
    assert STOPS.exists()


class TestAPause:
    def test_typed_as_of_before_the_dose_is_asked_for_again_and_what_runs_counts_as_given(self, day: Day) -> None:
        day.begin()
        refused = post(signed_in(day.clinic), day, "pause", clock=clock(day.at(-10)))
        said = refused.json()["refused"]
        assert (
            f"is before the infusion started, at {clock(day.at(0))}. Type when it was paused; if it was paused" in said
        )
        assert day.state(20).given_mg == pytest.approx(35 * 20 / 40)

    def test_typed_in_the_minute_of_the_start_now_or_without_a_network_is_kept(self, day: Day) -> None:
        day.begin()
        nurse = signed_in(day.clinic)
        assert post(nurse, day, "pause", clock=clock(day.at(0))).status_code == 200
        assert post(nurse, day, "pause", at=day.at(-10).isoformat()).status_code == 200
        assert "saved" in _waited(nurse, day, "pause", at=day.at(5).isoformat(), clock=clock(day.at(-10)))

    def test_where_no_dose_was_begun_or_its_start_was_taken_back_it_is_kept_and_changes_nothing(self, day: Day) -> None:
        nurse = signed_in(day.clinic)
        assert post(nurse, day, "pause", clock=clock(day.at(-3))).status_code == 200
        day.begin()
        day.do(services.take_back_start, 2, reason="The wrong chair.")
        assert post(nurse, day, "pause", clock=clock(day.at(-3))).status_code == 200
        day.begin(10)
        assert day.state(20).given_mg == pytest.approx(35 * 10 / 40)
