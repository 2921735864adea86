"""`daybreak model`: the model against data, and its fits."""

from typing import Annotated

import typer

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
