"""Of a monitor's numbers one a minute is charted, and at once whatever means something else."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.charting import Number, minute_of, to_chart
from daybreak.treatment.limits import Limit, session_limits
from daybreak.treatment.vitals import Vital

START = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
LIMITS = {limit.id: limit for vital in Vital for limit in session_limits().of(vital)}


def number(vital: Vital, value: float | None, second: float, *, is_true: bool = True) -> Number:
    return Number(vital, value, START + timedelta(seconds=second), is_true)


def oxygen(*values: float) -> list[Number]:
    """One every five seconds."""
    return [number(Vital.SPO2, value, 5 * place) for place, value in enumerate(values)]


def crossed(each: Number) -> set[Limit]:
    return {limit for limit in LIMITS.values() if limit.vital is each.vital and limit.crossed_by(each.value or 0)}


def test_a_steady_value_is_charted_once_a_minute() -> None:
    charted = to_chart(oxygen(*[97, 98] * 30), [], LIMITS)
    assert [each.at.minute for each in charted] == [0, 1, 2, 3, 4]


def test_ten_seconds_of_low_oxygen_are_charted_with_their_beginning_and_their_end() -> None:
    numbers = oxygen(97, 97, 84, 85, 97, 97)
    assert [each.value for each in to_chart(numbers, [], LIMITS)] == [97, 84, 97]


def test_numbers_that_come_late_are_held_against_the_one_before_them_in_time() -> None:
    before = [number(Vital.SPO2, 97, 0), number(Vital.SPO2, 97, 30)]
    late = [number(Vital.SPO2, 84, 10), number(Vital.SPO2, 97, 40)]
    assert to_chart(late, before, LIMITS) == late[:1]


def test_a_lost_signal_is_charted_and_so_is_its_return() -> None:
    numbers = [
        number(Vital.SPO2, 97, 0), number(Vital.SPO2, None, 5, is_true=False),
        number(Vital.SPO2, None, 10, is_true=False), number(Vital.SPO2, 97, 15),
    ]  # fmt: skip
    assert [each.value for each in to_chart(numbers, [], LIMITS)] == [97, None, 97]


def test_a_pressure_is_charted_whole() -> None:
    first = [number(Vital.SYSTOLIC, 120, 0), number(Vital.DIASTOLIC, 80, 0)]
    second = [number(Vital.SYSTOLIC, 190, 20), number(Vital.DIASTOLIC, 81, 20)]
    assert to_chart(second, first, LIMITS) == second


@given(
    st.lists(
        st.tuples(st.sampled_from([Vital.SPO2, Vital.HEART_RATE]), st.floats(20, 250), st.integers(0, 600)),
        unique_by=lambda each: (each[0], each[2]),
    )
)
def test_nothing_that_crosses_a_limit_goes_unseen(sent: list[tuple[Vital, float, int]]) -> None:
    """For every number there is a charted one, no later and of the same minute, that crosses the same limits."""
    numbers = [number(*each) for each in sent]
    charted = to_chart(numbers, [], LIMITS)
    for each in numbers:
        before = [
            other for other in charted
            if other.vital is each.vital and minute_of(other.at) == minute_of(each.at) and other.at <= each.at
        ]  # fmt: skip
        newest = max(before, key=lambda other: other.at)
        assert crossed(newest) == crossed(each)


@given(st.lists(st.floats(40, 100), min_size=1, max_size=40), st.integers(1, 10))
def test_it_does_not_matter_how_many_come_together(values: list[float], together: int) -> None:
    numbers, one_by_one = oxygen(*values), []
    for first in range(0, len(numbers), together):
        one_by_one += to_chart(numbers[first : first + together], one_by_one, LIMITS)
    assert one_by_one == to_chart(numbers, [], LIMITS)
