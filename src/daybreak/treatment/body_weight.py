"""Which body weight a dose by weight is computed with: the actual, the ideal, or one between them.

From a body mass index on (rule EL072) the actual weight gives a larger dose than the two others. No source read here
says which is right, so all three are shown and the prescriber chooses.
"""

from dataclasses import dataclass

from daybreak.treatment.eligibility_rules import Threshold, rule_book
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance

RULE = "EL072"
_CM_PER_M = 100


@dataclass(frozen=True, slots=True)
class BodyWeight:
    """One weight a dose may rest on, in kg."""

    name: str
    kg: float


def body_mass_index(weight_kg: float, height_cm: float) -> float:
    """Weight over the square of height, in kg/m²."""
    return weight_kg / (height_cm / _CM_PER_M) ** 2


def from_index() -> Threshold:
    """From which body mass index on it matters which weight is used."""
    return rule_book().rule(RULE).threshold("body_mass_index")


def ideal_kg(height_cm: float, sex: str) -> float | None:
    """The ideal weight by Devine's formula, which knows men and women from 152.4 cm on; None for anybody else."""
    row = load("dosing.yaml")["body_weights"]
    base = row["ideal_kg"].get(sex)
    if base is None or height_cm < row["ideal_from_cm"]:
        return None
    return float(base + row["ideal_kg_per_cm"] * (height_cm - row["ideal_from_cm"]))


def body_weights(weight_kg: float, height_cm: float, sex: str) -> tuple[BodyWeight, ...]:
    """The actual weight, then the adjusted and the ideal one where the formula knows them.

    The adjusted weight is the ideal one and a part of what lies above it.
    """
    actual = BodyWeight("actual", weight_kg)
    ideal = ideal_kg(height_cm, sex)
    if ideal is None:
        return (actual,)
    part = load("dosing.yaml")["body_weights"]["adjusted_part"]
    return (actual, BodyWeight("adjusted", ideal + part * (weight_kg - ideal)), BodyWeight("ideal", ideal))


def body_weights_provenance() -> Provenance:
    """What the two formulas rest on."""
    return provenance(load("dosing.yaml")["body_weights"])
