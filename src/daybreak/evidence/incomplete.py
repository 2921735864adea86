"""The incomplete beta and gamma functions, by which t and chi-square probabilities are known, in double precision.

NumPy has neither. SciPy is too large for the server; mpmath, which has both and stood here before, took 8 MB of each of
its processes for these two. Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), 8.11.4, 8.9.2 and
8.17.22, the continued fractions evaluated as Thompson and Barnett (1986) do. Tests hold them to SciPy's and mpmath's.
"""

from collections.abc import Iterable, Iterator
from math import exp, lgamma, log, log1p

_SMALLEST = 1e-300  # stands for a denominator of zero
_PRECISION = 4e-16
_MOST_TERMS = 100_000


def beta_ratio(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), a and b above zero, x from 0 to 1.

    Raises:
        ArithmeticError: where it does not converge, which needs a or b in the thousands of millions.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_ratio(b, a, 1 - x)
    factor = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
    return factor / (1 + _fraction(_beta_terms(a, b, x)))


def gamma_ratio_below(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x), a above zero."""
    if x <= 0:
        return 0.0
    return _gamma_series(a, x) if x < a + 1 else 1 - gamma_ratio_above(a, x)


def gamma_ratio_above(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x), a above zero; exact to many digits in the far tail.

    Raises:
        ArithmeticError: where it does not converge, which needs a in the thousands of millions.
    """
    if x <= 0:
        return 1.0
    if x < a + 1:
        return 1 - _gamma_series(a, x)
    return _gamma_factor(a, x) / (x + 1 - a + _fraction(_gamma_terms(a, x)))


def _gamma_factor(a: float, x: float) -> float:
    return exp(a * log(x) - x - lgamma(a))


def _gamma_series(a: float, x: float) -> float:
    """P(a, x) by its power series, which has positive terms only."""
    term = total = 1 / a
    for n in range(1, _MOST_TERMS):
        term *= x / (a + n)
        total += term
        if term <= _PRECISION * total:
            return _gamma_factor(a, x) * total
    raise ArithmeticError(f"The incomplete gamma function of {a:g} and {x:g} did not converge.")


def _gamma_terms(a: float, x: float) -> Iterator[tuple[float, float]]:
    for n in range(1, _MOST_TERMS):
        yield n * (a - n), x + 2 * n + 1 - a


def _beta_terms(a: float, b: float, x: float) -> Iterator[tuple[float, float]]:
    yield -(a + b) * x / (a + 1), 1.0
    for m in range(1, _MOST_TERMS):
        yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0


def _fraction(terms: Iterable[tuple[float, float]]) -> float:
    """The continued fraction n1 / (d1 + n2 / (d2 + ...)) of these numerators and denominators."""
    value = ratio = _SMALLEST
    inverse = 0.0
    for numerator, denominator in terms:
        inverse = 1 / (denominator + numerator * inverse or _SMALLEST)
        ratio = denominator + numerator / ratio or _SMALLEST
        change = ratio * inverse
        value *= change
        if abs(change - 1) <= _PRECISION:
            return value
    raise ArithmeticError("A continued fraction did not converge.")
