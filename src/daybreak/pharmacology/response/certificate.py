"""How exact a course is: the same people computed twice, with the nodes used and with twice as many.

Judged over a population with its extremes (kinetics and parameters drawn), because a few typical patients hide the
worst ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE, Exposure
from daybreak.pharmacology.mechanism.mesh import NODES
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.response import core
from daybreak.treatment.regimen import Regimen

_KINETIC_STREAM, _PARAMETER_STREAM = 0, 10


@dataclass(frozen=True, slots=True)
class Certificate:
    """The largest and the 99th percentile of the numerical error of the two benefit states, which run from 0 to 1,
    over `patients` drawn people and all times."""

    worst: float
    percentile_99: float
    patients: int
    nodes: int
    seed: int


def certify(given: Regimen, body: Body, times_h: ArrayLike, *, patients: int = 200, seed: int = 0) -> Certificate:
    """The numerical error of courses of this regimen.

    Raises:
        NoModelError: if no kinetic model serves these doses.
        KineticsError: if a time lies before the first dose.
    """
    estimates = load_estimates("response")
    effects = Prediction.of(given, body, times_h).model.parameters.random_effects
    who = standard_normals(seed=seed, stream=_KINETIC_STREAM, patients=patients, numbers=effects)
    drawn = standard_normals(seed=seed, stream=_PARAMETER_STREAM, patients=patients, numbers=len(estimates.priors))
    values = estimates.drawn(drawn)
    exposures = (
        Exposure.of(given, body, times_h, normals=who, nodes=nodes, substances=KETAMINE_ALONE)
        for nodes in (NODES, 2 * NODES)
    )
    used, finer = (np.stack(core.benefit_states(exposure, estimates.fixed, values)) for exposure in exposures)
    errors = np.abs(used - finer)
    return Certificate(float(errors.max()), float(np.quantile(errors, 0.99)), patients, NODES, seed)
