"""`daybreak` as a person or a timer runs it: what cannot be is a sentence with its own exit code."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.web.plainly import NO_DATABASE
from tests.harness import commands

UNREACHABLE = "postgresql://nobody:nothing@127.0.0.1:1/none"
POOLED = "--for treatment_resistant_depression --drug esketamine --route nasal --against inert --time 4wk"


def daybreak(*arguments: str, database: str = "sqlite:///not-used", folder: Path = commands.ROOT, **variables: str):
    """The command with its output in pipes, where no terminal tells a width."""
    known = {name: value for name, value in commands.environment(database).items() if name != "COLUMNS"}
    return subprocess.run(
        [sys.executable, "-m", "daybreak.cli", *arguments],
        env=known | variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        ("ledger verify", "unreachable"),
        ("ledger verify", "not migrated"),
        ("ledger verify", "no database"),
        ("tick", "not migrated"),
        ("tick", "no database"),
        ("demo fill", "no folder"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence_and_not_the_code_of_a_changed_entry(
    command: str, trouble: str, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("This is no database. " * 100)
    database = {
        "unreachable": UNREACHABLE,
        "not migrated": f"sqlite:///{tmp_path / 'empty.sqlite3'}",
        "no folder": f"sqlite:///{tmp_path / 'nowhere' / 'daybreak.sqlite3'}",
        "no database": f"sqlite:///{tmp_path / 'text'}",
    }[trouble]
    done = daybreak(*command.split(), database=database)
    assert done.returncode == NO_DATABASE == 3
    assert "The database cannot be used" in done.stderr
    assert "daybreak manage migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "variable", "value", "sentence"),
    [
        ("tick", "DAYBREAK_TESTING", "0", "DAYBREAK_SECRET_KEY is not set. Make one with `daybreak secret`."),
        ("tick", "DAYBREAK_TIME_ZONE", "Mars/City", "DAYBREAK_TIME_ZONE is 'Mars/City', which is no time zone."),
        ("tick", "DAYBREAK_MAIL", "smtp://u:secret/x@host", "DAYBREAK_MAIL cannot be read."),
        ("tick", "DAYBREAK_MAIL_FROM", "nobody", "DAYBREAK_MAIL_FROM is 'nobody', which is no mail address."),
        ("tick", "DAYBREAK_SECRET_KEY", "short", "DAYBREAK_SECRET_KEY is too short"),
        ("serve --port=0", "DAYBREAK_TESTING", "0", "DAYBREAK_SECRET_KEY is not set. Make one with `daybreak secret`."),
        ("serve --port=0", "DAYBREAK_TIME_ZONE", "Europe", "DAYBREAK_TIME_ZONE is 'Europe', which is no time zone."),
        (
            "serve --port=0",
            "DAYBREAK_DATABASE",
            "sqlite:////nowhere/d.sqlite3",
            "The database cannot be used: unable to",
        ),
        ("serve --port=0", "DAYBREAK_DATABASE", "sqlite:///", "The database lacks the trigger"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    command: str, variable: str, value: str, sentence: str, tmp_path: Path
) -> None:
    value = f"{value}{tmp_path}/new.sqlite3" if value.endswith("///") else value
    done = daybreak(*command.split(), folder=tmp_path, **{"DAYBREAK_TIME_ZONE": "UTC", variable: value})
    assert done.returncode in (2, NO_DATABASE), done.stderr
    said = [line for line in done.stderr.splitlines() if "[INFO]" not in line]
    assert [line[: len(sentence)] for line in said] == [sentence]
    assert "secret/x" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_no_machine_has_is_a_sentence(command: str, tmp_path: Path) -> None:
    done = daybreak(command, "--port=99999", folder=tmp_path)
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "65535" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_in_a_pipe_keeps_its_columns() -> None:
    said = daybreak("evidence", "pool", *POOLED.split()).stdout
    assert "Weight" in said
    assert "…" not in said


def test_who_names_a_width_has_it() -> None:
    said = daybreak("evidence", "pool", *POOLED.split(), COLUMNS="100").stdout
    assert max(map(len, said.splitlines())) <= 100


def test_a_server_that_could_answer_nobody_does_not_start() -> None:
    none = CliRunner().invoke(app, ["serve", "--workers", "0"])
    assert (none.exit_code, "--workers" in none.output) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = CliRunner().invoke(app, ["serve", "--port", str(other.getsockname()[1])])
    assert (taken.exit_code, "perhaps another server runs there" in taken.output) == (1, True)
