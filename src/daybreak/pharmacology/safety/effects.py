"""The treatment day: from the effect site to dissociation, sedation, pressure, pulse and nausea.

    dT/dt = k (Ce - T)                          adaptation within the session
    A     = max(Ce - s T, 0)                    fresh exposure: what the brain has not adapted to
    CADSS = largest A^h / (C50^h + A^h) r^(session - 1)
    rise  = largest A / (C50p + A)              systolic, diastolic, pulse; the same at each session
    logit P(MOAA/S <= k) = level_k + slope ln(A / 70 ng/mL)      ordered categories, proportional odds

Without the adaptation, pressure and dissociation would last as long as the concentration, which after a spray is
still near its peak at 90 min when both are published to be gone.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from daybreak.pharmacology.calibration.estimates import Fixed
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.mechanism.one_pass import Course, OnePass, one_pass

_LEAST_NG_PER_ML = 1e-6  # of what sedates or sickens: it has a logarithm, and does nothing
Values = Mapping[str, FloatArray]
RISES = {
    "systolic": "systolic_largest_mmhg",
    "diastolic": "diastolic_largest_mmhg",
    "heart_rate": "heart_rate_largest_per_min",
}


def fresh_exposure(exposure: Exposure, fixed: Mapping[str, Fixed], values: Values) -> FloatArray:
    """S-ketamine at the effect site less what was adapted to, (sets, times) in ng/mL."""
    site = exposure.effect_site(fixed["effect_site_rate_per_h"].value)
    adaptation = values["adaptation_per_h"]
    steps = one_pass(max(len(adaptation), len(site.at_nodes)))
    at_nodes = steps.given(site.at_nodes.reshape(len(site.at_nodes), -1))
    adapted = steps.filtered_at_times(exposure.mesh, at_nodes, adaptation)
    return _told(steps, [steps.beyond(steps.given(site.at_times), adapted, values["adaptation_share"])])[0]


def dissociation(fresh: FloatArray, values: Values) -> FloatArray:
    """Mean CADSS score over people in a first session, (sets, times)."""
    steps = one_pass(len(fresh))
    steep, half = values["cadss_steepness"], values["cadss_half_ng_per_ml"]
    of_exposure = steps.logarithm(steps.given(fresh), 0.0)
    # x^h / (C50^h + x^h) is logistic in ln x.
    return _told(steps, [steps.logistic(of_exposure, -steep * np.log(half), steep, values["cadss_largest"])])[0]


def session_factor(session: int, fixed: Mapping[str, Fixed]) -> float:
    """What tolerance between sessions leaves of the first session's dissociation."""
    left = (1 - fixed["tolerance_per_session"].value) ** (session - 1)
    return max(float(left), fixed["tolerance_floor"].value)


def rise(which: str, fresh: FloatArray, values: Values) -> FloatArray:
    """Mean rise of "systolic", "diastolic" (mmHg) or "heart_rate" (1/min) over people, (sets, times)."""
    found = np.multiply(values[RISES[which]][:, None], fresh)
    found /= fresh + values["pressure_half_ng_per_ml"][:, None]
    return found


def sedation(
    fresh: FloatArray, fixed: Mapping[str, Fixed], values: Values
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Chance of MOAA/S below 5, of 3 or below, and of 0, (sets, times) each."""
    any_level = values["sedation_any"]
    moderate = any_level - values["sedation_moderate_gap"]
    deep = moderate - values["sedation_deep_gap"]
    below_5, to_3, to_0 = _chances(fresh, fixed, values["sedation_slope"], [any_level, moderate, deep])
    return below_5, to_3, to_0


def nausea(highest_fresh: FloatArray, fixed: Mapping[str, Fixed], values: Values) -> FloatArray:
    """Chance of nausea that placebo would not have brought, (sets, doses)."""
    return _chances(highest_fresh, fixed, values["nausea_slope"], [values["nausea"]])[0]


def _chances(
    fresh: FloatArray, fixed: Mapping[str, Fixed], slope: FloatArray, levels: Sequence[FloatArray]
) -> list[FloatArray]:
    """1 / (1 + exp(-(level + slope ln(A / reference)))) for each of the levels, (sets, times)."""
    steps, certain = one_pass(len(fresh)), np.ones(len(fresh))
    of_exposure = steps.logarithm(steps.given(fresh), _LEAST_NG_PER_ML)
    reference = np.log(fixed["reference_ng_per_ml"].value)
    return _told(steps, [steps.logistic(of_exposure, level - slope * reference, slope, certain) for level in levels])


def _told(steps: OnePass, courses: Sequence[Course]) -> list[FloatArray]:
    """Each course, (sets, values), once the pass has run."""
    found = [steps.told(course) for course in courses]
    steps.run()
    return found
