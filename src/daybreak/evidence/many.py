"""Thousands of meta-analyses at once: REML, Paule-Mandel or DerSimonian-Laird with Hartung-Knapp, on arrays.

The same numbers as `pool` gives one by one, for (analyses, trials) arrays. For simulations and for a page that
pools many outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from daybreak.evidence.distributions import critical_value
from daybreak.evidence.heterogeneity import TOLERANCE, NotConverged, Tau2Method
from daybreak.evidence.pooling import DEFAULT, Interval, Method, Model

Array = npt.NDArray[np.float64]

_BLOCK_VALUES = 200_000  # worked on together: with their weights they fill 6 MB, which a processor's cache holds
_COPIED_ROWS = 400  # turned into columns together: more would be read from memory again for each column
_MOST_STEPS = 500
_SETTLED = 1e-8  # what REML may be off, as a part of the mean variance of the trials with tau2
_ROUNDING = 1e-12  # a slope below this is no more than rounding


@dataclass(frozen=True, slots=True)
class ManyPooled:
    """One entry per analysis, on the pooling scale."""

    estimate: Array
    standard_error: Array
    low: Array
    high: Array
    tau2: Array


def pool_many(estimates: npt.ArrayLike, variances: npt.ArrayLike, *, method: Method = DEFAULT) -> ManyPooled:
    """Pool every row.

    Args:
        estimates, variances: shape (analyses, trials), every variance above zero, at least two trials.

    Raises:
        ValueError: for another shape, fewer than two trials, or a variance that is not above zero.
        NotConverged: when REML or Paule-Mandel does not settle for one of them.
    """
    y, v = np.ascontiguousarray(estimates, dtype=float), np.ascontiguousarray(variances, dtype=float)
    if y.ndim != 2 or y.shape != v.shape or y.shape[1] < 2:
        raise ValueError(f"Give two arrays of (analyses, trials) with two trials or more, not {y.shape} and {v.shape}.")
    if v.size and v.min() <= 0:
        raise ValueError("A variance must be above zero.")
    analyses, trials = y.shape
    found = np.empty((3, analyses))
    rows = max(1, _BLOCK_VALUES // trials)
    for start in range(0, analyses, rows):
        block = slice(start, start + rows)
        found[:, block] = _pool_block(y[block], v[block], method)
    mean, error, tau2 = found
    wald = method.model is Model.FIXED or method.interval is Interval.WALD
    reach = critical_value(method.level, float("inf") if wald else float(trials - 1)) * error
    return ManyPooled(mean, error, mean - reach, mean + reach, tau2)


def _pool_block(y: Array, v: Array, method: Method) -> tuple[Array, Array, Array]:
    """Mean, its standard error and tau2 of each row."""
    first = y[:, 0].copy()
    block = _Block(len(y), y.shape[1])
    for start in range(0, len(y), _COPIED_ROWS):
        part = slice(start, start + _COPIED_ROWS)
        block.y[:, part], block.v[:, part] = y[part].T, v[part].T
    block.y -= first
    tau2 = np.zeros(len(y)) if method.model is Model.FIXED else _ESTIMATORS[method.tau2](block)
    total, mean = block.weigh(tau2)
    variance = 1 / total
    if method.model is Model.RANDOM and method.interval is not Interval.WALD:
        factor = block.q(total, mean) / (block.trials - 1)
        variance *= np.maximum(factor, 1.0) if method.interval is Interval.FLOOR_ONE else factor
    return mean + first, np.sqrt(variance), tau2


class _Block:
    """Analyses worked on together, one in each column, with room for their weights.

    In columns, because a sum over trials is then a sum of long rows, the fastest there is. The estimates are measured
    from the first trial's: sums of squares far from zero would lose digits.
    """

    def __init__(self, analyses: int, trials: int) -> None:
        # In one piece: room that comes and goes in several is given back to the system and asked for again each time.
        self.y, self.v, self.w, self.wy = room = np.empty((4, trials, analyses))
        self.both = room[2:]  # the weights, and the weighted estimates
        self.trials = trials

    def columns(self, chosen: npt.NDArray[np.intp]) -> "_Block":
        """Some of the analyses, as a block of their own."""
        part = _Block(len(chosen), self.trials)
        self.y.take(chosen, axis=1, out=part.y, mode="clip")
        self.v.take(chosen, axis=1, out=part.v, mode="clip")
        return part

    def weigh(self, tau2: Array | None = None) -> tuple[Array, Array]:
        """Weigh by 1 / (v + tau2): the sums of the weights, and the weighted means."""
        spread = self.v if tau2 is None else np.add(self.v, tau2, out=self.w)
        np.divide(1.0, spread, out=self.w)
        np.multiply(self.w, self.y, out=self.wy)
        self.total, weighted = self.both.sum(axis=1)
        return self.total, weighted / self.total

    def q(self, total: Array, mean: Array) -> Array:
        """The weighted sum of squares around the mean, as weighed last."""
        return _dot(self.wy, self.y) - total * mean * mean

    def slope(self, tau2: Array) -> Array:
        """The slope of the restricted likelihood, scaled to fall by about one with each unit of tau2.

        Twice the slope (see `heterogeneity._reml_slope`) by what its fall would be if all variances were the same.
        Then it would be a straight line.
        """
        total, mean = self.weigh(tau2)
        of_squares, squares = np.einsum("aij,aij->aj", self.both, self.both)
        ratio = of_squares / total
        squares -= mean * (2 * _dot(self.w, self.wy) - mean * of_squares)
        scaled: Array = (squares - total + ratio) / (of_squares - ratio * ratio)
        return scaled


def _dot(first: Array, second: Array) -> Array:
    """The sum of the products down each column, in one pass."""
    product: Array = np.einsum("ij,ij->j", first, second)
    return product


def _dersimonian_laird(block: _Block) -> Array:
    total, mean = block.weigh()
    moments: Array = (block.q(total, mean) - (block.trials - 1)) / (total - _dot(block.w, block.w) / total)
    return moments.clip(min=0.0)


def _restricted_likelihood(block: _Block) -> Array:
    """Where the slope of the restricted likelihood is zero, by inverse quadratic interpolation.

    The same tau2 as for one analysis, which takes Newton's steps: one of those needs three more sums. Three slopes
    settle most analyses, since they are almost straight lines, and a fourth nearly all others. The rest goes on,
    each kept between a tau2 where the likelihood still rises and one where it already falls.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        a = _dersimonian_laird(block)
        at_a = block.slope(a)
        near = block.trials / block.total  # the mean variance of the trials, tau2 included
        b = np.maximum(a + at_a, 0)
        at_b = block.slope(b)
        c = np.fmax(b - at_b * (b - a) / (at_b - at_a), 0)
        points = [(a, at_a), (b, at_b), (c, block.slope(c))]
        found, settled = _curved(points, near)
        left = np.flatnonzero(~settled)
        if len(left):  # once more with the curve through the next points
            part, points = block.columns(left), [(x[left], slope[left]) for x, slope in points]
            points.append((found[left], part.slope(found[left])))
            found[left], settled = _curved(points[1:], near[left])
            still = np.flatnonzero(~settled)
            if len(still):
                points = [(x[still], slope[still]) for x, slope in points]
                places = left[still]
                found[places] = _bracketed(part.columns(still), points, found[places], near[places])
    return found


