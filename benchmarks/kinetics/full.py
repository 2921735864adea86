"""The whole default model over the same twelve infusions and times: every curve, the response, the treatment day."""

import numpy as np

from benchmarks.kinetics.workload import DOSE_MG, LENGTH_H, STARTS_H, TIMES_H, FloatArray
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import Estimates, load_estimates
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE, Exposure
from daybreak.pharmacology.population import simulate
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.response import core
from daybreak.pharmacology.safety import effects
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Regimen

REGIMEN = Regimen(
    tuple(
        Dose(Drug.KETAMINE, Route.IV, Amount(DOSE_MG, AmountUnit.MG), LENGTH_H * 60, float(start)) for start in STARTS_H
    )
)
BODY, SEED = Body(70), 1


def solve(patients: int) -> dict[str, FloatArray]:
    """Each series by name, (patients, times)."""
    asked = Prediction.of(REGIMEN, BODY, TIMES_H)
    series = {str(name): curve for name, curve in simulate(asked, patients=patients, seed=SEED, uncertain=True).items()}
    exposure = Exposure.of_crowd(REGIMEN, BODY, TIMES_H, patients=patients, seed=SEED, substances=KETAMINE_ALONE)
    response, safety = load_estimates("response"), load_estimates("safety")
    values = _drawn(response, patients, 10)
    fast, slow = core.benefit_states(exposure, response.fixed, values)
    benefit = values["largest_benefit"][:, None] * (1 - (1 - fast) * (1 - slow))
    series |= {"fast benefit": fast, "slow benefit": slow, "benefit": benefit}
    values = _drawn(safety, patients, 30)
    fresh = effects.fresh_exposure(exposure, safety.fixed, values)
    series["dissociation"] = effects.dissociation(fresh, values)
    series |= {name: effects.rise(name, fresh, values) for name in effects.RISES}
    sedated = effects.sedation(fresh, safety.fixed, values)
    return series | {f"sedation {place}": chance for place, chance in enumerate(sedated)}


def _drawn(estimates: Estimates, patients: int, stream: int) -> dict[str, FloatArray]:
    numbers = len(estimates.priors)
    normals = standard_normals(seed=SEED, stream=stream, patients=patients, numbers=numbers)
    return {name: np.asarray(values) for name, values in estimates.drawn(normals).items()}
