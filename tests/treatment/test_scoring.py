"""Scores: published sums, missing items never zero, refusals, alerts, criteria."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from daybreak.treatment.instruments import Instrument, InstrumentError, all_instruments, instrument
from daybreak.treatment.scoring import Score, recorded_total, score

WITH_ITEMS = [each for each in all_instruments().values() if each.items]
PHQ9, GAD7, PCL5, PEG = (instrument(i) for i in ("PHQ9", "GAD7", "PCL5", "PEG"))
AUDITC, HAMD17, MADRS, MOOD = (instrument(i) for i in ("AUDITC", "HAMD17", "MADRS", "MOOD"))


def all_at(scale: Instrument, value: int) -> dict[int, int | None]:
    return {item.number: value for item in scale.scored_items}


@st.composite
def filled(draw: st.DrawFn, *, some_missing: bool = False) -> tuple[Instrument, dict[int, int | None]]:
    scale = draw(st.sampled_from(WITH_ITEMS))
    answers: dict[int, int | None] = {}
    for item in scale.scored_items:
        value = st.integers(item.minimum, item.maximum)
        answers[item.number] = draw(st.none() | value if some_missing else value)
    return scale, answers


def total_of(scale: Instrument, answers: dict[int, int | None]) -> float:
    total = score(scale, answers).total
    assert total is not None
    return total


def met(result: Score) -> dict[str, bool | None]:
    return {each.rule.id: each.met for each in result.criteria}


BAND_EDGES = [
    *[(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate")],
    *[(15, "moderately severe"), (19, "moderately severe"), (20, "severe"), (27, "severe")],
]


@pytest.mark.parametrize(("total", "band"), BAND_EDGES)
def test_phq9_bands_of_kroenke_2001(total: int, band: str) -> None:
    answers = {n: min(3, max(0, total - 3 * (n - 1))) for n in range(1, 10)}
    result = score(PHQ9, answers)
    assert (result.total, result.band) == (total, band)


def test_peg_is_the_mean_of_three() -> None:
    assert score(PEG, {1: 7, 2: 8, 3: 6}).total == 7


@given(filled())
def test_complete_total_lies_in_the_published_range(case: tuple[Instrument, dict[int, int | None]]) -> None:
    scale, answers = case
    assert scale.minimum <= total_of(scale, answers) <= scale.maximum


@given(filled(), st.data())
def test_raising_one_answer_never_lowers_the_total(
    case: tuple[Instrument, dict[int, int | None]], data: st.DataObject
) -> None:
    """Also with as many items missing as the instrument's rule allows."""
    scale, answers = case
    answers |= dict.fromkeys(data.draw(st.sets(st.sampled_from(list(answers)), max_size=scale.missing.allowed)))
    tops = {item.number: item.maximum for item in scale.scored_items}
    raisable = {n: v for n, v in answers.items() if v is not None and v < tops[n]}
    assume(raisable)
    number = data.draw(st.sampled_from(list(raisable)))
    assert total_of(scale, {**answers, number: raisable[number] + 1}) > total_of(scale, answers)


@given(filled(some_missing=True), st.randoms())
def test_order_of_answering_does_not_matter(case: tuple[Instrument, dict[int, int | None]], order: Any) -> None:
    scale, answers = case
    shuffled = list(answers.items())
    order.shuffle(shuffled)
    assert score(scale, dict(shuffled)) == score(scale, answers)


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9), st.randoms())
def test_phq9_total_is_the_same_for_any_permutation_of_values(values: list[int], order: Any) -> None:
    permuted = list(values)
    order.shuffle(permuted)
    assert total_of(PHQ9, dict(enumerate(permuted, 1))) == total_of(PHQ9, dict(enumerate(values, 1)))


@given(filled(some_missing=True))
def test_missing_none_and_absent_are_the_same(case: tuple[Instrument, dict[int, int | None]]) -> None:
    scale, answers = case
    present = {number: value for number, value in answers.items() if value is not None}
    assert score(scale, present) == score(scale, answers)


