"""`daybreak simulate`: a regimen in words becomes a table, files and a page; a fault becomes a sentence."""

import csv
import json
import re
import shlex
import shutil

import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from daybreak import __version__
from daybreak.cli import app
from daybreak.pharmacology.parameters import load
from daybreak.pharmacology.simulation import tables
from daybreak.pharmacology.simulation.made_with import MadeWith
from daybreak.pharmacology.simulation.tables import trajectory_rows
from tests.harness.commands import ROOT

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
    done = run(WORDS, "--compare", "ketamine 1 mg/kg iv over 60 min once", *FEW, "--arterial")
    assert "over 60 min once" in done.output
    assert "arterial plasma" in done.output


def test_arterial_blood_after_a_muscle_is_refused_in_a_sentence():
    done = run("ketamine 0.5 mg/kg im once", *FEW, "--arterial")
    assert done.exit_code != 0
    assert "For the im route the model gives venous plasma only" in " ".join(done.output.split())
    assert "Traceback" not in done.output


def test_outside_the_studied_range_there_is_a_warning_in_the_output_and_on_the_page(tmp_path):
    page = tmp_path / "page.html"
    done = run(WORDS, *FEW, "--weight-kg", "70", "--weight-kg", "140", "--report", str(page))
    assert "Outside the studied range: a weight of 140 kg" in done.output
    written = page.read_text(encoding="utf-8")
    assert "Outside the studied range: a weight of 140 kg" in written
    assert "<svg" in written
    assert "whole curve may lie a factor of" in written


def test_files_are_written_by_the_ending_of_the_name_and_say_how_they_were_made(tmp_path):
    ends, curves, all_values = (tmp_path / name for name in ("ends.csv", "curves.parquet", "values.parquet"))
    files = ["--endpoints", str(ends), "--curves", str(curves), "--trajectories", str(all_values)]
    course = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 4 weeks"
    assert run(course, "--patients", "5", "--age-years", "25", "--weight-kg", "140", *files).exit_code == 0
    rows = list(csv.DictReader(ends.read_text(encoding="utf-8").splitlines()))
    assert {row["patient"] for row in rows} == set("01234")
    assert {"ketamine (ng/mL)", "MADRS (% of the score before)", "dissociation (CADSS, 0 to 92)", "chance"} <= {
        row["series"] for row in rows
    }
    table, values = parquet.read_table(curves), parquet.read_table(all_values)
    assert table.column_names == [
        "regimen", "weight_kg", "outside_studied_range", "series", "hour", "quantile", "value"
    ]  # fmt: skip
    assert set(table["quantile"].to_pylist()) == {0.05, 0.5, 0.95}
    assert max(table["hour"].to_pylist()) == 12 * 7 * 24
    assert set(values["patient"].to_pylist()) == set(range(5))
    for written in (ends, curves, all_values):
        beside = written.with_name(f"{written.name}.txt").read_text(encoding="utf-8")
        assert "Look: Outside the studied range: a weight of 140 kg" in beside
        assert "seed 0" in beside
        assert "response 1+" in beside
    assert {row["outside_studied_range"] for row in rows} == set(values["outside_studied_range"].to_pylist()) == {"yes"}


