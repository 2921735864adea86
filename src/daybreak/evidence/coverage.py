"""How often an interval holds the truth: simulated trials, pooled by every method. The default is chosen from this.

A trial compares two arms by their means; each arm's variance is estimated from its people. The true effects of the
trials are normal around the pooled truth. `python -m daybreak.cli evidence coverage` prints the table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from daybreak.evidence.heterogeneity import Tau2Method
from daybreak.evidence.many import pool_many
from daybreak.evidence.pooling import Interval, Method

TRIALS = (3, 5, 10, 30)
HETEROGENEITY = (0.0, 0.25, 0.5, 0.75)
PEOPLE_PER_ARM = 30
LARGE_TRIAL = 10  # how many times larger the one large trial of an unbalanced set is
TRUTH = -0.5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is simulated: `k` trials, the share of variation between them (I2), and whether one is ten times larger."""

    k: int
    i2: float
    one_large: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """How one method did in one setting: the share of intervals that hold the truth, and their mean width."""

    setting: Setting
    method: Method
    held: float
    width: float
    simulated: int


def settings() -> list[Setting]:
    """Every setting of the table."""
    return [Setting(k, i2, large) for k, i2, large in product(TRIALS, HETEROGENEITY, (False, True))]


def methods() -> list[Method]:
    """Every estimator of tau2 with every interval."""
    return [Method(tau2=tau2, interval=interval) for tau2, interval in product(Tau2Method, Interval)]


def simulate(setting: Setting, *, simulations: int, seed: int) -> tuple[Array, Array]:
    """Estimates and estimated variances of (simulations, k) trials. The same seed gives the same trials."""
    generator = np.random.default_rng([seed, setting.k, round(100 * setting.i2), int(setting.one_large)])
    people = np.full(setting.k, PEOPLE_PER_ARM)
    if setting.one_large:
        people[0] *= LARGE_TRIAL
    within = 2.0 / people
    typical = 2.0 / PEOPLE_PER_ARM
    tau2 = typical * setting.i2 / (1 - setting.i2)
    shape = (simulations, setting.k)
    estimates = TRUTH + generator.normal(size=shape) * np.sqrt(within + tau2)
    arms = [generator.chisquare(people - 1, size=shape) / (people - 1) for _ in range(2)]
    return estimates, (arms[0] + arms[1]) / people


def coverage(
    of: Iterable[Setting], *, simulations: int = 10_000, seed: int = 1, by: Iterable[Method] | None = None
) -> Iterator[Coverage]:
    """The coverage of every method in every setting; each method sees the same simulated trials."""
    chosen = list(methods() if by is None else by)
    for setting in of:
        estimates, variances = simulate(setting, simulations=simulations, seed=seed)
        for method in chosen:
            found = pool_many(estimates, variances, method=method)
            held = (found.low <= TRUTH) & (found.high >= TRUTH)
            width = found.high - found.low
            yield Coverage(setting, replace(method), float(held.mean()), float(width.mean()), simulations)
