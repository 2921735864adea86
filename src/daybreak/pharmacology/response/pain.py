"""Pain on 0 to 10 under S-ketamine: relief within minutes while the drug is there, and a slow one that outlasts it.

    dX/dt  = (ln 2 / half-life) (C - X)                       slow exposure
    relief = placebo + (full - placebo) X / (half + X)        as a fraction of the pain before
    pain   = baseline (1 - relief) - 0.038 min(Ce, 100)       the last part while S-ketamine is in the brain

Dahan 2011 for the slow part, Olofsen 2012 for the quick one. That the two add, and that placebo relief comes at
once, is assumed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.arguments import check_crowd, kind, number
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_priors
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.cascade import filtered
from daybreak.pharmacology.mechanism.exposure import KETAMINE_ALONE, Exposure
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.response.course import ScoreBand
from daybreak.treatment.regimen import HOURS_PER_DAY, MINUTES_PER_HOUR, Regimen

HIGHEST_PAIN = 10.0
_TWELVE_WEEKS_H = 12 * 7 * HOURS_PER_DAY
_AFTER_A_DOSE_H = (0.25, 0.75, 1.5, 3.5, 8.0, 24.0)  # while the quick relief comes and goes
# Until which week relief was followed against a control, by the treatment's own names of what is treated.
WEEKS_OF_PAIN = {"complex_regional_pain_syndrome": 1, "fibromyalgia": 8}
_PARAMETER_STREAM, _PERSON_STREAM = 50, 51


@dataclass(frozen=True, slots=True)
class PainCourse:
    """Pain at each time, (times,): the person's band, and the mean with and without the drug."""

    times_h: FloatArray
    pain: ScoreBand
    mean: FloatArray
    mean_with_placebo: FloatArray
    baseline: float
    level: float
    patients: int
    seed: int
    kinetic_model_id: str
    parameter_version: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]


def predict_pain(
    given: Regimen,
    body: Body,
    baseline: float,
    times_h: ArrayLike,
    *,
    patients: int = 1000,
    seed: int = 0,
    level: float = 0.90,
) -> PainCourse:
    """What may become of a person's pain under a regimen.

    Args:
        baseline: pain before the first dose, above 0 and at most 10.
        times_h: (times,) hours since the first dose, zero or later.

    Raises:
        NoModelError: if no kinetic model serves these doses.
        KineticsError: if the baseline or a time cannot be.
    """
    kind(Regimen, such_as='parse("ketamine 50 mg im once"), or of one dose Regimen((dose,))')("given", given)
    number(above=0, high=HIGHEST_PAIN, why="pain before treatment")("baseline", baseline)
    check_crowd(patients, seed, level)
    numbers, exposure = load_priors("pain"), Exposure.of(given, body, times_h, substances=KETAMINE_ALONE)
    normals = standard_normals(seed=seed, stream=_PARAMETER_STREAM, patients=patients, numbers=len(numbers.priors))
    values = numbers.drawn(normals)
    plasma = exposure.plasma_ng_per_ml[Analyte.S_KETAMINE]
    whole = np.broadcast_to(plasma, (patients, *plasma.shape[1:]))
    slow = exposure.at_times(filtered(exposure.mesh, whole, np.log(2) / values["half_life_h"]))
    quick = exposure.at_times(exposure.effect_site(numbers.fixed["acute_rate_per_h"].value))
    effect = slow / (slow + values["half_ng_per_ml"][:, None])
    placebo = values["placebo_relief"][:, None]
    relief = placebo + np.maximum(0, values["full_relief"][:, None] - placebo) * effect
    acute = numbers.fixed["acute_fall_per_ng_per_ml"].value * np.minimum(
        quick, numbers.fixed["acute_highest_ng_per_ml"].value
    )
    started = exposure.times_h > 0
    means = np.clip(baseline * (1 - relief * started) - acute, 0, HIGHEST_PAIN)
    person = standard_normals(seed=seed, stream=_PERSON_STREAM, patients=patients, numbers=1)
    shown = np.clip(means + numbers.fixed["person_spread"].value * person * started, 0, HIGHEST_PAIN)
    lower, median, upper = np.quantile(shown, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return PainCourse(
        times_h=exposure.times_h,
        pain=ScoreBand(median=median, lower=lower, upper=upper),
        mean=np.asarray(means.mean(axis=0)),
        mean_with_placebo=np.asarray((baseline * (1 - placebo * started)).mean(axis=0)),
        baseline=baseline,
        level=level,
        patients=patients,
        seed=seed,
        kinetic_model_id=exposure.model_id,
        parameter_version=numbers.version,
        limits=(*numbers.limits, *exposure.limits),
        warnings=(*_warnings(given, numbers.studied["hours_of_infusion"].low), *exposure.warnings),
    )


def pain_times_h(given: Regimen) -> FloatArray:
    """When to look at a course of pain: around each dose closely, else each half week, over twelve weeks."""
    after = np.array(_AFTER_A_DOSE_H)
    near = [
        dose.time_h + np.concatenate([[0.0], end_h * np.array([0.25, 0.5, 0.75]), end_h + np.append(0.0, after)])
        for dose in given.doses
        for end_h in [dose.duration_h]
    ]
    times = np.unique(np.round(np.concatenate([np.arange(0, _TWELVE_WEEKS_H + 1, 84), *near]), 6))
    return np.asarray(times[times <= _TWELVE_WEEKS_H])


def _warnings(given: Regimen, shortest_h: float) -> tuple[str, ...]:
    hours = sum(dose.duration_min for dose in given.doses) / MINUTES_PER_HOUR
    if hours >= shortest_h:
        return ()
    return (
        f"Outside the studied range: {hours:.3g} hours of infusion; the lasting relief was measured after days of it.",
    )
