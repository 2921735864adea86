"""The models against published values: what they reach today must not be lost, and what they miss is said."""

import io
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from daybreak.pharmacology import validation
from daybreak.pharmacology.kinetics import Matrix, Prediction
from daybreak.pharmacology.report import print_validation
from daybreak.pharmacology.validation import (
    DIRECT,
    FOUND_LATER,
    LATER_DIRECT,
    Comparison,
    aims,
    compare,
    compare_one,
    doses_of,
    lost,
    observations,
)

TABLE_4 = [row for row in observations() if row.study == "Perez-Ruixo 2021, Table 4"]


def test_directly_reported_venous_ketamine_and_norketamine_meet_the_aim():
    """All within twofold, four of five within 1.5-fold, geometric mean fold error under 1.25."""
    found = aims()[DIRECT]
    assert found.within_2_fold == found.rows
    assert found.within_1_5_fold >= 0.8 * found.rows
    assert found.fold_error < 1.25


def far_from(substance, fold, use=("tuning", "testing")):
    return {
        (row.observation.study, row.observation.words)
        for row in compare()
        if row.observation.use in use
        if row.observation.analyte.split("-")[-1] == substance and abs(math.log(row.ratio)) > math.log(fold)
    }


def test_hydroxynorketamine_is_within_threefold_but_after_a_prolonged_release_tablet():
    """Hasan 2021 found over four times as much beside ketamine after a tablet as is predicted: a known failure."""
    assert far_from("hydroxynorketamine", 3) == {("Hasan 2021", "ketamine 40 mg oral prolonged release")}


def test_hydroxynorketamine_s_doubt_covers_what_was_measured():
    found = [row for row in compare() if row.observation.analyte.endswith("hydroxynorketamine")]
    assert all(row.inside for row in found)


def test_what_was_found_after_the_fit_misses_twofold_only_for_norketamine_after_small_prolonged_release_tablets():
    """Never fitted to: what it says of the aim stands in the page, met or not."""
    later = aims()[LATER_DIRECT]
    assert (later.rows - later.within_2_fold, later.within_3_fold) == (2, later.rows)
    assert far_from("ketamine", 2, (FOUND_LATER,)) == set()
    assert far_from("norketamine", 2, (FOUND_LATER,)) == {
        ("Abstract before Hasan 2021", f"ketamine {dose} mg oral prolonged release") for dose in (10, 20)
    }


def test_nothing_reached_before_is_lost():
    assert lost() == ()


def test_a_worse_agreement_is_said(monkeypatch):
    real = validation.agreements

    def worse(key):
        return {name: replace_fold(found) for name, found in real(key).items()}

    def replace_fold(found):
        return type(found)(**{**{slot: getattr(found, slot) for slot in found.__slots__}, "fold_error": 99.0})

    monkeypatch.setattr(validation, "agreements", worse)
    assert any("the fold error is 99.000" in sentence for sentence in lost())


@pytest.mark.parametrize("row", TABLE_4, ids=lambda row: f"{row.words} {row.analyte} {row.quantity}")
def test_the_nasal_model_reproduces_its_authors_own_table(row):
    """All ages and ancestries; but for the area of norketamine, on which the paper's tables disagree."""
    row = at_the_age_of_its_group(row)
    asked = Prediction.of(doses_of(row.words)[0], row.body, row.times_h)
    found = row.of(asked.for_people(np.zeros((1, asked.model.parameters.random_effects)), row.times_h))[0]
    if row.analyte == "S-norketamine" and row.quantity == "area":
        assert 1.2 < found / row.value < 1.65
    else:
        assert found == pytest.approx(row.value, rel=0.05)


def at_the_age_of_its_group(row):
    """The paper prints groups, not ages; 68 years stands for those above 60."""
    age = 68 if "> 60" in row.population else 45
    return replace(row, body=replace(row.body, age_years=age))


def test_no_row_the_model_s_authors_computed_is_scored():
    assert not any("Table 4" in row.observation.study for row in compare())


def test_the_score_rewards_a_sure_hit_and_punishes_a_sure_miss():
    """The closed form of a normal distribution against a sum over its definition."""
    row = compare()[0].observation
    for ratio, log_sd in ((1.0, 0.1), (2.0, 0.1), (2.0, 1.0), (0.7, 0.4)):
        grid = np.linspace(-8, 8, 160_001)
        below = 0.5 * (1 + np.vectorize(math.erf)((grid - math.log(ratio)) / log_sd / math.sqrt(2)))
        expected = np.trapezoid((below - (grid >= 0)) ** 2, grid)
        assert Comparison(row, "", ratio * row.value, log_sd).crps == pytest.approx(expected, rel=1e-3)


def test_an_arterial_row_is_predicted_arterial():
    row = next(row for row in observations() if row.study == "Kamp 2020" and row.analyte == "S-ketamine")
    assert row.matrix == "arterial"
    asked = Prediction.of(doses_of(row.words)[0], row.body, row.times_h, matrix=Matrix.VENOUS)
    venous = row.of(asked.for_people(np.zeros((1, asked.model.parameters.random_effects)), row.times_h))[0]
    assert compare_one(row).predicted > venous


def test_the_command_prints_every_study_the_aims_and_why_rows_are_left_out():
    console = Console(file=io.StringIO(), width=160)
    assert print_validation(console)
    printed = console.file.getvalue()
    for row in observations():
        assert row.study in printed
    rows = printed.partition("Every row")[2].partition("Use: whether")[0]
    assert len(re.findall(r" to \d\S* *$", rows, re.MULTILINE)) == sum(row.eligible for row in observations())
    for word in (DIRECT, "testing", "tuning", "arterial", "Rows not scored", "Missed by more than a factor of two"):
        assert word in printed
