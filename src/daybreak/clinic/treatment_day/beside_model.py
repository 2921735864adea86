"""What was measured beside what the model expected of it, check by check: to be read after a session, by clinicians."""

from datetime import datetime, timedelta

import numpy as np

from daybreak.charts import Table
from daybreak.clinic.treatment_day.expected import Concentration, otherwise_than_planned
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.pharmacology.safety.day import Day
from daybreak.treatment.vitals import Vital

_MOST_ROWS = 40  # of typed checks; more is a monitor's stream; ours


def beside(state: SessionState, day: Day | None, concentration: Concentration | None) -> Table | None:
    """A row for each typed pressure since the dose; None without one, or where nothing is expected."""
    if state.started_at is None or (day is None and concentration is None):
        return None
    low = {each.at: each.value for each in state.typed if each.vital is Vital.DIASTOLIC}
    values = [each for each in state.typed if each.vital is Vital.SYSTOLIC and each.at >= state.started_at]
    if not values:
        return None
    rows = []
    for each in values[:_MOST_ROWS]:
        measured = f"{each.value:.0f}/{low[each.at]:.0f}" if each.at in low else f"{each.value:.0f}"
        rows.append((f"{_minute(state, each.at):.0f} min", measured, *_expected(state, each.at, day, concentration)))
    of_expected = ("Systolic expected, mmHg", "Diastolic expected, mmHg", "Concentration expected, ng/mL")
    notes = ["Expected: the median, and what 90 of 100 people have. It is no limit and judges no value."]
    if day is not None and (otherwise := otherwise_than_planned(state)):
        notes.append(f"The expected pressure is of the dose as planned. {otherwise}")
    return Table(("Since the dose", "Pressure measured, mmHg", *of_expected), tuple(rows), tuple(notes))


def _expected(
    state: SessionState, at: datetime, day: Day | None, concentration: Concentration | None
) -> tuple[str, str, str]:
    hour = _minute(state, at) / 60
    pressures = (
        (_at(hour, day.times_h, band) for band in (day.systolic, day.diastolic)) if day is not None else ("", "")
    )
    curve = _at(hour, concentration.band.times_h, concentration.curve) if concentration is not None else ""
    return (*pressures, curve)


def _at(hour: float, times_h: np.ndarray, band: object) -> str:
    """The median and the band at a time; empty after the last one computed."""
    if not times_h[0] <= hour <= times_h[-1]:
        return ""
    low, middle, high = (float(np.interp(hour, times_h, getattr(band, edge))) for edge in ("lower", "median", "upper"))
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def _minute(state: SessionState, at: datetime) -> float:
    assert state.started_at is not None  # noqa: S101 - only asked since the dose
    return (at - state.started_at) / timedelta(minutes=1)
