"""What was measured on treatment days: `observed/safety.csv`, frozen before anything was fitted.

A row is one number of one group after one dose; `quantity` says which, in words. Some numbers are the highest
of several sessions, and the row's note says so. Eligible or not, and why not, stands in the row.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from daybreak.treatment.regimen import Dose
from daybreak.treatment.regimen_language import parse


@dataclass(frozen=True, slots=True)
class SafetyRow:
    """One published number of a treatment day. `time_min` counts from the dose; None means the day's highest."""

    study: str
    programme: str
    dose: Dose | None
    population: str
    quantity: str
    time_min: float | None
    value: float | None
    standard_deviation: float | None
    people: int | None
    control_value: float | None
    control_standard_deviation: float | None
    status: str
    eligible: bool
    why_not_eligible: str
    use: str
    source: str
    note: str


@cache
def safety_rows() -> tuple[SafetyRow, ...]:
    """Every row the project ships, in the order of the file."""
    text = files("daybreak.pharmacology.observed").joinpath("safety.csv").read_text(encoding="utf-8")
    return tuple(_row(row) for row in csv.DictReader(text.splitlines()))


def eligible(use: str | None = None) -> tuple[SafetyRow, ...]:
    """The eligible rows, all of them or those of one use ("tuning" or "testing")."""
    return tuple(row for row in safety_rows() if row.eligible and use in (None, row.use))


def _row(row: dict[str, str]) -> SafetyRow:
    return SafetyRow(
        study=row["study"],
        programme=row["programme"],
        dose=parse(row["regimen"]).first if row["regimen"] else None,
        population=row["population"],
        quantity=row["quantity"],
        time_min=_number(row["time_min"]),
        value=_number(row["value"]),
        standard_deviation=_number(row["standard_deviation"]),
        people=int(row["people"]) if row["people"] else None,
        control_value=_number(row["control_value"]),
        control_standard_deviation=_number(row["control_standard_deviation"]),
        status=row["status"],
        eligible=row["eligible"] == "yes",
        why_not_eligible=row["why_not_eligible"],
        use=row["use"],
        source=row["doi"] or row["url"],
        note=row["note"],
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
