"""Harms and the long run: each fact with how many people, how many events, for how long, and against what."""

import csv
from dataclasses import dataclass
from functools import cache

from daybreak.evidence.data import text
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.questions import Answer, Question, answer
from daybreak.evidence.trials import outcomes
from daybreak.treatment.sources import Status

KINDS = {
    "dissociation": "Dissociation",
    "blood_pressure": "Blood pressure",
    "sedation": "Sedation",
    "urinary": "Bladder and kidney",
    "cognition": "Memory and thinking",
    "dependence": "Misuse and dependence",
    "suicidal": "Suicidal events",
    "serious": "Serious events",
    "stopped": "Stopping treatment",
    "death": "Death",
    "relapse": "Relapse after stopping",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """One fact about a harm. What was not printed is None; a rate without people is not a risk.

    Attributes:
        low, high: of `measure`, where the study printed an interval.
        person_years: of exposure, where printed.
    """

    id: str
    kind: str
    what: str
    study: str
    population: str
    drug: str
    route: str
    people: int | None
    events: int | None
    percent: float | None
    control_people: int | None
    control_events: int | None
    control_percent: float | None
    person_years: float | None
    follow_up: str
    measure: str
    low: float | None
    high: float | None
    note: str
    source: str
    status: Status

    @property
    def has_control(self) -> bool:
        return any(value is not None for value in (self.control_people, self.control_events, self.control_percent))

    @property
    def per_100_person_years(self) -> float | None:
        """Events in 100 person-years, crude, where both are printed."""
        if self.events is None or not self.person_years:
            return None
        return 100 * self.events / self.person_years

    @property
    def words(self) -> str:
        """The fact in one line, its denominator and follow-up with it."""
        parts = [self.what]
        if self.percent is not None:
            of = f" of {self.people}" if self.people else ""
            parts.append(f"{self.percent:g} %{of}")
        elif self.events is not None and self.people:
            parts.append(f"{self.events} of {self.people}")
        if self.control_percent is not None:
            of = f" of {self.control_people}" if self.control_people else ""
            parts.append(f"control {self.control_percent:g} %{of}")
        elif not self.has_control:
            parts.append("no control")
        if self.follow_up:
            parts.append(self.follow_up)
        return ", ".join(parts)


@cache
def harms() -> tuple[Harm, ...]:
    """Every fact the project ships, in the order of the file. Raises ValueError for a row that contradicts itself."""
    return tuple(_harm(row) for row in csv.DictReader(text("harms.csv").splitlines()))


def known_harms(*, drug: str = "", route: str = "", with_recalled: bool = False) -> dict[str, list[Harm]]:
    """Harms by kind for a drug and route, both empty for all. Facts that name no route belong to every route."""
    found: dict[str, list[Harm]] = {kind: [] for kind in KINDS}
    for harm in harms():
        if harm.drug not in ("", drug) and drug:
            continue
        if route and harm.route not in ("", route):
            continue
        if harm.status is Status.SEEN or with_recalled:
            found[harm.kind].append(harm)
    return found


def harms_in_trials(data: DataSet, *, indication: str, drug: str, route: str) -> list[Answer]:
    """Every harm the trials of an indication counted against a control, pooled where there are enough."""
    asked = (
        Question(indication=indication, outcome=outcome.id, drug=drug, route=route, comparator="control")
        for outcome in outcomes().values()
        if outcome.harm
    )
    return [found for found in (answer(data, question) for question in asked) if found.comparisons]


def _harm(row: dict[str, str]) -> Harm:
    if row["harm"] not in KINDS:
        raise ValueError(f"harms.csv {row['id']}: {row['harm']!r} is none of {', '.join(KINDS)}.")
    if row["status"] == Status.SEEN and not row["source"]:
        raise ValueError(f"harms.csv {row['id']}: a fact that was seen names where.")
    people, events = _whole(row["people"]), _whole(row["events"])
    if people is not None and events is not None and events > people:
        raise ValueError(f"harms.csv {row['id']}: {events} events in {people} people.")
    return Harm(
        id=row["id"],
        kind=row["harm"],
        what=row["what"],
        study=row["study"],
        population=row["population"],
        drug=row["drug"],
        route=row["route"],
        people=people,
        events=events,
        percent=_number(row["percent"]),
        control_people=_whole(row["control_people"]),
        control_events=_whole(row["control_events"]),
        control_percent=_number(row["control_percent"]),
        person_years=_number(row["person_years"]),
        follow_up=row["follow_up"],
        measure=row["measure"],
        low=_number(row["low"]),
        high=_number(row["high"]),
        note=row["note"],
        source=row["source"],
        status=Status(row["status"]),
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None
