"""Antidepressants and the lowest daily dose of each that counts as a trial."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance


@dataclass(frozen=True, slots=True)
class MinimumDose:
    """The lowest daily dose that counts. `minimum_mg` is None where `by_hand` must be compared by a person."""

    drug: str
    counts_as: str
    drug_class: str
    names: tuple[tuple[str, ...], ...]
    minimum_mg: float | None
    by_hand: str
    provenance: Provenance


@cache
def minimum_doses() -> tuple[MinimumDose, ...]:
    """The lowest daily doses that count, one row a drug or form."""
    table = resistance_table()
    return tuple(
        MinimumDose(
            drug=row["drug"],
            counts_as=row.get("same_as", row["drug"]),
            drug_class=row["class"],
            names=tuple(tuple(name.split()) for name in row["names"]),
            minimum_mg=row["minimum_mg"],
            by_hand=row.get("by_hand", ""),
            provenance=provenance(row | {"basis": table["minimum_dose_basis"], "note": row.get("disagree", "")}),
        )
        for row in table["minimum_doses"]
    )


def minimum_dose(text: str) -> MinimumDose | None:
    """The row for a medicine's text; None for a medicine that is not in the list. More matching words win."""
    words = set(_words(text))
    matches = [(len(name), row) for row in minimum_doses() for name in row.names if words.issuperset(name)]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def is_augmentation(text: str) -> bool:
    """Whether a medicine's text names one that is added to an antidepressant rather than tried alone."""
    words = set(_words(text))
    return any(words.issuperset(name.split()) for name in resistance_table()["augmentation"]["names"])


def resistance_table() -> dict[str, Any]:
    """The knowledge file of treatment resistance as plain data."""
    table: dict[str, Any] = load("resistance.yaml")
    return table


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
