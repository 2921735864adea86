"""Every command a test runs as a process of its own, in one place."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from daybreak.cli import server_command

ROOT = Path(__file__).parents[2]
FOR_THE_TESTS_THEMSELVES = {"DAYBREAK_TEST_DATABASE", "DAYBREAK_TEST_PREPARED", "DAYBREAK_CHROMIUM"}


def environment(database: str, tree: Path = ROOT, *, demonstration: bool = False) -> dict[str, str]:
    """The environment of a Daybreak process that uses `database` and the source in `tree`.

    What the person running the tests has set for their own Daybreak is left out.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DAYBREAK_") or name in FOR_THE_TESTS_THEMSELVES
    }
    return inherited | {
        "DAYBREAK_DATABASE": database,
        "DAYBREAK_DEMONSTRATION": "1" if demonstration else "0",
        "DAYBREAK_TESTING": "0" if demonstration else "1",
        "DJANGO_SETTINGS_MODULE": "daybreak.web.settings",
        "PYTHONPATH": str(tree / "src"),
    }


def become_daybreak(database: str) -> None:
    """Give this process the environment of a Daybreak process, before Django reads it."""
    chosen = environment(database)
    os.environ.clear()
    os.environ.update(chosen)


def manage(*arguments: str, database: str, tree: Path = ROOT) -> str:
    """Run one management command to its end and return what it printed.

    Raises:
        AssertionError: if the command failed, with everything it said.
    """
    return _to_its_end("django", *arguments, variables=environment(database, tree), tree=tree)


def _to_its_end(*arguments: str, variables: dict[str, str], tree: Path = ROOT) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", *arguments], env=variables, cwd=tree, capture_output=True, text=True, check=False
    )
    said = f"{finished.stdout}\n{finished.stderr}"
    assert finished.returncode == 0, f"{' '.join(arguments)} failed:\n{said}"
    return finished.stdout


def migrate(database: str, *, tree: Path = ROOT) -> None:
    manage("migrate", "--verbosity=0", database=database, tree=tree)


def fill_demonstration(database: str) -> None:
    """Put the demonstration's synthetic clinic into a migrated database."""
    _to_its_end("daybreak.cli", "demo", "fill", variables=environment(database, demonstration=True))


def demonstrate(*options: str, folder: Path) -> subprocess.Popen[str]:
    """Start `daybreak demo` as a person would who stands in `folder`; all it says comes out of one pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "daybreak.cli", "demo", *options],
        env=environment("sqlite:///not-used") | {"PYTHONUNBUFFERED": "1"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def serve(
    database: str, port: int, log: IO[bytes], *, demonstration: bool = True, clock: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a Daybreak server on this machine's `port`; it writes to `log` until it is terminated.

    Args:
        clock: a file with the seconds by which this server's clock is ahead, see `moved_clock`.
    """
    command = [sys.executable, "-m", "daybreak.cli", "serve", f"--port={port}", "--workers=1", "--threads=8"]
    variables = environment(database, demonstration=demonstration)
    if clock is not None:
        command = server_command("tests.harness.moved_clock:application", "127.0.0.1", port, workers=1, threads=8)
        variables |= {"MOVED_CLOCK": str(clock), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    return subprocess.Popen(
        command,
        env=variables,
        cwd=ROOT,
        stdout=log,
        stderr=log,
    )


def listen(database: str, log: IO[bytes], *, allow: Sequence[str], port: int) -> subprocess.Popen[str]:
    """Start a listener for monitors, which says its port on its first line (0 takes any); errors go to `log`."""
    return subprocess.Popen(
        [sys.executable, "-m", "daybreak.cli", "listen", f"--port={port}", *(f"--allow={each}" for each in allow)],
        env=environment(database) | {"PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


def play_monitor(port: int, *options: str) -> subprocess.Popen[str]:
    """Start the demonstration's monitor, which sends to this machine's `port`."""
    return subprocess.Popen(
        [sys.executable, "-m", "daybreak.cli", "demo", "monitor", f"--port={port}", *options],
        env=environment("") | {"PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
