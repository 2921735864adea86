"""Which readings cross a limit, and which numbers from a monitor are no values at all."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.artefacts import artefact
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.gate import gate_limits
from daybreak.treatment.knowledge import load
from daybreak.treatment.limits import Given, Level, LimitError, assess, session_limits
from daybreak.treatment.sources import Basis, Status, all_sources
from daybreak.treatment.vitals import PLAUSIBLE, Reading, Vital

AT = datetime(2026, 3, 2, 10, 37, tzinfo=UTC)
LIMITS = session_limits()


def test_a_mark_of_breaths_speaks_of_breathing() -> None:
    mark = assess(Reading(Vital.RESPIRATORY_RATE, 7, AT), LIMITS)
    assert mark is not None
    assert "breathing" in mark.action
    assert "oxygen saturation" not in mark.action


def test_what_is_held_of_a_dose_is_what_there_is_of_it() -> None:
    """An infusion has no next device, and an injection nothing that could be held."""
    mark = assess(Reading(Vital.ALERTNESS, 3, AT), LIMITS)
    assert mark is not None
    said = {given: mark.limit.action_of(given) for given in Given}
    assert "Pause the infusion" in said[Given.INFUSION]
    assert "device" not in said[Given.INFUSION]
    assert "Hold the next device" in said[Given.DEVICES]
    assert said[Given.AT_ONCE] == "Stay with the person. Check breathing and oxygen saturation."
    assert not any("{" in limit.action for limit in LIMITS.limits)


def level(vital: Vital, value: float) -> Level | None:
    mark = assess(Reading(vital, value, AT), LIMITS)
    return mark.level if mark else None


@pytest.mark.parametrize(
    ("vital", "value", "expected"),
    [
        (Vital.SYSTOLIC, 159, None),
        (Vital.SYSTOLIC, 160, Level.AMBER),
        (Vital.SYSTOLIC, 179, Level.AMBER),
        (Vital.SYSTOLIC, 180, Level.RED),
        (Vital.SYSTOLIC, 200, Level.EMERGENCY),
        (Vital.SYSTOLIC, 100, None),
        (Vital.SYSTOLIC, 99, Level.AMBER),
        (Vital.SYSTOLIC, 90, Level.AMBER),
        (Vital.SYSTOLIC, 89, Level.RED),
        (Vital.DIASTOLIC, 99, None),
        (Vital.DIASTOLIC, 100, Level.AMBER),
        (Vital.DIASTOLIC, 110, Level.RED),
        (Vital.DIASTOLIC, 120, Level.EMERGENCY),
        (Vital.HEART_RATE, 120, None),
        (Vital.HEART_RATE, 121, Level.AMBER),
        (Vital.HEART_RATE, 140, Level.AMBER),
        (Vital.HEART_RATE, 141, Level.RED),
        (Vital.HEART_RATE, 50, None),
        (Vital.HEART_RATE, 49, Level.AMBER),
        (Vital.HEART_RATE, 40, Level.AMBER),
        (Vital.HEART_RATE, 39, Level.RED),
        (Vital.SPO2, 94, None),
        (Vital.SPO2, 93.9, Level.AMBER),
        (Vital.SPO2, 90, Level.AMBER),
        (Vital.SPO2, 89, Level.RED),
        (Vital.RESPIRATORY_RATE, 24, None),
        (Vital.RESPIRATORY_RATE, 25, Level.AMBER),
        (Vital.RESPIRATORY_RATE, 12, None),
        (Vital.RESPIRATORY_RATE, 11, Level.AMBER),
        (Vital.RESPIRATORY_RATE, 8, Level.AMBER),
        (Vital.RESPIRATORY_RATE, 7, Level.RED),
        (Vital.ALERTNESS, 4, None),
        (Vital.ALERTNESS, 3, Level.AMBER),
        (Vital.ALERTNESS, 2, Level.AMBER),
        (Vital.ALERTNESS, 1, Level.RED),
        (Vital.ALERTNESS, 0, Level.EMERGENCY),
    ],
)
def test_a_limit_is_crossed_exactly_at_its_number(vital: Vital, value: float, expected: Level | None) -> None:
    assert level(vital, value) is expected


@given(st.floats(0, 10))
def test_dissociation_is_the_expected_effect_and_has_no_limit(score: float) -> None:
    assert level(Vital.DISSOCIATION, score) is None


@given(st.tuples(st.floats(100, 300), st.floats(100, 300)).map(sorted))
def test_a_higher_systolic_never_gives_a_lower_level(pair: list[float]) -> None:
    lower, higher = (level(Vital.SYSTOLIC, value) for value in pair)
    assert (lower.rank if lower else -1) <= (higher.rank if higher else -1)


@given(st.tuples(st.floats(40, 100), st.floats(40, 100)).map(sorted))
def test_a_lower_oxygen_saturation_never_gives_a_lower_level(pair: list[float]) -> None:
    lower, higher = (level(Vital.SPO2, value) for value in pair)
    assert (lower.rank if lower else -1) >= (higher.rank if higher else -1)


def test_a_mark_says_the_value_the_limit_and_the_difference_from_before() -> None:
    mark = assess(Reading(Vital.SYSTOLIC, 164, AT), LIMITS, {Vital.SYSTOLIC: 128})
    assert mark is not None
    assert mark.sentence == "Systolic 164, above amber 160. 36 above the value before the dose."
    assert mark.outlook == "Red from 180."
    assert mark.rule == "TH1"
    assert mark.action == "Recheck in 5 minutes. Tell the prescriber."
    assert mark.provenance.status is Status.RECALLED


def test_a_mark_without_a_value_before_the_dose_claims_no_difference() -> None:
    mark = assess(Reading(Vital.SPO2, 89, AT), LIMITS, {Vital.SYSTOLIC: 128})
    assert mark is not None
    assert mark.sentence == "SpO₂ 89, below red 90."
    assert mark.change is None
    assert mark.outlook == ""


def test_a_value_on_the_limit_is_said_to_be_at_it() -> None:
    mark = assess(Reading(Vital.DIASTOLIC, 100, AT), LIMITS, {Vital.DIASTOLIC: 100})
    assert mark is not None
    assert mark.sentence == "Diastolic 100, at amber 100. The same as before the dose."


def test_every_limit_names_its_sources_its_basis_and_an_action() -> None:
    gates = gate_limits(Drug.ESKETAMINE, Route.NASAL, "US")
    for limit in (*LIMITS.limits, *gates.limits):
        assert limit.provenance.sources
        assert limit.provenance.basis is not None
        assert limit.action or limit.level is Level.GATE
    assert len({limit.id for limit in LIMITS.limits}) == len(LIMITS.limits)


def test_a_number_from_memory_alone_is_marked_recalled() -> None:
    for limit in LIMITS.limits:
        if all(source.status is Status.RECALLED for source in limit.provenance.sources):
            assert limit.provenance.status is Status.RECALLED


def test_every_row_of_the_treatment_day_cites_sources_that_exist() -> None:
    def cited(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node.get("sources", ())
        if isinstance(node, dict | list):
            for each in node.values() if isinstance(node, dict) else node:
                yield from cited(each)

    assert set(cited(load("monitoring.yaml"))) <= set(all_sources())


# A site's own numbers


def test_a_site_may_change_a_limit_that_rests_on_practice() -> None:
    changed = LIMITS.with_values({"TH1-systolic-amber-at_least": 150})
    mark = assess(Reading(Vital.SYSTOLIC, 152, AT), changed)
    assert mark is not None
    assert mark.headline == "Systolic 152, above amber 150"
    assert level(Vital.SYSTOLIC, 152) is None


@given(st.floats(40, 300))
def test_a_limit_of_the_label_cannot_be_changed(value: float) -> None:
    gate = gate_limits(Drug.ESKETAMINE, Route.NASAL, "US")
    label = next(limit for limit in gate.limits if limit.provenance.basis is Basis.LABEL)
    assert label.is_fixed
    with pytest.raises(LimitError, match="rests on the label and cannot be changed"):
        gate.with_values({label.id: value})


def test_something_is_left_between_too_low_and_too_high() -> None:
    """Else every reading of a healthy person is red, and nobody reads marks any more."""
    low, high = sorted(
        (each for each in session_limits().of(Vital.HEART_RATE) if each.level is Level.AMBER),
        key=lambda limit: limit.value,
    )
    assert session_limits().with_values({high.id: low.value + 1})
    with pytest.raises(LimitError, match=r"would mark every value\. Was one number typed in the row of the other"):
        session_limits().with_values({high.id: low.value})


def test_red_cannot_come_before_amber() -> None:
    with pytest.raises(LimitError, match="red 155 would be reached before amber 160"):
        LIMITS.with_values({"TH1-systolic-red-at_least": 155})
    both = {"TH1-systolic-amber-at_least": 150, "TH1-systolic-red-at_least": 155}
    assert LIMITS.with_values(both).of(Vital.SYSTOLIC)
    with pytest.raises(LimitError, match="red 95 would be reached before amber 94"):
        LIMITS.with_values({"TH5-spo2-red-below": 95})


@pytest.mark.parametrize(
    ("limit_id", "value", "problem"),
    [("TH1-systolic-red-at_least", 1800, "1800 is no value"), ("TH99", 1, "no limit called TH99")],
)
def test_an_impossible_change_is_refused_with_a_sentence(limit_id: str, value: float, problem: str) -> None:
    with pytest.raises(LimitError, match=problem):
        LIMITS.with_values({limit_id: value})


# The gate before the dose


@pytest.mark.parametrize(
    ("drug", "route", "jurisdiction", "systolic", "diastolic"),
    [
        (Drug.ESKETAMINE, Route.NASAL, "US", 140, 90),
        (Drug.ESKETAMINE, Route.NASAL, "EU", 140, 90),
        (Drug.KETAMINE, Route.IV, "US", 160, 100),
    ],
)
def test_the_gate_follows_the_drug(
    drug: Drug, route: Route, jurisdiction: str, systolic: float, diastolic: float
) -> None:
    gate = gate_limits(drug, route, jurisdiction)
    assert [limit.value for limit in gate.of(Vital.SYSTOLIC)] == [systolic]
    assert [limit.value for limit in gate.of(Vital.DIASTOLIC)] == [diastolic]
    assert [limit.value for limit in gate.of(Vital.SPO2)] == [93]
    assert assess(Reading(Vital.SYSTOLIC, systolic, AT), gate) is None
    mark = assess(Reading(Vital.SYSTOLIC, systolic + 1, AT), gate)
    assert mark is not None
    assert mark.level is Level.GATE


def test_a_sites_own_gate_for_ketamine_holds_on_the_treatment_day() -> None:
    book = rule_book({"EL012": {"systolic": 150, "diastolic": 95}})
    gate = gate_limits(Drug.KETAMINE, Route.IV, "US", book)
    assert [limit.value for limit in gate.of(Vital.SYSTOLIC)] == [150]


def test_a_gate_whose_number_is_recalled_says_so() -> None:
    ketamine = gate_limits(Drug.KETAMINE, Route.IV, "US").of(Vital.SYSTOLIC)[0]
    esketamine = gate_limits(Drug.ESKETAMINE, Route.NASAL, "US").of(Vital.SYSTOLIC)[0]
    assert ketamine.provenance.status is Status.RECALLED
    assert esketamine.provenance.status is Status.SEEN


# Artefacts


def test_a_zero_from_a_monitor_is_no_signal() -> None:
    for vital in (Vital.HEART_RATE, Vital.SPO2, Vital.SYSTOLIC, Vital.RESPIRATORY_RATE):
        assert artefact(Reading(vital, 0, AT)) == "No signal: 0 from the monitor."


def test_a_zero_on_a_scale_that_begins_at_zero_is_a_value() -> None:
    assert artefact(Reading(Vital.ALERTNESS, 0, AT)) is None
    assert artefact(Reading(Vital.DISSOCIATION, 0, AT)) is None


@given(st.sampled_from(list(Vital)), st.floats(allow_nan=True, allow_infinity=True))
def test_what_no_body_can_show_is_an_artefact_and_what_it_can_is_kept(vital: Vital, value: float) -> None:
    low, high = PLAUSIBLE[vital]
    assert (artefact(Reading(vital, value, AT)) is None) == (low <= value <= high)


@given(st.integers(40, 200), st.integers(40, 200))
def test_a_systolic_not_above_its_diastolic_is_no_pressure(systolic: int, diastolic: int) -> None:
    upper = Reading(Vital.SYSTOLIC, systolic, AT)
    lower = Reading(Vital.DIASTOLIC, diastolic, AT)
    for one, other in ((upper, lower), (lower, upper)):
        assert (artefact(one, [other]) is None) == (systolic > diastolic)


def test_pressures_of_different_times_are_not_compared() -> None:
    earlier = Reading(Vital.DIASTOLIC, 120, AT - timedelta(minutes=5))
    assert artefact(Reading(Vital.SYSTOLIC, 110, AT), [earlier]) is None


def test_a_real_fall_is_never_called_an_artefact() -> None:
    before = Reading(Vital.SPO2, 98, AT - timedelta(minutes=1))
    assert artefact(Reading(Vital.SPO2, 71, AT), [before]) is None


def test_a_recorded_monitor_is_marked_where_its_signal_was_lost() -> None:
    path = files("daybreak.demonstration") / "data" / "bedside_monitor.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))

    def marked(column: str, vital: Vital) -> set[int]:
        readings = {int(row["minute"]): Reading(vital, float(row[column]), AT) for row in rows if row[column] != ""}
        return {minute for minute, reading in readings.items() if artefact(reading)}

    lost = set(range(22, 42))
    assert len(rows) == 100
    assert marked("heart_rate_per_min", Vital.HEART_RATE) == lost | {45}  # with the stray 11.5 of minute 29
    assert marked("spo2_percent", Vital.SPO2) == lost | set(range(79, 85))
    assert marked("respiratory_rate_per_min", Vital.RESPIRATORY_RATE) == lost | {45}
    assert marked("cuff_systolic_mmhg", Vital.SYSTOLIC) == set()
