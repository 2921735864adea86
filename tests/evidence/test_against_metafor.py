"""The same inputs give what metafor gives, an implementation many have checked (Viechtbauer 2010)."""

from math import isclose

import numpy as np
import pytest

from daybreak.evidence.effects import (
    Counts,
    EffectMeasure,
    Means,
    hedges_g,
    mean_difference,
    odds_ratio,
    risk_difference,
    risk_ratio,
)
from daybreak.evidence.heterogeneity import Tau2Method
from daybreak.evidence.many import pool_many
from daybreak.evidence.pooling import Interval, Method, Model, Prediction, pool
from daybreak.evidence.rare_events import mantel_haenszel
from daybreak.evidence.small_study import egger
from tests.evidence import metafor

SETS = ("bcg-RR", "bcg-OR", "bcg-RD", "B-SMD", "B-MD", "C-SMD", "C-MD", "three", "two", "agree", "swing")
TESTS = {Interval.WALD: "z", Interval.HARTUNG_KNAPP: "knha", Interval.FLOOR_ONE: "adhoc"}
ANY = EffectMeasure.MEAN_DIFFERENCE  # what the numbers mean changes none of them


def same(ours: float, theirs: float, within: float = 1e-6) -> bool:
    return isclose(ours, theirs, rel_tol=within, abs_tol=within)


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("tau2", Tau2Method)
@pytest.mark.parametrize("name", SETS)
def test_random_effects(name, tau2, interval):
    method = Method(tau2=tau2, interval=interval, prediction=Prediction.SAME_AS_INTERVAL)
    pooled = pool(ANY, *metafor.inputs(name), method=method)
    ours = {
        "estimate": pooled.estimate,
        "se": pooled.standard_error,
        "low": pooled.low,
        "high": pooled.high,
        "p": pooled.p,
        "prediction low": pooled.prediction_low,
        "prediction high": pooled.prediction_high,
    }
    theirs = {quantity: metafor.of(name, f"{tau2} {TESTS[interval]} {quantity}") for quantity in ours}
    assert {quantity: value for quantity, value in ours.items() if not same(value, theirs[quantity])} == {}


@pytest.mark.parametrize("tau2", Tau2Method)
@pytest.mark.parametrize("name", SETS)
def test_heterogeneity_and_its_interval(name, tau2):
    found = pool(ANY, *metafor.inputs(name), method=Method(tau2=tau2)).heterogeneity
    assert same(found.tau2, metafor.of(name, f"{tau2} tau2"))
    assert same(found.i2, metafor.of(name, f"{tau2} i2"), 1e-5)
    assert same(found.h2, metafor.of(name, f"{tau2} h2"), 1e-5)
    assert same(found.tau2_low, metafor.of(name, f"{tau2} tau2 low"))
    # metafor looks no further than its search's end, which two trials that agree exceed: both then say "large".
    assert same(found.tau2_high, metafor.of(name, f"{tau2} tau2 high"))
    assert same(found.q, metafor.of(name, "q"))
    assert same(found.p, metafor.of(name, "q p"))


@pytest.mark.parametrize("name", SETS)
def test_fixed_effect(name):
    pooled = pool(ANY, *metafor.inputs(name), method=Method(model=Model.FIXED))
    assert same(pooled.estimate, metafor.of(name, "fixed estimate"))
    assert same(pooled.low, metafor.of(name, "fixed low"))
    assert same(pooled.high, metafor.of(name, "fixed high"))


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("tau2", Tau2Method)
@pytest.mark.parametrize("name", SETS)
def test_many_at_once_are_the_same_as_one_by_one(name, tau2, interval):
    estimates, variances = map(np.array, metafor.inputs(name))
    method = Method(tau2=tau2, interval=interval)
    together = pool_many([estimates, estimates + 1], [variances, variances], method=method)
    alone = pool(ANY, list(estimates), list(variances), method=method)
    assert same(together.estimate[0], alone.estimate, 1e-9)
    assert same(together.low[0], alone.low, 1e-9)
    assert same(together.tau2[1], alone.heterogeneity.tau2, 1e-8)
    assert same(together.high[1], alone.high + 1, 1e-8)


def tables():
    return [(Counts(a, a + b), Counts(c, c + d)) for a, b, c, d, _ in metafor.BCG]


@pytest.mark.parametrize(("name", "effect"), [("RR", risk_ratio), ("OR", odds_ratio), ("RD", risk_difference)])
def test_effects_of_counts(name, effect):
    ours = [effect(*table) for table in tables()]
    estimates, variances = metafor.effects(f"bcg-{name}")
    assert np.allclose([e.estimate for e in ours], estimates, rtol=1e-9)
    assert np.allclose([e.variance for e in ours], variances, rtol=1e-9)


@pytest.mark.parametrize(("name", "effect"), [("SMD", hedges_g), ("MD", mean_difference)])
@pytest.mark.parametrize("set_id", ["B", "C"])
def test_effects_of_means(set_id, name, effect):
    rows = metafor.published(set_id)
    ours = [
        effect(*(Means(int(row[f"n{i}"]), float(row[f"mean{i}"]), float(row[f"sd{i}"])) for i in (1, 2)))
        for row in rows
    ]
    estimates, variances = metafor.effects(f"{set_id}-{name}")
    assert np.allclose([e.estimate for e in ours], estimates, rtol=1e-9)
    assert np.allclose([e.variance for e in ours], variances, rtol=1e-9)


RARE = [
    (Counts(a, n), Counts(c, m))
    for a, n, c, m in [(1, 100, 0, 98), (0, 50, 1, 52), (2, 120, 0, 60), (0, 80, 0, 80), (3, 200, 1, 190)]
]


@pytest.mark.parametrize("kind", ["bcg", "rare"])
def test_rare_events(kind):
    pooled = mantel_haenszel(tables() if kind == "bcg" else RARE)
    assert same(pooled.estimate, metafor.of(f"{kind}-RD", "mh estimate"), 1e-9)
    assert same(pooled.standard_error, metafor.of(f"{kind}-RD", "mh se"), 1e-9)


def test_small_study_test():
    estimates, variances = metafor.effects("bcg-RR")
    assert same(egger(EffectMeasure.RISK_RATIO, estimates, variances).p, metafor.of("bcg-RR", "egger p"))
