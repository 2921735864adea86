"""For one decision: at most three lines, the comparator and time in each, and what is missing."""

import pytest

from daybreak.evidence.dataset import dataset
from daybreak.evidence.decision import for_decision
from daybreak.evidence.questions import State
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.indications import IndicationError, indications
from tests.evidence.trialsmith import Smith


@pytest.mark.parametrize("indication", indications())
def test_every_decision_a_plan_can_hold_gets_an_answer_that_says_its_version_and_limits(indication):
    data = dataset()
    for drug in Drug:
        for route in Route:
            found = for_decision(data, indication, drug, route)
            assert len(found.lines) <= 3
            assert found.version == data.version
            assert found.lines or found.missing
            for line in found.lines:
                assert line.answer.comparisons
                assert line.judgement.certainty.words in line.words
                assert "against" in line.words
                if line.answer.state is not State.POOLED:
                    assert "not pooled" in line.words or "not enough to pool" in line.words


def test_nasal_esketamine_for_resistant_depression_speaks_of_a_day_of_weeks_and_of_another_drug():
    found = for_decision(dataset(), "treatment_resistant_depression", "esketamine", "nasal")
    soon, later, other = found.lines
    assert "24 h" in soon.words
    assert "4 weeks" in later.words
    assert "quetiapine" in other.words
    assert later.answer.state is State.POOLED


def test_a_near_indication_is_used_only_where_this_one_has_nothing_and_is_named():
    smith = Smith().simple("t", indication="major_depression")
    (line,) = for_decision(smith.read(), "treatment_resistant_depression", "ketamine", "iv").lines
    assert line.near
    assert "From trials of major depression" in line.words
    smith.simple("own")
    (line,) = for_decision(smith.read(), "treatment_resistant_depression", "ketamine", "iv").lines
    assert not line.near
    assert [c.trial.id for c in line.answer.comparisons] == ["own"]


def test_a_dose_no_trial_gave_takes_every_dose_and_says_so():
    smith = Smith().simple("t")
    smith.arms[-1].update(dose="0.5", dose_unit="mg/kg")
    data = smith.read()
    (line,) = for_decision(data, "treatment_resistant_depression", "ketamine", "iv", dose=0.5, dose_unit="mg/kg").lines
    assert not line.every_dose
    (line,) = for_decision(data, "treatment_resistant_depression", "ketamine", "iv", dose=1.0, dose_unit="mg/kg").lines
    assert "No trial gave this dose" in line.words


def test_an_unknown_indication_is_refused():
    with pytest.raises(IndicationError):
        for_decision(dataset(), "sadness", "ketamine", "iv")
