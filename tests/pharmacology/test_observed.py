"""The frozen list of published values: what may be scored, what may be tuned on, and why a row is left out."""

import csv
from importlib.resources import files

import pytest

ROWS = list(
    csv.DictReader(
        files("daybreak.pharmacology.observed").joinpath("published.csv").read_text(encoding="utf-8").splitlines()
    )
)
ELIGIBLE = [row for row in ROWS if row["eligible"] == "yes"]


def test_a_row_is_eligible_or_says_why_not():
    for row in ROWS:
        assert (row["eligible"] == "yes") != bool(row["reason"])
        assert row["use"] in (("tuning", "testing", "found later") if row["eligible"] == "yes" else ("none",))


def test_the_list_is_the_one_frozen_before_tuning():
    """Rows may be added with their reason; taking one of these away or moving it is a decision to argue."""
    assert sum(row["use"] == "tuning" for row in ROWS) == 136
    assert sum(row["use"] == "testing" for row in ROWS) == 36


def test_what_was_found_after_the_fit_stands_apart_and_was_not_fitted_to():
    later = [row for row in ROWS if row["use"] == "found later"]
    assert later
    assert all("found after the fit" in row["note"] for row in later)
    assert {row["study"] for row in later}.isdisjoint(
        row["study"] for row in ROWS if row["use"] in ("tuning", "testing")
    )


@pytest.mark.parametrize("row", ELIGIBLE, ids=lambda row: f"{row['study']} {row['analyte']} {row['value']}")
def test_an_eligible_row_says_what_is_needed_to_predict_it(row):
    assert float(row["value"]) > 0
    assert row["regimen"]
    assert row["url"]
    assert row["matrix"] in ("venous", "arterial", "unknown")
    assert row["reported"] in ("directly", "from a figure")
    assert bool(row["time_min"]) == (row["quantity"] == "concentration")
    assert bool(row["window_h"]) == row["quantity"].startswith("area")


def test_nothing_a_model_computed_or_anyone_remembered_is_eligible():
    assert all(row["reported"] != "computed by a model" and row["status"] == "seen" for row in ELIGIBLE)
