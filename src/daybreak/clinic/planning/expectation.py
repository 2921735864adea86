"""What the first dose of a proposal may do in a body like this one."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from daybreak.clinic.planning.proposal import Proposal
from daybreak.clinic.record.memory import giving_back
from daybreak.pharmacology.body import Body, KineticsError, Sex
from daybreak.pharmacology.given import MIXED_H
from daybreak.pharmacology.models import MODELS, Analyte
from daybreak.pharmacology.parameters import ParameterSet
from daybreak.pharmacology.population import AnalyteBand, ConcentrationBand, predict_band
from daybreak.treatment.drugs import Manner, Route
from daybreak.treatment.regimen import Dose

PEOPLE = 1000
SEED = 1  # one crowd for every plan, so that two plans differ by their doses only
LEVEL = 0.90
# How long a picture of the hours after a dose is, by the way it is given; ours.
SHORTEST_H = 4
SWALLOWED_H = 8
RELEASED_H = 24
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Expectation:
    """The predicted concentration of the first dose, with everything needed to read and repeat it."""

    dose: Dose
    body: Body
    band: ConcentrationBand

    @property
    def model(self) -> ParameterSet:
        return MODELS[self.band.model_id].parameters

    @property
    def analyte(self) -> Analyte:
        """Ketamine as S and R together where both are given."""
        return Analyte.KETAMINE if Analyte.KETAMINE in self.band.analytes else Analyte.S_KETAMINE

    @property
    def curve(self) -> AnalyteBand:
        return self.band.analytes[self.analyte]

    @property
    def highest(self) -> tuple[float, float]:
        """The time (h) and the value (ng/mL) of the highest point of the median."""
        place = int(self.curve.median.argmax())
        return float(self.band.times_h[place]), float(self.curve.median[place])

    @property
    def of_hundred(self) -> int:
        """How many of 100 virtual people the band holds."""
        return round(self.band.level * 100)


def expect(proposal: Proposal) -> Expectation:
    """What to expect of a proposal's first dose.

    Raises:
        KineticsError: if no weight is known or no model serves the dose; the message is a sentence for the page.
    """
    dose, body = proposal.regimen.first, body_of(proposal)
    return Expectation(dose, body, _band(dose, body))


def body_of(proposal: Proposal) -> Body:
    """The body a proposal is meant for.

    Raises:
        KineticsError: if no weight is known.
    """
    return body_for(proposal.weight_kg, proposal.sex, proposal.age_years, proposal.medicines)


def body_for(weight_kg: float | None, sex: str, age_years: int, medicines: frozenset[str]) -> Body:
    """The body of a person as every prediction of the clinic takes it: of a plan, and of its sessions.

    Raises:
        KineticsError: if no weight is known.
    """
    if weight_kg is None:
        raise KineticsError("No weight is recorded, so no concentration is predicted.")
    return Body(weight_kg, Sex(sex) if sex in list(Sex) else None, age_years, medicines=medicines)


def _shown_h(dose: Dose) -> int:
    """How many hours show the rise and most of the fall."""
    if dose.manner is Manner.PROLONGED_RELEASE:
        return RELEASED_H
    return SWALLOWED_H if dose.route in (Route.ORAL, Route.SUBLINGUAL) else SHORTEST_H


@lru_cache(maxsize=128)
@giving_back
def _band(dose: Dose, body: Body) -> ConcentrationBand:
    end_h = dose.duration_h
    until_h = max(_shown_h(dose), math.ceil(1.5 * end_h))
    first_h = MIXED_H if dose.route is Route.IV and not end_h else 0.0
    times_h = np.union1d(np.linspace(first_h, until_h, _STEPS + 1), [max(first_h, end_h)])
    return predict_band(dose, body, times_h, patients=PEOPLE, seed=SEED, level=LEVEL)
