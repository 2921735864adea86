"""Do small trials show larger effects? A test, and what it cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from daybreak.evidence.distributions import t_two_sided_p
from daybreak.evidence.effects import EffectMeasure

ENOUGH_TRIALS = 10  # Sterne 2011, BMJ 343:d4002 (recalled): below ten such tests have too little power to be used
_LIMITS = (
    "Small trials may show larger effects because others stayed unpublished, because they treated other people, or by "
    "chance: the test cannot say which, and no sign of it is no proof."
)


@dataclass(frozen=True, slots=True)
class SmallStudyTest:
    """What Egger's test found.

    Attributes:
        value: Egger's intercept.
        p: two-sided.
        caution: what the test cannot tell, and why it may mislead here.
    """

    value: float
    p: float
    caution: str


class TooFewTrials(ValueError):
    """Fewer trials than the test needs."""


def egger(measure: EffectMeasure, estimates: Sequence[float], variances: Sequence[float]) -> SmallStudyTest:
    """Egger's regression (1997): effect / error on 1 / error. A large intercept is asymmetry.

    Raises:
        TooFewTrials: with fewer than ten.
    """
    if len(estimates) < ENOUGH_TRIALS:
        raise TooFewTrials(
            f"{len(estimates)} trials are too few to test for small-study effects (it takes {ENOUGH_TRIALS})."
        )
    errors = np.sqrt(np.array(variances))
    outcome, precision = np.array(estimates) / errors, 1 / errors
    design = np.column_stack([np.ones(len(errors)), precision])
    beta = np.linalg.solve(design.T @ design, design.T @ outcome)
    degrees = len(errors) - 2
    residual = outcome - design @ beta
    spread = float(residual @ residual) / degrees
    error = sqrt(spread * float(np.linalg.inv(design.T @ design)[0, 0]))
    intercept = float(beta[0])
    return SmallStudyTest(intercept, t_two_sided_p(intercept / error, degrees), _caution(measure))


def _caution(measure: EffectMeasure) -> str:
    if measure in (EffectMeasure.HEDGES_G, EffectMeasure.ODDS_RATIO, EffectMeasure.RISK_RATIO):
        return f"{_LIMITS} Here the effect and its standard error depend on each other, which alone makes asymmetry."
    return _LIMITS
