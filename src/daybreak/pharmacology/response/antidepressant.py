"""An oral antidepressant over weeks: what it adds to placebo, beside which ketamine's hours are seen.

difference(t) = full (1 - 2^(-t / half))
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.random_streams import standard_normals

_STREAM = 40


@dataclass(frozen=True, slots=True)
class AntidepressantRow:
    """One published number of the weeks after an oral antidepressant starts; a fall is negative."""

    study: str
    drug: str
    week: float
    quantity: str
    value: float
    standard_error: float | None
    baseline: float | None
    eligible: bool
    use: str
    note: str


@dataclass(frozen=True, slots=True)
class AntidepressantCourse:
    """Drug less placebo as a fraction of baseline, (times,): estimate and the band of its uncertainty."""

    weeks: FloatArray
    median: FloatArray
    lower: FloatArray
    upper: FloatArray
    parameter_version: str
    limits: tuple[str, ...]


@cache
def antidepressant_rows() -> tuple[AntidepressantRow, ...]:
    """Every row of `observed/antidepressant.csv`, in its order."""
    text = files("daybreak.pharmacology.observed").joinpath("antidepressant.csv").read_text(encoding="utf-8")
    return tuple(
        AntidepressantRow(
            study=row["study"],
            drug=row["drug"],
            week=float(row["week"]),
            quantity=row["quantity"],
            value=float(row["value"]),
            standard_error=float(row["standard_error"]) if row["standard_error"] else None,
            baseline=float(row["baseline"]) if row["baseline"] else None,
            eligible=row["eligible"] == "yes",
            use=row["use"],
            note=row["note"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def difference(weeks: ArrayLike, full: FloatArray, half_weeks: FloatArray) -> FloatArray:
    """Drug less placebo as a fraction of baseline, (sets, weeks)."""
    return np.asarray(full[:, None] * (1 - 2 ** (-np.asarray(weeks) / half_weeks[:, None])))


def antidepressant_course(weeks: ArrayLike, *, draws: int = 1000, seed: int = 0) -> AntidepressantCourse:
    """The course of the mean difference with a 90 % band of what is not known about it."""
    estimates = load_estimates("antidepressant")
    times = np.array(weeks, dtype=np.float64, ndmin=1)
    normals = standard_normals(seed=seed, stream=_STREAM, patients=draws, numbers=len(estimates.priors))
    values = estimates.drawn(normals)
    lower, median, upper = np.quantile(
        difference(times, values["full_difference"], values["half_life_weeks"]), [0.05, 0.5, 0.95], axis=0
    )
    return AntidepressantCourse(times, median, lower, upper, estimates.version, estimates.limits)
