"""The incomplete beta and gamma functions against a library that computes with as many digits as one likes."""

from math import isclose

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.evidence.incomplete import beta_ratio, gamma_ratio_above, gamma_ratio_below

DIGITS = 30
shapes = st.floats(0.5, 2000)
fractions = st.floats(1e-6, 1 - 1e-6)


@given(shapes, shapes, fractions)
def test_the_incomplete_beta_function(a, b, x):
    with mpmath.workdps(DIGITS):
        exact = float(mpmath.betainc(a, b, 0, x, regularized=True))
    assert isclose(beta_ratio(a, b, x), exact, rel_tol=1e-10, abs_tol=1e-14)


@given(shapes, st.floats(0.01, 4000))
def test_the_incomplete_gamma_functions(a, x):
    with mpmath.workdps(DIGITS):
        below, above = (float(mpmath.gammainc(a, *limits, regularized=True)) for limits in ((0, x), (x, mpmath.inf)))
    assert isclose(gamma_ratio_below(a, x), below, rel_tol=1e-10, abs_tol=1e-14)
    assert isclose(gamma_ratio_above(a, x), above, rel_tol=1e-10, abs_tol=1e-14)


@given(shapes, shapes, fractions)
def test_what_is_not_below_is_above(a, b, x):
    assert isclose(beta_ratio(a, b, x) + beta_ratio(b, a, 1 - x), 1, rel_tol=1e-9)


def test_the_far_tail_keeps_its_digits():
    with mpmath.workdps(DIGITS):
        exact = float(mpmath.gammainc(3, 600, mpmath.inf, regularized=True))
    assert exact < 1e-250
    assert isclose(gamma_ratio_above(3, 600), exact, rel_tol=1e-11)


def test_at_the_ends():
    assert (beta_ratio(2, 3, 0), beta_ratio(2, 3, 1)) == (0, 1)
    assert (gamma_ratio_below(2, 0), gamma_ratio_above(2, 0)) == (0, 1)


@pytest.mark.parametrize("a", [1e5, 1e6])
def test_many_degrees_of_freedom_still_converge(a):
    """Half of it lies below about the median, a - 1/3 (DLMF 8.10(iii))."""
    assert isclose(gamma_ratio_below(a, a - 1 / 3), 0.5, rel_tol=1e-6)
