"""A rise of 40 systolic or 25 diastolic since before the dose, as the esketamine label counts them."""

from datetime import UTC, datetime

import pytest

from daybreak.treatment.limits import assess, session_limits
from daybreak.treatment.rises import large_rise
from daybreak.treatment.sources import Status
from daybreak.treatment.vitals import Reading, Vital

AT = datetime(2026, 11, 24, 10, 40, tzinfo=UTC)
BEFORE = {Vital.SYSTOLIC: 112.0, Vital.DIASTOLIC: 70.0, Vital.HEART_RATE: 60.0}


@pytest.mark.parametrize(
    ("vital", "value", "by"),
    [
        (Vital.SYSTOLIC, 151, None), (Vital.SYSTOLIC, 152, 40), (Vital.DIASTOLIC, 94, None), (Vital.DIASTOLIC, 95, 25),
        (Vital.HEART_RATE, 160, None), (Vital.SYSTOLIC, 60, None),
    ],
)  # fmt: skip
def test_from_40_systolic_and_25_diastolic_on(vital: Vital, value: float, by: float | None) -> None:
    rise = large_rise(Reading(vital, value, AT), BEFORE)
    assert (rise.by if rise else None) == by


def test_it_is_told_though_no_limit_is_crossed() -> None:
    reading = Reading(Vital.SYSTOLIC, 155, AT)
    assert assess(reading, session_limits()) is None
    rise = large_rise(reading, BEFORE)
    assert rise.sentence == "Systolic 155, 43 above the value before the dose."
    assert (rise.rule, rise.provenance.status) == ("TH3", Status.SEEN)


def test_without_a_value_before_the_dose_there_is_no_rise() -> None:
    assert large_rise(Reading(Vital.SYSTOLIC, 200, AT), {}) is None
