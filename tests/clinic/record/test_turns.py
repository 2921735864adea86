"""Who writes into one file waits in line, and nobody who died or is stuck keeps the line for ever."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction

from daybreak.clinic.record import turns
from tests.harness.commands import environment

HOLDS = """
import sys
from daybreak.clinic.record.turns import turn_at
with turn_at(sys.argv[1]):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "clinic.sqlite3").touch()
    return str(tmp_path / "clinic.sqlite3")


def test_one_process_at_a_time_has_the_turn_and_one_that_is_killed_gives_it_up(file: str) -> None:
    with holder(file) as other, open(f"{file}-turn") as line:
        with pytest.raises(BlockingIOError):
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        other.kill()
        with turns.turn_at(file), pytest.raises(BlockingIOError):
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def holder(file: str) -> Iterator[subprocess.Popen[str]]:
    """Another process whose turn it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, file],
        env=environment("sqlite:///:memory:"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "mine\n"
            yield process
        finally:
            process.kill()


def test_a_thread_that_waited_too_long_is_told_so_and_the_next_one_has_its_turn(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 0)
    begun, over = Event(), Event()

    def write() -> None:
        with turns.turn_at(file):
            begun.set()
            over.wait()

    other = Thread(target=write)
    other.start()
    begun.wait()
    with pytest.raises(OperationalError), turns.turn_at(file):
        pytest.fail("had its turn")
    over.set()
    other.join()
    with turns.turn_at(file):
        pass


def test_what_was_refused_within_a_turn_gives_it_up(file: str) -> None:
    with pytest.raises(ValueError, match="refused"), turns.turn_at(file):
        raise ValueError("refused")
    with turns.turn_at(file):
        pass


@pytest.mark.django_db
def test_within_a_transaction_nobody_waits(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the database already: who waits in line for it would wait for who waits for the line."""
    wait = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", lambda line, how: wait(line, how | fcntl.LOCK_NB))  # to fail, not to hang
    monkeypatch.setitem(connection.settings_dict, "NAME", file)
    with holder(file), transaction.atomic(), turns.turn():
        assert connection.in_atomic_block