@given(filled(some_missing=True))
def test_missing_items_are_named_and_a_total_needs_the_rule(
    case: tuple[Instrument, dict[int, int | None]],
) -> None:
    scale, answers = case
    result = score(scale, answers)
    missing = tuple(number for number, value in answers.items() if value is None)
    assert result.missing == missing
    assert result.answered + len(missing) == len(scale.scored_items)
    assert (result.total is None) == (len(missing) > scale.missing.allowed)
    assert result.prorated == (bool(missing) and result.total is not None)
    assert all(str(number) in result.explanation for number in missing)


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9), st.sets(st.integers(1, 9), min_size=1, max_size=2))
def test_prorated_phq9_lies_between_all_missing_lowest_and_all_highest(values: list[int], missing: set[int]) -> None:
    complete: dict[int, int | None] = dict(enumerate(values, start=1))
    holes = complete | dict.fromkeys(missing)
    lowest = total_of(PHQ9, complete | dict.fromkeys(missing, 0))
    highest = total_of(PHQ9, complete | dict.fromkeys(missing, 3))
    assert lowest <= total_of(PHQ9, holes) <= highest


def test_missing_item_counts_as_the_mean_of_the_others_never_as_zero() -> None:
    """NHS Data Dictionary: one or two missing values take the average of those answered."""
    result = score(PHQ9, all_at(PHQ9, 2) | {3: None, 7: None})
    assert (result.total, result.prorated, result.rule_id) == (18, True, "PHQ9-MISSING-2")
    assert "prorated from 7 of 9 items, items 3 and 7 were not answered" in result.explanation


def test_three_missing_items_leave_phq9_without_total_or_band() -> None:
    result = score(PHQ9, all_at(PHQ9, 2) | {3: None, 5: None, 7: None})
    assert (result.total, result.band, result.prorated) == (None, None, False)
    assert result.explanation == ("PHQ-9 has no total: items 3, 5 and 7 were not answered; at most 2 may be missing.")


@pytest.mark.parametrize("scale", [GAD7, PCL5, PEG, AUDITC, HAMD17, MOOD], ids=lambda s: s.id)
def test_without_a_published_rule_one_missing_item_leaves_no_total(scale: Instrument) -> None:
    result = score(scale, all_at(scale, 1) | {1: None})
    assert result.total is None
    assert "item 1 was not answered; every item is needed" in result.explanation


def test_a_prorated_total_between_two_bands_belongs_to_the_lower() -> None:
    result = score(PHQ9, {1: 3, 2: 1, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0})
    assert (result.total, result.band) == (4.5, "minimal")


def test_difficulty_answer_does_not_change_the_phq9_total() -> None:
    assert score(PHQ9, all_at(PHQ9, 1) | {10: 3}).total == 9
    assert score(PHQ9, all_at(PHQ9, 1)).missing == ()


@pytest.mark.parametrize("value", [1, 2, 3])
def test_any_thought_of_death_raises_the_alert_whatever_the_total(value: int) -> None:
    (alert,) = score(PHQ9, all_at(PHQ9, 0) | {9: value}).alerts
    assert (alert.rule.id, alert.value) == ("PHQ9-ITEM9", value)
    raised_at = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    due_at = alert.pathway.due_at(raised_at)
    assert due_at is not None
    assert raised_at < due_at < raised_at + timedelta(hours=24)


def test_a_thought_of_death_is_heard_when_the_rest_is_missing() -> None:
    result = score(PHQ9, {9: 1})
    assert result.total is None
    assert [alert.value for alert in result.alerts] == [1]


def test_no_thought_of_death_raises_nothing() -> None:
    assert score(PHQ9, all_at(PHQ9, 3) | {9: 0}).alerts == ()


def test_an_unanswered_item_nine_is_unknown_not_no() -> None:
    (alert,) = score(PHQ9, all_at(PHQ9, 0) | {9: None}).alerts
    assert alert.value is None


def test_suicide_item_of_the_hamilton_scale_raises_an_alert() -> None:
    assert [a.rule.id for a in score(HAMD17, all_at(HAMD17, 0) | {3: 1}).alerts] == ["HAMD17-ITEM3"]