Point = tuple[Array, Array]  # tau2 and the slope there, of each analysis


def _curved(points: Sequence[Point], near: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Where the curve through three points is zero, and whether that settles it.

    It does where a straight line leads nearly as well, where the slope is nothing but rounding, and at zero where
    the likelihood falls; in each case on the side to which the earlier points slope. NaN becomes zero, not settled.
    """
    a, b, c = points
    fall = (c[0] - b[0]) / (c[1] - b[1])
    bend = c[1] * b[1] / (c[1] - a[1]) * (fall - (b[0] - a[0]) / (b[1] - a[1]))
    new = np.fmax(c[0] - c[1] * fall + bend, 0)
    there = (np.abs(c[1]) <= _ROUNDING * near) | ((c[0] == 0) & (c[1] <= 0))
    new = np.where(there, c[0], new)
    settled = (np.abs(bend) <= _SETTLED * near) | there
    settled &= ((new - a[0]) * a[1] >= 0) & ((new - b[0]) * b[1] >= 0)
    return new, settled


def _bracketed(block: _Block, points: list[Point], new: Array, near: Array) -> Array:
    """Go on from some points until every analysis is settled."""
    low, high = np.full(len(new), -1.0), np.full(len(new), np.inf)  # -1: zero itself was not tried
    for x, slope in points:
        inside = (x > low) & (x < high)
        low, high = np.where(inside & (slope > 0), x, low), np.where(inside & (slope <= 0), x, high)
    found, places = new.copy(), np.arange(len(new))
    for _ in range(_MOST_STEPS):
        last = points[-1][0]
        middle = (np.maximum(low, 0) + np.minimum(high, 2 * last + near)) / 2
        new = np.where((new > low) & (new < high), new, middle)
        slope = block.slope(new)
        points = [*points[-2:], (new, slope)]
        low, high = np.where(slope > 0, new, low), np.where(slope > 0, high, new)
        new, settled = _curved(points, near)
        settled &= ((new > low) & (new < high)) | (new == points[2][0])
        settled |= high - np.maximum(low, 0) <= _ROUNDING * near
        found[places] = new
        left = np.flatnonzero(~settled)
        if not len(left):
            return found
        places, block = places[left], block.columns(left)
        points = [(x[left], slope[left]) for x, slope in points]
        new, near, low, high = new[left], near[left], low[left], high[left]
    raise NotConverged(f"REML did not settle within {_MOST_STEPS} steps for {len(places)} analyses.")


def _paule_mandel(block: _Block) -> Array:
    """Newton's method on the generalised Q, which is convex and falls with tau2: from below it never oversteps."""
    tau2, smallest = np.zeros(block.y.shape[1]), block.v.min(axis=0)
    for _ in range(_MOST_STEPS):
        total, mean = block.weigh(tau2)
        weighted = block.wy - block.w * mean
        step = (block.q(total, mean) - (block.trials - 1)) / _dot(weighted, weighted)
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
