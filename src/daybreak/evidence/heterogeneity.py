"""How far trials differ beyond chance: tau2 by three estimators, its interval, Q, I2 and H2. Plain numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from daybreak.evidence.distributions import chi_square_above, chi_square_quantile

TOLERANCE = 1e-7  # of a step, as a part of tau2 and the smallest variance; after it Newton's error is its square
_MOST_STEPS = 500


class Tau2Method(StrEnum):
    """How the variance between trials is estimated."""

    DERSIMONIAN_LAIRD = "DL"
    PAULE_MANDEL = "PM"
    RESTRICTED_LIKELIHOOD = "REML"


class NotConverged(ArithmeticError):
    """The estimate did not settle. Rare: try another estimator."""


def weighted_mean(estimates: Sequence[float], variances: Sequence[float], tau2: float) -> tuple[float, float]:
    """The mean with weights 1 / (v + tau2), and the sum of the weights."""
    total = weighted = 0.0
    for estimate, variance in zip(estimates, variances, strict=True):
        weight = 1 / (variance + tau2)
        total += weight
        weighted += weight * estimate
    return weighted / total, total


def generalised_q(estimates: Sequence[float], variances: Sequence[float], tau2: float) -> float:
    """The weighted sum of squares around the weighted mean; Cochran's Q at tau2 0."""
    mean, _ = weighted_mean(estimates, variances, tau2)
    return sum((y - mean) ** 2 / (v + tau2) for y, v in zip(estimates, variances, strict=True))


def estimate_tau2(method: Tau2Method, estimates: Sequence[float], variances: Sequence[float]) -> float:
    """The variance between trials, never below zero; 0 for one trial.

    Raises:
        NotConverged: when REML does not settle.
    """
    if len(estimates) < 2:
        return 0.0
    if method is Tau2Method.DERSIMONIAN_LAIRD:
        return _dersimonian_laird(estimates, variances)
    if method is Tau2Method.PAULE_MANDEL:
        return _q_equals(len(estimates) - 1, estimates, variances)
    return _restricted_likelihood(estimates, variances)


def _dersimonian_laird(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """DerSimonian and Laird 1986: the moment estimator."""
    weights = [1 / v for v in variances]
    total = sum(weights)
    scale = total - sum(w * w for w in weights) / total
    return max(0.0, (generalised_q(estimates, variances, 0.0) - (len(estimates) - 1)) / scale)


def _q_equals(target: float, estimates: Sequence[float], variances: Sequence[float]) -> float:
    """The tau2 at which the generalised Q is `target`, 0 where Q is smaller from the start. Q falls with tau2."""
    if generalised_q(estimates, variances, 0.0) <= target:
        return 0.0
    low, high = 0.0, max(variances)
    while generalised_q(estimates, variances, high) > target:
        low, high = high, 2 * high
    for _ in range(_MOST_STEPS):
        middle = (low + high) / 2
        if middle in (low, high) or high - low <= 1e-14 * high:
            break
        low, high = (middle, high) if generalised_q(estimates, variances, middle) > target else (low, middle)
    return (low + high) / 2


def _restricted_likelihood(estimates: Sequence[float], variances: Sequence[float]) -> float:
    """Restricted maximum likelihood: Newton's steps on its slope from the DerSimonian-Laird estimate.

    The estimate is kept between a tau2 where the likelihood still rises and one where it already falls: bare Fisher
    scoring (Viechtbauer 2005) swings around the top for some data and never settles. Where the likelihood falls at
    zero, tau2 is zero.
    """
    tau2 = _dersimonian_laird(estimates, variances)
    low, high, smallest = -1.0, inf, min(variances)  # below zero: whether it rises at zero is not known yet
    for _ in range(_MOST_STEPS):
        slope, curvature, expected = _reml_slope(estimates, variances, tau2)
        if tau2 == 0 and slope <= 0:
            return 0.0
        low, high = (tau2, high) if slope > 0 else (low, tau2)
        new = max(0.0, tau2 + slope / (curvature if curvature > 0 else expected))
        if new != tau2 and not low < new < high:
            new = (max(0.0, low) + min(high, 2 * tau2 + smallest)) / 2
        if abs(new - tau2) <= TOLERANCE * (tau2 + smallest):
            return new
        tau2 = new
    raise NotConverged(f"REML did not settle within {_MOST_STEPS} steps. Use Paule-Mandel (PM).")


def _reml_slope(estimates: Sequence[float], variances: Sequence[float], tau2: float) -> tuple[float, float, float]:
    """Twice the slope of the restricted log likelihood, twice its curvature (downwards), and what that is expected.

    With P = W - W 1 1'W / sum(W): y'PPy - tr P, 2 y'PPPy - tr PP, and tr PP.
    """
    weights = [1 / (v + tau2) for v in variances]
    s1 = s2 = s3 = sy = 0.0
    for w, y in zip(weights, estimates, strict=True):
        square = w * w
        s1 += w
        s2 += square
        s3 += square * w
        sy += w * y
    mean = sy / s1
    squares = cubes = cross = 0.0
    for w, y in zip(weights, estimates, strict=True):
        residual = w * (y - mean)
        squares += residual * residual
        cross += w * residual
        cubes += w * residual * residual
    ratio = s2 / s1
    expected = s2 - 2 * s3 / s1 + ratio * ratio
    return squares - (s1 - ratio), 2 * (cubes - cross * cross / s1) - expected, expected


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How far the trials differ.

    Attributes:
        q, degrees, p: Cochran's test; with few trials it sees little.
        tau2: the variance between trials; `tau2_low` and `tau2_high` its 95 % interval (Q-profile, Viechtbauer 2007).
        i2: the share of the variation that is not chance, in per cent, from tau2 (Higgins and Thompson 2002).
    """

    q: float
    degrees: int
    p: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    h2: float


def describe(estimates: Sequence[float], variances: Sequence[float], tau2: float, level: float = 0.95) -> Heterogeneity:
    """Heterogeneity at an estimated tau2, with the Q-profile interval. Needs at least two trials."""
    degrees = len(estimates) - 1
    q = generalised_q(estimates, variances, 0.0)
    typical = typical_variance(variances)
    outside = (1 - level) / 2
    return Heterogeneity(
        q=q,
        degrees=degrees,
        p=chi_square_above(q, degrees),
        tau2=tau2,
        tau2_low=_q_equals(chi_square_quantile(1 - outside, degrees), estimates, variances),
        tau2_high=_q_equals(chi_square_quantile(outside, degrees), estimates, variances),
        i2=100 * tau2 / (tau2 + typical),
        h2=(tau2 + typical) / typical,
    )


def typical_variance(variances: Sequence[float]) -> float:
    """The variance a typical trial has within itself (Higgins and Thompson 2002)."""
    weights = [1 / v for v in variances]
    total = sum(weights)
    return (len(variances) - 1) * total / (total**2 - sum(w * w for w in weights))
