"""`daybreak demo` starts server, clock, listener and monitor together, and leaves none of them behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.harness import commands
from tests.harness.commands import demonstrate
from tests.harness.databases import sqlite_file

SAY_FILLED = """
from daybreak.clinic.record import status
from daybreak.demonstration.filling import PART
status.beat(PART, "a test")
"""
WHERE_TO_LOOK = "one click signs you in"
LONGEST_SECONDS = 120  # a child left behind would hold the pipe for ever


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, migrated_database: str) -> Path:
    """Where somebody runs the demonstration, who did so a moment ago. Nobody's story is in it: that takes a while."""
    folder = tmp_path_factory.mktemp("demonstration")
    (folder / "data").mkdir()
    database = f"sqlite:///{shutil.copy(sqlite_file(migrated_database), folder / 'data' / 'demo.sqlite3')}"
    commands.manage("shell", "--verbosity=0", "--command", SAY_FILLED, database=database)
    return folder


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A demonstration that has said where to look, and the port of its pages."""
    port = free_port()
    process = demonstrate(f"--port={port}", f"--monitor-port={free_port()}", folder=folder)
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if WHERE_TO_LOOK in line:
                break
        assert WHERE_TO_LOOK in said[-1], "".join(said)
        yield process, port
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def parts_of(process: subprocess.Popen[str]) -> dict[str, int]:
    """The processes it started, by what they do."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    doing = {int(pid): Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
    words = {"server": "gunicorn", "clock": "\0tick\0", "listener": "\0listen\0", "monitor": "\0monitor\0"}
    return {name: pid for name, word in words.items() for pid, command in doing.items() if word in command}


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for its children in /proc")
def test_it_answers_and_ctrl_c_stops_all_of_it(folder: Path) -> None:
    with running(folder) as (process, port):
        with urllib.request.urlopen(f"http://localhost:{port}/health") as answer:
            assert answer.status == 200
        parts = parts_of(process)
        assert set(parts) == {"server", "clock", "listener", "monitor"}
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=LONGEST_SECONDS)
        assert "The demonstration is stopped." in said
        assert process.returncode == 0
        assert not any(map(is_alive, parts.values()))


@pytest.mark.skipif(sys.platform != "linux", reason="looks for its children in /proc")
def test_when_one_part_dies_it_says_which_and_stops_the_others(folder: Path) -> None:
    with running(folder) as (process, _):
        parts = parts_of(process)
        os.kill(parts["listener"], signal.SIGKILL)
        said, _ = process.communicate(timeout=LONGEST_SECONDS)
        assert "The listener was ended by SIGKILL" in said
        assert process.returncode == 1
        assert not any(map(is_alive, parts.values()))


def test_the_referrals_to_upload_lie_beside_the_database(folder: Path) -> None:
    with running(folder):
        names = {path.name for path in (folder / "data" / "demo-referrals").iterdir()}
    assert names == {"major-depression.json", "fibromyalgia.json", "chronic-pain.json", "neuropathy.json"}


@pytest.mark.parametrize("option", ["--port", "--monitor-port"])
def test_a_port_in_use_is_said_before_anything_is_filled(option: str, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": free_port(), "--monitor-port": free_port(), option: port}
        process = demonstrate(*(f"{name}={value}" for name, value in ports.items()), folder=tmp_path)
        said, _ = process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == 1
    assert f"Port {port} of this machine cannot be used" in said
    assert option in said
    assert not list(tmp_path.iterdir())


def test_a_clinics_own_database_is_refused_even_with_fresh(prepared_database: str, tmp_path: Path) -> None:
    database = sqlite_file(prepared_database)
    real = "from daybreak.clinic.record.models import Site; Site.objects.create(name='A clinic')"
    commands.manage("shell", "--verbosity=0", "--command", real, database=prepared_database)
    process = demonstrate(
        f"--database={database}", "--fresh", f"--port={free_port()}", f"--monitor-port={free_port()}", folder=tmp_path
    )
    said, _ = process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == 1
    assert "a clinic's own" in said
    assert database.exists()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    process = demonstrate(
        f"--database={tmp_path}", f"--port={free_port()}", f"--monitor-port={free_port()}", folder=tmp_path
    )
    said, _ = process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == 1
    assert f"{tmp_path} is a folder" in said
    assert "Traceback" not in said
