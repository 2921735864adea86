"""The charts of a session: pressure with its limits and the checks on the axis; below it the oxygen saturation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from daybreak.charts import Axis, Band, Chart, Checks, Label, Line, Missing, Now, Points, Stretch
from daybreak.charts import Limit as ChartLimit
from daybreak.charts.marks import Mark
from daybreak.clinic.treatment_day.expected import Concentration
from daybreak.clinic.treatment_day.gaps import gaps
from daybreak.clinic.treatment_day.queries import SessionRecord
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.pharmacology.safety.day import Day
from daybreak.treatment.limits import Level
from daybreak.treatment.vitals import Reading, Vital

_LEAST_MIN = 30.0
_MINUTES_PER_HOUR = 60
# So long before the dose, or before the opening where none was begun, the pictures begin; ours.
_BEFORE = timedelta(minutes=60)
_GUTTER = 92  # the longest name at the right is "Before 135": all three charts share one time line
_LEVELS = {Level.AMBER: "amber", Level.RED: "red"}


def values_outside(state: SessionState) -> str:
    """How many values lie before the pictures begin, as a sentence; empty where none does."""
    outside = len(state.readings) - len(_shown(state).readings)
    if not outside:
        return ""
    values = "1 earlier value lies" if outside == 1 else f"{outside} earlier values lie"
    return f"{values} outside these pictures, before {state.clock(_begins(state))}; among the numbers they stand."


def _begins(state: SessionState) -> datetime:
    first = min((reading.at for reading in state.readings), default=state.now)
    return (state.started_at or state.opened_at or first) - _BEFORE


def _shown(state: SessionState) -> SessionState:
    """The same without the values from before the pictures begin."""
    begins = _begins(state)
    return replace(state, readings=tuple(reading for reading in state.readings if reading.at >= begins))


def pressure_numbers(state: SessionState) -> Chart:
    """Every pressure, also those from before the picture begins, without the model's band, which would bury them."""
    return _pressures(state, None)


def pressure_chart(state: SessionState, expected: Day | None = None) -> Chart:
    """Systolic and diastolic pressure in minutes since the dose, or since the first value before one.

    `expected` is the model's band behind them.
    """
    return _pressures(_shown(state), expected)


def _pressures(state: SessionState, expected: Day | None) -> Chart:
    minute = _minutes(state)
    systolic, diastolic = _series(state, Vital.SYSTOLIC), _series(state, Vital.DIASTOLIC)
    last = _last(state, minute)
    marks: list[Mark] = [
        *_expected(expected, last),
        *_limits(Vital.SYSTOLIC, state),
        *_before(state),
        *_line(systolic, "Systolic", minute, state),
        *_line(diastolic, "Diastolic", minute, state, second=True),
        *_dose(state, minute),
        *_checks(state, minute),
    ]
    if state.left is None:
        marks.append(Now(minute(state.now), f"Now {state.now:%H:%M}"))
    values = [reading.value for reading in (*systolic, *diastolic)]
    return Chart(
        title="Blood pressure since the dose began",
        description=f"{_said(state, systolic, 'Systolic')} {expected_words(expected)}".strip(),
        x=Axis(name="Minutes", scale="minutes", low=_first(state, minute), high=last),
        y=Axis(name="Pressure, mmHg", low=min([60, *values]), high=max([180, *values])),
        marks=tuple(marks),
        height=320,
        gutter=_GUTTER,
        empty="No pressure was entered yet.",
    )


def oxygen_chart(record: SessionRecord, state: SessionState) -> Chart:
    """Oxygen saturation on the same time line; where the monitor sent no true value, hatched."""
    state = _shown(state)
    minute = _minutes(state)
    series = _series(state, Vital.SPO2)
    missing = [gap for gap in gaps(record.readings, least=timedelta(seconds=15)) if gap.vital is Vital.SPO2]
    low, high = _first(state, minute), _last(state, minute)
    marks: list[Mark] = [
        *_limits(Vital.SPO2, state),
        *[Missing(minute(gap.start), minute(gap.end or state.now), "no true value") for gap in missing],
        *_line(_with_gaps(series, [(gap.start, gap.end or state.now) for gap in missing]), "SpO₂", minute, state),
    ]
    if state.left is None:
        marks.append(Now(minute(state.now), ""))
    return Chart(
        title="Oxygen saturation since the dose began",
        description=_said(state, series, "Saturation"),
        x=Axis(name="Minutes", scale="minutes", low=low, high=high),
        y=Axis(name="SpO₂, %", low=min([88, *[reading.value for reading in series]]), high=100),
        marks=tuple(marks),
        height=170,
        gutter=_GUTTER,
        empty="No saturation was entered yet.",
    )


