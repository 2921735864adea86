"""Thousands of meta-analyses at once, and one decision's evidence. Needs no database."""

import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.load import alternating, seconds
from benchmarks.report import Figure
from daybreak.evidence.dataset import dataset
from daybreak.evidence.decision import for_decision
from daybreak.evidence.many import pool_many
from daybreak.evidence.pooling import Interval, Method, pool_centre

ANALYSES, TRIALS = 10_000, 20
ONE_BY_ONE = 500  # of them, pooled one by one and scaled up: all would take a minute and more
TOGETHER = 8  # calls in a round, so that both sides of it take about as long
ROUNDS = 7
LEAST_RATIO = 100
METHOD = Method(interval=Interval.HARTUNG_KNAPP)
DECISION = ("treatment_resistant_depression", "esketamine", "nasal")

Array = npt.NDArray[np.float64]


def measure() -> Iterator[Figure]:
    """REML with Hartung-Knapp, together and one by one; then what a plan page asks."""
    estimates, variances = simulated()
    rows = [(list(map(float, y)), list(map(float, v))) for y, v in zip(estimates, variances, strict=True)][:ONE_BY_ONE]

    def together() -> float:
        return computing(lambda: [pool_many(estimates, variances, method=METHOD) for _ in range(TOGETHER)]) / TOGETHER

    def ours() -> float:
        scaled = ANALYSES / ONE_BY_ONE
        return scaled * computing(lambda: [pool_centre(y, v, method=METHOD) for y, v in rows])

    here, beside = alternating(together, ours, ROUNDS)
    theirs = ANALYSES / ONE_BY_ONE * computing(lambda: _statsmodels(rows))
    faster = "our own scalar code" if beside <= theirs else "statsmodels"
    other = (
        f"statsmodels would take {theirs:.1f} s"
        if beside <= theirs
        else f"our own scalar code would take {beside:.1f} s"
    )
    beside = min(beside, theirs)
    yield Figure(
        f"Pooling {ANALYSES} of {TRIALS} trials, REML, Hartung-Knapp",
        f"{1000 * here:.1f} ms",
        f"{1000 * beside:.0f} ms",
        beside / here,
        at_least=LEAST_RATIO,
        note=f"processor time of one core, compared: beside / here; beside is {faster}, one by one; {other}",
    )
    data = dataset()
    took = seconds(lambda: for_decision.__wrapped__(data, *DECISION))
    yield Figure("The trials' evidence for one plan, not kept from before", f"{1000 * took:.0f} ms")


def computing(do: Callable[[], object]) -> float:
    """The processor time of this process, in seconds: nothing is waited for here, and other processes do not count."""
    start = time.process_time()
    do()
    return time.process_time() - start


def simulated() -> tuple[Array, Array]:
    """Effects and variances of trials of 20 to 300 people in all, moderately heterogeneous."""
    generator = np.random.default_rng(1)
    variances = 4 / generator.integers(20, 300, size=(ANALYSES, TRIALS))
    estimates = generator.normal(-0.5, np.sqrt(variances + 0.05))
    return estimates, variances


def _statsmodels(rows: list[tuple[list[float], list[float]]]) -> None:
    """statsmodels has no REML: its iterated Paule-Mandel with Hartung-Knapp is the nearest it offers."""
    from statsmodels.stats.meta_analysis import combine_effects

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of its own, of a tolerance
        for y, v in rows:
            combine_effects(np.array(y), np.array(v), method_re="iterated", use_t=True).conf_int()
