"""What Daybreak takes of a machine while nobody uses it, and on its disk."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path

import daybreak
from benchmarks.clinic import Clinic
from benchmarks.harness import ROOT
from benchmarks.report import Figure

MEGABYTE = 1_000_000
SERVER_AT_MOST_MB = 200
INSTALL_AT_MOST_MB = 300


def measure_server(clinic: Clinic) -> Iterator[Figure]:
    """Memory of the server's processes; what they share is counted once."""
    processes = [clinic.daybreak.pid, *_children(clinic.daybreak.pid)]
    megabytes = sum(map(_proportional_bytes, processes)) / MEGABYTE
    yield Figure(
        "Idle server, memory",
        f"{megabytes:.0f} MB",
        compared=megabytes,
        at_most=SERVER_AT_MOST_MB,
        note=f"{len(processes)} processes, after every page was asked for; shared memory counted once",
    )


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _proportional_bytes(pid: int) -> int:
    """A process's memory, of which it owns shared pages in part."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1])


def measure_install() -> Iterator[Figure]:
    """The size of everything the run-time lock names, as installed, byte code included."""
    lock = (ROOT / "requirements/run.txt").read_text()
    names = set(re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE))  # one may stand twice, for two Pythons
    package = Path(daybreak.__file__).parent
    own = sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
    megabytes = (own + sum(map(_installed_bytes, names))) / MEGABYTE
    yield Figure(
        "Run-time install",
        f"{megabytes:.0f} MB",
        compared=megabytes,
        at_most=INSTALL_AT_MOST_MB,
        note=f"Daybreak ({own / MEGABYTE:.1f} MB) and {len(names)} packages of requirements/run.txt",
    )


def _installed_bytes(name: str) -> int:
    """The files of one package; 0 for one that this system does not need."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0
    listed = {Path(str(file.locate())) for file in files}
    compiled = {Path(cache_from_source(str(file))) for file in listed if file.suffix == ".py"}
    return sum(file.stat().st_size for file in listed | compiled if file.is_file())