def concentration_chart(state: SessionState, expected: Concentration) -> Chart:
    """The concentration the model expects, on the same time line. Nobody measures it: there are no real values."""
    state = _shown(state)
    minute = _minutes(state)
    curve, last = expected.curve, _last(state, minute)
    minutes = expected.band.times_h * _MINUTES_PER_HOUR
    shown = minutes <= last
    marks: list[Mark] = [
        Band(minutes[shown], curve.lower[shown], curve.upper[shown], "Expected of 90 of 100 people"),
        Line(minutes[shown], curve.median[shown], "Expected, median", label="", tone="accent"),
        *_dose(state, minute),
    ]
    if state.left is None:
        marks.append(Now(minute(state.now), ""))
    return Chart(
        title="Concentration expected since the dose began",
        description=concentration_words(expected),
        x=Axis(name="Minutes", scale="minutes", low=_first(state, minute), high=last),
        y=Axis(name=f"Expected {expected.analyte}, ng/mL", low=0),
        marks=tuple(marks),
        height=190,
        gutter=_GUTTER,
        empty="No concentration is expected.",
    )


def concentration_words(expected: Concentration | None) -> str:
    """What the curve says, as a sentence; empty where there is none."""
    if expected is None:
        return ""
    curve, times_h = expected.curve, expected.band.times_h
    peak = int(curve.median.argmax())
    of = "what was given" if expected.as_given else "the dose as planned, until its end is recorded"
    return (
        f"Expected concentration of {expected.analyte} in {expected.band.matrix}, of {of}: highest "
        f"{curve.median[peak]:.0f} ng/mL {times_h[peak] * _MINUTES_PER_HOUR:.0f} min after the dose began, for 90 of "
        f"100 people between {curve.lower[peak]:.0f} and {curve.upper[peak]:.0f}. Nobody measured it."
    )


def expected_words(expected: Day | None) -> str:
    """What the band says, as a sentence; empty where there is none."""
    if expected is None:
        return ""
    peak = int(expected.systolic.median.argmax())
    low, middle, high = (
        float(edge[peak]) for edge in (expected.systolic.lower, expected.systolic.median, expected.systolic.upper)
    )
    return (
        f"Expected systolic is highest {expected.times_h[peak] * _MINUTES_PER_HOUR:.0f} min after the dose began: "
        f"{middle:.0f} mmHg, for 90 of 100 people between {low:.0f} and {high:.0f}."
    )


def _expected(expected: Day | None, last: float) -> list[Mark]:
    """The bands of both pressures behind all else, as far as the picture goes."""
    if expected is None:
        return []
    minutes = expected.times_h * _MINUTES_PER_HOUR
    shown = minutes <= last + _MINUTES_PER_HOUR / 6
    named = int(0.35 * shown.sum())  # the end is for the names of the limits
    return [
        *(
            Band(minutes[shown], band.lower[shown], band.upper[shown], f"{name} expected of 90 of 100 people")
            for name, band in (("Systolic", expected.systolic), ("Diastolic", expected.diastolic))
        ),
        Label(float(minutes[named]), float(expected.systolic.median[named]), "Expected, 90 of 100", "accent", "right"),
    ]


def _minutes(state: SessionState) -> Callable[[datetime], float]:
    zero = state.started_at or min((reading.at for reading in state.readings), default=state.now)
    return lambda at: (at - zero) / timedelta(minutes=1)


def _first(state: SessionState, minute: Callable[[datetime], float]) -> float:
    return min(0.0, *(minute(reading.at) for reading in state.readings), 0.0)


