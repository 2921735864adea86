"""What follows a positive answer about suicide: the actions, and by when."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance


class Risk(StrEnum):
    """Tiers of the Columbia screener; `unscreened`: one answer was above zero, the screener not asked yet."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    UNSCREENED = "unscreened"


class Deadline(StrEnum):
    AT_ONCE = "at_once"
    SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True)
class Pathway:
    """One tier: when it holds, what is done, by when (None: no time is set)."""

    risk: Risk
    when: str
    actions: tuple[str, ...]
    deadline: Deadline | None
    provenance: Provenance

    def due_at(self, raised_at: datetime) -> datetime | None:
        """By when a flag raised at this time must be acted on; the day is that of `raised_at`'s own zone."""
        match self.deadline:
            case Deadline.AT_ONCE:
                return raised_at
            case Deadline.SAME_DAY:
                return datetime.combine(raised_at.date(), time.max, raised_at.tzinfo)
            case None:
                return None


def pathway(risk: Risk) -> Pathway:
    """The pathway of this tier."""
    row = next(each for each in load("monitoring.yaml")["suicide_pathway"] if each["risk"] == risk)
    deadline = row["deadline"]
    return Pathway(
        risk=risk,
        when=row["when"],
        actions=tuple(row["actions"]),
        deadline=Deadline(deadline) if deadline else None,
        provenance=provenance(row),
    )


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A number a phone can dial, and what a button that dials it says."""

    number: str
    words: str


def help_lines(jurisdiction: str) -> tuple[HelpLine, ...]:
    """Whom a person can call at once: the crisis lines, then the emergency services; empty where none is known."""
    data = load("monitoring.yaml")
    lines = data["crisis_lines"].get(jurisdiction, {"lines": {}})["lines"]
    emergency = data["emergency"]["call"].get(jurisdiction)
    last = (HelpLine(emergency["number"], f"{emergency['number']}, if life is in danger"),) if emergency else ()
    return (*(HelpLine(number, words) for number, words in lines.items()), *last)
