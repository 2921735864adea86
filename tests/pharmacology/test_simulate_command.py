"""`daybreak simulate`: a regimen in words becomes a table, files and a page; a fault becomes a sentence."""

import csv

import pytest
from typer.testing import CliRunner

from daybreak.cli import app

WORDS = "ketamine 0.5 mg/kg iv over 40 min, once"
FEW = ["--patients", "30", "--age-years", "25"]

MANY = ["--patients", "1000000"]  # an hour, were the path not looked at first


def run(*given):
    return CliRunner().invoke(app, ["simulate", *given], env={"COLUMNS": "200"})


def test_a_table_says_the_regimen_the_series_and_what_to_repeat():
    done = run(WORDS, *FEW, "--seed", "3")
    assert done.exit_code == 0
    for said in (WORDS, "R-norketamine (ng/mL)", "30 virtual people, seed 3, model daybreak-2026", "venous plasma"):
        assert said in done.output


def test_several_regimens_stand_side_by_side_arterial_where_asked():
    done = run(WORDS, "--compare", "ketamine 0.5 mg/kg im once", *FEW, "--arterial")
    assert "im once" in done.output
    assert "arterial plasma" in done.output


def test_outside_the_studied_range_there_is_a_warning_in_the_output_and_on_the_page(tmp_path):
    page = tmp_path / "page.html"
    done = run(WORDS, *FEW, "--weight-kg", "70", "--weight-kg", "140", "--report", str(page))
    assert "Outside the studied range: a weight of 140 kg" in done.output
    written = page.read_text(encoding="utf-8")
    assert "Outside the studied range: a weight of 140 kg" in written
    assert "<svg" in written
    assert "whole curve may lie a factor of" in written


def test_endpoints_and_curves_are_written_by_the_ending_of_the_name(tmp_path):
    ends, curves = tmp_path / "ends.csv", tmp_path / "curves.parquet"
    assert run(WORDS, *FEW, "--endpoints", str(ends), "--curves", str(curves)).exit_code == 0
    rows = list(csv.DictReader(ends.read_text(encoding="utf-8").splitlines()))
    assert len({row["patient"] for row in rows}) == 30
    from pyarrow import parquet

    table = parquet.read_table(curves)
    assert table.column_names == ["regimen", "series", "hour", "quantile", "value"]
    assert set(table["quantile"].to_pylist()) == {0.05, 0.5, 0.95}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["ketamine 50 mg once"], "does not say a route"),
        (["ketamine 0 mg im once"], "0 cannot stand in a regimen"),
        ([WORDS, "--weight-kg", "-4"], "-4 kg is not a body weight"),
        ([WORDS, "--patients", "0"], "at least one patient"),
        ([WORDS, "--model", "moon"], "no kinetic model named moon"),
        (["esketamine 60 mg nasal once"], "devices of 28 mg"),
        ([WORDS, "--weight-kg", "1e300"], "1e+300 kg is not a body weight to simulate. Write 2 to 500"),
        ([WORDS, "--weight-kg", "0.0001"], "0.0001 kg is not a body weight"),
        ([WORDS, "--weight-kg", "nan"], "nan kg is not a body weight"),
        ([WORDS, "--hours", "inf"], "inf hours cannot be simulated"),
        ([WORDS, "--hours", "1e9"], "at most 87,600"),
        ([WORDS, "--hours", "0"], "0 hours cannot be simulated"),
        ([WORDS, "--seed", "-1"], "-1 cannot be a seed"),
        ([WORDS, "--seed", str(2**64)], "cannot be a seed"),
        ([WORDS, *MANY, "--report", "page.txt"], "page.txt does not end in .html"),
        ([WORDS, *MANY, "--report", "/no-such-folder/page.html"], "There is no folder /no-such-folder"),
        ([WORDS, *MANY, "--report", "/"], "/ is a folder"),
        ([WORDS, "--patients", "3", "--endpoints", "ends.txt"], "does not end in .csv or .parquet"),
    ],
)
def test_what_cannot_be_is_a_sentence(given, sentence):
    done = run(*given)
    assert done.exit_code == 2
    assert sentence in done.output
