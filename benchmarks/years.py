"""Three years of a clinic: 2000 people, 20,000 sessions, 5 million readings, beside the same pages of a new one.

To fill it takes ten minutes and more, so it is measured only when it is named: `python -m benchmarks years`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict

from benchmarks import harness
from benchmarks.clinic import Page
from benchmarks.load import Client, alternating, seconds
from benchmarks.pages import ROUNDS, WARMED_UP_BY
from benchmarks.report import Figure
from tests.harness.databases import ENGINES

AT_MOST = 2.0


def measure_sqlite() -> Iterator[Figure]:
    """On SQLite."""
    yield from _measure("sqlite")


def measure_postgresql() -> Iterator[Figure]:
    """On PostgreSQL."""
    yield from _measure("postgresql")


def _measure(engine: str) -> Iterator[Figure]:
    """The median time of each page of the old clinic, and of the new one asked in turn with it."""
    with ExitStack() as stack:
        databases = ENGINES[engine]()
        stack.callback(databases.stop)
        clinics = []
        for size in ("THREE_YEARS", "NEW"):
            database = databases.empty()
            filled = _filled(database, size)
            server = stack.enter_context(harness.serving(harness.DAYBREAK, database))
            clinics.append((server, filled))
        (old_server, old), (new_server, new) = clinics
        for page_old, page_new in zip(old["pages"], new["pages"], strict=True):
            there, here = Page(**page_old), Page(**page_new)
            with (
                Client(old_server.port, old["keys"][there.role]) as one,
                Client(new_server.port, new["keys"][here.role]) as other,
            ):
                yield _page(there, here, one, other)


def _page(there: Page, here: Page, one: Client, other: Client) -> Figure:
    for _ in range(WARMED_UP_BY):
        one.get(there.path)
        other.get(here.path)
    old, new = alternating(
        lambda: seconds(lambda: one.get(there.path)), lambda: seconds(lambda: other.get(here.path)), ROUNDS
    )
    note = f"{there.queries} queries"
    return Figure(there.name, f"{1000 * old:.1f} ms", f"{1000 * new:.1f} ms", old / new, at_most=AT_MOST, note=note)


def _filled(database: str, size: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.years", database, size]
    said = subprocess.run(command, cwd=harness.ROOT, capture_output=True, text=True, check=True).stdout
    return json.loads(said.splitlines()[-1])


def _fill(database: str, size: str) -> None:
    """Fill an empty database and print what the measurement needs, as JSON. Django reads its settings once, so this
    is a process of its own."""
    harness.become_daybreak(database)
    from benchmarks import filling, subjects

    filling.fill(getattr(filling, size))
    print(json.dumps(asdict(subjects.find())))


if __name__ == "__main__":
    _fill(*sys.argv[1:])
