"""What leaves the house can be read by other programs, states its version, and runs nothing in a spreadsheet."""

import csv
import io
import json

import pytest

from daybreak.evidence.dataset import dataset
from daybreak.evidence.export import answer_as_csv, answer_as_json, as_ris, data_as_json
from daybreak.evidence.questions import Question, answer
from daybreak.evidence.rows import harmless, to_csv

DATA = dataset()
SPRAY = answer(
    DATA,
    Question(
        indication="treatment_resistant_depression", outcome="depression", drug="esketamine", route="nasal", time="4wk"
    ),
)
NOBODY = answer(DATA, Question(indication="ocd", outcome="pain"))


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd|x", "@sum", "\t=1", "\r=1", "\n=1", "=HYPERLINK(0)"])
def test_a_cell_that_would_run_is_made_words(cell):
    assert harmless(cell) == f"'{cell}"
    (read,) = csv.DictReader(io.StringIO(to_csv([{"a": cell}]), newline=""))
    assert read["a"].startswith("'")


@pytest.mark.parametrize("cell", ["-4.1", "+3", "-1e-5", "", "ketamine", "2026-11-27"])
def test_numbers_and_words_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_a_table_of_an_answer_has_a_line_for_each_trial_and_one_for_all():
    rows = list(csv.DictReader(io.StringIO(answer_as_csv(SPRAY))))
    assert [row["trial"] for row in rows] == [each.trial.id for each in SPRAY.comparisons] + ["pooled"]
    assert float(rows[-1]["estimate"]) == pytest.approx(SPRAY.pooled.estimate)
    assert {row["data"] for row in rows} == {DATA.version}
    assert sum(float(row["weight_percent"]) for row in rows[:-1]) == pytest.approx(100)


def test_an_answer_without_a_trial_is_an_empty_table_and_valid_json():
    assert answer_as_csv(NOBODY) == ""
    told = json.loads(answer_as_json(NOBODY))
    assert (told["pooled"], told["certainty"], told["trials"]) == (None, None, [])


def test_json_of_an_answer_states_question_method_version_and_certainty():
    told = json.loads(answer_as_json(SPRAY), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert told["data_version"] == DATA.version
    assert told["question"]["time"] == "4wk"
    assert "Hartung-Knapp" in told["pooled"]["method"]
    assert told["pooled"]["prediction"]["convention"]
    assert len(told["certainty"]["reasons"]) == 5


def test_json_of_the_data_holds_every_row():
    told = json.loads(data_as_json(DATA))
    assert (len(told["trials"]), len(told["results"])) == (len(DATA.trials), len(DATA.results))


def test_every_trial_is_one_ris_reference_with_what_identifies_it():
    text = as_ris(DATA.trials.values(), DATA.version)
    references = text.split("ER  - \r\n")[:-1]
    assert len(references) == len(DATA.trials)
    assert all(reference.strip().startswith("TY  - JOUR") for reference in references)
    popova = next(reference for reference in references if "popova-2019" in reference)
    assert "DO  - 10.1176/appi.ajp.2019.19020172" in popova
    assert "AN  - 31109201" in popova