def _last(state: SessionState, minute: Callable[[datetime], float]) -> float:
    over = state.due[-1].at if state.due else state.now
    until = state.left.occurred_at if state.left else state.now
    return max(_LEAST_MIN, minute(over), minute(until))


def _series(state: SessionState, vital: Vital) -> list[Reading]:
    return [reading for reading in state.readings if reading.vital is vital]


def _limits(vital: Vital, state: SessionState) -> list[Mark]:
    """The limits as lines; until the dose begins, the gate."""
    if state.started_at is None:
        return [ChartLimit(limit.value, f"Gate {limit.value:g}", "amber") for limit in state.gate.of(vital)]
    marks: list[Mark] = []
    for limit in state.session_limits.of(vital):
        kind = _LEVELS.get(limit.level)
        shown = limit.comparison.is_high or vital is Vital.SPO2
        if kind is not None and shown:
            marks.append(ChartLimit(limit.value, f"{kind.capitalize()} {limit.value:g}", kind))
    return marks


def _before(state: SessionState) -> list[Mark]:
    before = state.baseline_values.get(Vital.SYSTOLIC)
    if before is None or state.started_at is None:
        return []
    return [ChartLimit(before, f"Before {before:g}", "base")]


def _with_gaps(series: list[Reading], spans: list[tuple[datetime, datetime]]) -> list[Reading | None]:
    """The series with a break where the signal was missing, so that no line is drawn through it."""
    broken: list[Reading | None] = []
    for index, reading in enumerate(series):
        earlier = series[index - 1] if index else reading
        if any(earlier.at <= start < reading.at for start, _ in spans):
            broken.append(None)
        broken.append(reading)
    return broken


def _line(
    series: list[Reading] | list[Reading | None],
    name: str,
    minute: Callable[[datetime], float],
    state: SessionState,
    *,
    second: bool = False,
) -> list[Mark]:
    """A measured line with its points; a value beyond a limit is a triangle in its colour."""
    xs, ys, at = [], [], 0.0
    for reading in series:
        at = minute(reading.at) if reading else at
        xs.append(at)
        ys.append(reading.value if reading else None)
    known = [reading for reading in series if reading]
    if not known:
        return []
    marks: list[Mark] = [Line(xs, ys, name, label=f"{known[-1].value:g}", thin=second)]
    beyond = {"watch": [], "act": []}
    within = []
    for reading in known:
        mark = state.mark_of(reading)
        if mark is None:
            within.append(reading)
        else:
            beyond["act" if mark.level.calls_to_act else "watch"].append(reading)
    # A monitor's stream is a line; its points would be one black band.
    if within and len(known) <= 60:
        shape = "square" if second else "round"
        marks.append(Points(*_xy(within, minute), name, shape=shape, hollow=second))
    for signal, readings in beyond.items():
        if readings:
            marks.append(Points(*_xy(readings, minute), name, signal=signal))
    return marks


def _xy(readings: list[Reading], minute: Callable[[datetime], float]) -> tuple[list[float], list[float]]:
    return [minute(reading.at) for reading in readings], [reading.value for reading in readings]


def _dose(state: SessionState, minute: Callable[[datetime], float]) -> list[Mark]:
    return [
        Stretch(
            minute(run.started_at),
            minute(run.ends_at(state.now)),
            "Infusion",
            until=minute(min(state.now, run.ends_at(state.now))),
        )
        for run in state.runs
        if run.is_infusion and run.ends_at(state.now) > run.started_at
    ]


def _checks(state: SessionState, minute: Callable[[datetime], float]) -> list[Mark]:
    if not state.due:
        return []
    return [Checks([minute(check.at) for check in state.due], [state.is_done(check) for check in state.due])]


def _said(state: SessionState, series: list[Reading], name: str) -> str:
    if not series:
        return f"{name}: nothing entered yet."
    first, last = series[0], series[-1]
    low, high = min(each.value for each in series), max(each.value for each in series)
    zone = state.now.tzinfo
    return (
        f"{name} went from {first.value:g} at {first.at.astimezone(zone):%H:%M} to {last.value:g} at "
        f"{last.at.astimezone(zone):%H:%M}; lowest {low:g}, highest {high:g}."
    )
