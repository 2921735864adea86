"""What the fits reach today must not be lost, and what the model page says is what the package holds."""

import io
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

from daybreak.pharmacology.calibration import report
from daybreak.pharmacology.calibration.holdout import Contrast, summarise
from tools import response_page
from tools.response_page import TABLES, filled

PAGE = response_page.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def days():
    return report.days()


def test_contrasts_of_the_testing_trials_lie_in_their_intervals():
    testing = [contrast for use, contrast in report.contrasts() if use == "testing"]
    assert len(testing) >= 7
    assert sum(contrast.covered for contrast in testing) == len(testing)


def test_with_a_trial_left_out_the_core_covers_and_does_not_lose_to_the_empirical_course():
    """The aim: 80 to 97 % of contrasts in their 90 % interval, and no worse a score than the plain time course."""
    scores = report.held_out()
    assert scores is not None, "the hold-outs are not those of the fit that ships"
    one_trial = {line["model"]: line for line in scores["one trial"]}
    assert 0.80 <= one_trial["core"]["covered"] <= 0.97
    assert one_trial["core"]["score"] <= one_trial["empirical"]["score"]


def test_single_arms_and_counts_of_responders_are_met_as_the_page_says():
    arms, counts = report.arms(), report.responders()
    assert np.mean([row.inside for row in arms]) > 0.85
    assert f"{sum(row.inside for row in counts)} of {len(counts)} counts inside" in PAGE


def test_the_treatment_day_is_met_as_the_page_says(days):
    assert f"{sum(row.inside for row in days)} of {len(days)} rows inside" in PAGE
    assert all(row.inside for row in days if row.use == "tuning")


def test_peaks_of_pressure_and_dissociation_are_met_in_size(days):
    """Every tuning row of a peak within 30 %; a pool of other studies' pulse apart."""
    peaks = [row for row in days if row.use == "tuning" and ("highest" in row.what or "CADSS, mean" in row.what)]
    assert len(peaks) >= 10
    assert all(0.7 < row.predicted / row.observed < 1.3 for row in peaks)


def test_the_tables_of_the_page_are_those_the_data_make():
    """If this fails: python tools/response_page.py"""
    assert [name for name in TABLES if f"<!-- table: {name} -->" not in PAGE] == []
    assert filled(PAGE) == PAGE


def test_the_command_prints_every_trial_and_what_waits():
    console = Console(file=io.StringIO(), width=140)
    report.print_effects_validation(console)
    printed = console.file.getvalue()
    for word in ("TRANSFORM-2", "Lii 2023", "Takahashi 2021", "CADSS", "testing", "of the rest", "Not predicted"):
        assert word in printed


def test_the_score_is_proper_in_that_too_narrow_and_too_wide_both_cost():
    """Of a standard normal observation, the score is least in the mean where the spread is one."""
    observed = np.random.default_rng(1).normal(size=4000)

    def mean_score(spread):
        return np.mean([Contrast("", "", "", "", 0, value, 0, spread).score for value in observed])

    assert mean_score(1.0) < min(mean_score(0.5), mean_score(2.0))


def test_a_trial_with_many_contrasts_counts_once():
    many = [Contrast("m", "one", "", "", 0, 0.0, 0.0, 1.0)] * 9 + [Contrast("m", "other", "", "", 0, 1.0, 0.0, 1.0)]
    (line,) = summarise(many)
    assert line.bias == pytest.approx(-0.5)


def test_what_a_server_loads_needs_no_scipy():
    code = (
        "import sys; import daybreak.pharmacology.response.course, daybreak.pharmacology.safety.day, "
        "daybreak.pharmacology.response.pain, daybreak.pharmacology.mechanism.chain, "
        "daybreak.pharmacology.calibration.report; sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
