"""The depression score of each virtual patient over twelve weeks, with the chances of response and remission."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from daybreak.pharmacology.arguments import one_of, optional, settle, yes_or_no
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE, Exposure
from daybreak.pharmacology.response import course
from daybreak.pharmacology.response.futures import Futures
from daybreak.pharmacology.response.trials import Context
from daybreak.pharmacology.simulation.outputs import Computed, Simulation, require_default_kinetics
from daybreak.treatment.regimen import Regimen

WITHOUT_DRUG = ", same visits without the drug"  # after the name of the score or the chance
_ANY_MADRS = 30.0  # to compute with where none is given: falls are fractions of it


@dataclass(frozen=True, slots=True)
class Symptoms:
    """The MADRS score over twelve weeks, as `daybreak.pharmacology.response.course.predict_course` has it.

    Attributes:
        madrs: the score before the first dose, above 0 and at most 60. None: the course is in per cent of it, and
            there is no chance of remission.
        context: the expectation to add; a clinic is open label.
        new_antidepressant: whether an oral antidepressant starts with the first dose.
        remission_at: remission is a score at or below this.

    Raises:
        KineticsError: if a score cannot be, or anything is not of its kind.
    """

    madrs: float | None = None
    context: Context = Context.OPEN_LABEL
    new_antidepressant: bool = False
    remission_at: float = course.REMISSION_AT

    def __post_init__(self) -> None:
        settle(
            self,
            madrs=optional(course.SCORE),
            context=one_of(Context),
            new_antidepressant=yes_or_no,
            remission_at=course.REMISSION,
        )

    def __call__(self, simulation: Simulation) -> Computed:
        require_default_kinetics(simulation, "The course of the symptoms")
        regimen, portion, estimates = simulation.regimen, simulation.portion, load_estimates("response")
        moments = course.moments_h(regimen)
        times = np.unique(np.concatenate([course.default_times_h(regimen), [*moments.values()]]))
        exposure = _exposure(regimen, portion.body, tuple(times.tolist()))
        futures = Futures.draw(
            exposure,
            estimates,
            self.context,
            new_antidepressant=self.new_antidepressant,
            patients=portion.patients,
            seed=simulation.seed,
            first_patient=portion.first_patient,
            every=portion.every,
        )
        baseline = _ANY_MADRS if self.madrs is None else self.madrs
        unit, says = (
            (100 / baseline, "MADRS (% of the score before)") if self.madrs is None else (1.0, "MADRS (0 to 60)")
        )
        score = unit * np.clip(baseline * (1 - futures.falls), 0, course.HIGHEST_SCORE)
        place = {name: int(np.searchsorted(times, time)) for name, time in moments.items()}
        return Computed(
            times_h=times,
            series={says: score, f"{says}{WITHOUT_DRUG}": unit * baseline * (1 - futures.untreated)},
            endpoints={says: {name: score[:, at] for name, at in place.items()}},
            chances=self._chances(futures, place),
            pictured=(says,),
            fits=(f"response {estimates.version}, data {estimates.data}",),
            limits=course.limits_of(estimates, self.context, exposure),
            warnings=(
                *course.amounts_not_fitted(regimen, portion.body),
                *course.warnings_of(regimen, baseline, self.remission_at, estimates),
                *exposure.warnings,
            ),
        )

    def _chances(self, futures: Futures, place: dict[str, int]) -> dict[str, FloatArray]:
        falls = {"response": course.RESPONSE}
        if self.madrs is not None:
            falls["remission"] = 1 - self.remission_at / self.madrs
        found = {}
        for outcome, fall in falls.items():
            for name, at in place.items():
                found[f"{outcome}, {name}"] = futures.chances(at, fall)
                found[f"{outcome}, {name}{WITHOUT_DRUG}"] = futures.chances_without_drug(at, fall)
        return found


@lru_cache(maxsize=8)
def _exposure(regimen: Regimen, body: Body, times_h: tuple[float, ...]) -> Exposure:
    """That of the typical person, which all portions of a body share."""
    return Exposure.of(regimen, body, times_h, substances=KETAMINE_ALONE)
