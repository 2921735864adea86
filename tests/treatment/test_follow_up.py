"""What is asked when, and by when somebody acts: windows, never later than they close."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.follow_up import (
    BASELINE,
    REGULAR,
    Question,
    SessionStart,
    alert_due_at,
    questions,
    regular,
    worsening,
)
from daybreak.treatment.indications import Indication, indication, indications
from daybreak.treatment.instruments import instrument

FIRST = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DEPRESSION = indication("treatment_resistant_depression")
times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(ZoneInfo("America/New_York")))


def asked(
    *, until: datetime, occasion: str, starts: tuple[SessionStart, ...] = (SessionStart(1, FIRST),)
) -> list[Question]:
    found = questions(DEPRESSION, FIRST - timedelta(days=40), starts, until)
    return [each for each in found if each.occasion == occasion]


@pytest.mark.parametrize("each", indications().values(), ids=indications())
def test_the_primary_instrument_of_each_indication_is_asked_first(each: Indication) -> None:
    found = regular(each)
    assert each.instrument == (found.instruments[0] if found else None)


def test_pain_is_asked_with_two_instruments() -> None:
    found = regular(indication("fibromyalgia"))
    assert found is not None
    assert found.instruments == ("PEG", "NRS")


def test_everything_asked_on_a_phone_has_wording_that_may_be_shown() -> None:
    for each in indications().values():
        found = questions(each, FIRST, [SessionStart(1, FIRST)], FIRST + timedelta(days=200))
        assert all(instrument(question.instrument_id).items for question in found)


def test_before_the_first_dose_only_the_baseline_is_asked_and_it_stays_open() -> None:
    [question] = questions(DEPRESSION, FIRST - timedelta(days=3), (), FIRST)
    assert (question.instrument_id, question.occasion, question.closes_at) == ("PHQ9", BASELINE, None)


def test_the_baseline_closes_with_the_first_dose_and_is_at_most_two_weeks_old() -> None:
    [question] = asked(until=FIRST + timedelta(days=3), occasion=BASELINE)
    assert question.closes_at == FIRST
    assert not question.holds(FIRST)
    assert question.opens_at == FIRST - timedelta(days=14)


def test_a_course_entered_after_its_first_dose_is_asked_no_baseline_that_nobody_could_answer() -> None:
    found = questions(DEPRESSION, FIRST + timedelta(hours=5), [SessionStart(1, FIRST)], FIRST + timedelta(days=8))
    assert "baseline" not in {question.occasion for question in found}
    assert all(question.closes_at is None or question.closes_at > question.opens_at for question in found)


def test_regular_questions_follow_each_other_without_a_gap() -> None:
    rounds = asked(until=FIRST + timedelta(days=30), occasion=REGULAR)
    assert [each.number for each in rounds] == [1, 2, 3, 4]
    assert all(each.closes_at == later.opens_at for each, later in pairwise(rounds))


def test_a_week_begins_at_midnight_by_the_clock_on_the_wall_also_when_clocks_change() -> None:
    new_york = ZoneInfo("America/New_York")
    first = datetime(2026, 3, 2, 9, 30, tzinfo=new_york)  # clocks go forward on 8 March
    found = questions(DEPRESSION, first, [SessionStart(1, first)], first + timedelta(days=20))
    rounds = [each for each in found if each.occasion == REGULAR]
    assert [each.opens_at.time() for each in rounds] == [time(0), time(0)]
    assert rounds[0].opens_at.utcoffset() != first.utcoffset()


@pytest.mark.parametrize(
    ("occasion", "inside", "outside"), [("2h", (1.5, 5.9), (1.4, 6)), ("24h", (18, 35.9), (17.9, 36))]
)
def test_mood_is_asked_around_two_hours_and_a_day_after_each_dose(
    occasion: str, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    [question] = asked(until=FIRST + timedelta(days=3), occasion=occasion)
    assert all(question.holds(FIRST + timedelta(hours=hours)) for hours in inside)
    assert not any(question.holds(FIRST + timedelta(hours=hours)) for hours in outside)


@given(st.floats(0, 400), st.floats(0, 400))
def test_what_was_asked_stays_asked(days: float, more: float) -> None:
    """Time adds questions and takes none away."""
    starts = (SessionStart(1, FIRST), SessionStart(2, FIRST + timedelta(days=3)))
    until = FIRST + timedelta(days=5 + days)
    early = questions(DEPRESSION, FIRST - timedelta(days=40), starts, until)
    late = questions(DEPRESSION, FIRST - timedelta(days=40), starts, until + timedelta(days=more))
    assert late[: len(early)] == early
    assert len({each.key for each in late}) == len(late)


@given(times, st.sampled_from([None, 1, 2, 3]))
def test_nobody_has_to_act_at_night_or_at_once_and_all_within_a_day(raised_at: datetime, value: int | None) -> None:
    due = alert_due_at(raised_at, value)
    assert time(8) < due.time() <= time(18)
    assert timedelta(hours=1) <= due - raised_at <= timedelta(hours=18)


@given(times)
def test_thoughts_on_most_days_are_never_due_later_than_thoughts_on_several(raised_at: datetime) -> None:
    assert alert_due_at(raised_at, 3) == alert_due_at(raised_at, 2) <= alert_due_at(raised_at, 1)


@pytest.mark.parametrize(("raised", "several_days", "most_days"), [
    ("05:00", "02 10:00", "02 09:00"),
    ("08:14", "02 12:14", "02 10:14"),
    ("15:01", "02 18:00", "02 17:01"),
    ("16:00", "02 18:00", "02 18:00"),
    ("16:30", "03 10:00", "02 18:00"),
    ("23:50", "03 10:00", "03 09:00"),
])  # fmt: skip
def test_while_enough_of_the_working_day_is_left_an_answer_is_due_the_same_day(
    raised: str, several_days: str, most_days: str
) -> None:
    raised_at = datetime.combine(FIRST.date(), time.fromisoformat(raised), UTC)
    assert [f"{alert_due_at(raised_at, value):%d %H:%M}" for value in (1, 3)] == [several_days, most_days]


def test_worse_by_the_reliable_change_against_the_best_so_far() -> None:
    phq9 = instrument("PHQ9")
    found = worsening(phq9, [21, 6, 9], 11)
    assert found is not None
    assert (found.rule.id, found.compared_with, found.points) == ("PHQ9-MCID5", 6, 5)
    assert worsening(phq9, [21, 6, 9], 10) is None
    assert worsening(phq9, [], 20) is None


def test_without_a_reliable_change_the_answer_before_is_what_counts() -> None:
    """A small fall that measurement error may make must not be held against every later answer."""
    gad7 = instrument("GAD7")
    assert worsening(gad7, [15, 5, 8], 10) is None
    assert worsening(gad7, [15, 5, 8], 12) is not None


def test_a_question_without_a_change_rule_never_gets_worse() -> None:
    assert worsening(instrument("MOOD"), [10], 0) is None
