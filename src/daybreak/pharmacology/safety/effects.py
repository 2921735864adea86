"""The treatment day: from the effect site to dissociation, sedation, pressure, pulse and nausea.

    dT/dt = k (Ce - T)                          adaptation within the session
    A     = max(Ce - s T, 0)                    fresh exposure: what the brain has not adapted to
    CADSS = largest A^h / (C50^h + A^h) r^(session - 1)
    rise  = largest A / (C50p + A)              systolic, diastolic, pulse; the same at each session
    logit P(MOAA/S <= k) = level_k + slope ln(A / 70 ng/mL)      ordered categories, proportional odds

Without the adaptation, pressure and dissociation would last as long as the concentration, which after a spray is
still near its peak at 90 min when both are published to be gone.
"""

from collections.abc import Mapping

import numpy as np

from daybreak.pharmacology.calibration.estimates import Fixed
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.cascade import filtered
from daybreak.pharmacology.mechanism.exposure import Exposure

Values = Mapping[str, FloatArray]
RISES = {
    "systolic": "systolic_largest_mmhg",
    "diastolic": "diastolic_largest_mmhg",
    "heart_rate": "heart_rate_largest_per_min",
}


def fresh_exposure(exposure: Exposure, fixed: Mapping[str, Fixed], values: Values) -> FloatArray:
    """S-ketamine at the effect site less what was adapted to, (sets, times) in ng/mL."""
    site = exposure.effect_site(fixed["effect_site_rate_per_h"].value)
    sets = max(len(values["adaptation_per_h"]), len(site.at_nodes))
    nodes = np.broadcast_to(site.at_nodes, (sets, *site.at_nodes.shape[1:]))
    adapted = filtered(exposure.mesh, nodes, values["adaptation_per_h"])
    fresh = exposure.at_times(site) - values["adaptation_share"][:, None] * exposure.at_times(adapted)
    return np.asarray(np.maximum(fresh, 0))


def dissociation(fresh: FloatArray, values: Values) -> FloatArray:
    """Mean CADSS score over people in a first session, (sets, times)."""
    steep = values["cadss_steepness"][:, None]
    relative = (fresh / values["cadss_half_ng_per_ml"][:, None]) ** steep
    return np.asarray(values["cadss_largest"][:, None] * relative / (1 + relative))


def session_factor(session: int, fixed: Mapping[str, Fixed]) -> float:
    """What tolerance between sessions leaves of the first session's dissociation."""
    left = (1 - fixed["tolerance_per_session"].value) ** (session - 1)
    return max(float(left), fixed["tolerance_floor"].value)


def rise(which: str, fresh: FloatArray, values: Values) -> FloatArray:
    """Mean rise of "systolic", "diastolic" (mmHg) or "heart_rate" (1/min) over people, (sets, times)."""
    return np.asarray(values[RISES[which]][:, None] * fresh / (fresh + values["pressure_half_ng_per_ml"][:, None]))


def sedation(
    fresh: FloatArray, fixed: Mapping[str, Fixed], values: Values
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Chance of MOAA/S below 5, of 3 or below, and of 0, (sets, times) each."""
    any_level = values["sedation_any"][:, None] + _slope(fresh, fixed, values["sedation_slope"])
    moderate = any_level - values["sedation_moderate_gap"][:, None]
    deep = moderate - values["sedation_deep_gap"][:, None]
    return _chance(any_level), _chance(moderate), _chance(deep)


def nausea(highest_fresh: FloatArray, fixed: Mapping[str, Fixed], values: Values) -> FloatArray:
    """Chance of nausea that placebo would not have brought, (sets, doses)."""
    return _chance(values["nausea"][:, None] + _slope(highest_fresh, fixed, values["nausea_slope"]))


def _slope(fresh: FloatArray, fixed: Mapping[str, Fixed], slope: FloatArray) -> FloatArray:
    relative = np.maximum(fresh, 1e-6) / fixed["reference_ng_per_ml"].value
    return np.asarray(slope[:, None] * np.log(relative))


def _chance(log_odds: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-log_odds)))
