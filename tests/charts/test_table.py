"""The table beside a chart holds the numbers the chart draws."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from daybreak.charts import (
    Axis,
    Band,
    Calendar,
    CalendarSession,
    Limit,
    Line,
    Missing,
    Points,
    Review,
    Sessions,
    calendar_table,
    table,
)
from tests.charts.pictures import chart, line_chart


def test_one_row_for_a_place_and_one_column_for_a_name():
    numbers = table(
        chart(
            Line([0, 5], [128, 131], "Systolic"),
            Points([0, 5, 10], [128, 131, 164], "Systolic", signal="watch"),
            Line([0, 10], [78, None], "Diastolic"),
            x=Axis(scale="minutes"),
        )
    )
    assert numbers.header == ("Minutes", "Systolic", "Diastolic")
    assert numbers.rows == (("0", "128", "78"), ("5", "131", ""), ("10", "164", "missing"))


def test_two_readings_at_one_time_are_both_shown():
    assert table(line_chart([3, 3], [120, 118])).rows == (("3", "120; 118"),)


def test_a_band_fills_two_columns():
    numbers = table(chart(Band([0], [1.5], [2.5], "Expected"), x=Axis(name="Hours")))
    assert numbers.header == ("Hours", "Expected, low", "Expected, high")
    assert numbers.rows == (("0", "1.5", "2.5"),)


def test_dates_sessions_limits_and_gaps_are_said():
    numbers = table(
        chart(
            Line([date(2026, 6, 1)], [10], "PHQ-9"),
            Sessions([datetime(2026, 6, 2, 9, 30, tzinfo=UTC), date(2026, 6, 9)], [True, False]),
            Limit(10, "Response ≤ 10", "goal"),
            Limit(160, "Amber"),
            Missing(date(2026, 6, 3), date(2026, 6, 5), "2 missing"),
            x=Axis(scale="dates"),
        )
    )
    assert numbers.rows == (
        ("1 Jun 2026", "10", ""),
        ("2 Jun 2026 09:30", "", "given"),
        ("9 Jun 2026", "", "planned"),
    )
    assert numbers.notes == ("Response ≤ 10", "Amber: 160", "2 missing: 3 Jun 2026 to 5 Jun 2026")


@given(st.lists(st.integers(-1000, 1000), max_size=30))
def test_every_value_of_an_ordinary_series_is_in_the_table(ys):
    rows = table(line_chart(range(len(ys)), ys)).rows
    assert [int(cell.replace("−", "-")) for _, cell in rows] == ys


def test_a_thinned_table_says_so_and_keeps_the_extremes():
    numbers = table(line_chart(range(10_000), [n % 100 if n != 5000 else 999 for n in range(10_000)]))
    assert "Drawn from 10,000 values" in numbers.notes[-1]
    assert "999" in {cell for _, cell in numbers.rows}


def test_a_calendar_lists_sessions_and_reviews_by_day():
    numbers = calendar_table(
        Calendar(
            title="Plan",
            description="Two sessions.",
            start=date(2026, 11, 23),
            sessions=(CalendarSession(date(2026, 12, 1), filled=False), CalendarSession(date(2026, 11, 24))),
            reviews=(Review(date(2026, 11, 27), "Review: go on or stop"),),
        )
    )
    assert numbers.rows == (
        ("Tue 24 Nov 2026", "Session 1"),
        ("Fri 27 Nov 2026", "Review: go on or stop"),
        ("Tue 1 Dec 2026", "Session 2, not chosen"),
    )


def test_a_time_is_a_whole_minute_and_what_fell_within_one_stands_in_one_row():
    line = Line([-6.089, 9.6, 10.2], [128, 131, 133], "Systolic")
    assert table(chart(line, x=Axis(scale="minutes"))).rows == (("−6", "128"), ("10", "131; 133"))
