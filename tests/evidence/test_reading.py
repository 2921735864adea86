"""A row that cannot be is refused with its line, field and reason; the rest loads."""

import csv
import io

import pytest

from daybreak.evidence import data
from daybreak.evidence.contradictions import told_before
from daybreak.evidence.dataset import dataset, read
from daybreak.evidence.questions import Question, answer
from daybreak.evidence.reading import read_arms, read_trials
from daybreak.evidence.rows import to_csv
from daybreak.treatment.sources import Status

TABLES = {name: data.text(f"{name}.csv") for name in ("trials", "arms", "results")}

READERS = {"trials": read_trials, "arms": lambda text: read_arms(text, dataset().trials.values())}


def changed(row_id, **cells):
    """The shipped results with cells of one row changed, read again."""
    rows = list(csv.DictReader(io.StringIO(TABLES["results"])))
    (row,) = (row for row in rows if row["id"] == row_id)
    row |= cells
    written = io.StringIO()
    writer = csv.DictWriter(written, fieldnames=list(row))
    writer.writeheader()
    writer.writerows(rows)
    return read(**(TABLES | {"results": written.getvalue()}), date="2026-01-01")


@pytest.mark.parametrize(
    ("row_id", "cells", "field", "reason"),
    [
        ("r001", {"sd": "-3"}, "sd", "not above 0"),
        ("r001", {"sd": "wide"}, "sd", "no number"),
        ("r001", {"mean": "nan"}, "mean", "finite"),
        ("r001", {"n": "0"}, "n", "below 1"),
        ("r001", {"n": "11.5"}, "n", "whole number"),
        ("r001", {"mean": "-75"}, "mean", "larger than MADRS"),
        ("r072", {"mean": "61"}, "mean", "not on MADRS"),
        ("r001", {"scale": "MADRAS"}, "scale", "not known"),
        ("r001", {"scale": ""}, "scale", "needs its scale"),
        ("r001", {"outcome": "joy"}, "outcome", "not known"),
        ("r001", {"arm": "esk57"}, "arm", "has no arm"),
        ("r001", {"better": "higher"}, "better", "contradicts madrs"),
        ("r002", {"better": "fewer"}, "better", "contradicts"),
        ("r002", {"events": "112"}, "events", "112 events in 111 people"),
        ("r002", {"events": "70"}, "percent", "is not 70 of 111"),
        ("r002", {"kind": "change"}, "kind", "does not fit"),
        ("r001", {"contrast_low": "3"}, "contrast_low", "runs from 3 down to"),
        ("r001", {"contrast": "-9"}, "contrast", "outside its own interval"),
        ("r001", {"contrast": "4.1", "contrast_low": "0.49", "contrast_high": "7.67"}, "contrast", "other sign"),
        ("r225", {"contrast": "-0.49", "contrast_low": "-0.84", "contrast_high": "-0.29"}, "contrast", "above zero"),
        ("r001", {"status": "believed"}, "status", "none of seen, recalled"),
        ("r001", {"source": ""}, "source", "names where"),
        ("r001", {"time_h": "-2"}, "time_h", "below 0"),
        ("r001", {"n": "1e20"}, "n", "above 1,000,000"),
        ("r002", {"events": "1000001", "n": "", "percent": ""}, "events", "above 1,000,000"),
        ("r001", {"time_h": "1e300"}, "time_h", "above 438,300"),
        ("r072", {"sd": "31"}, "sd", "larger than MADRS (0 to 60) allows, 30.1"),
        ("r001", {"sd": "61"}, "sd", "larger than MADRS (0 to 60) allows"),
        ("r001", {"sd": "", "se": "6"}, "se", "larger than MADRS (0 to 60) allows"),
        ("r001", {"id": "r002"}, "id", "stands twice"),
        ("r001", {"id": ""}, "id", "empty"),
        ("r001", {"n": "1_11"}, "n", "no number"),
        ("r001", {"sd": "１２"}, "sd", "no number"),
        ("r001", {"p": "2"}, "p", "between 0 and 1"),
        ("r001", {"p": "<5"}, "p", "between 0 and 1"),
        ("r001", {"contrast_se": "9"}, "contrast_se", "not about 2"),
        ("r001", {"overlaps": "popova-2091"}, "overlaps", "no other trial"),
        ("r001", {"overlaps": "fedgchin-2019"}, "overlaps", "no other trial"),
        ("r001", {"note": "bell \x07"}, "note", "cannot be seen"),
        ("r001", {"note": "turned \u202e round"}, "note", "cannot be seen"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_the_rest_loads(row_id, cells, field, reason):
    found = changed(row_id, **cells)
    (refused,) = found.refused
    assert refused.field == field
    assert reason in refused.reason
    assert refused.line > 1
    assert len(found.results) == len(dataset().results) - 1


@pytest.mark.parametrize(
    ("table", "cells", "field", "reason"),
    [
        ("trials", {"year": "3000"}, "year", "above 2,100"),
        ("trials", {"doi": "javascript:alert(1)"}, "doi", "looks like 10."),
        ("trials", {"pmid": "PMC123"}, "pmid", "looks like"),
        ("trials", {"label": "x" * 81}, "label", "80 at most"),
        ("arms", {"against": "esk56-oralad"}, "against", "with itself"),
        ("arms", {"route": "eye"}, "route", "not known"),
        ("arms", {"dose": "-5"}, "dose", "begins with a number"),
        ("arms", {"dose": "much"}, "dose", "begins with a number"),
        ("arms", {"dose_unit": "stone"}, "dose_unit", "not known"),
        ("arms", {"drug": "<script>"}, "drug", "is no drug"),
        ("arms", {"drug": ""}, "drug", "is no drug"),
    ],
)
def test_a_trial_or_an_arm_that_cannot_be_is_refused(table, cells, field, reason):
    rows = list(csv.DictReader(io.StringIO(TABLES[table])))
    refused = READERS[table](to_csv([rows[0] | cells, *rows[1:]]))[1]
    assert [(row.line, row.field) for row in refused] == [(2, field)]
    assert reason in refused[0].reason


def test_what_is_said_twice_of_the_same_people_is_refused_so_that_nobody_counts_twice():
    rows = list(csv.DictReader(io.StringIO(TABLES["results"])))
    again = next(row for row in rows if row["id"] == "r016") | {"id": "again", "mean": "-40", "contrast": ""}
    (refused,) = read(**(TABLES | {"results": to_csv([*rows, again])}), date="2026-01-01").refused
    assert (refused.id, refused.field) == ("again", "outcome_words")
    assert "r016 says this of the same people already" in refused.reason


def test_a_trial_measured_twice_at_unprinted_times_counts_its_people_once():
    """Schwartzman 2009: 9 people got ketamine and 10 saline; two later measures of the same are no second arm."""
    found = answer(dataset(), Question(indication="complex_regional_pain_syndrome", outcome="pain"))
    assert {each.trial.label: each.people for each in found.comparisons}["Schwartzman 2009"] == 19


def test_a_table_without_a_column_is_not_read_at_all():
    with pytest.raises(ValueError, match=r"results\.csv lacks the column id"):
        read(**(TABLES | {"results": TABLES["results"].replace("id,", "number,", 1)}), date="2026-01-01")


def test_a_row_with_a_cell_too_many_is_refused():
    lines = TABLES["results"].splitlines()
    lines[1] += ",more"
    (refused,) = read(**(TABLES | {"results": "\n".join(lines)}), date="2026-01-01").refused
    assert "more or fewer cells" in refused.reason


def test_everything_the_project_ships_is_taken():
    assert dataset().refused == ()
    assert len(dataset().results) >= 788
    assert len(dataset().trials) >= 112


def test_the_version_is_the_day_and_what_the_files_hold():
    ours = dataset().version
    assert ours.startswith(str(data.load("about.yaml")["date"]))
    assert changed("r001").version != changed("r001", n="110").version


def test_every_seen_row_says_where_and_recalled_rows_are_marked():
    rows = dataset().results
    assert all(row.source for row in rows if row.status is Status.SEEN)
    assert any(row.status is Status.RECALLED for row in rows)


def test_every_active_arm_of_a_controlled_trial_knows_what_it_is_compared_with():
    found = dataset()
    for arm in found.arms.values():
        controls = [other for other in found.arms_of(arm.trial) if other.role == "control"]
        if arm.role == "active" and controls:
            assert (arm.trial, arm.against) in found.arms
            assert found.arms[arm.trial, arm.against].role == "control"


def test_no_report_is_two_trials():
    assert list(told_before(dataset().trials.values())) == []


def test_overlaps_name_trials_that_are_here():
    found = dataset()
    assert {name for row in found.results for name in row.overlaps} <= set(found.trials)
