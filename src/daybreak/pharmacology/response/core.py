"""The reduced core: effect site -> saturable drive -> a fast and a slow benefit -> fall of the score.

    u  = Ce / (Ce + C50)                         drive, 0 to 1
    dF/dt = k_on u (1 - F) - k_off F             fast benefit
    dK/dt = k_con F (1 - K) - k_slow K           slow benefit, built up by repeats
    D  = E (1 - (1 - F)(1 - K))                  the drug's part, as a fraction of the baseline score
    P  = a (1 - 2^(-t / 1 h)) + (g + n) (1 - 2^(-t / h))   expectation by context, course over weeks, new antidepressant

The score is baseline (1 - D)(1 - P): the drug takes its share of what is left, so a score cannot fall below zero
and a trial whose control arm improves much leaves less to gain. F and K have no unit of their own; that they end
at one and that K weighs as much as F are conventions, because only E times them is ever seen: see
`daybreak.pharmacology.calibration.identifiability`.
"""

from collections.abc import Mapping

import numpy as np

from daybreak.pharmacology.calibration.estimates import Fixed
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.mechanism.one_pass import one_pass
from daybreak.pharmacology.response.trials import Context

LN_2 = float(np.log(2))
DRUG_PARAMETERS = (
    "largest_benefit",
    "half_drive_ng_per_ml",
    "fast_onset_per_h",
    "fast_half_life_h",
    "consolidation_per_h",
    "slow_half_life_h",
)
_BLOCK = 128  # parameter sets at once, so that what is worked on stays in the processor's cache
Values = Mapping[str, FloatArray]


def benefit(exposure: Exposure, fixed: Mapping[str, Fixed], values: Values) -> FloatArray:
    """The drug's part of the fall of the score, (sets, times), as a fraction of baseline.

    Args:
        exposure: of one person, the same for every parameter set.
        values: `DRUG_PARAMETERS` by name, (sets,) each, on their natural scale.
    """
    sets = len(values["largest_benefit"])
    blocks = [{name: values[name][i : i + _BLOCK] for name in DRUG_PARAMETERS} for i in range(0, sets, _BLOCK)]
    return np.concatenate([_benefit(exposure, fixed, block) for block in blocks])


def _benefit(exposure: Exposure, fixed: Mapping[str, Fixed], values: Values) -> FloatArray:
    fast, slow = benefit_states(exposure, fixed, values)
    return np.asarray(values["largest_benefit"][:, None] * (1 - (1 - fast) * (1 - slow)))


def benefit_states(exposure: Exposure, fixed: Mapping[str, Fixed], values: Values) -> tuple[FloatArray, FloatArray]:
    """The fast and the slow benefit at the times asked for, (sets, times), 0 to 1."""
    site = exposure.effect_site(fixed["effect_site_rate_per_h"].value, fixed["r_ketamine_weight"].value)
    sets, mesh = len(values["half_drive_ng_per_ml"]), exposure.mesh
    steps = one_pass(sets)
    at_site = steps.given(site.at_nodes.reshape(len(site.at_nodes), -1))
    drive = steps.saturated(at_site, values["half_drive_ng_per_ml"], np.ones(sets))
    at_nodes, fast = steps.filled(mesh, drive, values["fast_onset_per_h"], LN_2 / values["fast_half_life_h"])
    _, slow = steps.filled(mesh, at_nodes, values["consolidation_per_h"], LN_2 / values["slow_half_life_h"])
    found = steps.told(fast), steps.told(slow)
    steps.run()
    return found


def weeks_shape(times_h: FloatArray, values: Values) -> FloatArray:
    """How much of the course over weeks has come, (sets, times), 0 to 1."""
    return np.asarray(-np.expm1(-LN_2 * times_h / values["weeks_half_life_h"][:, None]))


def first_shape(times_h: FloatArray, fixed: Mapping[str, Fixed]) -> FloatArray:
    """How much of the early improvement has come, (times,), 0 to 1."""
    return np.asarray(-np.expm1(-LN_2 * times_h / fixed["first_expectation_half_life_h"].value))


def untreated(
    times_h: FloatArray,
    context: Context,
    fixed: Mapping[str, Fixed],
    values: Values,
    *,
    new_antidepressant: bool,
) -> FloatArray:
    """The fall of the score without ketamine, (sets, times), as a fraction of baseline."""
    weeks = values["weeks_course"] + (values["new_antidepressant_course"] if new_antidepressant else 0)
    early = expectation(context, values)[:, None] * first_shape(times_h, fixed)
    return np.asarray(early + weeks[:, None] * weeks_shape(times_h, values))


def expectation(context: Context, values: Values) -> FloatArray:
    """The early improvement of a control arm in this context, (sets,), as a fraction of baseline."""
    return values[f"expectation_{context.name.lower()}"]


def seen_share(context: Context, values: Values) -> FloatArray:
    """How much of the drug's benefit shows in this context, (sets,): all, unless nobody can notice the drug."""
    share = values["unmasking_share"]
    return 1 - share if context is Context.MASKED else np.ones_like(share)


def person_spread(times_h: FloatArray, drug: FloatArray, values: Values) -> FloatArray:
    """Standard deviation between people of the fall of the score, (sets, times), as a fraction of baseline."""
    return np.asarray(
        np.sqrt(
            values["person_early"][:, None] ** 2
            + (values["person_weeks"][:, None] * weeks_shape(times_h, values)) ** 2
            + (values["person_drug"][:, None] * drug) ** 2
        )
    )
