"""`python -m benchmarks [name ...]`: measure, print, and fail when a gate does not hold."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console

from benchmarks import chairs, evidence, footprint, kinetics, listener, live, pages, readings, science, years
from benchmarks.clinic import Clinic, prepared_clinic
from benchmarks.report import Figure, show

NARROWEST = 120  # columns: a report that is piped into a file keeps its lines


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What is measured, over a filled clinic or without one."""

    title: str
    with_clinic: Callable[[Clinic], Iterator[Figure]] | None = None
    alone: Callable[[], Iterator[Figure]] | None = None
    only_by_name: bool = False


# In this order: the pages are measured before thousands of readings are stored in the sessions they show.
BENCHMARKS = {
    "science": Benchmark("The science behind a page (printed, not gated)", alone=science.measure),
    "kinetics": Benchmark("The model, beside general solvers", alone=kinetics.measure),
    "evidence": Benchmark("Pooling trials, beside the same one by one", alone=evidence.measure),
    "install": Benchmark("On the disk", alone=footprint.measure_install),
    "pages": Benchmark("Pages, beside a bare page of five queries", pages.measure),
    "memory": Benchmark("In memory", footprint.measure_server),
    "live": Benchmark("From one page to another", live.measure),
    "readings": Benchmark("Storing readings, beside a bare view that inserts the same row", readings.measure),
    "listener": Benchmark("The listener, beside a bare loop with one commit a message", alone=listener.measure),
    "chairs": Benchmark("Forty chairs on PostgreSQL, thirty pages open", alone=chairs.measure_postgresql),
    "chairs-sqlite": Benchmark("Eight chairs on SQLite, six pages open", alone=chairs.measure_sqlite),
    "years": Benchmark("Three years on SQLite, beside a new clinic", alone=years.measure_sqlite, only_by_name=True),
    "years-postgresql": Benchmark(
        "Three years on PostgreSQL, beside a new clinic", alone=years.measure_postgresql, only_by_name=True
    ),
}


def chosen(arguments: Sequence[str]) -> dict[str, Benchmark]:
    """The benchmarks named on the command line; all when none is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(BENCHMARKS)}; without one: all")
    parser.add_argument("--list", action="store_true", help="print the names and what each measures")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(
            f"There is no benchmark called {', '.join(sorted(unknown))}. Choose from: {', '.join(BENCHMARKS)}."
        )
    if given.list:
        for name, benchmark in BENCHMARKS.items():
            print(f"{name:15}{benchmark.title}")
        sys.exit(0)
    return {
        name: benchmark
        for name, benchmark in BENCHMARKS.items()
        if name in given.names or not (given.names or benchmark.only_by_name)
    }


def main(arguments: Sequence[str]) -> int:
    """Run the chosen benchmarks; 1 when a gate failed."""
    console = Console()
    console = Console(width=max(console.width, NARROWEST))
    failed = 0
    with ExitStack() as stack:
        clinic: Clinic | None = None
        for benchmark in chosen(arguments).values():
            if benchmark.alone:
                figures = list(benchmark.alone())
            else:
                if clinic is None:
                    console.print("Preparing a clinic of 500 people and 200,000 readings …")
                    clinic = stack.enter_context(prepared_clinic())
                figures = list(benchmark.with_clinic(clinic))
            show(console, benchmark.title, figures)
            failed += sum(figure.failed for figure in figures)
    if failed:
        console.print(f"[bold red]{failed} gate{'s' if failed > 1 else ''} failed.[/]")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
