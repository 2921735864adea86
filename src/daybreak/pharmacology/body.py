"""The body a dose is given to."""

from dataclasses import dataclass
from enum import StrEnum
from numbers import Real

LIGHTEST_KG, HEAVIEST_KG = 2, 500  # ours: beyond is a slip, not a person


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Ancestry(StrEnum):
    """Groups a source tells apart. Unknown or another is None."""

    ASIAN = "asian"
    JAPANESE = "japanese"


class HepaticImpairment(StrEnum):
    """Liver disease by the Child-Pugh class a source studied."""

    MODERATE = "moderate"
    SEVERE = "severe"


class Cyp2b6(StrEnum):
    """CYP2B6 genotypes told apart by Li 2015."""

    NORMAL = "*1/*1"
    ONE_SIX = "*1/*6"
    TWO_SIX = "*6/*6"


class KineticsError(ValueError):
    """A curve that cannot be computed: the message is a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the kinetic models know of a person. Only the weight must be known.

    Attributes:
        cyp2b6: has no effect while None, which is the default: the evidence for one is contradictory.
        medicines: other medicines taken, by the names in `parameters/interactions.yaml`.

    Raises:
        KineticsError: if the weight is no number from 2 to 500 kg, or the age none from 0 to 129.
    """

    weight_kg: float
    sex: Sex | None = None
    age_years: float | None = None
    ancestry: Ancestry | None = None
    hepatic_impairment: HepaticImpairment | None = None
    cyp2b6: Cyp2b6 | None = None
    medicines: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.weight_kg, Real) or not LIGHTEST_KG <= self.weight_kg <= HEAVIEST_KG:
            raise KineticsError(
                f"{as_written(self.weight_kg)} kg is not a body weight. Give a number from {LIGHTEST_KG} to "
                f"{HEAVIEST_KG} (a bound of this project against slips)."
            )
        if self.age_years is not None and not (isinstance(self.age_years, Real) and 0 <= self.age_years < 130):
            raise KineticsError(f"{as_written(self.age_years)} years is not an age. Give a number from 0 to 129.")


def as_written(value: object) -> str:
    """A number as people write it; what is none as Python does, so that '70' is seen to be text."""
    return f"{float(value):g}" if isinstance(value, Real) else repr(value)
