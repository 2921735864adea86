"""A value of before the dose that is corrected or entered once it has begun: if it stood against it, a prescriber
hears."""

import pytest

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.models import Reading
from daybreak.treatment.vitals import Vital
from tests.clinic.treatment_day.day import BEFORE, TEN_WORDS, Day


def told(day: Day) -> list[str]:
    flags = Flag.objects.filter(kind=queries.AGAINST_CHECKS, subject=day.session.pk).order_by("recorded_at")
    assert all(flag.owner == day.clinic.users[Role.PRESCRIBER] and flag.level == Flag.Level.ACT for flag in flags)
    return [flag.title for flag in flags]


def before_the_dose(day: Day, vital: Vital) -> Reading:
    return day.session.readings.get(vital=vital, corrected_by=None, measured_at__lt=day.zero)


def correct(day: Day, vital: Vital, value: float) -> None:
    reading = before_the_dose(day, vital)
    services.correct_reading(reading, value, "typed wrongly", day.nurse, write_id=new_id())


@pytest.mark.parametrize(
    ("vital", "value", "said"),
    [
        (Vital.SYSTOLIC, 166, "Systolic 166, above gate 160"),
        (Vital.SPO2, 89, "SpO₂ 89, below gate 93"),
        (Vital.HEART_RATE, 31, "Heart rate 31, below red 40"),
    ],
)
def test_a_value_corrected_beyond_the_gate_or_red_after_the_start_is_told_to_the_prescriber(
    day: Day, vital: Vital, value: float, said: str
) -> None:
    day.begin()
    correct(day, vital, value)
    (title,) = told(day)
    assert title.startswith("Corrected at ")
    assert title.endswith(f"after the dose had begun: {said}")


def test_a_value_entered_late_is_told_too(day: Day) -> None:
    day.begin()
    day.read(-2, {**BEFORE, Vital.SYSTOLIC: 190})
    (title,) = told(day)
    assert title.startswith("Entered at ")


def test_what_was_not_the_newest_before_the_dose_stood_against_nothing(day: Day) -> None:
    day.read(-8, {Vital.SYSTOLIC: 120})
    old = day.session.readings.get()
    day.begin()
    services.correct_reading(old, 190, "typed wrongly", day.nurse, write_id=new_id())
    assert told(day) == []


def test_within_the_gate_or_before_the_start_nobody_is_told(day: Day) -> None:
    day.read(-6)
    correct(day, Vital.SYSTOLIC, 165)
    day.begin()
    correct_again = day.session.readings.get(vital=Vital.SYSTOLIC, measured_at=day.at(-5))
    services.correct_reading(correct_again, 130, "typed wrongly", day.nurse, write_id=new_id())
    day.read(10, {**BEFORE, Vital.SYSTOLIC: 190})
    assert told(day) == []


def test_what_a_prescriber_had_answered_is_not_told_again(day: Day) -> None:
    day.read(-5, {**BEFORE, Vital.SYSTOLIC: 170})
    day.clear_checks()
    services.give_reason(day.session, "pressure_gate", TEN_WORDS, day.prescriber, write_id=new_id(), at=day.at(-3))
    day.do(services.start_dose, 0)
    correct(day, Vital.SYSTOLIC, 171)
    assert told(day) == []


def test_a_start_that_was_taken_back_began_nothing(day: Day) -> None:
    day.begin()
    day.do(services.take_back_start, 1, reason="The wrong chair.")
    correct(day, Vital.SYSTOLIC, 170)
    assert told(day) == []
