"""Rows that leave the house run nothing in a spreadsheet and keep every number."""

import csv
import io

import pytest

from daybreak.evidence.dataset import dataset
from daybreak.evidence.exporting import answer_as_csv
from daybreak.evidence.questions import Question, answer
from daybreak.evidence.rows import blank_row, harmless, tables, to_csv, write


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd|x", "@sum", "\t=1", "\r=1", "\n=1", "=HYPERLINK(0)"])
def test_a_cell_that_would_run_is_made_words(cell):
    assert harmless(cell) == f"'{cell}"
    (read,) = csv.DictReader(io.StringIO(to_csv([{"a": cell}]), newline=""))
    assert read["a"].startswith("'")


@pytest.mark.parametrize("cell", ["-4.1", "+3", "-1e-5", "", "ketamine", "2026-11-27"])
def test_numbers_and_words_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_what_stays_inside_the_house_is_kept_to_the_letter():
    (read,) = csv.DictReader(io.StringIO(write([{"a": "=1+1", "b": 'a "quoted", word'}])))
    assert read == {"a": "=1+1", "b": 'a "quoted", word'}


def test_an_empty_row_has_every_column_of_its_table():
    for name, rows in tables(dataset()).items():
        assert blank_row(name) == dict.fromkeys(rows[0], "")


def test_an_answer_goes_out_with_every_trial():
    found = answer(
        dataset(), Question(indication="treatment_resistant_depression", outcome="depression", drug="esketamine")
    )
    rows = list(csv.DictReader(io.StringIO(answer_as_csv(found))))
    assert [row["trial"] for row in rows] == [each.trial.label for each in found.comparisons]
    assert all(float(row["low"]) <= float(row["estimate"]) <= float(row["high"]) for row in rows)
