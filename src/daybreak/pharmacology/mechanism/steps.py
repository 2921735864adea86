"""The mechanism in words: each step with what was found in people and in animals, from `steps.yaml`."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from daybreak.pharmacology.parameters import Status, read_yaml


class Known(StrEnum):
    """What the way into a step rests on."""

    PEOPLE = "people"
    ANIMALS = "animals"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one source found, and in whom."""

    in_whom: Known
    says: str
    source: str
    url: str | None
    status: Status


@dataclass(frozen=True, slots=True)
class MechanismStep:
    """One step. `known` is None for the first, which nothing leads to."""

    name: str
    note: str
    known: Known | None
    findings: tuple[Finding, ...]


@cache
def mechanism_steps() -> tuple[MechanismStep, ...]:
    """Every step from the dose to the symptoms, in order."""
    raw = read_yaml(files(__package__).joinpath("steps.yaml").read_bytes())
    return tuple(
        MechanismStep(
            name=row["name"],
            note=row["note"],
            known=Known(row["known"]) if "known" in row else None,
            findings=tuple(
                Finding(Known(found["in"]), found["says"], found["source"], found["url"], Status(found["status"]))
                for found in row["findings"]
            ),
        )
        for row in raw["steps"]
    )
