"""The models against published concentrations: what they reach today must not be lost."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from daybreak.pharmacology.models import Analyte
from daybreak.pharmacology.report import print_validation
from daybreak.pharmacology.validation import Agreement, compare, report


@pytest.fixture(scope="module")
def agreements() -> dict[tuple[str, Analyte], Agreement]:
    return {(row.study, row.analyte): row for row in report()}


@pytest.mark.parametrize(
    ("study", "analyte", "ratio", "median_error_percent"),
    [
        ("Otto 2021", Analyte.S_KETAMINE, 0.91, 11),
        ("Otto 2021", Analyte.S_NORKETAMINE, 0.98, 8),
        ("Hasan 2021", Analyte.S_KETAMINE, 1.02, 6),
        ("Hasan 2021", Analyte.R_KETAMINE, 1.11, 21),
        ("Zarate 2006", Analyte.KETAMINE, 0.87, 13),
        ("Chen 2023", Analyte.S_KETAMINE, 0.82, 17),
    ],
)
def test_each_study_is_met_as_the_model_page_says(agreements, study, analyte, ratio, median_error_percent):
    found = agreements[study, analyte]
    assert found.geometric_mean_ratio == pytest.approx(ratio, abs=0.006)
    assert found.median_absolute_error_percent == pytest.approx(median_error_percent, abs=0.6)


def test_every_scored_concentration_is_met_within_a_factor_of_one_and_a_half(agreements):
    assert all(row.within_1_5_fold == row.within_2_fold == row.rows for row in agreements.values())


def test_the_nasal_model_reproduces_its_authors_own_table():
    table = [row for row in compare() if row.observation.study == "Perez-Ruixo 2021, Table 4"]
    assert len(table) == 6
    assert [row.ratio for row in table] == pytest.approx([1] * 6, abs=0.01)


def test_a_row_is_scored_or_says_why_not():
    for row in compare():
        assert row.observation.scored != bool(row.observation.why_not_scored)


def test_no_row_the_model_s_authors_computed_is_scored():
    assert not any(row.observation.scored for row in compare() if "Table 4" in row.observation.study)


def test_every_row_names_its_paper():
    assert all(row.observation.doi.startswith("10.") for row in compare())


def test_the_command_prints_every_study_and_why_rows_are_left_out():
    console = Console(file=io.StringIO(), width=80)
    print_validation(console)
    printed = console.file.getvalue()
    for word in ("Otto 2021", "Hasan 2021", "Zarate 2006", "Chen 2023", "S-norketamine", "0.91", "Rows not scored"):
        assert word in printed


def test_the_model_page_shows_what_the_command_prints(agreements):
    page = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
    for row in agreements.values():
        numbers = f"{row.geometric_mean_ratio:.2f} | {row.geometric_mean_fold_error:.2f}"
        line = f"| {row.study} | {row.analyte} | {numbers} | {row.median_absolute_error_percent:.0f} % |"
        assert line in page
