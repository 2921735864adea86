"""Thousands of meta-analyses at once: REML, Paule-Mandel or DerSimonian-Laird with Hartung-Knapp, on arrays.

The same numbers as `pool` gives one by one, for (analyses, trials) arrays. For simulations and for a page that
pools many outcomes.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daybreak.evidence.distributions import critical_value
from daybreak.evidence.heterogeneity import TOLERANCE, NotConverged, Tau2Method
from daybreak.evidence.pooling import DEFAULT, Interval, Method, Model

Array = npt.NDArray[np.float64]

_BLOCK_VALUES = 65_536  # values worked on together: more would leave the processor's cache
_MOST_STEPS = 500


@dataclass(frozen=True, slots=True)
class ManyPooled:
    """One entry per analysis, on the pooling scale."""

    estimate: Array
    standard_error: Array
    low: Array
    high: Array
    tau2: Array


def pool_many(
    estimates: npt.ArrayLike, variances: npt.ArrayLike, *, method: Method = DEFAULT, threads: int | None = None
) -> ManyPooled:
    """Pool every row. The result does not depend on the number of threads.

    Args:
        estimates, variances: shape (analyses, trials), every variance above zero, at least two trials.
        threads: how many blocks are worked on at once; None for one on each processor.

    Raises:
        ValueError: for another shape, fewer than two trials, or a variance that is not above zero.
        NotConverged: when REML does not settle for one of them.
    """
    y, v = np.ascontiguousarray(estimates, dtype=float), np.ascontiguousarray(variances, dtype=float)
    if y.ndim != 2 or y.shape != v.shape or y.shape[1] < 2:
        raise ValueError(f"Give two arrays of (analyses, trials) with two trials or more, not {y.shape} and {v.shape}.")
    if v.size and v.min() <= 0:
        raise ValueError("A variance must be above zero.")
    analyses, trials = y.shape
    found = np.empty((3, analyses))
    rows = max(1, _BLOCK_VALUES // trials)

    def work(start: int) -> None:
        block = slice(start, start + rows)
        # One column per analysis: a sum over trials is then a sum of long rows, the fastest there is.
        found[:, block] = _pool_block(y[block].T.copy(), v[block].T.copy(), method)

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as workers:
        list(workers.map(work, range(0, analyses, rows)))
    mean, error, tau2 = found
    wald = method.model is Model.FIXED or method.interval is Interval.WALD
    reach = critical_value(method.level, float("inf") if wald else float(trials - 1)) * error
    return ManyPooled(mean, error, mean - reach, mean + reach, tau2)


def _pool_block(y: Array, v: Array, method: Method) -> tuple[Array, Array, Array]:
    """Mean, its standard error and tau2 of each column."""
    tau2 = np.zeros(y.shape[1]) if method.model is Model.FIXED else _ESTIMATORS[method.tau2](y, v)
    w = 1 / (v + tau2)
    total = w.sum(axis=0)
    mean = _dot(w, y) / total
    variance = 1 / total
    if method.model is Model.RANDOM and method.interval is not Interval.WALD:
        residual = y - mean
        factor = _dot(w, residual, residual) / (len(y) - 1)
        variance *= np.maximum(factor, 1.0) if method.interval is Interval.FLOOR_ONE else factor
    return mean, np.sqrt(variance), tau2


_DOTS = {2: "ij,ij->j", 3: "ij,ij,ij->j"}


def _dot(*factors: Array) -> Array:
    """The sum of the products down each column, in one pass."""
    product: Array = np.einsum(_DOTS[len(factors)], *factors)
    return product


def _dersimonian_laird(y: Array, v: Array) -> Array:
    w = 1 / v
    s1 = w.sum(axis=0)
    residual = y - _dot(w, y) / s1
    q = _dot(w, residual, residual)
    moments: Array = (q - (len(y) - 1)) / (s1 - _dot(w, w) / s1)
    return moments.clip(min=0.0)


def _restricted_likelihood(y: Array, v: Array) -> Array:
    """As for one analysis: Newton's steps kept between a rise and a fall. What has settled leaves the arrays."""
    tau2 = _dersimonian_laird(y, v)
    smallest = v.min(axis=0)
    low, high = np.zeros(len(tau2)), np.full(len(tau2), np.inf)
    settled = np.zeros(len(tau2))
    places = np.arange(len(tau2))
    for _ in range(_MOST_STEPS):
        slope, curvature, expected = _reml_slope(y, v, tau2)
        rises = slope > 0
        low, high = np.where(rises, tau2, low), np.where(rises, high, tau2)
        new = tau2 + slope / np.where(curvature > 0, curvature, expected)
        to_zero = (new < low) & (low == 0) & (tau2 > 0) & (high == tau2)
        outside = ((new < low) | (new > high)) & ~to_zero
        new = np.where(to_zero, 0.0, np.where(outside, (low + np.minimum(high, 2 * tau2 + smallest)) / 2, new))
        at_zero = (tau2 == 0) & ~rises
        new[at_zero] = 0.0
        moving = (np.abs(new - tau2) > TOLERANCE * (tau2 + smallest)) & ~at_zero
        settled[places] = new
        left = np.flatnonzero(moving)
        if not len(left):
            return settled
        tau2 = new
        if len(left) < 0.7 * len(new):
            y, v = y.take(left, axis=1), v.take(left, axis=1)
            tau2, smallest, low, high = new[left], smallest[left], low[left], high[left]
            places = places[left]
    raise NotConverged(f"REML did not settle within {_MOST_STEPS} steps for {len(places)} analyses.")


def _reml_slope(y: Array, v: Array, tau2: Array) -> tuple[Array, Array, Array]:
    """See `heterogeneity._reml_slope`."""
    w = v + tau2
    np.divide(1.0, w, out=w)
    s1, s2, s3 = w.sum(axis=0), _dot(w, w), _dot(w, w, w)
    residual = y - _dot(w, y) / s1
    residual *= w
    squares, cross, cubes = _dot(residual, residual), _dot(w, residual), _dot(w, residual, residual)
    ratio = s2 / s1
    expected = s2 - 2 * s3 / s1 + ratio * ratio
    return squares - (s1 - ratio), 2 * (cubes - cross * cross / s1) - expected, expected


def _paule_mandel(y: Array, v: Array) -> Array:
    """Newton's method on the generalised Q, which is convex and falls with tau2: from below it never oversteps."""
    tau2, smallest = np.zeros(y.shape[1]), v.min(axis=0)
    for _ in range(_MOST_STEPS):
        w = 1 / (v + tau2)
        residual = y - _dot(w, y) / w.sum(axis=0)
        weighted = residual * w
        step = (_dot(weighted, residual) - (len(y) - 1)) / _dot(weighted, weighted)
        new = np.maximum(0.0, tau2 + step)
        if np.all(np.abs(new - tau2) <= TOLERANCE * (tau2 + smallest)):
            return new
        tau2 = new
    raise NotConverged(f"Paule-Mandel did not settle within {_MOST_STEPS} steps.")


_ESTIMATORS = {
    Tau2Method.RESTRICTED_LIKELIHOOD: _restricted_likelihood,
    Tau2Method.PAULE_MANDEL: _paule_mandel,
    Tau2Method.DERSIMONIAN_LAIRD: _dersimonian_laird,
}
