"""What trials of ketamine and esketamine measured: `observed/response.csv`, frozen before anything was fitted.

A row is one number of one arm at one time. Hours count from the first dose; day 28 of the sprays' trials is
648 h. Which rows are eligible and why the others are not stands in the row. Within each programme the trials
stand in order of year and name, and the second, fifth, eighth are kept for testing.
"""

import csv
import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from daybreak.treatment.regimen import Regimen
from daybreak.treatment.regimen_language import parse


class Context(StrEnum):
    """What the people of an arm were told and could notice."""

    MASKED = "masked"
    MIDAZOLAM = "midazolam"
    SALINE = "saline"
    NASAL_PLACEBO = "nasal placebo"
    OPEN_LABEL = "open label"


class Quantity(StrEnum):
    """What a row's number is. A difference is active minus control; a fall of the score is negative."""

    MEAN_CHANGE = "mean change"
    DIFFERENCE = "difference"
    MEAN_SCORE = "mean score"
    RESPONDERS = "responders"
    REMITTERS = "remitters"
    STILL_RESPONDING = "still responding"
    RELAPSED = "relapsed"
    DAYS_TO_RELAPSE = "median days to relapse"


class Use(StrEnum):
    """Whether the parameters may be fitted to a row, or only held against it."""

    TUNING = "tuning"
    TESTING = "testing"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a trial. `regimen` None is a control without ketamine."""

    trial: str
    programme: str
    name: str
    regimen: Regimen | None
    context: Context
    new_antidepressant: bool


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One published number. `time_h`, `value` and the others are None where nothing was printed.

    `baseline` is the arm's mean score before the first dose, `control` the arm a difference is taken from.
    """

    arm: Arm
    scale: str
    quantity: Quantity
    control: str
    time_h: float | None
    value: float | None
    standard_error: float | None
    standard_deviation: float | None
    people: int | None
    events: int | None
    baseline: float | None
    status: str
    source: str
    eligible: bool
    why_not_eligible: str
    use: Use
    note: str

    @property
    def error(self) -> float | None:
        """Standard error of a mean or of a difference, printed or from the standard deviation."""
        if self.standard_error is not None:
            return self.standard_error
        if self.standard_deviation is None or self.people is None:
            return None
        return self.standard_deviation / math.sqrt(self.people)


@cache
def trial_rows() -> tuple[TrialRow, ...]:
    """Every row the project ships, in the order of the file."""
    text = files("daybreak.pharmacology.observed").joinpath("response.csv").read_text(encoding="utf-8")
    return tuple(_row(row) for row in csv.DictReader(text.splitlines()))


def eligible(use: Use | None = None, scale: str = "MADRS") -> tuple[TrialRow, ...]:
    """The eligible rows on a scale, all of them or those of one use."""
    return tuple(row for row in trial_rows() if row.eligible and row.scale == scale and use in (None, row.use))


def _row(row: dict[str, str]) -> TrialRow:
    arm = Arm(
        trial=row["trial"],
        programme=row["programme"],
        name=row["arm"],
        regimen=parse(row["regimen"]) if row["regimen"] else None,
        context=Context(row["context"]),
        new_antidepressant=row["oral_antidepressant"] == "new",
    )
    return TrialRow(
        arm=arm,
        scale=row["scale"],
        quantity=Quantity(row["quantity"]),
        control=row["control"],
        time_h=_number(row["time_h"]),
        value=_number(row["value"]),
        standard_error=_number(row["standard_error"]),
        standard_deviation=_number(row["standard_deviation"]),
        people=_count(row["people"]),
        events=_count(row["events"]),
        baseline=_number(row["baseline"]),
        status=row["status"],
        source=row["doi"] or row["url"],
        eligible=row["eligible"] == "yes",
        why_not_eligible=row["why_not_eligible"],
        use=Use(row["use"]),
        note=row["note"],
    )


def _number(text: str) -> float | None:
    return float(text) if text else None


def _count(text: str) -> int | None:
    return int(text) if text else None
