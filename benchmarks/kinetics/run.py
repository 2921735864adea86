"""Measures everything of `benchmarks.kinetics`, and prints it as one line of JSON."""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from benchmarks.kinetics import full, ours, solvers, workload
from benchmarks.report import Figure
from daybreak.pharmacology import kernel

ROUNDS = 5
FASTEST_KNOWN = "numbalsoda LSODA"
CHECKED = 6  # people whose course is computed to 1e-10
CROWD = 512
MANY = 4096  # whose endpoints are told in portions, as a simulation takes them
FEW = {"SciPy LSODA": 4}  # of a slow solver fewer people say as much
NUMPY_TIMES, KERNEL_TIMES, ENDPOINT_TIMES, FULL_TIMES = 8, 40, 150, 3
WARM_MS, COLD_SECONDS, GROWTH_MB = 1, 0.3, 200
CROWD_OF_ALL = 100_000
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _keep_memory()
    print(json.dumps([asdict(figure) for figure in figures()]))


def _keep_memory() -> None:
    """What is freed stays with this process, for all that is compared: a fresh page costs more than what is on it."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        library.mallopt(_MMAP_THRESHOLD, 32 * 2**20)  # more is not taken


def figures() -> Iterator[Figure]:
    exact = solvers.reference(workload.people(CHECKED))
    installed = solvers.installed()
    takes = {name: _of_solver(name, solve) for name, solve in installed.items()}
    errors = {name: _error(solve, exact) for name, solve in installed.items()}
    fastest = min(takes, key=takes.__getitem__)
    for name, took in takes.items():
        yield Figure(
            name,
            f"{1 / took:.0f} people/s",
            note=f"largest error {errors[name]:.1e}{'; the fastest here' if name == fastest else ''}",
        )
    beside = Yardstick(fastest, installed[fastest], errors[fastest])
    if FASTEST_KNOWN not in takes:
        # Ratios to a solver sixty times slower would hold whatever the model does.
        yield Figure(FASTEST_KNOWN, "not installed", note="fastest known; without it no ratio to a solver is judged")
        beside = replace(beside, judges=False)
    yield from _beside("NumPy", beside, exact, NUMPY_TIMES)
    if kernel.library() is None:
        yield Figure("Compiled kernel", "not built", note="`make kernel` builds it")
    else:
        yield from _beside("Compiled kernel", beside, exact, KERNEL_TIMES, ENDPOINT_TIMES)
    yield from _cold()
    yield from _everybody()


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The fastest general solver that is installed, its largest error, and whether to be faster means anything."""

    name: str
    solve: solvers.Solver
    error: float
    judges: bool = True


def _beside(
    backend: str, yardstick: Yardstick, exact: dict[str, Any], at_least: int, endpoints_at_least: int | None = None
) -> Iterator[Figure]:
    crowd, many, off = workload.people(CROWD), workload.people(MANY), backend == "NumPy"
    with _backend(off=off):
        error = _error(ours.solve, exact)
        found = ours.room(CROWD)
        ours.solve(crowd, found)
        ours.endpoints(crowd)
        pairs = [
            (
                _seconds(lambda: ours.solve(crowd, found)) / CROWD,
                _of_solver(yardstick.name, yardstick.solve, rounds=1),
                _seconds(lambda: ours.endpoints(crowd)) / CROWD,
                _seconds(lambda: ours.endpoints(many)) / MANY,
                _seconds(lambda: full.solve(CROWD)) / CROWD,
            )
            for _ in range(ROUNDS)
        ]
        here, beside, ends, ends_of_many, whole = (median(column) for column in zip(*pairs, strict=True))
        yield Figure(
            f"{backend}: six series at {len(workload.TIMES_H):,} times",
            f"{1 / here:.0f} people/s",
            f"{1 / beside:.0f} people/s",
            beside / here,
            at_least=at_least if yardstick.judges else None,
            note=f"beside: {yardstick.name}",
        )
        yield Figure(
            f"{backend}: largest error, of the error of {yardstick.name}",
            f"{error:.1e}",
            f"{yardstick.error:.1e}",
            error / yardstick.error,
            at_most=1,
        )
        yield Figure(
            f"{backend}: highest value, its time and area of each series, {CROWD} people",
            f"{1 / ends:.0f} people/s",
            f"{1 / beside:.0f} people/s",
            beside / ends,
        )
        yield Figure(
            f"{backend}: the same, {MANY:,} people",
            f"{1 / ends_of_many:.0f} people/s",
            f"{1 / beside:.0f} people/s",
            beside / ends_of_many,
            at_least=endpoints_at_least if yardstick.judges else None,
        )
        series = len(full.solve(1))
        ratio = whole / series / (here / len(workload.SERIES))
        yield Figure(
            f"{backend}: the whole default model, for each of {series} series",
            f"{1e6 * whole / series:.0f} µs",
            f"{1e6 * here / len(workload.SERIES):.0f} µs",
            ratio,
            at_most=FULL_TIMES,
            note="beside: a series of the workload",
        )
        one = workload.people(1)
        warm = median(_seconds(lambda: ours.solve(one)) for _ in range(50)) * 1000
        yield Figure(
            f"{backend}: one person, warm",
            f"{warm:.2f} ms",
            compared=warm,
            at_most=None if off else WARM_MS,
        )


