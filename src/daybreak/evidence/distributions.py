"""Normal, t and chi-square distributions: the standard library has the normal, `incomplete` what the others need."""

from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, lgamma, sqrt
from statistics import NormalDist

from daybreak.evidence.incomplete import beta_ratio, gamma_ratio_above, gamma_ratio_below

_NORMAL = NormalDist()
_MOST_STEPS = 200
_TOLERANCE = 1e-14


def normal_quantile(probability: float) -> float:
    """The standard normal's quantile; `probability` strictly between 0 and 1."""
    return _NORMAL.inv_cdf(probability)


def t_below(value: float, degrees: float) -> float:
    """The probability that a t-distributed value lies below `value`. Infinite degrees are the normal."""
    if degrees == inf:
        return _NORMAL.cdf(value)
    square = value * value
    if square < 1:  # from the middle: the tail's argument would round to 1
        middle = beta_ratio(0.5, degrees / 2, square / (degrees + square))
        return (1 - middle) / 2 if value < 0 else (1 + middle) / 2
    tail = beta_ratio(degrees / 2, 0.5, degrees / (degrees + square)) / 2
    return tail if value < 0 else 1 - tail


def t_two_sided_p(value: float, degrees: float) -> float:
    """The probability of a t-distributed value at least as far from zero."""
    return 2 * t_below(-abs(value), degrees)


@lru_cache(maxsize=4096)
def t_quantile(probability: float, degrees: float) -> float:
    """The quantile of the t distribution.

    Raises ValueError when `degrees` is not above zero.
    """
    if degrees <= 0:
        raise ValueError(f"A t distribution has more than {degrees:g} degrees of freedom.")
    if degrees == inf:
        return normal_quantile(probability)
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    return _increasing_root(lambda value: t_below(value, degrees), probability)


def chi_square_below(value: float, degrees: float) -> float:
    """The probability that a chi-square value lies below `value`."""
    return gamma_ratio_below(degrees / 2, value / 2)


def chi_square_above(value: float, degrees: float) -> float:
    """The probability that a chi-square value lies above `value`, exact in the far tail."""
    return gamma_ratio_above(degrees / 2, value / 2)


@lru_cache(maxsize=4096)
def chi_square_quantile(probability: float, degrees: float) -> float:
    """The quantile of the chi-square distribution."""
    return _increasing_root(lambda value: chi_square_below(value, degrees), probability)


def critical_value(level: float, degrees: float = inf) -> float:
    """How many standard errors an interval of `level` reaches to each side; with degrees, from the t distribution."""
    return t_quantile(0.5 + level / 2, degrees)


def standard_error_of_interval(low: float, high: float, level: float = 0.95, degrees: float = inf) -> float:
    """The standard error behind a symmetric interval."""
    return (high - low) / (2 * critical_value(level, degrees))


def statistic_of_p(p: float, degrees: float = inf) -> float:
    """The absolute z or t value behind a two-sided p."""
    return abs(t_quantile(p / 2, degrees))


def small_sample_factor(degrees: float) -> float:
    """Hedges' exact correction J of a standardised mean difference with these degrees of freedom (Hedges 1981)."""
    return exp(lgamma(degrees / 2) - lgamma((degrees - 1) / 2)) / sqrt(degrees / 2) if degrees > 1 else 0.0


def _increasing_root(function: Callable[[float], float], probability: float) -> float:
    """Where a distribution function reaches a probability: false position, the Illinois variant (Dowell 1971)."""
    low, high = 0.0, 1.0
    below, above = function(low) - probability, function(high) - probability
    while above < 0:
        low, below, high = high, above, 2 * high
        above = function(high) - probability
    side = 0
    for _ in range(_MOST_STEPS):
        between = (low * above - high * below) / (above - below)
        value = function(between) - probability
        if value == 0 or high - low <= _TOLERANCE * high or between in (low, high):
            return between
        if value > 0:
            high, above, below = between, value, below / 2 if side > 0 else below
            side = 1
        else:
            low, below, above = between, value, above / 2 if side < 0 else above
            side = -1
    return (low + high) / 2
