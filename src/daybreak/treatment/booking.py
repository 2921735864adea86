"""How long a treatment day takes, how near two of them may be, and what a site starts from when it books them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from daybreak.treatment.dose_preparation import devices, devices_apart_min
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.knowledge import load
from daybreak.treatment.phases import phases
from daybreak.treatment.regimen import Dose, Regimen, RegimenError, sessions
from daybreak.treatment.schedule import observation
from daybreak.treatment.sources import Provenance, provenance

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a person is booked: before the dose, for the dose, and watched after it; all in minutes.

    `watched_from_end`: the least observation counts from the end of the dose, not from its beginning. `provenance` is
    that of the observation, `preparation_provenance` that of the time before the dose.
    """

    preparation_min: float
    dose_min: float
    watched_min: float
    watched_from_end: bool
    total_min: float
    provenance: Provenance
    preparation_provenance: Provenance

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.total_min)

    @property
    def sentence(self) -> str:
        """For example "30 min before the dose, 40 min of dose, 60 min watched from its end: 2 h 10 min in all."."""
        dose = f"{self.dose_min:g} min of dose, " if self.dose_min else ""
        end = "end" if self.watched_from_end else "beginning"
        return (
            f"{self.preparation_min:g} min before the dose, {dose}{self.watched_min:g} min watched from its {end}: "
            f"{hours_and_minutes(self.length)} in all."
        )


def hours_and_minutes(length: timedelta) -> str:
    """For example "2 h 10 min"."""
    hours, minutes = divmod(round(length / _MINUTE), 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""])) or "0 min"


def stay(doses: Sequence[Dose], weight_kg: float | None = None) -> Stay:
    """How long a person is booked for the doses of one treatment day.

    Args:
        doses: of one day, in order of time, at least one.
        weight_kg: for a dose by weight that comes in devices.

    Raises:
        UnknownScheduleError: if nobody knows how long one of them is watched.
    """
    zero_h = doses[0].time_h
    before = float(_row("preparation")["minutes"])
    ends, over = 0.0, 0.0
    for dose in doses:
        begins = (dose.time_h - zero_h) * 60
        ended = begins + _dose_min(dose, weight_kg)
        least = observation(dose.drug, dose.route)
        ends, over = max(ends, ended), max(over, (ended if least.from_end else begins) + least.minutes, ended)
    last = observation(doses[-1].drug, doses[-1].route)
    return Stay(
        preparation_min=before,
        dose_min=ends,
        watched_min=last.minutes,
        watched_from_end=last.from_end,
        total_min=before + over,
        provenance=last.provenance,
        preparation_provenance=provenance(_row("preparation")),
    )


def _dose_min(dose: Dose, weight_kg: float | None) -> float:
    """How long giving it takes: an infusion its time, nasal devices the rests between them, anything else none."""
    if (dose.drug, dose.route) != (Drug.ESKETAMINE, Route.NASAL):
        return dose.duration_min
    try:
        return (devices(dose.amount.to_mg(weight_kg)) - 1) * devices_apart_min()
    except RegimenError:
        return 0.0


def least_days_before(regimen: Regimen, number: int) -> int:
    """How many days the plan leaves at least between session `number` and the one before it.

    Within a rhythm the shortest of its steps counts: twice weekly is three days, then four, whichever comes first.

    Raises:
        IndexError: for a session the regimen has not, or its first.
    """
    days = [session.day for session in sessions(regimen)]
    if not 2 <= number <= len(days):
        raise IndexError(f"No session stands before session {number} of {len(days)}.")
    day, before = days[number - 1], days[number - 2]
    for phase in phases(regimen):
        if before in phase.days and day in phase.days:
            steps = [later - earlier for earlier, later in zip(phase.days, phase.days[1:], strict=False)]
            return min(steps)
    return day - before


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When people may be booked: from `opens` to `closes` on these days of the week (1 Monday to 7 Sunday)."""

    opens: time
    closes: time
    weekdays: frozenset[int]

    def holds(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a stay lies within the hours of one open day, by the clock of its zone."""
        same_day = starts_at.date() == ends_at.date()
        open_day = starts_at.isoweekday() in self.weekdays
        return same_day and open_day and self.opens <= starts_at.time() and ends_at.time() <= self.closes


def usual_hours() -> OpeningHours:
    """Those a site starts from."""
    row = _row("hours")
    opens, closes = (time.fromisoformat(row[end]) for end in ("opens", "closes"))
    return OpeningHours(opens, closes, frozenset(row["weekdays"]))


def usual_people_per_nurse() -> int:
    """How many people one nurse watches at once, until a site says otherwise."""
    return int(_row("people_per_nurse")["at_most"])


def slot() -> timedelta:
    """The step in which the next free time is looked for."""
    return int(_row("slot")["minutes"]) * _MINUTE


def searched_days() -> int:
    """How many days ahead the next free time is looked for."""
    return int(_row("search")["days"])


def stock_looked_ahead() -> timedelta:
    """How far from today everybody who is booked is taken off what is in stock."""
    return timedelta(days=int(_row("stock_ahead")["days"]))


def rule(name: str) -> Provenance:
    """What stands behind one row: `preparation`, `hours`, `people_per_nurse`, `slot`, `search`, `stock_ahead`.

    Raises:
        KeyError: for a row there is not.
    """
    return provenance(_row(name))


def _row(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = load("booking.yaml")[name]
    return found
