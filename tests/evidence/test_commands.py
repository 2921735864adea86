"""The command line: a table, JSON, CSV, RIS, a picture; wrong input is a sentence and exit code 2."""

import json
import shutil
from importlib.resources import files
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.evidence.releases import releases

runner = CliRunner()
TRD = ("--for", "treatment_resistant_depression", "--drug", "esketamine", "--against", "inert", "--time", "4wk")


def run(*words, code=0):
    result = runner.invoke(app, ["evidence", *words])
    assert result.exit_code == code, result.output
    return result


def test_pool_prints_the_trials_the_pool_the_certainty_and_the_version():
    said = run("pool", *TRD).output
    for words in ("Popova 2019", "Pooled mean difference", "A new trial would lie", "certainty", "Data 2026"):
        assert words in said


def test_a_pool_of_few_trials_says_so_and_fits_a_terminal():
    said = run("pool", "--for", "ptsd", "--drug", "ketamine", "--outcome", "did_not_complete").output
    assert "With 3 trials no interval" in said
    assert "Mantel-Haenszel" in said
    assert said.count(" %") >= 3  # the weights are not cut off
    assert max(map(len, said.splitlines())) <= 80


def test_pool_as_json_obeys_the_chosen_method():
    usual = json.loads(run("pool", *TRD, "--as", "json").output)["pooled"]
    wald = json.loads(run("pool", *TRD, "--as", "json", "--interval", "Wald", "--tau2", "DL").output)["pooled"]
    fixed = json.loads(run("pool", *TRD, "--as", "json", "--fixed").output)["pooled"]
    assert "Wald" in wald["method"]
    assert wald["high"] - wald["low"] < usual["high"] - usual["low"]
    assert fixed["prediction_low"] is None


def test_one_trial_is_said_to_be_one():
    assert "not pooled" in run("pool", "--for", "ptsd", "--outcome", "ptsd_response").output


def test_without_an_outcome_it_is_the_one_trials_say_most_about():
    assert "Response of post-traumatic stress" in run("pool", "--for", "ptsd").output


def test_a_pool_is_held_against_an_earlier_release():
    words = ("pool", "--for", "ptsd", "--drug", "ketamine", "--outcome", "did_not_complete", "--since", releases()[0])
    assert "new: Feder 2014, Feder 2021." in " ".join(run(*words).output.split())
    assert json.loads(run(*words, "--as", "json").output)["since"]["trials_new"] == ["Feder 2014", "Feder 2021"]


def test_a_dose_narrows_the_question():
    words = ("--for", "treatment_resistant_depression", "--time", "day", "--drug", "ketamine", "--route", "iv")
    told = json.loads(run("pool", *words, "--dose", "0.5 mg/kg", "--as", "json").output)
    assert {trial["trial"] for trial in told["trials"]} == {"Murrough 2013", "Taiwan substudy"}
    assert json.loads(run("pool", *words, "--dose", "9 mg/kg", "--as", "json").output)["trials"] == []


def test_forest_and_onset_write_a_picture(tmp_path):
    for words in (("forest", *TRD), ("forest", *TRD, "--narrow"), ("onset", "--for", "major_depression")):
        out = tmp_path / "picture.svg"
        assert str(out) in run(*words, "--out", str(out)).output.replace("\n", "")
        assert ElementTree.parse(out).getroot().tag.endswith("svg")


def test_list_in_every_form():
    assert "Feder 2021" in run("list", "--for", "ptsd").output
    assert run("list", "--for", "ptsd", "--as", "csv").output.startswith("id,trial,")
    assert json.loads(run("list", "--for", "ptsd", "--as", "json").output)["results"]
    assert run("list", "--for", "ptsd", "--as", "ris").output.count("TY  - JOUR") >= 3


def test_check_finds_the_shipped_data_sound_and_shows_published_results():
    said = run("check").output
    assert "0 refused" in said
    assert "theirs" in said
    assert json.loads(run("check", "--as", "json").output)["refused"] == []


def test_check_of_another_folder_names_what_it_refuses_and_ends_with_1(tmp_path):
    for name in ("trials", "arms", "results"):
        shutil.copy(str(files("daybreak.evidence.data").joinpath(f"{name}.csv")), tmp_path)
    results = tmp_path / "results.csv"
    results.write_text(results.read_text().replace("-19.0,13.86", "-19.0,-13.86", 1))
    (refused,) = json.loads(run("check", "--folder", str(tmp_path), "--as", "json", code=1).output)["refused"]
    assert (refused["row"], refused["field"]) == ("r001", "sd")
    assert "r001" in run("check", "--folder", str(tmp_path), code=1).output


