"""Ticks are round, equally far apart, four to eight, and cover what they must."""

import math
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.charts.ticks import date_ticks, day_words, log_ticks, minute_ticks, number_ticks, plain

lows = st.floats(-1e6, 1e6)
spans = st.floats(1e-3, 1e6)
days = st.integers(date(1990, 1, 1).toordinal(), date(2090, 1, 1).toordinal())


@pytest.mark.parametrize("ticks_of", [number_ticks, minute_ticks])
@given(low=lows, span=spans)
def test_numbers_cover_the_range_with_four_to_eight_equal_steps(ticks_of, low, span):
    ticks = [tick.at for tick in ticks_of(low, low + span)]
    steps = [b - a for a, b in pairwise(ticks)]
    tolerance = 1e-6 * steps[0]
    assert 4 <= len(ticks) <= 8
    assert ticks[0] <= low + tolerance
    assert ticks[-1] >= low + span - tolerance
    assert steps == pytest.approx([steps[0]] * len(steps))


@given(low=lows, span=spans)
def test_steps_are_one_two_or_five_times_a_power_of_ten(low, span):
    first, second, *_ = (tick.at for tick in number_ticks(low, low + span))
    exponent = math.floor(math.log10(second - first) + 1e-6)  # of a difference of large numbers
    assert min(abs((second - first) / 10**exponent - leading) for leading in (1, 2, 5)) < 1e-3


@given(low=lows, span=spans)
def test_ticks_within_a_range_stay_within_it(low, span):
    ticks = [tick.at for tick in number_ticks(low, low + span, within=True)]
    assert 2 <= len(ticks) <= 8
    assert low - 1e-6 * span <= ticks[0]
    assert ticks[-1] <= low + span + 1e-6 * span


@given(low=lows, span=spans)
def test_no_two_ticks_bear_the_same_words(low, span):
    labels = [tick.label for tick in number_ticks(low, low + span)]
    assert len(set(labels)) == len(labels)


def test_minutes_fall_where_a_clock_has_them():
    assert [tick.at for tick in minute_ticks(0, 100)] == [0, 15, 30, 45, 60, 75, 90, 105]
    assert [tick.at for tick in minute_ticks(0, 240)] == [0, 60, 120, 180, 240]


@given(low=st.floats(1e-6, 1e6), decades=st.floats(0.01, 9))
def test_log_ticks_cover_the_range_and_stand_on_round_numbers(low, decades):
    ticks = [tick.at for tick in log_ticks(low, low * 10**decades)]
    assert ticks[0] <= low * (1 + 1e-6)
    assert ticks[-1] >= low * 10**decades * (1 - 1e-6)
    assert all(f"{tick:e}"[0] in "125" for tick in ticks)


def test_a_log_axis_cannot_start_at_zero():
    with pytest.raises(ValueError, match="starts above zero"):
        log_ticks(0, 1)


@given(low=days, span=st.integers(15, 20_000), most=st.integers(3, 12))
def test_dates_stay_within_the_range_and_rise(low, span, most):
    ticks = [tick.at for tick in date_ticks(low, low + span, most)]
    assert len(ticks) <= most + 1
    assert ticks == sorted(set(ticks))
    assert all(low <= tick <= low + span for tick in ticks)


def test_weeks_begin_on_mondays_and_months_on_their_first():
    start = date(2026, 4, 14).toordinal()
    mondays = [date.fromordinal(int(tick.at)) for tick in date_ticks(start, start + 40)]
    assert {day.weekday() for day in mondays} == {0}
    months = date_ticks(start, start + 270, most=11)
    assert [tick.label for tick in months] == ["May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan"]


def test_a_day_is_divided_by_the_clock():
    start = date(2026, 11, 24).toordinal()
    labels = [tick.label for tick in date_ticks(start + 0.375, start + 0.625)]
    assert labels == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]


def test_numbers_have_a_true_minus_and_no_exponent():
    assert plain(-0.78) == "−0.78"
    assert plain(0.00001234) == "0.00001234"
    assert plain(162.3456) == "162.3"
    assert plain(12_345.6) == "12346"
    assert plain(-0.0) == "0"
    assert day_words(date(2026, 11, 24).toordinal(), year=True) == "24 Nov 2026"