@pytest.mark.parametrize(
    ("identifier", "answers", "words"),
    [
        ("PHQ9", {1: 4}, "4 is no answer to item 1 of PHQ-9"),
        ("PHQ9", {1: -1}, "whole number from 0 to 3"),
        ("PHQ9", {11: 0}, "PHQ-9 has no item 11"),
        ("PHQ9", {0: 0}, "PHQ-9 has no item 0"),
        ("PHQ9", {1: 1.5}, "1.5 is no answer"),
        ("PHQ9", {1: True}, "True is no answer"),
        ("PHQ9", {1: "2"}, "'2' is no answer"),
        ("HAMD17", {4: 3}, "from 0 to 2"),
        ("PEG", {1: 11}, "from 0 to 10"),
        ("MADRS", {1: 2}, "Enter the total from your form"),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(identifier: str, answers: Any, words: str) -> None:
    with pytest.raises(InstrumentError, match=words):
        score(instrument(identifier), answers)


@pytest.mark.parametrize(
    ("total", "sex", "expected"),
    [
        (3, "female", {"AUDITC-F3": True}),
        (3, "male", {"AUDITC-M4": False}),
        (4, "male", {"AUDITC-M4": True}),
        (2, "female", {"AUDITC-F3": False}),
        (3, None, {"AUDITC-M4": False, "AUDITC-F3": True}),
        (3, "unknown", {"AUDITC-M4": False, "AUDITC-F3": True}),
    ],
)
def test_auditc_cut_is_four_in_men_and_three_in_women(total: int, sex: str | None, expected: dict[str, bool]) -> None:
    assert met(score(AUDITC, {1: total, 2: 0, 3: 0}, sex=sex)) == expected


def test_pcl5_subscores_add_up_to_the_total() -> None:
    result = score(PCL5, {n: n % 5 for n in range(1, 21)})
    subscores = dict(result.subscores)
    assert subscores == {"B": 10, "C": 3, "D": 17, "E": 10}
    assert sum(value or 0 for value in subscores.values()) == result.total


PATTERN: dict[int, int | None] = {1: 2, 6: 2, 8: 2, 9: 2, 15: 2, 16: 2}  # 1 of B, 1 of C, 2 of D, 2 of E


def test_provisional_ptsd_needs_the_dsm5_pattern_not_a_high_total() -> None:
    assert met(score(PCL5, all_at(PCL5, 0) | PATTERN))["PCL5-DSM5"] is True
    everything_but_avoidance = all_at(PCL5, 4) | {6: 1, 7: 1}
    assert met(score(PCL5, everything_but_avoidance))["PCL5-DSM5"] is False


@pytest.mark.parametrize("dropped", sorted(PATTERN))
def test_each_part_of_the_dsm5_pattern_is_needed(dropped: int) -> None:
    answers = all_at(PCL5, 0) | PATTERN | {dropped: 1}
    assert met(score(PCL5, answers))["PCL5-DSM5"] is False
    answers[dropped] = None
    assert met(score(PCL5, answers))["PCL5-DSM5"] is None


def test_pattern_already_complete_stands_whatever_is_missing() -> None:
    assert met(score(PCL5, PATTERN))["PCL5-DSM5"] is True


def test_cut_point_is_open_without_a_total() -> None:
    assert met(score(PCL5, PATTERN))["PCL5-31"] is None


@pytest.mark.parametrize(("total", "above"), [(30, False), (31, True)])
def test_pcl5_cut_of_31(total: float, above: bool) -> None:
    assert met(recorded_total(PCL5, total))["PCL5-31"] is above


def test_a_total_from_a_licensed_form_is_recorded_with_its_band() -> None:
    result = recorded_total(MADRS, 33)
    assert (result.total, result.band, result.rule_id) == (33, "moderate", "MADRS-RECORDED")
    assert "the answers are not known" in result.explanation


def test_a_bare_total_neither_raises_nor_excludes_an_alert() -> None:
    result = recorded_total(PHQ9, 27)
    assert result.alerts == ()
    assert result.missing == tuple(range(1, 10))


@pytest.mark.parametrize("total", [-1, 61, float("nan"), float("inf")])
def test_a_total_outside_the_range_is_refused(total: float) -> None:
    with pytest.raises(InstrumentError, match="MADRS has totals from 0 to 60"):
        recorded_total(MADRS, total)