def test_check_of_a_proposal_counts_what_is_new_and_refuses_what_cannot_be(tmp_path):
    (tmp_path / "results.csv").write_text("id,mean\nr001,-18.0\n")
    assert "0 new rows, 1 corrected" in run("check", "--proposal", str(tmp_path), "--as", "json").stderr
    (tmp_path / "results.csv").write_text("id,sd\nr001,-18.0\n")
    assert "r001" in run("check", "--proposal", str(tmp_path), code=1).output


def test_harms_name_their_people_and_what_is_not_known():
    said = " ".join(run("harms", "--drug", "esketamine", "--route", "nasal").output.split())
    assert "death, 0.8 % of 1148, no control, mean 42.9 months" in said
    assert "dependence or misuse in treated people" not in said  # recalled: nobody has read it
    assert "(recalled)" in run("harms", "--with-recalled").output


def test_coverage_prints_every_setting():
    said = run("coverage", "--simulations", "100").output
    assert said.count("one 10 times") == 3 * 16


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pool", "--for", "sadness"), "no indication here"),
        (("list", "--for", "sadness"), "no indication here"),
        (("onset", "--for", "sadness"), "no indication here"),
        (("pool", "--for", "ptsd", "--outcome", "joy"), "no outcome here"),
        (("pool", "--for", "ptsd", "--time", "soon"), "is no time"),
        (("pool", "--for", "ptsd", "--measure", "luck"), "no measure"),
        (("pool", "--for", "ptsd", "--dose", "much"), "is no dose"),
        (("pool", "--for", "ptsd", "--tau2", "XX"), "no estimator"),
        (("pool", "--for", "ptsd", "--interval", "XX"), "no interval"),
        (("forest", "--for", "ptsd", "--drug", "esketamine"), "no trial to draw"),
        (("forest", "--for", "ptsd", "--drug", "aspirin"), "'aspirin' is no drug here. Choose one of"),
        (("list", "--drug", "xx", "--route", "yy"), "'xx' is no drug here. Choose one of"),
        (("list", "--route", "yy"), "'yy' is no route here. Choose one of"),
        (("pool", "--for", "ptsd", "--drug", "zz"), "'zz' is no drug here. Choose one of"),
        (("harms", "--drug", "zz"), "'zz' is no drug here. Choose one of"),
        (("harms", "--route", "zz"), "'zz' is no route here. Choose one of"),
        (("pool", "--for", "ptsd", "--dose", "-5 mg"), "A dose is above zero"),
        (("pool", "--for", "ptsd", "--dose", "nan mg"), "A dose is above zero"),
        (("pool", "--for", "ptsd", "--since", "yesterday"), "no version that is kept. Choose one of"),
        (("pool", "--for", "ptsd", "--since", "yesterday", "--as", "csv"), "Take --as json"),
        (("check", "--as", "csv"), "'csv' is not one of 'table', 'json'"),
        (("onset", "--for", "ptsd", "--out", "no/such/folder/onset.svg"), "nothing to draw"),
        (("onset", "--for", "major_depression", "--out", "no/such/folder/onset.svg"), "onset.svg: No such file"),
        (("check", "--folder", "no/such/folder"), "trials.csv: No such file or directory."),
        (("check", "--proposal", "no/such/folder"), "holds no trials.csv"),
    ],
)
def test_wrong_input_is_a_sentence_and_exit_code_2(words, sentence):
    result = run(*words, code=2)
    said = " ".join((result.output + (result.stderr or "")).replace("│", " ").split())
    assert sentence in said
    assert "Traceback" not in said
    assert "Errno" not in said


def test_a_proposal_in_another_encoding_gets_a_sentence(tmp_path):
    (tmp_path / "results.csv").write_bytes("id,note\nr001,Müller\n".encode("latin-1"))
    said = run("check", "--proposal", str(tmp_path), code=2).stderr
    assert "results.csv is not UTF-8 text: its byte 15 cannot be read. Save it again as CSV in UTF-8." in said


def test_an_indication_with_nothing_to_draw_leaves_no_file(tmp_path):
    run("onset", "--for", "ptsd", "--out", str(tmp_path / "onset.svg"), code=2)
    assert not list(tmp_path.iterdir())
