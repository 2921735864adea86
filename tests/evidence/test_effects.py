"""An effect means the same from whatever a report gives, and no control is counted twice."""

from math import exp, inf, isclose, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.evidence.distributions import t_quantile, t_two_sided_p
from daybreak.evidence.effects import (
    Counts,
    Effect,
    EffectMeasure,
    Means,
    NotEnough,
    combine_arms,
    combine_contrasts,
    combine_strata,
    hedges_g,
    mean_difference,
    odds_ratio,
    paired_hedges_g,
    paired_mean_difference,
    printed,
    risk_difference,
    risk_ratio,
)
from tests.evidence import metafor

people = st.integers(5, 400)
scores = st.floats(-40, 40)
spreads = st.floats(0.5, 20)
arms = st.builds(Means, people, scores, spreads)


@st.composite
def counts(draw):
    n = draw(people)
    return Counts(draw(st.integers(0, n)), n)


@given(arms, arms)
def test_turning_the_arms_around_turns_the_sign(active, control):
    for effect in (mean_difference, hedges_g):
        there, back = effect(active, control), effect(control, active)
        assert isclose(there.estimate, -back.estimate, abs_tol=1e-12)
        assert isclose(there.standard_error, back.standard_error)


@given(arms, arms, st.floats(0.1, 10), st.floats(-50, 50))
def test_hedges_g_does_not_see_the_unit_of_the_scale(active, control, factor, shift):
    def moved(arm):
        return Means(arm.n, shift + factor * arm.mean, factor * arm.sd)

    assert isclose(
        hedges_g(active, control).estimate, hedges_g(moved(active), moved(control)).estimate, abs_tol=1e-7, rel_tol=1e-7
    )


@given(counts(), counts())
def test_ratios_turn_around_when_events_and_non_events_do(active, control):
    try:
        there = odds_ratio(active, control)
    except NotEnough:
        return
    other = odds_ratio(Counts(active.n - active.events, active.n), Counts(control.n - control.events, control.n))
    assert isclose(there.estimate, -other.estimate, abs_tol=1e-9)


def test_a_trial_without_events_gives_no_ratio_and_no_difference():
    nobody = Counts(0, 20)
    for effect in (odds_ratio, risk_ratio, risk_difference):
        with pytest.raises(NotEnough):
            effect(nobody, nobody)


@given(arms, arms)
def test_a_printed_interval_standard_error_or_p_gives_the_same_effect(active, control):
    known = mean_difference(active, control)
    if abs(known.estimate) < 0.2 * known.standard_error or abs(known.estimate) > 7 * known.standard_error:
        return  # a p of nearly 1 or 0 carries no digits
    low, high = known.interval()
    measure = EffectMeasure.MEAN_DIFFERENCE
    p = t_two_sided_p(known.estimate / known.standard_error, inf)
    for way in (
        printed(measure, known.estimate, standard_error=known.standard_error),
        printed(measure, known.estimate, low=low, high=high),
        printed(measure, known.estimate, p=p),
    ):
        assert isclose(way.standard_error, known.standard_error, rel_tol=1e-6)
        assert way.estimate == known.estimate


def test_a_printed_ratio_is_kept_as_its_logarithm():
    effect = printed(EffectMeasure.HAZARD_RATIO, 0.49, low=0.29, high=0.84)
    assert isclose(effect.estimate, log(0.49))
    assert isclose(effect.shown, 0.49)
    low, high = effect.interval()
    assert isclose(high / low, 0.84 / 0.29)
    assert isclose(low, exp(effect.estimate - (log(0.84) - log(0.29)) / 2))


def test_a_p_value_with_t_is_wider_than_with_the_normal():
    plain = printed(EffectMeasure.MEAN_DIFFERENCE, 1.0, p=0.02)
    small = printed(EffectMeasure.MEAN_DIFFERENCE, 1.0, p=0.02, degrees=8)
    assert small.standard_error < plain.standard_error  # t needs a larger statistic for the same p
    assert isclose(1 / small.standard_error, -t_quantile(0.01, 8))


def test_a_printed_difference_alone_is_not_enough():
    with pytest.raises(NotEnough, match="standard error, its interval or its exact p"):
        printed(EffectMeasure.MEAN_DIFFERENCE, -4.0)


