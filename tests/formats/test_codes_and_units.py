"""The code lists and the units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.formats.codes import ICD_10_CM, SNOMED_CT, meaning, score_codes, vital_codes
from daybreak.formats.units import convert
from daybreak.treatment.instruments import all_instruments
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Status, all_sources
from daybreak.treatment.vitals import UNITS, Vital

LISTS = [name for name, rows in load("codes.yaml").items() if isinstance(rows, list)]


@pytest.mark.parametrize("name", LISTS)
def test_every_code_has_a_status_and_sources_that_exist(name):
    for row in load("codes.yaml")[name]:
        assert Status(row["status"])
        assert row["sources"], row
        assert set(row["sources"]) <= set(all_sources()), row


@pytest.mark.parametrize("name", LISTS)
def test_no_code_is_listed_twice(name):
    codes = [row.get("code", row.get("from")) for row in load("codes.yaml")[name]]
    assert len(codes) == len(set(codes))


def luhn_digit(digits: str) -> int:
    """The mod 10 check digit, used by LOINC."""
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))]
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10


@pytest.mark.parametrize("name", [name for name in LISTS if name.startswith("loinc")])
def test_every_loinc_code_carries_its_check_digit(name):
    for row in load("codes.yaml")[name]:
        number, _, check = row["code"].partition("-")
        assert luhn_digit(number) == int(check), row["code"]


VERHOEFF_PRODUCT = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
VERHOEFF_SHUFFLE = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def verhoeff(digits: str) -> int:
    """Zero for a number with a sound Verhoeff check digit (dihedral group D5), used by SNOMED CT."""
    check = 0
    for place, letter in enumerate(reversed(digits)):
        digit = int(letter)
        for _ in range(place % 8):
            digit = VERHOEFF_SHUFFLE[digit]
        check = VERHOEFF_PRODUCT[check][digit]
    return check


@pytest.mark.parametrize("name", [name for name in LISTS if name.startswith("snomed")])
def test_every_snomed_ct_code_carries_its_check_digit(name):
    for row in load("codes.yaml")[name]:
        assert verhoeff(row["code"]) == 0, row["code"]


def test_snomed_ct_descriptions_are_not_shipped():
    rows = load("codes.yaml")["snomed_diagnoses"] + load("codes.yaml")["snomed_no_known_allergy"]
    assert not [row for row in rows if {"name", "display"} & set(row) or "(" in row["means"]]


def test_what_codes_mean_here():
    assert vital_codes()["8480-6"] is Vital.SYSTOLIC
    assert score_codes()["44261-6"].instrument == "PHQ9"
    assert meaning(SNOMED_CT, "370143000").means == "major depression"
    assert meaning(ICD_10_CM, "F33.41").means == "recurrent major depression"
    assert meaning(ICD_10_CM, "F34.1") is None
    assert meaning("urn:other", "370143000") is None
    assert meaning(SNOMED_CT, "128609009").rule == "EL001"


def test_a_total_belongs_to_one_instrument_only():
    assert not {row["code"] for row in load("codes.yaml")["loinc_scores"]} & {
        each.codes.total for each in all_instruments().values()
    }
    for code, score in score_codes().items():
        number, _, check = code.partition("-")
        assert luhn_digit(number) == int(check)
        assert score.lowest < score.highest


@pytest.mark.parametrize(
    ("vital", "value", "unit", "expected"),
    [
        (Vital.WEIGHT, 1.0, "lb", 0.45359237),
        (Vital.WEIGHT, 70_000, "g", 70.0),
        (Vital.HEIGHT, 1.0, "in", 2.54),
        (Vital.HEIGHT, 1.8, "m", 180.0),
        (Vital.HEIGHT, 6.0, "[ft_i]", 182.88),
        (Vital.SYSTOLIC, 16.0, "kPa", 120.01),
        (Vital.TEMPERATURE, 98.6, "[degF]", 37.0),
        (Vital.TEMPERATURE, 212.0, "°F", 100.0),
        (Vital.SPO2, 0.97, "1", 97.0),
        (Vital.HEART_RATE, 72, "bpm", 72),
    ],
)
def test_published_factors(vital, value, unit, expected):
    assert convert(vital, value, unit) == pytest.approx(expected, rel=1e-4)


@given(st.sampled_from(list(Vital)), st.floats(0.1, 500))
def test_a_value_in_its_own_unit_stays(vital, value):
    assert convert(vital, value, UNITS[vital]) == value


@pytest.mark.parametrize(("vital", "unit"), [(Vital.WEIGHT, "cm"), (Vital.SPO2, "mm[Hg]"), (Vital.SYSTOLIC, "")])
def test_a_unit_of_something_else_is_not_converted(vital, unit):
    assert convert(vital, 1.0, unit) is None
