"""A time is typed to the minute: what is typed in the minute of another entry of the dose comes after that."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.treatment_day.day import Day
from tests.clinic.treatment_day.test_pages import post, signed_in


def clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


@pytest.fixture
def minute(day: Day) -> datetime:
    """The full minute ten minutes into an infusion of 35 mg over 40 minutes, at 52.5 mL/h."""
    day.begin()
    return day.at(10).replace(second=0, microsecond=0)


def at_second(day: Day, minute: datetime, second: int) -> float:
    """That second of the minute, as minutes of the day."""
    return (minute + timedelta(seconds=second) - day.zero) / timedelta(minutes=1)


def test_of_two_rates_in_one_minute_the_one_that_was_set_last_counts(day: Day, minute: datetime) -> None:
    day.do(services.change_rate, at_second(day, minute, 19), ml_per_h=40.0)
    assert post(signed_in(day.clinic), day, "rate", ml_per_h="20", clock=clock(minute)).status_code == 200
    assert day.state(20).run.ml_per_h(day.at(20)) == 20
    lines = services.draft_note(day.session)
    assert "Pump rate 52.5 to 40 mL/h" in lines
    assert "Pump rate 40 to 20 mL/h" in lines
    ten_min_more = day.state(25).given_mg - day.state(15).given_mg
    assert ten_min_more == pytest.approx(35 * 10 / 40 * 20 / 52.5)


def test_a_rate_typed_in_the_minute_of_a_rate_is_asked_about_against_that_one(day: Day, minute: datetime) -> None:
    day.do(services.change_rate, at_second(day, minute, 19), ml_per_h=20.0)
    asked = post(signed_in(day.clinic), day, "rate", ml_per_h="40", clock=clock(minute))
    assert "40 mL/h is faster than 20 mL/h" in asked.json()["refused"]


def test_a_rate_is_changed_in_the_minute_in_which_the_infusion_started(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    minute = day.zero.replace(second=0, microsecond=0)
    day.do(services.start_dose, at_second(day, minute, 19))
    nurse = signed_in(day.clinic)
    assert post(nurse, day, "rate", ml_per_h="40", clock=clock(minute)).status_code == 200
    assert day.state(5).run.ml_per_h(day.at(5)) == 40
    before = clock(minute - timedelta(minutes=1))
    assert "is before the infusion started" in post(nurse, day, "rate", ml_per_h="30", clock=before).json()["refused"]


def test_a_pause_typed_in_the_minute_in_which_the_dose_was_resumed_holds_it(day: Day, minute: datetime) -> None:
    day.do(services.pause, 5)
    day.do(services.resume, at_second(day, minute, 19))
    assert post(signed_in(day.clinic), day, "pause", clock=clock(minute)).status_code == 200
    assert day.state(20).phase is Phase.PAUSED


def test_a_dose_is_resumed_in_the_minute_in_which_it_was_paused(day: Day, minute: datetime) -> None:
    day.do(services.pause, at_second(day, minute, 19))
    assert post(signed_in(day.clinic), day, "resume", clock=clock(minute)).status_code == 200
    assert day.state(20).phase is Phase.RUNNING


def test_a_rate_typed_in_the_minute_of_the_stop_was_set_before_it(day: Day, minute: datetime) -> None:
    day.do(services.stop, at_second(day, minute, 19))
    assert post(signed_in(day.clinic), day, "rate", ml_per_h="20", clock=clock(minute)).status_code == 200
    assert day.state(20).phase is Phase.STOPPED


def test_what_is_typed_four_times_in_one_minute_stands_in_the_order_in_which_it_was_typed(
    day: Day, minute: datetime
) -> None:
    nurse, typed = signed_in(day.clinic), clock(minute)
    for name, said in (
        ("rate", {"ml_per_h": "40"}), ("pause", {}), ("resume", {}), ("rate", {"ml_per_h": "20"}), ("stop", {}),
    ):  # fmt: skip
        assert post(nurse, day, name, clock=typed, **said).status_code == 200
    kinds = SessionEvent.objects.filter(session=day.session, occurred_at__gte=minute).order_by("occurred_at")
    assert list(kinds.values_list("kind", flat=True)) == [
        "rate changed", "dose paused", "dose resumed", "rate changed", "dose stopped",
    ]  # fmt: skip
    assert len(set(kinds.values_list("occurred_at", flat=True))) == 5
    assert day.state(20).phase is Phase.STOPPED
    assert not open_flags(patients=[day.session.course.patient]).filter(kind=queries.WENT_ON).exists()