def test_a_parquet_file_says_by_itself_how_it_was_made_and_in_which_units(tmp_path):
    """A file is sent without the text beside it: seed, versions, warnings, limits and units are in it."""
    places = [tmp_path / name for name in ("ends.parquet", "curves.parquet", "values.parquet")]
    files = [word for option, place in zip(("endpoints", "curves", "trajectories"), places, strict=True)
             for word in (f"--{option}", str(place))]  # fmt: skip
    few = ["--save", "concentrations", "--patients", "4", "--age-years", "25", "--seed", "7"]
    run(WORDS, "--compare", "ketamine 50 mg im once", *few, "--weight-kg", "70", "--weight-kg", "140", *files)
    for place in places:
        schema = parquet.read_schema(place)
        made = json.loads(parquet.read_metadata(place).metadata[b"daybreak"])
        assert made["daybreak_version"] == __version__
        assert list(made["regimens"]) == [WORDS, "ketamine 50 mg im once"]
        about = made["regimens"][WORDS]
        parameters = load("daybreak-2026").version
        assert (about["seed"], about["patients"], about["parameters"]) == (7, 4, parameters)
        assert about["bodies"] == [{"weight_kg": 70.0, "age_years": 25.0}, {"weight_kg": 140.0, "age_years": 25.0}]
        assert "people of 140 kg" in " ".join(about["warnings"])
        assert about["limits"]
        assert schema.field("weight_kg").metadata == {b"unit": b"kg"}
        assert b"name of the series" in schema.field("value").metadata[b"unit"]
        beside = place.with_name(f"{place.name}.txt").read_text(encoding="utf-8")
        assert f"70 and 140 kg; Daybreak {__version__}" in beside
    assert parquet.read_schema(places[2]).field("hour").metadata[b"unit"].startswith(b"h since the first dose")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_of_an_interrupted_run_nothing_looks_whole_and_what_was_there_stays(ending, tmp_path, monkeypatch):
    """Stopped by Ctrl-C while the second portion is written, and killed outright, where nothing can be tidied up."""
    place = tmp_path / f"values{ending}"
    place.write_text("of an earlier run", encoding="utf-8")
    written = []

    def stop(*given):
        written.append(given)
        if len(written) > 1:
            assert [path.name for path in sorted(tmp_path.iterdir())] == [place.name, f"{place.name}.part"]
            shutil.copy(tmp_path / f"{place.name}.part", tmp_path / "killed")
            raise KeyboardInterrupt
        return trajectory_rows(*given)

    monkeypatch.setattr(tables, "trajectory_rows", stop)
    few = ["--save", "concentrations", "--patients", "501", "--hours", "1"]
    assert run(WORDS, *few, "--trajectories", str(place)).exit_code != 0
    assert len(written) == 2
    if ending == ".parquet":
        with pytest.raises(pyarrow.ArrowInvalid):
            parquet.read_table(tmp_path / "killed")
    (tmp_path / "killed").unlink()
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
    assert place.read_text(encoding="utf-8") == "of an earlier run"


def test_what_the_run_itself_warned_of_stands_in_the_file_of_trajectories(tmp_path, monkeypatch):
    """Another kind of machine joins only once the run goes on: no few people simulated before can know it."""
    asked = []

    def doubts(self):
        asked.append(self)
        return () if len(asked) == 1 else ("Computed on another kind of machine.",)

    monkeypatch.setattr(MadeWith, "doubts_here", doubts)
    place = tmp_path / "values.parquet"
    run(WORDS, "--save", "concentrations", "--patients", "2", "--hours", "1", "--trajectories", str(place))
    made = json.loads(parquet.read_metadata(place).metadata[b"daybreak"])
    assert "Computed on another kind of machine." in made["regimens"][WORDS]["warnings"]


def test_of_several_weights_a_chart_says_whom_it_counts(tmp_path):
    """45 mg in forty minutes are too fast for 35 kg: of those people no chance of sedation is told."""
    place = tmp_path / "page.html"
    few = ["--save", "day", "--patients", "5", "--weight-kg", "35", "--weight-kg", "90"]
    run("ketamine 45 mg iv over 40 min once", *few, "--report", str(place))
    sheets = {text.split("</h2>")[0]: text for text in place.read_text(encoding="utf-8").split("<h2>")[1:]}
    told = "2 virtual people: 2 of 90 kg. Not told, and not counted, of people of 35 kg."
    assert sheets["chance of any sedation (MOAA/S below 5)"].count(told) >= 2  # below the chart, and read aloud of it
    assert "5 virtual people together: 3 of 35 kg, 2 of 90 kg." in sheets["dissociation (CADSS, 0 to 92)"]


def test_of_more_weights_than_people_it_is_said_whose_nobody_is():
    done = run(
        WORDS,
        "--save",
        "concentrations",
        "--patients",
        "2",
        *["--weight-kg", "50", "--weight-kg", "70", "--weight-kg", "90"],
    )
    assert "Nobody has the last 1 of 3 bodies (90 kg): 2 people take them in turn." in done.output
    assert "50 and 70 kg; Daybreak" in done.output


