"""Quantiles and probabilities agree with SciPy's, far into the tails."""

from math import inf, isclose

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special, stats

from daybreak.evidence import distributions as ours

probabilities = st.floats(1e-6, 1 - 1e-6)
degrees = st.sampled_from([1, 2, 3, 5, 11, 40, 400])


@given(probabilities, degrees)
def test_t_quantiles(probability, df):
    assert isclose(ours.t_quantile(probability, df), stats.t.ppf(probability, df), rel_tol=1e-8, abs_tol=1e-9)


@given(st.floats(-50, 50), degrees)
@example(1.192092896e-07, 11)  # so near the middle that the tail's argument would round to 1
def test_t_tails(value, df):
    assert isclose(ours.t_two_sided_p(value, df), 2 * stats.t.sf(abs(value), df), rel_tol=1e-9)


@given(probabilities, degrees)
def test_chi_square_quantiles(probability, df):
    assert isclose(ours.chi_square_quantile(probability, df), stats.chi2.ppf(probability, df), rel_tol=1e-7)


@given(st.floats(0, 300), degrees)
def test_chi_square_tails(value, df):
    assert isclose(ours.chi_square_above(value, df), stats.chi2.sf(value, df), rel_tol=1e-8, abs_tol=1e-300)


@pytest.mark.parametrize("df", [2, 5, 20, 300])
def test_the_small_sample_factor_is_hedges_gamma_ratio(df):
    exact = special.gamma(df / 2) / special.gamma((df - 1) / 2) / (df / 2) ** 0.5
    assert isclose(ours.small_sample_factor(df), exact, rel_tol=1e-12)
    assert ours.small_sample_factor(1) == 0


def test_infinitely_many_degrees_are_the_normal():
    assert isclose(ours.critical_value(0.95), 1.959963984540054)
    assert isclose(ours.t_two_sided_p(1.96, inf), 2 * special.ndtr(-1.96))
    with pytest.raises(ValueError, match="degrees of freedom"):
        ours.t_quantile(0.9, 0)


def test_a_statistic_gives_back_its_p():
    assert isclose(ours.statistic_of_p(ours.t_two_sided_p(2.7, 9), 9), 2.7, rel_tol=1e-9)
