"""Amounts, doses, regimens.

One `Regimen` serves a plan, a simulation, a trial's arm and what was really given. It is written and read
as a clinician would say it by `daybreak.treatment.regimen_language`.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from numbers import Real
from typing import TypeVar

from daybreak.treatment.drugs import MANNERS, Drug, Manner, Route, Way

MINUTES_PER_HOUR = 60
HOURS_PER_DAY = 24.0


class AmountUnit(StrEnum):
    MG = "mg"
    MG_PER_KG = "mg/kg"


class RegimenError(ValueError):
    """A regimen that cannot be: the message is a sentence that says what was wrong and what to do."""


Named = TypeVar("Named", bound=StrEnum)


def _named(kind: type[Named], given: object) -> Named:
    """The member of an enumeration, also by its text: comparisons by identity would take "mg" for none of the units."""
    if isinstance(given, str) and given in list(kind):
        return kind(given)
    raise RegimenError(f"{given!r} is no {kind.__name__}. Write one of {', '.join(kind)}.")


def _require_number(name: str, given: object) -> None:
    if not isinstance(given, Real) or isinstance(given, bool):
        raise RegimenError(f"{given!r} cannot be {name}. Write a number.")


@dataclass(frozen=True, slots=True)
class Amount:
    """How much drug, absolute or by body weight.

    Raises:
        RegimenError: if the value is no number above zero, or the unit none of these.
    """

    value: float
    unit: AmountUnit

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", _named(AmountUnit, self.unit))
        _require_number("value", self.value)
        if not 0 < self.value < float("inf"):
            raise RegimenError(f"{self.value:g} {self.unit} is not a dose. Write an amount above zero.")

    def to_mg(self, weight_kg: float | None) -> float:
        """The amount in mg for this body weight (kg).

        Raises:
            RegimenError: if the amount is by weight and the weight is missing or not above zero.
        """
        if self.unit is AmountUnit.MG:
            return self.value
        if weight_kg is None:
            raise RegimenError(f"{self.value:g} mg/kg needs a body weight, and none is recorded.")
        if not 0 < weight_kg < float("inf"):
            raise RegimenError(f"{weight_kg:g} kg is not a body weight.")
        return self.value * weight_kg


@dataclass(frozen=True, slots=True)
class Dose:
    """One administration.

    `time_h` counts hours from the first dose of the regimen. `duration_min` is the length of an infusion;
    zero is a bolus, and every route but iv has zero. `manner` tells a prolonged-release tablet from a plain one, and
    a sublingual dose whose rest is spat out from one that is swallowed.
    """

    drug: Drug
    route: Route
    amount: Amount
    duration_min: float = 0.0
    time_h: float = 0.0
    manner: Manner = Manner.USUAL

    @property
    def way(self) -> Way:
        return Way(self.route, self.manner)

    @property
    def duration_h(self) -> float:
        return self.duration_min / MINUTES_PER_HOUR

    @property
    def end_h(self) -> float:
        """When it is all given, in hours as `time_h`."""
        return self.time_h + self.duration_h

    @property
    def leaves_rest_open(self) -> bool:
        """Whether it goes under the tongue and nobody said if the rest is swallowed or spat out."""
        return self.route is Route.SUBLINGUAL and self.manner is Manner.USUAL

    def __post_init__(self) -> None:
        for name, kind in (("drug", Drug), ("route", Route), ("manner", Manner)):
            object.__setattr__(self, name, _named(kind, getattr(self, name)))
        if not isinstance(self.amount, Amount):
            raise RegimenError(f"{self.amount!r} is no amount. Give one such as Amount(50, AmountUnit.MG).")
        for name in ("duration_min", "time_h"):
            _require_number(name, getattr(self, name))
        if self.manner not in (Manner.USUAL, *MANNERS.get(self.route, ())):
            raise RegimenError(f"A dose given by the {self.route} route cannot be {self.manner}.")
        if not 0 <= self.duration_min < float("inf"):
            raise RegimenError(f"{self.duration_min:g} min is not a length of time for an infusion.")
        if self.duration_min and self.route not in (Route.IV, Route.SC):
            raise RegimenError(f"A dose given by the {self.route} route has no infusion time.")
        if not 0 <= self.time_h < float("inf"):
            raise RegimenError(f"A dose cannot be given {self.time_h:g} hours after the first one.")


@dataclass(frozen=True, slots=True)
class Regimen:
    """The doses of a course with their times, in order of time, the first at hour zero.

    Raises:
        RegimenError: if there is no dose, or the doses are out of order.
    """

    doses: tuple[Dose, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.doses, tuple | list) or not all(isinstance(dose, Dose) for dose in self.doses):
            raise RegimenError(f"{self.doses!r} are no doses of a regimen. Give a tuple of them.")
        object.__setattr__(self, "doses", tuple(self.doses))
        if not self.doses:
            raise RegimenError("A regimen needs at least one dose.")
        times = [dose.time_h for dose in self.doses]
        if times != sorted(times):
            raise RegimenError("The doses of a regimen must be in order of time.")

    @property
    def first(self) -> Dose:
        return self.doses[0]

    def total_mg(self, weight_kg: float | None) -> float:
        """All doses together in mg for this body weight (kg)."""
        return sum(dose.amount.to_mg(weight_kg) for dose in self.doses)


@dataclass(frozen=True, slots=True)
class Session:
    """The doses of one treatment day. `day` counts from the day of the first dose, which is zero."""

    day: int
    doses: tuple[Dose, ...]


def day_of(dose: Dose) -> int:
    """The day of a dose, zero for the first one.

    The nearest whole day, so that a dose given an hour early still belongs to the day it was planned for.
    """
    return int(dose.time_h / HOURS_PER_DAY + 0.5)


def sessions(regimen: Regimen) -> tuple[Session, ...]:
    """The treatment days of a regimen, in order."""
    return tuple(Session(day, tuple(doses)) for day, doses in groupby(regimen.doses, key=day_of))
