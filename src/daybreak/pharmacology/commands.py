"""`daybreak model` and `daybreak simulate`: wrong input is a sentence and code 2."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from daybreak.pharmacology.simulate import Simulated

# What `simulate` takes. Ours: beyond it is a slip, not a person or a course.
LONGEST_H = 10 * 365 * 24
LIGHTEST_KG, HEAVIEST_KG = 2, 500
SEEDS = 2**64  # as many as the generator knows
_OURS = "a bound of this project against slips"

model = typer.Typer(no_args_is_help=True, help="The mechanistic model.")


@model.command()
def validate() -> None:
    """Predicted against observed, for every eligible row: concentrations, response, treatment day.

    Fails if an agreement was lost.
    """
    from daybreak.pharmacology.calibration.report import print_effects_validation
    from daybreak.pharmacology.report import print_validation

    holds = print_validation()
    print_effects_validation()
    if not holds:
        raise typer.Exit(1)


@model.command()
def calibrate(
    *, leave_out: Annotated[bool, typer.Option("--leave-out", help="Leave out trials and programmes instead.")] = False
) -> None:
    """Fit the response and the treatment day to the published data and write their parameter files. Needs SciPy."""
    from daybreak.pharmacology.calibration import command
    from daybreak.pharmacology.calibration.fitting import FitError

    try:
        if leave_out:
            command.leave_out()
        else:
            command.calibrate()
    except FitError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def simulate(
    regimen: Annotated[str, typer.Argument(help="As a clinician would say it.")],
    *,
    compare: Annotated[list[str] | None, typer.Option(help="Another regimen beside it; may be repeated.")] = None,
    patients: Annotated[int, typer.Option(help="How many virtual people.")] = 1000,
    weight_kg: Annotated[
        list[float] | None, typer.Option(help="A body weight, 2 to 500 kg; repeated, people are shared out.")
    ] = None,
    age_years: Annotated[float | None, typer.Option(help="Their age.")] = None,
    hours: Annotated[float, typer.Option(help="How long from the first dose, at most ten years.")] = 8.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 0,
    model_name: Annotated[str | None, typer.Option("--model", help="A kinetic model by name.")] = None,
    arterial: Annotated[bool, typer.Option(help="Arterial in place of the model's own samples.")] = False,
    endpoints: Annotated[Path | None, typer.Option(help="Each person's endpoints, .csv or .parquet.")] = None,
    curves: Annotated[Path | None, typer.Option(help="Quantiles by hour, .csv or .parquet.")] = None,
    report: Annotated[Path | None, typer.Option(help="A page with charts, .html.")] = None,
) -> None:
    """Simulate a regimen in thousands of virtual people."""
    from daybreak.pharmacology import simulation_report as shown
    from daybreak.pharmacology.body import KineticsError
    from daybreak.treatment.regimen import RegimenError

    levels = (0.05, 0.5, 0.95)
    try:
        for path, endings in (
            (endpoints, shown.TABLE_ENDINGS),
            (curves, shown.TABLE_ENDINGS),
            (report, shown.PAGE_ENDINGS),
        ):
            if path is not None:
                shown.check_place(path, endings)
        _check_bounds(hours, weight_kg or [], seed)
        results = _simulated(
            [regimen, *(compare or [])],
            patients=patients,
            weights_kg=weight_kg or [70.0],
            age_years=age_years,
            hours=hours,
            seed=seed,
            model_name=model_name,
            arterial=arterial,
        )
        if endpoints is not None:
            shown.write_rows(endpoints, shown.ENDPOINT_NAMES, shown.endpoint_rows(results))
        if curves is not None:
            shown.write_rows(curves, shown.CURVE_NAMES, shown.curve_rows(results, levels))
        if report is not None:
            report.write_text(shown.page(results), encoding="utf-8")
    except (KineticsError, RegimenError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    _print_simulated(results)


def _check_bounds(hours: float, weights_kg: list[float], seed: int) -> None:
    from daybreak.pharmacology.body import KineticsError

    if not 0 < hours <= LONGEST_H:
        raise KineticsError(f"{hours:g} hours cannot be simulated. Write more than 0, at most {LONGEST_H:,} ({_OURS}).")
    for weight_kg in weights_kg:
        if not LIGHTEST_KG <= weight_kg <= HEAVIEST_KG:
            raise KineticsError(
                f"{weight_kg:g} kg is not a body weight to simulate. Write {LIGHTEST_KG} to {HEAVIEST_KG} ({_OURS})."
            )
    if not 0 <= seed < SEEDS:
        raise KineticsError(f"{seed} cannot be a seed. Write a whole number from 0 on, below 2 to the power of 64.")


def _simulated(
    regimens: list[str],
    *,
    patients: int,
    weights_kg: list[float],
    age_years: float | None,
    hours: float,
    seed: int,
    model_name: str | None,
    arterial: bool,
) -> "dict[str, Simulated]":
    import numpy as np
    from rich.progress import Progress

    from daybreak.pharmacology.body import Body
    from daybreak.pharmacology.kinetics import Matrix
    from daybreak.pharmacology.simulate import Population, simulate
    from daybreak.treatment.regimen_language import parse

    people = Population(patients, tuple(Body(weight, None, age_years) for weight in weights_kg))
    parsed = {words: parse(words) for words in regimens}
    with Progress(transient=True) as bar:
        task = bar.add_task("Simulating", total=patients * len(parsed))
        return {
            words: simulate(
                regimen,
                people,
                times_h=np.linspace(0, hours, 241),
                seed=seed,
                model=model_name,
                matrix=Matrix.ARTERIAL if arterial else None,
                progress=lambda done: bar.advance(task, done),
            )
            for words, regimen in parsed.items()
        }


def _print_simulated(results: "dict[str, Simulated]") -> None:
    from rich.console import Console

    from daybreak.pharmacology import kernel
    from daybreak.pharmacology import simulation_report as shown

    console = Console()
    console.print(shown.summary(results))
    console.print(kernel.state(), style="dim")
    for words, found in results.items():
        console.print(
            f"{words}: {found.patients:,} virtual people, seed {found.seed}, model {found.model_id}, "
            f"parameters {found.parameter_version}, {found.matrix}."
        )
        for said in found.warnings:
            console.print(f"Look: {said}", style="bold")
        for said in found.limits:
            console.print(f"  {said}")
