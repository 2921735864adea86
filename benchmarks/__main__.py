"""`python -m benchmarks [name ...]`: measure, print, and fail when a gate does not hold."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console

from benchmarks import evidence, footprint, kinetics, live, pages, readings, science
from benchmarks.clinic import Clinic, prepared_clinic
from benchmarks.report import Figure, show

NARROWEST = 120  # columns: a report that is piped into a file keeps its lines


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What is measured, over a filled clinic or without one."""

    title: str
    with_clinic: Callable[[Clinic], Iterator[Figure]] | None = None
    alone: Callable[[], Iterator[Figure]] | None = None


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
            print(f"{name:10}{benchmark.title}")
        sys.exit(0)
    return {name: benchmark for name, benchmark in BENCHMARKS.items() if not given.names or name in given.names}


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
