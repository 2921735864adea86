"""The pictures of how it works: the mechanism, its illustrated chain in time, and hours against weeks."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from math import isclose

import numpy as np

from daybreak import charts
from daybreak.charts.marks import Mark
from daybreak.clinic.planning.expectation import SEED
from daybreak.clinic.record.memory import giving_back
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.chain import trajectory
from daybreak.pharmacology.mechanism.steps import mechanism_steps
from daybreak.pharmacology.response.antidepressant import antidepressant_course, antidepressant_rows
from daybreak.pharmacology.response.course import predict_course, weeks_studied
from daybreak.pharmacology.response.trials import Quantity, TrialRow, eligible
from daybreak.treatment.regimen_language import parse

REPEATED = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 4 weeks"
ONCE = "ketamine 0.5 mg/kg iv over 40 min, once"
BODY = Body(70.0)  # for a picture of no person in particular
_WEEK_H = 7 * 24.0
_FIRST_WEEK_MEASURED = 1.0  # of an oral antidepressant; before it nothing on file
_TO_A_WEEK = ((1.0, "1 h"), (4.0, "4 h"), (24.0, "1 day"), (_WEEK_H, "1 week"))
_TO_EIGHT_WEEKS = (*_TO_A_WEEK, (4 * _WEEK_H, "4"), (8 * _WEEK_H, "8"))
_FUTURES = 200


def mechanism() -> charts.Pathway:
    """The steps from dose to symptoms, each arrow as firm as what is known of it."""
    steps = mechanism_steps()
    names = [step.name for step in steps]
    return charts.Pathway(
        title="From a dose to the symptoms",
        description=" ".join(
            f"{before.name} to {after.name}: {_FIRM[after.known]}."
            for before, after in pairwise(steps)
            if after.known is not None
        )
        + " A plan's predictions go straight from the concentration to the symptoms, fitted to trials in people.",
        steps=tuple(charts.Step(step.name, step.note) for step in steps),
        links=tuple(step.known.value for step in steps if step.known is not None),
        detour=charts.Detour(
            names.index("Concentration"),
            names.index("Symptoms"),
            "people",
            ("A plan’s predictions", "take this way: fitted", "to trials in people"),
        ),
    )


_FIRM = {"people": "measured in people", "animals": "from animals", "assumed": "assumed"}


@cache
def chain() -> charts.Chart:
    """The illustrated chain after one infusion, each step as a share of its own highest. Nothing of it is fitted."""
    times_h = np.geomspace(0.1, 2 * _WEEK_H, 80)
    course = trajectory(parse(ONCE), BODY, times_h)
    shown = {
        "Receptor block": course.interneuron_block,
        "Glutamate": course.glutamate,
        "BDNF": course.bdnf,
        "Translation": course.translation,
        "AMPA": course.ampa,
        "Spines": course.spines,
    }
    marks: list[Mark] = []
    for row, (name, values) in enumerate(shown.items()):
        share = values[0] / values[0].max()
        marks.append(charts.Line(times_h, share, name, label="", dash="guess", thin=row % 2 == 1))
        peak = int(share.argmax())
        marks.append(charts.Label(float(times_h[peak]), 1.05 + 0.11 * (row % 3), name, "plain", "right"))
    return charts.Chart(
        title="The illustrated chain after one infusion",
        description=(
            "Each step comes later and stays longer than the one before: "
            + ", ".join(f"{name} highest at {_when(times_h[int(v[0].argmax())])}" for name, v in shown.items())
            + ". All times are assumed."
        ),
        x=charts.Axis(
            name="Time since the dose", low=0.1, high=2 * _WEEK_H, scale="log", ticks=((0.1, "6 min"), *_TO_A_WEEK)
        ),
        y=charts.Axis(name="Share of its own highest", low=0, high=1.4, ticks=((0, "0"), (0.5, "half"), (1, "all"))),
        marks=tuple(marks),
        width=1080,
        height=300,
    )


@cache
@giving_back
def hours_and_weeks() -> charts.Chart:
    """What ketamine and an oral antidepressant take from the score beyond a control, from one hour to eight weeks."""
    times_h = np.geomspace(1.0, 8 * _WEEK_H, 60)
    times_h = np.unique(np.append(times_h, [_WEEK_H * weeks_studied(), _WEEK_H * _FIRST_WEEK_MEASURED]))
    course = predict_course(parse(REPEATED), BODY, 30.0, times_h=times_h, patients=_FUTURES, seed=SEED)
    percent = 100 / course.baseline
    oral = antidepressant_course(times_h / _WEEK_H, seed=SEED)
    drug, studied_h = course.drug_fall, weeks_studied() * _WEEK_H
    fall = drug.median * percent

    def of_ketamine(hour: float) -> str:
        return _beside_trials(times_h, hour, (fall, drug.lower * percent, drug.upper * percent), _ketamine_points())

    def of_oral(hour: float) -> str:
        return _beside_trials(times_h, hour, (oral.median * 100, oral.lower * 100, oral.upper * 100), _oral_points())

    return charts.Chart(
        title="Hours against weeks",
        description=(
            f"Beyond a control, ketamine twice a week takes {of_ketamine(24)} of the score at one day and "
            f"{of_ketamine(studied_h)} at four weeks; an oral antidepressant {of_oral(_WEEK_H)} at one week and "
            f"{of_oral(8 * _WEEK_H)} at eight (in brackets the 90 % interval, of the mean and not of people, "
            "and from where to where trials lie then)."
        ),
        x=charts.Axis(
            name="Time since the first dose", low=1, high=8 * _WEEK_H, scale="log", unit="weeks", ticks=_TO_EIGHT_WEEKS
        ),
        y=charts.Axis(name="Fall beyond a control, % of the score before", low=-5, high=45),
        marks=(
            charts.Band(times_h, drug.lower * percent, drug.upper * percent, "Ketamine, 90 % interval"),
            *_lines(times_h, fall, "Ketamine", (0, studied_h), tone="accent"),
            charts.Band(times_h, oral.lower * 100, oral.upper * 100, "Oral antidepressant, 90 % interval", tone="ink"),
            *_lines(times_h, oral.median * 100, "Oral antidepressant", (_WEEK_H, np.inf), tone="ink"),
            charts.Points(*_ketamine_points(), "Ketamine or esketamine, trial", tone="accent"),
            charts.Points(*_oral_points(), "Oral antidepressant, trial", shape="square", hollow=True),
        ),
        width=1080,
        height=380,
    )


def _lines(
    times_h: FloatArray, values: FloatArray, name: str, measured_h: tuple[float, float], tone: str
) -> Iterator[Mark]:
    """The median: solid where trials measured, dotted where nothing was."""
    start, end = measured_h
    for stretch, dash in (
        (times_h <= start, "guess"),
        ((times_h >= start) & (times_h <= end), "solid"),
        (times_h >= end, "guess"),
    ):
        if stretch.sum() > 1:
            words = name if dash == "solid" else f"{name}, assumed"
            label = name if stretch[-1] else ""
            yield charts.Line(times_h[stretch], values[stretch], words, label=label, tone=tone, dash=dash)


def _ketamine_points() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Differences from a control in trials of repeated doses, or within a day, as a share of the score before."""
    rows = eligible()
    found = [(row.time_h, 100 * fall) for row in rows if (fall := _difference(row, rows)) is not None and row.time_h]
    found.sort()
    return tuple(time for time, _ in found), tuple(fall for _, fall in found)