def test_of_several_weights_each_row_says_whose_it_is_and_whether_that_one_is_outside(tmp_path):
    ends, curves, values = (tmp_path / name for name in ("ends.csv", "curves.csv", "values.parquet"))
    files = ["--endpoints", str(ends), "--curves", str(curves), "--trajectories", str(values)]
    weights = ["--weight-kg", "70", "--weight-kg", "140"]
    asked = [WORDS, "--save", "concentrations", "--patients", "5", "--age-years", "25", *weights]
    done = run(*asked, *files, "--report", str(tmp_path / "page.html"))
    rows, curve_rows = (list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) for path in (ends, curves))
    first, second = ("70.0", "no"), ("140.0", "yes")
    whose = {row["patient"]: (row["weight_kg"], row["outside_studied_range"]) for row in rows}
    assert whose == {"0": first, "1": second, "2": first, "3": second, "4": first}
    assert {(row["weight_kg"], row["outside_studied_range"]) for row in curve_rows} == {first, second}
    table = parquet.read_table(values)
    seen = zip(*(table[name].to_pylist() for name in ("patient", "weight_kg", "outside_studied_range")), strict=True)
    assert {str(patient): (str(weight), flag) for patient, weight, flag in seen} == whose
    sentence = "Outside the studied range: a weight of 140 kg; the model was built on 54 to 92. (people of 140 kg)"
    for text in (done.output, (tmp_path / "ends.csv.txt").read_text(), (tmp_path / "page.html").read_text()):
        assert sentence in text


def test_a_route_no_fitted_trial_gave_is_outside_the_studied_range_in_every_file(tmp_path):
    ends = tmp_path / "ends.csv"
    done = run("ketamine 35 mg sc once", "--patients", "5", "--save", "symptoms", "--endpoints", str(ends))
    assert "Outside the studied range: no fitted trial gave ketamine by the sc route" in done.output
    assert {row["outside_studied_range"] for row in csv.DictReader(ends.read_text().splitlines())} == {"yes"}


def test_looking_whether_a_file_can_be_written_leaves_none(tmp_path):
    ends = tmp_path / "ends.csv"
    assert run("ketamine 35 mg moon once", "--endpoints", str(ends)).exit_code == 2
    assert not ends.exists()


def test_what_was_measured_before_gives_readings_chances_of_limits_and_of_remission(tmp_path):
    page = tmp_path / "page.html"
    done = run(WORDS, *FEW, "--pressure", "128/80", "--madrs", "32", "--limit", "CADSS 15", "--report", str(page))
    for said in ("systolic pressure (mmHg)", "rise of heart rate (1/min)", "CADSS reaches 15", "remission, 12 weeks"):
        assert said in done.output
        assert said in page.read_text(encoding="utf-8")
    assert "systolic reaches 160" in run(WORDS, *FEW, "--pressure", "128/80", "--save", "day").output


def test_a_broken_line_says_what_it_is(tmp_path):
    page = tmp_path / "page.html"
    run(WORDS, *FEW, "--save", "symptoms", "--report", str(page))
    assert "Broken line: the middle of the same visits without the drug." in page.read_text(encoding="utf-8")


def test_a_course_says_in_its_chart_and_below_it_from_when_on_no_trial_measured(tmp_path):
    page = tmp_path / "page.html"
    run(WORDS, *FEW, "--save", "symptoms", "--report", str(page))
    chart = re.search("<figure.*?</figure>", page.read_text(encoding="utf-8"), re.DOTALL)[0]
    assert "Not measured after week 4" in re.search("<svg.*</svg>", chart, re.DOTALL)[0]
    assert "what expectation brought is carried on without end" in chart


