"""The body a dose is given to."""

from dataclasses import dataclass
from enum import StrEnum

from daybreak.pharmacology.arguments import SLIPS, KineticsError, number, one_of, optional, settle, texts

__all__ = ["OLD_YEARS", "Ancestry", "Body", "Cyp2b6", "HepaticImpairment", "KineticsError", "Sex"]

LIGHTEST_KG, HEAVIEST_KG = 2, 500  # ours: beyond is a slip, not a person

# From here on people are old: the age by which the US label of esketamine groups people (rows of it in
# `observed/safety.csv`), and from which
# a model built on young volunteers, and a treatment day built on younger patients, carries a warning.
OLD_YEARS = 65


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


@dataclass(frozen=True, slots=True)
class Body:
    """What the kinetic models know of a person. Only the weight must be known.

    Attributes:
        cyp2b6: has no effect while None, which is the default: the evidence for one is contradictory.
        medicines: other medicines taken, by the names in `parameters/interactions.yaml`.

    Raises:
        KineticsError: if the weight is no number from 2 to 500 kg, the age none from 0 to below 130, or anything else
            not of its kind.
    """

    weight_kg: float
    sex: Sex | None = None
    age_years: float | None = None
    ancestry: Ancestry | None = None
    hepatic_impairment: HepaticImpairment | None = None
    cyp2b6: Cyp2b6 | None = None
    medicines: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        settle(
            self,
            weight_kg=number(LIGHTEST_KG, HEAVIEST_KG, why=SLIPS),
            sex=optional(one_of(Sex)),
            age_years=optional(number(0, below=130)),
            ancestry=optional(one_of(Ancestry)),
            hepatic_impairment=optional(one_of(HepaticImpairment)),
            cyp2b6=optional(one_of(Cyp2b6)),
            medicines=texts('{"rifampicin"}'),
        )
