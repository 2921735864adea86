"""Who is in the demonstration and how far each of them came: `data/people.yaml` as values."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from daybreak.treatment.dose_templates import templates
from daybreak.treatment.regimen import Regimen, sessions
from daybreak.treatment.regimen_language import parse


class Reached(StrEnum):
    """How far a person came, in the order of the way."""

    WAITING = "waiting"
    SCREENING = "screening"
    DECIDED = "decided"
    DRAFTED = "drafted"
    SIGNED = "signed"
    TREATMENT = "treatment"
    FOLLOWUP = "followup"
    ENDED = "ended"

    def is_past(self, other: "Reached") -> bool:
        """Whether this stage is the other one or a later one."""
        return list(Reached).index(self) >= list(Reached).index(other)


@dataclass(frozen=True, slots=True)
class Condition:
    """A diagnosis as a referral sends it, with the code of one system or none."""

    text: str
    icd10cm: str = ""
    snomed: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What a referral says of conditions and medicines."""

    conditions: tuple[Condition, ...]
    medicines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One synthetic person. The fields are explained at the top of `data/people.yaml`."""

    name: str
    born: date
    sex: str
    weight_kg: float
    height_cm: float
    indication: str
    reached: Reached
    baseline: int
    history: History
    days: int = 0
    given: int | None = None
    next_in: int | None = None
    today: str = ""
    course: str = ""
    plan: str = ""
    ended_because: str = ""
    unusual: frozenset[str] = field(default_factory=frozenset)

    @property
    def number(self) -> int:
        """The number behind the name: each person's own, and the seed of everything drawn for them."""
        return int(self.name[-2:])

    @property
    def words(self) -> str:
        """The regimen of the plan in words."""
        by_id = {template.id: template.text for template in templates(self.indication)}
        return by_id.get(self.plan, self.plan)

    @property
    def regimen(self) -> Regimen:
        return parse(self.words)

    @property
    def sessions_given(self) -> int:
        """How many sessions are over; a plan without a next session was given whole."""
        return len(sessions(self.regimen)) if self.given is None else self.given


@cache
def stories() -> tuple[Story, ...]:
    """Everybody, in the order of the way."""
    data = yaml.safe_load(files(__package__).joinpath("data/people.yaml").read_text(encoding="utf-8"))
    histories = {name: _history(row) for name, row in data["histories"].items()}
    return tuple(_story(row, histories[row["indication"]]) for row in data["people"])


def _history(row: dict[str, Any]) -> History:
    return History(tuple(Condition(**condition) for condition in row["conditions"]), tuple(row["medicines"]))


def _story(row: dict[str, Any], history: History) -> Story:
    unusual = frozenset(row.get("unusual", ()))
    return Story(**row | {"reached": Reached(row["reached"]), "history": history, "unusual": unusual})
