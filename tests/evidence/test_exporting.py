"""What leaves the house can be read again, and two versions of the data can be told apart."""

import csv
import io
import json
from math import isclose

from daybreak.evidence.comparing import difference
from daybreak.evidence.dataset import dataset
from daybreak.evidence.exporting import (
    answer_as_csv,
    answer_as_json,
    results_as_csv,
    results_as_json,
    trials_as_ris,
)
from daybreak.evidence.questions import Question, answer
from tests.evidence.trialsmith import Smith

ASKED = Question(indication="treatment_resistant_depression", outcome="depression")
SHIPPED = Question(
    indication="treatment_resistant_depression",
    outcome="depression_response",
    drug="esketamine",
    comparator="inert",
    time="4wk",
)


def test_an_answer_as_json_says_everything_the_page_says():
    found = answer(dataset(), SHIPPED)
    told = json.loads(answer_as_json(found))
    assert told["data_version"] == dataset().version
    assert isclose(told["pooled"]["estimate"], found.pooled.shown[0])
    assert told["pooled"]["prediction_convention"] == found.pooled.method.prediction
    assert [trial["trial"] for trial in told["trials"]] == [c.trial.label for c in found.comparisons]
    assert all(trial["sources"] for trial in told["trials"])
    assert len(told["certainty"]["domains"]) == 5


def test_an_answer_without_a_trial_is_json_too():
    told = json.loads(answer_as_json(answer(Smith().read(), ASKED)))
    assert (told["state"], told["trials"], told["pooled"], told["certainty"]) == ("no trial", [], None, None)
    assert answer_as_csv(answer(Smith().read(), ASKED)) == ""


def test_every_row_goes_out_with_its_status_source_and_version():
    data = dataset()
    rows = list(csv.DictReader(io.StringIO(results_as_csv(data))))
    assert len(rows) == len(data.results)
    for row, result in zip(rows, data.results, strict=True):
        assert (row["id"], row["status"], row["source"]) == (result.id, result.status, result.source)
        assert row["data_version"] == data.version
    assert len(json.loads(results_as_json(data))["results"]) == len(rows)


def test_ris_has_one_record_for_each_trial_and_no_unchecked_identifier():
    data = dataset()
    text = trials_as_ris(data.trials.values())
    assert text.count("TY  - JOUR") == text.count("ER  - ") == len(data.trials)
    for line in text.split("\r\n"):
        assert line == "" or line[2:6] == "  - "
    fedgchin = next(record for record in text.split("ER  - ") if "Fedgchin" in record)
    assert "AN  - PMID 31290965" in fedgchin
    assert "pyz039" not in fedgchin  # its doi was recalled


def test_the_same_data_differ_in_nothing():
    data = Smith().simple("a").simple("b").read()
    assert difference(data, data, ASKED).is_none


def test_a_trial_that_came_went_or_changed_is_named_and_the_result_moves():
    before = Smith().simple("a", -4).simple("b", -5).simple("c", -6).simple("gone", -5)
    now = Smith().simple("a", -4).simple("b", -8).simple("c", -6).simple("new", -5)
    found = difference(before.read(), now.read(), ASKED)
    assert (found.added, found.removed, found.changed) == (("new",), ("gone",), ("b",))
    assert found.shift < 0
    assert before.read().version in found.words
    assert "new: new" in found.words
