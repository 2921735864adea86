"""docs/evidence.md says what the files hold and what the programs compute."""

import csv
import io
import re

import pytest

from daybreak.evidence import data
from daybreak.evidence.coverage import coverage, settings
from daybreak.evidence.dataset import dataset
from daybreak.evidence.heterogeneity import Tau2Method
from daybreak.evidence.pooling import Interval, Method
from daybreak.evidence.published import beside
from tests.harness.commands import ROOT

DOCS = (ROOT / "docs" / "evidence.md").read_text()
SIMULATIONS, SEED = 10_000, 1  # as the page says


def table(first_heading):
    """The rows of the table whose first heading this is, as lists of cells."""
    lines = DOCS[DOCS.index(f"| {first_heading} |") :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|---")]


@pytest.mark.parametrize("name", ["trials", "arms", "results"])
def test_every_column_is_documented(name):
    columns = next(csv.reader(io.StringIO(data.text(f"{name}.csv"))))
    words = set(re.findall(r"[a-z_0-9]+", DOCS))
    assert set(columns) <= words


def test_the_coverage_table_is_what_the_simulation_gives():
    heads, *rows = table("trials")
    named = {
        "REML Wald": Method(interval=Interval.WALD),
        "REML HK": Method(interval=Interval.HARTUNG_KNAPP),
        "REML HK floor": Method(),
        "PM HK floor": Method(tau2=Tau2Method.PAULE_MANDEL),
        "DL Wald": Method(tau2=Tau2Method.DERSIMONIAN_LAIRD, interval=Interval.WALD),
        "DL HK floor": Method(tau2=Tau2Method.DERSIMONIAN_LAIRD),
    }
    found = {
        (row.setting, row.method): f"{100 * row.held:.1f}"
        for row in coverage(settings(), simulations=SIMULATIONS, seed=SEED, by=named.values())
    }
    assert heads[3:] == list(named)
    for setting, row in zip(settings(), rows, strict=True):
        sizes = "one 10 times" if setting.one_large else "equal"
        assert row[:3] == [f"{setting.k}", f"{100 * setting.i2:.0f} %", sizes]
        assert row[3:] == [found[setting, method] for method in named.values()]


def test_the_published_results_beside_ours_are_what_is_computed_now():
    rows = table("published")[1:]
    for row, now in zip(rows, beside(dataset()), strict=True):
        assert row[0].startswith(now.published.id)
        ours = "not pooled" if now.ours is None else f"{now.ours[0]:.2f} ({now.ours[1]:.2f} to {now.ours[2]:.2f})"
        assert row[3].startswith(f"{ours}, {len(now.answer.comparisons)} trial")
        assert row[4] == now.reason


def test_the_number_of_trials_is_the_one_said():
    assert f"{len(dataset().trials)} trials, and few numbers" in DOCS
