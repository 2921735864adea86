"""Do small trials show larger effects? Tests, and what they cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from daybreak.evidence.distributions import normal_two_sided_p, t_two_sided_p
from daybreak.evidence.effects import EffectMeasure

ENOUGH_TRIALS = 10  # Sterne 2011, BMJ 343:d4002: below ten the tests have too little power to be used
_LIMITS = (
    "Small trials may show larger effects because others stayed unpublished, because they treated other people, or by "
    "chance: the test cannot say which, and no sign of it is no proof."
)


@dataclass(frozen=True, slots=True)
class SmallStudyTest:
    """A test for small-study effects.

    Attributes:
        value: Egger's intercept or Kendall's tau.
        p: two-sided.
        caution: what the test cannot tell, and why it may mislead here.
    """

    name: str
    k: int
    value: float
    p: float
    caution: str


class TooFewTrials(ValueError):
    """Fewer trials than the tests need."""


def egger(measure: EffectMeasure, estimates: Sequence[float], variances: Sequence[float]) -> SmallStudyTest:
    """Egger's regression (1997): effect / error on 1 / error. A large intercept is asymmetry.

    Raises:
        TooFewTrials: with fewer than ten.
    """
    _need(len(estimates))
    errors = np.sqrt(np.array(variances))
    outcome, precision = np.array(estimates) / errors, 1 / errors
    design = np.column_stack([np.ones(len(errors)), precision])
    beta = np.linalg.solve(design.T @ design, design.T @ outcome)
    degrees = len(errors) - 2
    residual = outcome - design @ beta
    spread = float(residual @ residual) / degrees
    error = sqrt(spread * float(np.linalg.inv(design.T @ design)[0, 0]))
    intercept = float(beta[0])
    return SmallStudyTest("Egger", len(errors), intercept, t_two_sided_p(intercept / error, degrees), _caution(measure))


def begg(measure: EffectMeasure, estimates: Sequence[float], variances: Sequence[float]) -> SmallStudyTest:
    """Begg and Mazumdar's rank correlation (1994), Kendall's tau-b with the normal approximation. Weaker than Egger.

    Raises:
        TooFewTrials: with fewer than ten.
    """
    k = len(estimates)
    _need(k)
    weights = [1 / v for v in variances]
    mean = sum(w * y for w, y in zip(weights, estimates, strict=True)) / sum(weights)
    around = [(y - mean) / sqrt(v - 1 / sum(weights)) for y, v in zip(estimates, variances, strict=True)]
    pairs = [_sign(around[i] - around[j]) * _sign(variances[i] - variances[j]) for i in range(k) for j in range(i)]
    ties = sum(_sign(variances[i] - variances[j]) == 0 for i in range(k) for j in range(i))
    score, possible = sum(pairs), k * (k - 1) / 2
    z = score / sqrt(k * (k - 1) * (2 * k + 5) / 18)
    return SmallStudyTest(
        "Begg", k, score / sqrt(possible * (possible - ties)), normal_two_sided_p(z), _caution(measure)
    )


def _need(k: int) -> None:
    if k < ENOUGH_TRIALS:
        raise TooFewTrials(f"{k} trials are too few to test for small-study effects (it takes {ENOUGH_TRIALS}).")


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _caution(measure: EffectMeasure) -> str:
    if measure in (EffectMeasure.HEDGES_G, EffectMeasure.ODDS_RATIO, EffectMeasure.RISK_RATIO):
        return f"{_LIMITS} Here the effect and its standard error depend on each other, which alone makes asymmetry."
    return _LIMITS
