"""The calendar of a plan shows every session once, in its week, on its weekday."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.charts import Calendar, CalendarSession, Review, render_calendar
from tests.charts.pictures import read, texts, with_class

MONDAY = date(2026, 11, 23)


def plan(*days, reviews=(), **others):
    sessions = tuple(CalendarSession(MONDAY + timedelta(days=day)) for day in days)
    return Calendar(title="Plan", description="Days.", start=MONDAY, sessions=sessions, reviews=reviews, **others)


@given(st.sets(st.integers(0, 400), max_size=40))
def test_every_day_with_a_session_has_one_half_sun(days):
    root = read(render_calendar(plan(*days), key="k"))
    assert len(with_class(root, "c-bar")) == len(days)
    assert not any("style" in element.attrib for element in root.iter())


def test_sessions_are_numbered_in_order_and_bear_their_weekday():
    words = texts(read(render_calendar(plan(4, 1, 8), key="k")))
    assert [word for word in words if word in {"1", "2", "3"}] == ["1", "2", "3"]
    assert [word for word in words if word in {"Mon", "Tue", "Fri"}] == ["Tue", "Fri", "Tue"]


def test_the_calendar_grows_to_hold_the_last_session():
    words = texts(read(render_calendar(plan(0, 7 * 19), key="k")))
    assert "Week 20" in words
    assert "Week 21" not in words


def test_a_session_not_chosen_is_empty():
    sessions = (CalendarSession(MONDAY, filled=False),)
    root = read(render_calendar(Calendar(title="P", description="D", start=MONDAY, sessions=sessions), key="k"))
    assert [sun.get("class") for sun in with_class(root, "c-bar")] == ["c-bar plan"]


def test_reviews_stand_as_lines_with_their_words_apart():
    reviews = (Review(MONDAY + timedelta(days=3), "First review"), Review(MONDAY + timedelta(days=4), "Next review"))
    root = read(render_calendar(plan(0, reviews=reviews), key="k"))
    heights = {word.text: word.get("y") for word in with_class(root, "strong")}
    assert len(with_class(root, "goal")) == 2
    assert heights["First review"] != heights["Next review"]


def test_sixty_daily_sessions_number_the_first_of_each_week_and_no_words_crowd():
    root = read(render_calendar(plan(*range(60)), key="k"))
    assert len(with_class(root, "c-bar")) == 60
    said = texts(root)
    assert [word for word in said if word.isdigit()] == ["1", "8", "15", "22", "29", "36", "43", "50", "57"]
    assert not {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} & set(said)


def test_an_empty_plan_is_an_empty_calendar_with_its_note():
    assert "No sessions planned." in texts(read(render_calendar(plan(note="No sessions planned."), key="k")))


def test_a_calendar_that_starts_after_its_first_session_is_refused():
    with pytest.raises(ValueError, match="Start it earlier"):
        plan(-1)