@given(st.lists(arms, min_size=2, max_size=5))
def test_arms_together_have_the_mean_and_spread_of_all_their_people(parts):
    together = combine_arms(parts)
    n = sum(arm.n for arm in parts)
    mean = sum(arm.n * arm.mean for arm in parts) / n
    square = sum((arm.n - 1) * arm.sd**2 + arm.n * arm.mean**2 for arm in parts)
    assert together.n == n
    assert isclose(together.mean, mean, abs_tol=1e-9)
    assert isclose(together.sd**2 * (n - 1), square - n * mean**2, rel_tol=1e-6, abs_tol=1e-6)


def test_two_dose_arms_against_one_control_are_less_sure_than_two_trials():
    def effect(n, control):
        return mean_difference(Means(n, -15, 10), Means(control, -10, 10))

    shared = combine_contrasts([effect(50, 50), effect(50, 50)], [50, 50], 50)
    twice = combine_strata([effect(50, 50), effect(50, 50)])
    once = effect(100, 50)
    assert shared.standard_error > twice.standard_error
    assert isclose(shared.standard_error, once.standard_error, rel_tol=1e-9)
    assert isclose(shared.estimate, once.estimate)


def test_people_compared_with_themselves_are_surer_the_more_alike_their_two_values():
    a, b = Means(20, -12, 10), Means(20, -4, 10)
    plain = mean_difference(a, b)
    assert isclose(paired_mean_difference(a, b, correlation=0).standard_error, plain.standard_error)
    assert paired_mean_difference(a, b, correlation=0.6).standard_error < plain.standard_error
    assert paired_hedges_g(a, b, correlation=0.6).standard_error < paired_hedges_g(a, b, correlation=0).standard_error


def test_a_printed_paired_difference_of_a_crossover():
    """Dwyer 2021: the standard deviation of the difference is 15.08 in 16 people, p and interval by t."""
    error = 15.08 / sqrt(16)
    from_interval = printed(EffectMeasure.MEAN_DIFFERENCE, -8.69, low=-16.72, high=-0.65, degrees=15)
    assert isclose(from_interval.standard_error, error, rel_tol=1e-3)


@pytest.mark.parametrize("row", metafor.published("B") + metafor.published("C"), ids=lambda row: row["study"])
def test_hedges_g_as_two_living_reviews_print_it(row):
    """Psilocybin for depression and MDMA for PTSD (SYPRES): g and its interval to the printed decimals."""
    active, control = (Means(int(row[f"n{i}"]), float(row[f"mean{i}"]), float(row[f"sd{i}"])) for i in (1, 2))
    effect = hedges_g(active, control, correction="approximate", variance_of="d")
    low, high = effect.interval()
    printed_numbers = [float(row[name]) for name in ("yi", "se_or_ci_low", "ci_high")]
    # Their means and spreads are printed rounded, so the last of four decimals may be one off.
    assert [effect.estimate, low, high] == pytest.approx(printed_numbers, abs=2e-4)


@pytest.mark.parametrize("row", metafor.published("E"), ids=lambda row: row["study"])
def test_risk_differences_of_the_transform_trials_to_two_decimals(row):
    active, control = (Counts(int(row[f"events{i}"]), int(row[f"n{i}"])) for i in (1, 2))
    effect = risk_difference(active, control)
    low, high = effect.interval()
    assert round(100 * effect.estimate, 1) == float(row["yi"])
    assert round(100 * low, 2) == float(row["se_or_ci_low"])
    assert round(100 * high, 2) == float(row["ci_high"])


@pytest.mark.parametrize("row", metafor.published("F"), ids=lambda row: row["study"])
def test_odds_ratios_by_woolf_as_published(row):
    active, control = (Counts(int(row[f"events{i}"]), int(row[f"n{i}"])) for i in (1, 2))
    effect = odds_ratio(active, control)
    theirs = [float(row[name]) for name in ("yi", "se_or_ci_low", "ci_high")]
    ours = [effect.shown, *effect.interval()]
    if row["study"].startswith("Abbar"):  # prints one decimal, and an upper end of a model of its own (Woolf's is 7.20)
        assert ours == pytest.approx(theirs, abs=0.11)
    else:
        assert [round(value, 2) for value in ours] == theirs


def test_an_effect_shows_a_ratio_as_a_ratio():
    effect = Effect(measure=EffectMeasure.RISK_RATIO, estimate=log(2), standard_error=0.1, way="")
    assert isclose(effect.shown, 2)
    assert effect.interval()[0] < 2 < effect.interval()[1]