def _difference(row: TrialRow, rows: tuple[TrialRow, ...]) -> float | None:
    regimen = row.arm.regimen
    if regimen is None or row.value is None or not row.baseline or row.time_h is None:
        return None
    if len(regimen.doses) == 1 and row.time_h > 24:
        return None
    if row.quantity is Quantity.DIFFERENCE:
        return -row.value / row.baseline
    if row.quantity is not Quantity.MEAN_CHANGE:
        return None
    control = next(
        (
            each.value
            for each in rows
            if each.arm.trial == row.arm.trial
            and each.arm.regimen is None
            and each.quantity is row.quantity
            and each.time_h == row.time_h
            and each.arm.context is row.arm.context
        ),
        None,
    )
    return None if control is None else -(row.value - control) / row.baseline


def _oral_points() -> tuple[tuple[float, ...], tuple[float, ...]]:
    usual = load_estimates("antidepressant").fixed["usual_madrs_baseline"].value
    rows = [row for row in antidepressant_rows() if row.eligible and row.quantity == "difference"]
    found = sorted((row.week * _WEEK_H, -100 * row.value / (row.baseline or usual)) for row in rows)
    return tuple(time for time, _ in found), tuple(fall for _, fall in found)


def _at(times_h: FloatArray, values: FloatArray, hour: float) -> str:
    return f"{values[int(abs(times_h - hour).argmin())]:.0f}"


def _beside_trials(
    times_h: FloatArray,
    hour: float,
    band: tuple[FloatArray, FloatArray, FloatArray],
    points: tuple[tuple[float, ...], tuple[float, ...]],
) -> str:
    """The median with its interval at a time, and from where to where trials lie then."""
    middle, low, high = (_at(times_h, edge, hour) for edge in band)
    seen = [fall for time, fall in zip(*points, strict=True) if isclose(time, hour, rel_tol=0.02)]
    trials = f"; trials {min(seen):.0f} to {max(seen):.0f}" if seen else ""
    return f"{middle} % ({low} to {high}{trials})"


def _when(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
