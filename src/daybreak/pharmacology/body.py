"""The body a dose is given to."""

from dataclasses import dataclass
from enum import StrEnum


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class KineticsError(ValueError):
    """A curve that cannot be computed: the message is a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the kinetic models know of a person. Sex and age may be unknown (None).

    Raises:
        KineticsError: if the weight is not above zero or the age is below zero.
    """

    weight_kg: float
    sex: Sex | None = None
    age_years: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.weight_kg < float("inf"):
            raise KineticsError(f"{self.weight_kg:g} kg is not a body weight. Give a weight above zero.")
        if self.age_years is not None and not 0 <= self.age_years < 130:
            raise KineticsError(f"{self.age_years:g} years is not an age. Give an age from 0 to 129.")