@contextmanager
def _backend(*, off: bool) -> Iterator[None]:
    """NumPy where `off`, else the kernel."""
    kept = kernel.library
    if off:
        kernel.library = lambda: None  # type: ignore[assignment]
    try:
        yield
    finally:
        kernel.library = kept


def _of_solver(name: str, solve: solvers.Solver, rounds: int = 3) -> float:
    """Seconds for one person."""
    crowd = workload.people(FEW.get(name, 40))
    count = len(crowd["central_l"])
    return median(_seconds(lambda: solve(crowd)) for _ in range(rounds)) / count


def _error(solve: solvers.Solver, exact: dict[str, Any]) -> float:
    return workload.worst_error(solve(workload.people(CHECKED)), exact)


def _seconds(ask: Callable[[], object]) -> float:
    """Of the processor's time: nothing here waits, and what else the machine does does not count."""
    start = time.process_time()
    ask()
    return time.process_time() - start


COLD = """
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.kinetics import concentrations
from daybreak.treatment.regimen_language import parse
concentrations(parse("ketamine 0.5 mg/kg iv over 40 min twice weekly for 4 weeks"), Body(70), range(673))
"""


def _cold() -> Iterator[Figure]:
    """One person from a process that has to start first; processor time, Python's own start in it."""
    for name, switch in (("NumPy", "off"), ("Compiled kernel", "")):
        if not switch and kernel.library() is None:
            continue
        took = []
        for _ in range(ROUNDS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", COLD], env=os.environ | {kernel.SWITCH: switch}, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        seconds = median(took)
        yield Figure(
            f"{name}: one person, from a cold process", f"{seconds:.2f} s", compared=seconds, at_most=COLD_SECONDS
        )


EVERYBODY = f"""
import re, time
from pathlib import Path
import numpy as np
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.simulate import Endpoints, Population, simulate
from daybreak.treatment.regimen_language import parse

def pass_over(people):
    regimen, crowd = parse("ketamine 0.5 mg/kg iv over 40 min once"), Population(people, (Body(70),))
    simulate(regimen, crowd, times_h=np.linspace(0, 24, 49), save=[Endpoints()])
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])  # the peak, in kB

before, started = pass_over(1000), time.process_time()
print(pass_over({CROWD_OF_ALL}) - before, time.process_time() - started)
"""


def _everybody() -> Iterator[Figure]:
    """A hundred thousand people's endpoints in one pass: what it takes, and how much more memory than a thousand's."""
    done = subprocess.run([sys.executable, "-c", EVERYBODY], stdout=subprocess.PIPE, text=True, check=True)
    kilobytes, seconds = map(float, done.stdout.split())
    yield Figure(
        f"Endpoints of {CROWD_OF_ALL:,} people at 49 times",
        f"{seconds:.1f} s, {kilobytes / 1000:.0f} MB more",
        compared=kilobytes / 1000,
        at_most=GROWTH_MB,
        note=f"compared: the peak of memory beyond that of 1,000 people, in MB. {kernel.state()}",
    )


if __name__ == "__main__":
    main()
