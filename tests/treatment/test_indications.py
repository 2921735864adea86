"""Indications: what is treated, by which instrument it is followed, and which codes may stand for it."""

import pytest

from daybreak.treatment.indications import IndicationError, indication, indications, indications_for_code
from daybreak.treatment.instruments import instrument
from daybreak.treatment.sources import Status


@pytest.mark.parametrize("identifier", list(indications()))
def test_every_indication_is_followed_by_an_instrument_on_file(identifier: str) -> None:
    followed_by = indication(identifier).instrument
    assert followed_by is None or instrument(followed_by).id == followed_by


@pytest.mark.parametrize(
    ("identifier", "followed_by"),
    [
        ("treatment_resistant_depression", "PHQ9"),
        ("ptsd", "PCL5"),
        ("generalised_anxiety", "GAD7"),
        ("fibromyalgia", "PEG"),
        ("neuropathic_pain", "PEG"),
        ("alcohol_use_disorder", "AUDITC"),
        ("ocd", None),
    ],
)
def test_the_primary_instrument(identifier: str, followed_by: str | None) -> None:
    assert indication(identifier).instrument == followed_by


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("F33.2", {"treatment_resistant_depression", "depression_with_suicidal_ideation", "major_depression"}),
        ("F33.41", {"treatment_resistant_depression", "depression_with_suicidal_ideation", "major_depression"}),
        ("F31.81", {"bipolar_depression"}),
        ("F43.12", {"ptsd"}),
        ("M79.7", {"fibromyalgia"}),
        ("G90.52", {"complex_regional_pain_syndrome"}),
        ("203082005", {"fibromyalgia"}),
        ("F20.9", set()),
    ],
)
def test_a_code_names_the_indications_it_may_stand_for(code: str, expected: set[str]) -> None:
    assert {found.id for found in indications_for_code(code)} == expected


def test_every_code_shipped_was_seen_and_has_a_source() -> None:
    for found in indications().values():
        for codes in (*found.icd10cm, *found.snomed):
            assert codes.provenance.status is Status.SEEN
            assert codes.provenance.sources


def test_pain_is_told_from_the_rest() -> None:
    assert {found.id for found in indications().values() if found.is_pain} == {
        "fibromyalgia",
        "neuropathic_pain",
        "complex_regional_pain_syndrome",
        "chronic_pain",
    }


def test_an_unknown_indication_is_refused_with_the_known_ones() -> None:
    with pytest.raises(IndicationError, match=r"'migraine' is not an indication here\. Choose one of treatment_"):
        indication("migraine")
