"""Response, remission, change and relapse by their published rules, and the course over time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.instruments import InstrumentError, instrument
from daybreak.treatment.response import (
    Change,
    Episode,
    Point,
    ResponseStatus,
    baseline,
    history,
    status,
)
from daybreak.treatment.scoring import score

PHQ9, GAD7, PCL5, PEG = (instrument(i) for i in ("PHQ9", "GAD7", "PCL5", "PEG"))
HAMD17, MADRS, MOOD, AUDITC = (instrument(i) for i in ("HAMD17", "MADRS", "MOOD", "AUDITC"))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def points(*totals: float) -> list[Point]:
    """One total a week from the first week on."""
    return [Point(day(7 * week), total) for week, total in enumerate(totals, start=1)]


def responded(result: ResponseStatus) -> bool | None:
    assert result.response is not None
    return result.response.met


def remitted(result: ResponseStatus) -> bool | None:
    assert result.remission is not None
    return result.remission.met


def changes(result: ResponseStatus) -> dict[str, Change | None]:
    return {each.rule.id: each.result for each in result.changes}


@pytest.mark.parametrize(("before", "now", "expected"), [(20, 10, True), (20, 11, False), (21, 10.5, True)])
def test_phq9_response_is_half_of_baseline(before: float, now: float, expected: bool) -> None:
    result = status(PHQ9, before, now)
    assert result.response is not None
    assert (result.response.rule.id, result.response.met) == ("PHQ9-50", expected)


@pytest.mark.parametrize(
    ("identifier", "now", "expected"),
    [
        ("PHQ9", 4, True),
        ("PHQ9", 5, False),
        ("GAD7", 4, True),
        ("GAD7", 5, False),
        ("HAMD17", 7, True),
        ("HAMD17", 8, False),
        ("MADRS", 12, True),
        ("MADRS", 13, False),
    ],
)
def test_remission_limits(identifier: str, now: float, expected: bool) -> None:
    assert remitted(status(instrument(identifier), 20, now)) is expected


def test_madrs_remission_depends_on_the_rule_and_the_rule_is_kept() -> None:
    trial, common = (status(MADRS, 34, 11, remission_rule=r) for r in ("MADRS-R12", "MADRS-R10"))
    assert trial.remission is not None
    assert common.remission is not None
    assert (trial.remission.rule.id, trial.remission.met) == ("MADRS-R12", True)
    assert (common.remission.rule.id, common.remission.met) == ("MADRS-R10", False)


def test_peg_response_is_thirty_percent() -> None:
    assert responded(status(PEG, 10 / 3, 7 / 3)) is True
    assert responded(status(PEG, 10 / 3, 8 / 3)) is False


@pytest.mark.parametrize("thirds", [8, 13, 26])
def test_one_peg_point_counts_even_where_thirds_do_not_subtract_exactly(thirds: int) -> None:
    assert changes(status(PEG, thirds / 3, (thirds - 3) / 3)) == {"PEG-MID1": Change.IMPROVED}


@pytest.mark.parametrize(("now", "expected"), [(32, True), (33, False)])
def test_pcl5_response_is_the_reliable_fall_of_18(now: float, expected: bool) -> None:
    assert responded(status(PCL5, 50, now)) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [(15, Change.IMPROVED), (16, Change.UNCHANGED), (24, Change.UNCHANGED), (25, Change.WORSENED)],
)
def test_phq9_change_of_five_is_reliable_both_ways(now: float, expected: Change) -> None:
    assert changes(status(PHQ9, 20, now)) == {"PHQ9-MCID5": expected}


def test_rising_mood_is_better() -> None:
    result = status(MOOD, 4, 6)
    assert (result.change_points, result.improvement_percent) == (2, 50)


@pytest.mark.parametrize("scale", [MOOD, AUDITC], ids=lambda s: s.id)
def test_without_a_rule_there_is_no_verdict(scale: object) -> None:
    result = status(MOOD, 4, 6) if scale is MOOD else status(AUDITC, 4, 6)
    assert (result.response, result.remission, result.changes) == (None, None, ())


def test_from_a_baseline_of_zero_response_is_unknown() -> None:
    result = status(PHQ9, 0, 0)
    assert result.improvement_percent is None
    assert responded(result) is None


@pytest.mark.parametrize(("before", "now"), [(None, 10), (20, None), (None, None)])
def test_a_missing_score_leaves_response_and_change_unknown(before: float | None, now: float | None) -> None:
    result = status(PHQ9, before, now)
    assert responded(result) is None
    assert result.change_points is None
    assert set(changes(result).values()) == {None}


def test_a_score_without_total_is_unknown_not_zero() -> None:
    result = status(PHQ9, 20, score(PHQ9, {1: 0}))
    assert result.current is None
    assert (responded(result), remitted(result)) == (None, None)


def test_remission_needs_no_baseline() -> None:
    assert remitted(status(PHQ9, None, 3)) is True


@given(st.integers(1, 27), st.integers(0, 27), st.integers(0, 27))
def test_a_lower_phq9_never_loses_response_or_remission(before: int, one: int, other: int) -> None:
    better, worse = (status(PHQ9, before, now) for now in sorted((one, other)))
    assert bool(responded(better)) >= bool(responded(worse))
    assert bool(remitted(better)) >= bool(remitted(worse))


@given(st.integers(0, 27), st.integers(0, 27))
def test_swapping_the_scores_turns_improved_into_worsened(one: int, other: int) -> None:
    mirror = {Change.IMPROVED: Change.WORSENED, Change.WORSENED: Change.IMPROVED}
    forth, back = changes(status(PHQ9, one, other)), changes(status(PHQ9, other, one))
    assert {rule: found and mirror.get(found, found) for rule, found in forth.items()} == back


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (28, 10, "PHQ-9 has totals from 0 to 27; 28"),
        (20, -1, "-1 is none"),
        (20, float("nan"), "nan is none"),
    ],
)
def test_impossible_totals_are_refused(before: float, now: float, words: str) -> None:
    with pytest.raises(InstrumentError, match=words):
        status(PHQ9, before, now)


def test_scores_of_two_instruments_are_not_compared() -> None:
    with pytest.raises(InstrumentError, match="A score of GAD7 cannot be read as PHQ9"):
        status(PHQ9, 20, score(GAD7, dict.fromkeys(range(1, 8), 1)))


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(InstrumentError, match="no rule 'PHQ9-25' of this kind; it has PHQ9-50"):
        status(PHQ9, 20, 10, response_rule="PHQ9-25")


def test_baseline_is_the_last_total_before_or_at_the_first_dose() -> None:
    unfinished = Point(day(-1), score(PHQ9, {1: 2}))
    found = [Point(day(-30), 24.0), Point(day(-3), 21.0), unfinished, Point(day(1), 9.0)]
    assert baseline(reversed(found), day(0)) == found[1]
    assert baseline(found, day(1)) == found[3]
    assert baseline(found, day(-60)) is None


def test_history_tells_when_response_and_remission_came_and_went() -> None:
    course = history(PHQ9, 20, points(18, 10, 4, 6, 12, 3))
    assert course.response == Episode(first_met_at=day(14), first_lost_at=day(35))
    assert course.remission == Episode(first_met_at=day(21), first_lost_at=day(28))


def test_history_is_in_time_whatever_the_order_of_entry() -> None:
    assert history(PHQ9, 20, reversed(points(18, 10, 4))) == history(PHQ9, 20, points(18, 10, 4))


def test_a_kept_response_is_not_lost_by_an_unfinished_form() -> None:
    course = history(PHQ9, 20, [*points(10), Point(day(14), score(PHQ9, {1: 3}))])
    assert course.response == Episode(first_met_at=day(7), first_lost_at=None)


def test_without_baseline_remission_is_told_and_response_unknown() -> None:
    course = history(PHQ9, None, points(18, 4))
    assert course.response == Episode(None, None)
    assert course.remission == Episode(first_met_at=day(14), first_lost_at=None)


def test_madrs_relapse_is_two_high_scores_in_a_row_after_response() -> None:
    assert history(MADRS, 34, points(33, 30, 12, 22, 15, 25, 24)).relapse_at == day(49)
    assert history(MADRS, 34, points(12, 22, 21, 22)).relapse_at is None
    assert history(MADRS, 34, points(33, 30, 29)).relapse_at is None


def test_relapse_is_open_where_no_rule_is_known() -> None:
    course = history(PHQ9, 20, points(4, 20, 20))
    assert (course.relapse_rule, course.relapse_at) == (None, None)


def test_times_without_timezone_are_refused() -> None:
    naive = Point(datetime(2026, 3, 9), 10.0)
    with pytest.raises(InstrumentError, match="no timezone"):
        history(PHQ9, 20, [naive])
    with pytest.raises(InstrumentError, match="no timezone"):
        baseline([naive], day(0))
