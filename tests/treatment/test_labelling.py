"""Labelled or off-label. Esketamine nasal spray has labels for two depressions; every other use is off-label."""

import itertools

import pytest

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.indications import indications
from daybreak.treatment.knowledge import load
from daybreak.treatment.labelling import Condition, Jurisdiction, Need, hold, labelling
from daybreak.treatment.sources import Basis, Status, provenance

LABELLED = {"treatment_resistant_depression", "depression_with_suicidal_ideation"}


@pytest.mark.parametrize("place", Jurisdiction)
def test_only_nasal_esketamine_for_two_depressions_is_labelled(place: Jurisdiction) -> None:
    for drug, route, wanted in itertools.product(Drug, Route, indications()):
        found = labelling(drug, route, wanted, place)
        assert found.labelled is (drug is Drug.ESKETAMINE and route is Route.NASAL and wanted in LABELLED)
        assert found.sentence.endswith(".")
        assert ("is labelled for" in found.sentence) is found.labelled
        assert bool(found.conditions) is found.labelled
        assert found.provenance.basis is Basis.LABEL


def test_ketamine_by_vein_has_no_label_for_any_depression_in_the_us() -> None:
    sentence = labelling(Drug.KETAMINE, Route.IV, "treatment_resistant_depression", Jurisdiction.US).sentence
    assert sentence.startswith("Ketamine by vein has no label for any depression in the US.")
    assert "anaesthesia" in sentence


def test_off_label_esketamine_names_what_its_label_covers() -> None:
    sentence = labelling(Drug.ESKETAMINE, Route.NASAL, "bipolar_depression", Jurisdiction.US).sentence
    assert "off-label for bipolar depression in the US" in sentence
    assert "covers treatment-resistant depression and major depression with acute suicidal ideation" in sentence


def conditions(wanted: str, place: Jurisdiction) -> str:
    found = labelling(Drug.ESKETAMINE, Route.NASAL, wanted, place).conditions
    return " ".join(condition.says for condition in found)


def test_alone_in_the_us_since_january_2025_but_with_an_ssri_or_snri_in_europe() -> None:
    assert "alone since January 2025" in conditions("treatment_resistant_depression", Jurisdiction.US)
    for place in (Jurisdiction.EU, Jurisdiction.UK):
        assert "With an SSRI or SNRI" in conditions("treatment_resistant_depression", place)


@pytest.mark.parametrize("place", Jurisdiction)
def test_with_suicidal_ideation_an_oral_antidepressant_is_always_required(place: Jurisdiction) -> None:
    said = conditions("depression_with_suicidal_ideation", place)
    assert "With an oral antidepressant" in said
    assert "does not replace admission" in said.lower()


def test_what_was_not_read_is_marked_recalled() -> None:
    uk = labelling(Drug.ESKETAMINE, Route.NASAL, "depression_with_suicidal_ideation", Jurisdiction.UK)
    elsewhere = labelling(Drug.KETAMINE, Route.IV, "ptsd", Jurisdiction.EU)
    assert uk.provenance.status is elsewhere.provenance.status is Status.RECALLED


def test_every_row_of_the_knowledge_file_has_sources_that_exist() -> None:
    knowledge = load("labelling.yaml")
    for row in (*knowledge["labelled"], *knowledge["labels_read"]):
        found = provenance(row)
        assert found.basis is Basis.LABEL
        assert len(found.sources) == len(row["sources"])
        assert found.sources or found.status is Status.RECALLED
        assert any(each.status is Status.SEEN for each in found.sources) or found.status is Status.RECALLED
    assert {row["indication"] for row in knowledge["labelled"]} == LABELLED
    assert set(knowledge["jurisdictions"]) == set(Jurisdiction)


class TestConditionsHeld:
    """A label covers a person only on its conditions; what is not known is never met."""

    @pytest.mark.parametrize(
        ("need", "medicines", "state"),
        [
            (Need.ORAL_ANTIDEPRESSANT, ("Sertraline 100 MG Oral Tablet",), State.MET),
            (Need.ORAL_ANTIDEPRESSANT, ("Mirtazapine 30 mg",), State.MET),
            (Need.SSRI_OR_SNRI, ("Venlafaxine 150 mg",), State.MET),
            (Need.SSRI_OR_SNRI, ("Mirtazapine 30 mg",), State.UNKNOWN),
            (Need.ORAL_ANTIDEPRESSANT, ("Esketamine nasal spray",), State.UNKNOWN),
            (Need.ORAL_ANTIDEPRESSANT, ("Selegiline patch 6 mg",), State.UNKNOWN),
            (Need.ORAL_ANTIDEPRESSANT, ("Lisinopril 10 mg",), State.UNKNOWN),
            (Need.ORAL_ANTIDEPRESSANT, None, State.UNKNOWN),
            (Need.ORAL_ANTIDEPRESSANT, (), State.NOT_MET),
        ],
    )
    def test_an_antidepressant(self, need: Need, medicines: tuple[str, ...] | None, state: State) -> None:
        assert hold(Condition("", need), 40, medicines).state is state

    @pytest.mark.parametrize(
        ("place", "age_years", "state"),
        [
            ("US", 17, State.NOT_MET),
            ("US", 18, State.MET),
            ("US", 65, State.MET),
            ("EU", 64, State.MET),
            ("EU", 65, State.NOT_MET),
            ("UK", None, State.UNKNOWN),
        ],
    )
    def test_the_age_of_each_label(self, place: str, age_years: int | None, state: State) -> None:
        use = labelling(Drug.ESKETAMINE, Route.NASAL, "depression_with_suicidal_ideation", Jurisdiction(place))
        (adults,) = [each for each in use.conditions if each.says.startswith("Adults")]
        assert hold(adults, age_years, None).state is state

    def test_what_nothing_here_can_answer_is_unknown(self) -> None:
        assert hold(Condition("A psychiatric emergency"), 40, ("Sertraline",)).state is State.UNKNOWN

    @pytest.mark.parametrize("place", Jurisdiction)
    def test_the_antidepressant_of_each_label_can_be_looked_up(self, place: Jurisdiction) -> None:
        found = labelling(Drug.ESKETAMINE, Route.NASAL, "depression_with_suicidal_ideation", place).conditions
        assert Need.ORAL_ANTIDEPRESSANT in [condition.need for condition in found]
