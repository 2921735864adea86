"""Everything `make test` runs, two suites at a time. It goes on after a failure and ends with the minutes of each.

What needs no database runs once; what needs one runs on SQLite and on PostgreSQL, each with databases of its own.
Without a Chromium the browser suite cannot run: that is said loudly, and under CI=true it is a failure.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from tests.harness.browser import HOW_TO_GET_IT, find_chromium
from tests.harness.databases import ENGINE_VARIABLE, PREPARED_VARIABLE

ROOT = Path(__file__).parents[1]
AT_ONCE = 2
LONGEST_MINUTES = 45  # a suite that takes longer hangs; on a slow, busy machine the browser took 40
SLOWEST_SHOWN = 10

WITHOUT_DATABASE = ("architecture", "treatment", "pharmacology", "evidence", "charts", "formats")
CLINIC = ("clinic",)
AROUND_THE_CLINIC = ("web", "exchange", "faults", "migrations")
ON_SQLITE_ONLY = ("demonstration",)  # `daybreak demo` keeps its clinic in SQLite
IN_BROWSER = ("browser",)


@dataclass(frozen=True)
class Suite:
    """One process to run: pytest on `folders` below tests/ or, without folders, `command` as it stands."""

    name: str
    folders: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    engine: str = "sqlite"


@dataclass
class Outcome:
    """What one suite did: its exit code (None: it was not run), the time it took and its tests."""

    suite: Suite
    exit_code: int | None
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    durations: list[tuple[float, str]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return self.exit_code == 0


# The longest first, so that no core waits at the end.
SUITES = (
    Suite("in a browser", IN_BROWSER),
    Suite("clinic on PostgreSQL", CLINIC, engine="postgresql"),
    Suite("clinic on SQLite", CLINIC),
    Suite("around it on PostgreSQL", AROUND_THE_CLINIC, engine="postgresql"),
    Suite("around it on SQLite", AROUND_THE_CLINIC),
    Suite("demonstration", ON_SQLITE_ONLY),
    Suite("science, no database", WITHOUT_DATABASE, ("-p", "no:django")),
    Suite("checks", command=("make", "--keep-going", "check")),
)


def run(suite: Suite, folder: Path) -> Outcome:
    """Run one suite to its end and print what it said."""
    command, report, log = list(suite.command), folder / f"{suite.name}.xml", folder / f"{suite.name}.log"
    if suite.folders:
        folders = [f"tests/{name}" for name in suite.folders]
        whole = ("--continue-on-collection-errors", f"--junit-xml={report}")
        command = [sys.executable, "-m", "pytest", *whole, *suite.options, *folders]
    print(f"{suite.name}: begun", flush=True)
    start = time.monotonic()
    environment = os.environ | {ENGINE_VARIABLE: suite.engine, PREPARED_VARIABLE: str(folder)}
    # Many tests start processes of Daybreak: without bytecode each of them compiles the house anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with log.open("w") as said:
        exit_code = _finish(command, environment, said)
    outcome = Outcome(suite, exit_code, time.monotonic() - start)
    print(f"\n==== {suite.name} ====\n{log.read_text(errors='replace')}", flush=True)
    if report.exists():
        read_report(report, outcome)
    return outcome


def _finish(command: list[str], environment: dict[str, str], said: IO[str]) -> int:
    try:
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdout=said, stderr=said, timeout=60 * LONGEST_MINUTES, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        said.write(f"It was stopped after {LONGEST_MINUTES} minutes: something hangs.")
        return 1


def read_report(report: Path, outcome: Outcome) -> None:
    """Take the counts and durations out of pytest's JUnit file."""
    for suite in ElementTree.parse(report).iter("testsuite"):
        numbers = {kind: int(suite.get(kind, 0)) for kind in ("tests", "failures", "errors", "skipped")}
        failed = numbers["failures"] + numbers["errors"]
        outcome.counts = {
            "passed": numbers["tests"] - failed - numbers["skipped"],
            "failed": failed,
            "skipped": numbers["skipped"],
        }
        outcome.durations = [
            (float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}")
            for case in suite.iter("testcase")
        ]


def summarise(outcomes: list[Outcome], together: float) -> None:
    slowest = sorted(((seconds, test, o.suite.name) for o in outcomes for seconds, test in o.durations), reverse=True)
    print(f"\n==== the {SLOWEST_SHOWN} slowest tests ====")
    for seconds, test, suite in slowest[:SLOWEST_SHOWN]:
        print(f"{seconds:7.2f} s  {test}  ({suite})")
    print("\n==== summary ====")
    for o in outcomes:
        counts = ", ".join(f"{number} {word}" for word, number in o.counts.items())
        verdict = "NOT RUN" if o.exit_code is None else "ok" if o.good else "FAILED"
        print(f"{verdict:9}{o.suite.name:24}{o.seconds / 60:6.2f} min  {counts}")
    print(f"{'':9}{'together':24}{together / 60:6.2f} min")


def main() -> int:
    """Run the suites; 0 when all are good, 1 when one failed or, under CI=true, was not run."""
    chromium = find_chromium()
    outcomes = [Outcome(suite, None) for suite in SUITES if suite.folders == IN_BROWSER and chromium is None]
    wanted = [suite for suite in SUITES if suite.folders != IN_BROWSER or chromium]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes += pool.map(lambda suite: run(suite, Path(folder)), wanted)
    summarise(outcomes, time.monotonic() - start)
    strict = os.environ.get("CI") == "true"
    if chromium is None:
        print(f"\n!!!! THE BROWSER TESTS WERE NOT RUN. {HOW_TO_GET_IT} !!!!")
    return 0 if all(o.good or (o.exit_code is None and not strict) for o in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