def test_only_what_is_asked_for_is_simulated():
    done = run(WORDS, *FEW, "--save", "symptoms")
    assert "response, 24 hours" in done.output
    assert "ng/mL" not in done.output
    assert "MADRS" not in run(WORDS, *FEW, "--model", "clements-1981").output


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["ketamine 50 mg once"], "does not say a route"),
        (["ketamine 0 mg im once"], "0 cannot stand in a regimen"),
        ([WORDS, "--compare", WORDS], "is named twice, and would be compared with itself"),
        ([WORDS, "--compare", WORDS.replace(" ", "  ")], "is named twice, and would be compared with itself"),
        ([WORDS, "--weight-kg", "-4"], "-4 cannot be weight_kg"),
        ([WORDS, "--patients", "0"], "0 cannot be patients. Give a whole number from 1 to 10,000,000"),
        ([WORDS, "--model", "moon"], "no kinetic model named moon"),
        (["esketamine 60 mg nasal once"], "devices of 28 mg"),
        ([WORDS, "--weight-kg", "1e300"], "1e+300 cannot be weight_kg. Give a number from 2 to 500"),
        ([WORDS, "--weight-kg", "0.0001"], "0.0001 cannot be weight_kg"),
        ([WORDS, "--weight-kg", "nan"], "nan cannot be weight_kg"),
        ([WORDS, "--hours", "inf"], "inf cannot be hours"),
        ([WORDS, "--hours", "1e9"], "at most 87,600"),
        ([WORDS, "--hours", "0"], "0 cannot be hours. Give a number above 0"),
        ([WORDS, "--seed", "-1"], "-1 cannot be seed"),
        ([WORDS, "--seed", str(2**64)], "18,446,744,073,709,551,616 cannot be seed"),
        ([WORDS, "--pressure", "128"], "128 is not a blood pressure. Write it as 128/80"),
        ([WORDS, "--pressure", "12/8"], "12 cannot be the systolic before the dose"),
        ([WORDS, "--pressure", "80/128"], "80/128 is not a blood pressure: the diastolic must be below the systolic"),
        ([WORDS, "--limit", "mood 3"], "mood 3 is not a limit"),
        ([WORDS, "--limit", "CADSS nan"], "nan cannot be a limit of CADSS. Give a number above 0, at most 92"),
        ([WORDS, "--limit", "CADSS -5"], "-5 cannot be a limit of CADSS"),
        ([WORDS, "--limit", "systolic 1e9"], "1e+09 cannot be a limit of systolic. Give a number from 40 to 300"),
        ([WORDS, "--limit", "systolic"], "systolic is not a limit"),
        ([WORDS, "--pressure", "nan/80"], "nan cannot be the systolic before the dose"),
        ([WORDS, "--limit", "systolic 180"], "The systolic before the dose is missing"),
        ([WORDS, "--madrs", "70"], "70 cannot be madrs. Give a number above 0, at most 60"),
        ([WORDS, "--model", "clements-1981", "--save", "day"], "fitted with the kinetics of daybreak-2026"),
        ([WORDS, "--session", "2"], "2 is not the number of a session of this regimen"),
        ([WORDS, *MANY, "--trajectories", "values.txt"], "does not end in .csv or .parquet"),
        ([WORDS, *MANY, "--report", "page.txt"], "page.txt does not end in .html"),
        ([WORDS, *MANY, "--report", "/no-such-folder/page.html"], "There is no folder /no-such-folder"),
        ([WORDS, *MANY, "--report", "/"], "/ is a folder"),
        ([WORDS, *MANY, "--endpoints", "/dev/fd/no.csv"], "/dev/fd/no.csv cannot be written"),
        ([WORDS, *MANY, "--endpoints", "one.csv", "--curves", "./one.csv"], "one.csv is named twice"),
        ([WORDS, *MANY, "--cluster", "nowhere"], "'nowhere' is not the address of a scheduler. Name it as tcp://HOST"),
        ([WORDS, *MANY, "--cluster", ""], "'' is not the address of a scheduler"),
        ([WORDS, "--patients", "3", "--endpoints", "ends.txt"], "does not end in .csv or .parquet"),
    ],
)
def test_what_cannot_be_is_a_sentence(given, sentence):
    done = run(*given)
    assert done.exit_code == 2
    assert sentence in done.output


def documented():
    """The commands of the page, but for those that need a cluster."""
    page = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("daybreak simulate ") and "--cluster" not in line]
    assert len(lines) >= 3
    return lines


@pytest.mark.parametrize("line", documented())
def test_every_command_of_the_page_runs(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*shlex.split(line)[2:], "--patients", "6")
    assert done.exit_code == 0, done.output
    named = [word for word in shlex.split(line) if word.endswith((".html", ".csv", ".parquet"))]
    assert all((tmp_path / name).is_file() for name in named)


def test_every_option_stands_on_the_page():
    page = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z][a-z-]+", run("--help").output)) - {"--help", "--no-arterial"}
    assert len(options) > 15
    assert [option for option in options if f"`{option}" not in page and f" {option}`" not in page] == []
