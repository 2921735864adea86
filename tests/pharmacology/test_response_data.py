"""The published courses and treatment days: what may be used was decided before anything was fitted."""

import hashlib
from importlib.resources import files

import pytest

from daybreak.pharmacology.response.trials import Quantity, Use, eligible, trial_rows
from daybreak.pharmacology.safety import observations

FROZEN = {
    "response.csv": "2a28ac16d70bfe03433470b87a89dffbe6add53e7566208de5bfe85b13c3986e",
    "safety.csv": "d48b97895d37d5d3c17336b5000e2db414706c27c2b3e6fc94f788d6beba4be2",
}


@pytest.mark.parametrize("name", FROZEN)
def test_the_data_are_those_frozen_before_the_first_fit(name):
    content = files("daybreak.pharmacology.observed").joinpath(name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == FROZEN[name]


def test_a_row_is_eligible_or_says_why_not():
    for row in (*trial_rows(), *observations.safety_rows()):
        assert row.eligible != bool(row.why_not_eligible)
        assert row.eligible == bool(row.use)


def test_no_recalled_number_is_eligible():
    assert not [
        row for row in (*trial_rows(), *observations.safety_rows()) if row.eligible and row.status == "recalled"
    ]


def test_a_trial_is_for_tuning_or_for_testing_never_for_both():
    uses = {(row.arm.trial, row.use) for row in trial_rows() if row.eligible}
    assert len(uses) == len({trial for trial, _ in uses})


def test_every_programme_with_two_trials_of_depression_or_more_keeps_one_for_testing():
    programmes = {row.arm.programme for row in eligible()}
    for programme in programmes:
        trials = {row.arm.trial: row.use for row in eligible() if row.arm.programme == programme}
        assert (Use.TESTING in trials.values()) == (len(trials) > 1)


def test_an_eligible_mean_has_a_time_and_an_error_and_a_count_its_people():
    for row in eligible():
        assert row.time_h is not None
        if row.quantity in (Quantity.MEAN_CHANGE, Quantity.DIFFERENCE):
            assert row.value is not None
            assert row.error is not None
            assert row.error > 0
        else:
            assert row.events is not None
            assert row.people is not None
            assert 0 <= row.events <= row.people


def test_the_difference_of_synapse_s_arms_is_the_one_its_paper_prints():
    at_24_h = {
        row.arm.name: row.value for row in eligible() if row.arm.trial.startswith("SYNAPSE") and row.time_h == 24
    }
    differences = [at_24_h[f"esketamine {mg} mg"] - at_24_h["placebo"] for mg in (28, 56, 84)]
    assert differences == pytest.approx([-9.1, -10.0, -10.7])


def test_day_28_of_the_sprays_trials_is_27_days_after_the_first_dose():
    assert {row.time_h for row in eligible() if row.arm.trial.startswith("TRANSFORM-1")} == {27 * 24}
