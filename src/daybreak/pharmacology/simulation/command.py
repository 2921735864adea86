"""`daybreak simulate`: wrong input is a sentence and code 2."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from daybreak.pharmacology.linear import FloatArray
    from daybreak.pharmacology.safety.day import DayLimit
    from daybreak.pharmacology.simulate import Output, Population, Portion, Save, Simulated
    from daybreak.pharmacology.simulation.tables import RowFile
    from daybreak.treatment.regimen import Regimen
    from daybreak.treatment.vitals import Vital

_LEVELS = (0.05, 0.5, 0.95)


class Subject(StrEnum):
    """What can be simulated of each person."""

    CONCENTRATIONS = "concentrations"
    SYMPTOMS = "symptoms"
    DAY = "day"


def simulate(
    regimen: Annotated[str, typer.Argument(help="As a clinician would say it.")],
    *,
    compare: Annotated[list[str] | None, typer.Option(help="Another regimen beside it; may be repeated.")] = None,
    save: Annotated[
        list[Subject] | None, typer.Option(help="What of each person; may be repeated. All, unless a model is named.")
    ] = None,
    patients: Annotated[int, typer.Option(help="How many virtual people.")] = 1000,
    weight_kg: Annotated[
        list[float] | None, typer.Option(help="A body weight, 2 to 500 kg; repeated, people are shared out.")
    ] = None,
    age_years: Annotated[float | None, typer.Option(help="Their age.")] = None,
    hours: Annotated[
        float | None,
        typer.Option(
            help="How long concentrations, from the first dose; at most ten years. Else the first day and 8 hours more."
        ),
    ] = None,
    madrs: Annotated[
        float | None, typer.Option(help="Score before the first dose; else the course is in per cent.")
    ] = None,
    pressure: Annotated[str | None, typer.Option(help="Before the dose, as 128/80; else its rise is shown.")] = None,
    heart_rate: Annotated[float | None, typer.Option(help="Before the dose, 1/min; else its rise is shown.")] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help='The chance of reaching it, as "systolic 180"; may be repeated. With a pressure, those in force.'
        ),
    ] = None,
    session: Annotated[int, typer.Option(help="Which treatment day of the regimen.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 0,
    model_name: Annotated[str | None, typer.Option("--model", help="A kinetic model by name.")] = None,
    arterial: Annotated[
        bool, typer.Option(help="Arterial in place of the model's own samples; doses by vein only.")
    ] = False,
    endpoints: Annotated[Path | None, typer.Option(help="Each person's endpoints, .csv or .parquet.")] = None,
    curves: Annotated[Path | None, typer.Option(help="Quantiles by hour, .csv or .parquet.")] = None,
    trajectories: Annotated[Path | None, typer.Option(help="Each person's every value, .csv or .parquet.")] = None,
    report: Annotated[Path | None, typer.Option(help="A page with charts, .html.")] = None,
    cluster: Annotated[str | None, typer.Option(help="A Dask scheduler that computes it, as tcp://HOST:8786.")] = None,
) -> None:
    """Simulate a regimen in thousands of virtual people: concentrations, symptoms, the treatment day."""
    from daybreak.pharmacology.body import Body, KineticsError
    from daybreak.pharmacology.simulate import Population
    from daybreak.pharmacology.simulation import report as shown
    from daybreak.pharmacology.simulation import tables
    from daybreak.treatment.regimen import RegimenError

    try:
        for path in filter(None, (endpoints, curves, trajectories)):
            tables.check_place(path)
        if report is not None:
            tables.check_place(report, shown.PAGE_ENDINGS)
        tables.check_apart([path for path in (endpoints, curves, trajectories, report) if path])
        subjects = save or ([Subject.CONCENTRATIONS] if model_name else list(Subject))
        results = _simulated(
            _each_apart(regimen, *(compare or [])),
            people=Population(patients, tuple(Body(weight, None, age_years) for weight in weight_kg or [70.0])),
            outputs=_outputs(subjects, madrs, _before(pressure, heart_rate), limit or [], session),
            hours=hours,
            seed=seed,
            model_name=model_name,
            arterial=arterial,
            curves=curves is not None,
            trajectories=trajectories,
            cluster=cluster,
        )
        if endpoints is not None:
            tables.write(endpoints, tables.ENDPOINT_NAMES, tables.endpoint_rows(results), results)
        if curves is not None:
            tables.write(curves, tables.CURVE_NAMES, tables.curve_rows(results, _LEVELS), results)
        if report is not None:
            report.write_text(shown.page(results), encoding="utf-8")
    except (KineticsError, RegimenError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    _print(results)


def _each_apart(*regimens: str) -> "dict[str, Regimen]":
    """The regimens by their words, each another, however it is written."""
    from daybreak.pharmacology.body import KineticsError
    from daybreak.treatment.regimen_language import parse

    found: dict[str, Regimen] = {}
    for words in regimens:
        if (regimen := parse(words)) in found.values():
            raise KineticsError(f'"{words}" is named twice, and would be compared with itself. Name another regimen.')
        found[words] = regimen
    return found


def _before(pressure: str | None, heart_rate: float | None) -> "dict[Vital, float]":
    """What was measured before the dose."""
    from daybreak.pharmacology.body import KineticsError
    from daybreak.treatment.vitals import Vital

    found = {} if heart_rate is None else {Vital.HEART_RATE: heart_rate}
    if pressure is not None:
        try:
            systolic, diastolic = map(float, pressure.split("/"))
        except ValueError:
            raise KineticsError(f"{pressure} is not a blood pressure. Write it as 128/80.") from None
        if diastolic >= systolic:
            raise KineticsError(
                f"{pressure} is not a blood pressure: the diastolic must be below the systolic. Write it as 128/80."
            )
        found |= {Vital.SYSTOLIC: systolic, Vital.DIASTOLIC: diastolic}
    return found


def _limit(words: str) -> "DayLimit":
    """A limit from words such as "systolic 180" or "systolic rise 40"."""
    from daybreak.pharmacology.body import KineticsError
    from daybreak.pharmacology.safety.day import DayLimit, Measure

    name, _, value = words.strip().rpartition(" ")
    measures = {measure.replace("_", " ").lower(): measure for measure in Measure}
    try:
        measure, at = measures[name.lower()], float(value)
    except (KeyError, ValueError):
        known = ", ".join(measures)
        raise KineticsError(f'{words} is not a limit. Write one as "systolic 180", of {known}.') from None
    return DayLimit(measure, at)


def _outputs(
    subjects: Sequence[Subject], madrs: float | None, before: "dict[Vital, float]", limits: Sequence[str], session: int
) -> "list[Output]":
    from daybreak.pharmacology.safety.day import pressure_limits
    from daybreak.pharmacology.simulate import Symptoms, TreatmentDay, concentrations_in_ng_per_ml
    from daybreak.treatment.vitals import Vital

    usual = pressure_limits() if Vital.SYSTOLIC in before else ()
    made: dict[Subject, Callable[[], Output]] = {
        Subject.CONCENTRATIONS: lambda: concentrations_in_ng_per_ml,
        Subject.SYMPTOMS: lambda: Symptoms(madrs),
        Subject.DAY: lambda: TreatmentDay(before, tuple(map(_limit, limits)) or usual, session),
    }
    return [make() for subject, make in made.items() if subject in subjects]


def _simulated(
    regimens: "dict[str, Regimen]",
    *,
    people: "Population",
    outputs: "Sequence[Output]",
    hours: float | None,
    seed: int,
    model_name: str | None,
    arterial: bool,
    curves: bool,
    trajectories: Path | None,
    cluster: str | None,
) -> "dict[str, Simulated]":
    from rich.progress import Progress

    from daybreak.pharmacology.kinetics import Matrix
    from daybreak.pharmacology.simulate import Endpoints, Population, Quantiles, Trajectories, simulate
    from daybreak.pharmacology.simulation import tables
    from daybreak.pharmacology.simulation.cluster import Cluster

    asked = partial(
        simulate,
        hours=hours,
        seed=seed,
        model=model_name,
        matrix=Matrix.ARTERIAL if arterial else None,
        outputs=outputs,
    )
    results: dict[str, Simulated] = {}
    with ExitStack() as stack:
        # A few people first: what cannot be is said before anything is written, and the hours are known.
        few = Population(len(people.bodies), people.bodies)
        like = {words: asked(regimen, few, save=[]) for words, regimen in regimens.items()}
        run = stack.enter_context(Cluster(cluster).open()) if cluster is not None else map
        file = None
        if trajectories is not None:
            file = stack.enter_context(tables.row_file(trajectories, tables.TRAJECTORY_NAMES, results))
        bar = stack.enter_context(Progress(transient=True))
        task = bar.add_task("Simulating", total=people.patients * len(regimens))
        for words, regimen in regimens.items():
            save: list[Save] = [Endpoints(), Quantiles(_LEVELS, by_body=curves)]
            if file is not None:
                save.append(Trajectories(partial(_write, file, words, like[words])))
            results[words] = asked(regimen, people, save=save, run=run, progress=lambda done: bar.advance(task, done))
    return results


def _write(
    file: "RowFile", words: str, like: "Simulated", portion: "Portion", series: "Mapping[str, FloatArray]"
) -> None:
    from daybreak.pharmacology.simulation.tables import trajectory_rows

    file.write(trajectory_rows(words, like, portion, series))


def _print(results: "dict[str, Simulated]") -> None:
    from rich.console import Console

    from daybreak.pharmacology.simulation import report as shown
    from daybreak.pharmacology.simulation.tables import made_of, warned

    console = Console()
    console.print(shown.summary(results))
    for words, found in results.items():
        console.print(f"{words}: {made_of(found)}")
        for said in warned(found):
            console.print(f"Look: {said}", style="bold")
        for said in found.limits:
            console.print(f"  {said}")
