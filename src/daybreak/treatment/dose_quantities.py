"""What can be measured on a regimen and held against a dose limit."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import MINUTES_PER_HOUR, AmountUnit, Dose, Regimen, RegimenError, Session, sessions

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365


class Quantity(StrEnum):
    SESSION_MG = "session_mg"
    SESSION_MG_PER_KG = "session_mg_per_kg"
    FIRST_SESSION_MG = "first_session_mg"
    BOLUS_MG_PER_KG = "bolus_mg_per_kg"
    RATE_MG_PER_KG_PER_H = "rate_mg_per_kg_per_h"
    DURATION_MIN = "duration_min"
    SESSIONS_IN_7_DAYS = "sessions_in_7_days"
    SESSIONS_IN_7_DAYS_FROM_WEEK_5 = "sessions_in_7_days_from_week_5"
    SESSIONS_IN_7_DAYS_FROM_WEEK_9 = "sessions_in_7_days_from_week_9"
    SESSIONS_IN_365_DAYS = "sessions_in_365_days"
    WEEKS = "weeks"


UNITS: dict[Quantity, str] = {
    Quantity.SESSION_MG: "mg in a session",
    Quantity.SESSION_MG_PER_KG: "mg/kg in a session",
    Quantity.FIRST_SESSION_MG: "mg in the first session",
    Quantity.BOLUS_MG_PER_KG: "mg/kg at once",
    Quantity.RATE_MG_PER_KG_PER_H: "mg/kg/h",
    Quantity.DURATION_MIN: "min",
    Quantity.SESSIONS_IN_7_DAYS: "in 7 days",
    Quantity.SESSIONS_IN_7_DAYS_FROM_WEEK_5: "in 7 days from week 5",
    Quantity.SESSIONS_IN_7_DAYS_FROM_WEEK_9: "in 7 days from week 9",
    Quantity.SESSIONS_IN_365_DAYS: "in a year",
    Quantity.WEEKS: "weeks",
}

# What measures how much is given; the others measure how often and how long.
OF_AMOUNT = frozenset(
    {
        Quantity.SESSION_MG,
        Quantity.SESSION_MG_PER_KG,
        Quantity.FIRST_SESSION_MG,
        Quantity.BOLUS_MG_PER_KG,
        Quantity.RATE_MG_PER_KG_PER_H,
    }
)


# What belongs to the course: what was given before a regimen begins counts with it.
OF_THE_COURSE = frozenset(
    {
        Quantity.FIRST_SESSION_MG,
        Quantity.SESSIONS_IN_7_DAYS,
        Quantity.SESSIONS_IN_7_DAYS_FROM_WEEK_5,
        Quantity.SESSIONS_IN_7_DAYS_FROM_WEEK_9,
        Quantity.SESSIONS_IN_365_DAYS,
        Quantity.WEEKS,
    }
)


@dataclass(frozen=True, slots=True)
class DayGiven:
    """A treatment day of the same course before a regimen begins. `day` is below zero: that of its first dose is 0."""

    day: int
    drug: Drug
    route: Route


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a quantity and the day of the regimen it was found on: below zero for one it began before."""

    day: int
    value: float


def mg_per_kg(dose: Dose, weight_kg: float | None) -> float:
    """The amount of a dose by body weight (kg).

    Raises:
        RegimenError: if the amount is absolute and the weight is missing or not above zero.
    """
    if dose.amount.unit is AmountUnit.MG_PER_KG:
        return dose.amount.value
    if weight_kg is None:
        raise RegimenError(f"{dose.amount.value:g} mg by body weight needs a weight, and none is recorded.")
    if not 0 < weight_kg < float("inf"):
        raise RegimenError(f"{weight_kg:g} kg is not a body weight.")
    return dose.amount.value / weight_kg


def _session_mg(regimen: Regimen, weight_kg: float | None, before: Sequence[int] = ()) -> list[Measured]:
    return [
        Measured(session.day, sum(dose.amount.to_mg(weight_kg) for dose in session.doses))
        for session in sessions(regimen)
    ]


def _first_session_mg(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return [] if before else _session_mg(regimen, weight_kg)[:1]


def _session_mg_per_kg(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return [
        Measured(session.day, sum(mg_per_kg(dose, weight_kg) for dose in session.doses))
        for session in sessions(regimen)
    ]


def _bolus_mg_per_kg(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return [
        Measured(session.day, mg_per_kg(dose, weight_kg)) for session, dose in _doses(regimen) if not dose.duration_min
    ]


def _rate_mg_per_kg_per_h(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return [
        Measured(session.day, mg_per_kg(dose, weight_kg) / dose.duration_min * MINUTES_PER_HOUR)
        for session, dose in _doses(regimen)
        if dose.duration_min
    ]


def _duration_min(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return [Measured(session.day, dose.duration_min) for session, dose in _doses(regimen)]


def _sessions_in_7_days(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return _windows(_days(regimen, before))


def _sessions_in_7_days_from_week_5(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return _windows(_days(regimen, before, after_weeks=4))


def _sessions_in_7_days_from_week_9(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return _windows(_days(regimen, before, after_weeks=8))


def _sessions_in_365_days(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    return _windows(_days(regimen, before), length=DAYS_PER_YEAR)


def _days(regimen: Regimen, before: Sequence[int], *, after_weeks: int = 0) -> list[int]:
    """The treatment days of the course in order, given and planned, once so many weeks of it are over."""
    days = sorted({*before, *(session.day for session in sessions(regimen))})
    begins = min(0, days[0]) + after_weeks * DAYS_PER_WEEK
    return [day for day in days if day >= begins]


def _windows(days: list[int], length: int = DAYS_PER_WEEK) -> list[Measured]:
    """How many of these days, in order, lie within so many days from each of them on. Spans that were over before the
    regimen begins are left out: it changes nothing in them."""
    ends = [bisect_left(days, day + length) for day in days]
    return [
        Measured(day, end - place)
        for place, (day, end) in enumerate(zip(days, ends, strict=True))
        if days[end - 1] >= 0
    ]


def _weeks(regimen: Regimen, weight_kg: float | None, before: Sequence[int]) -> list[Measured]:
    last = sessions(regimen)[-1].day
    return [Measured(last, (last - min((0, *before))) // DAYS_PER_WEEK + 1)]


def _doses(regimen: Regimen) -> list[tuple[Session, Dose]]:
    return [(session, dose) for session in sessions(regimen) for dose in session.doses]


# Each takes a regimen, the body weight (kg) and the days of the same use that were given before.
MEASURES: dict[Quantity, Callable[[Regimen, float | None, Sequence[int]], list[Measured]]] = {
    Quantity.SESSION_MG: _session_mg,
    Quantity.SESSION_MG_PER_KG: _session_mg_per_kg,
    Quantity.FIRST_SESSION_MG: _first_session_mg,
    Quantity.BOLUS_MG_PER_KG: _bolus_mg_per_kg,
    Quantity.RATE_MG_PER_KG_PER_H: _rate_mg_per_kg_per_h,
    Quantity.DURATION_MIN: _duration_min,
    Quantity.SESSIONS_IN_7_DAYS: _sessions_in_7_days,
    Quantity.SESSIONS_IN_7_DAYS_FROM_WEEK_5: _sessions_in_7_days_from_week_5,
    Quantity.SESSIONS_IN_7_DAYS_FROM_WEEK_9: _sessions_in_7_days_from_week_9,
    Quantity.SESSIONS_IN_365_DAYS: _sessions_in_365_days,
    Quantity.WEEKS: _weeks,
}
