"""A dose as the models take it."""

from dataclasses import dataclass

from daybreak.pharmacology.body import Body
from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.regimen import Dose

MIXED_H = 2 / 60  # after a bolus: before it, a number is of no blood anyone draws; ours, no source states a time
S_FRACTION = {Drug.KETAMINE: 0.5, Drug.ESKETAMINE: 1.0}


@dataclass(frozen=True, slots=True)
class GivenDose:
    """A dose in milligrams, its infusion in hours."""

    drug: Drug
    route: Route
    manner: Manner
    amount_mg: float
    start_h: float
    duration_h: float

    @classmethod
    def of(cls, dose: Dose, body: Body) -> "GivenDose":
        return cls(
            drug=dose.drug,
            route=dose.route,
            manner=dose.manner,
            amount_mg=dose.amount.to_mg(body.weight_kg),
            start_h=dose.time_h,
            duration_h=dose.duration_h,
        )

    @property
    def has_way_in(self) -> bool:
        """Whether it has to be absorbed before it is in the blood."""
        return self.route is not Route.IV

    @property
    def is_bolus(self) -> bool:
        return self.route is Route.IV and self.duration_h == 0

    @property
    def s_ketamine_mg(self) -> float:
        return self.amount_mg * S_FRACTION[self.drug]
