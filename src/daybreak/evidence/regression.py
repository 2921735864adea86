"""Meta-regression: does the effect change with something the trials differ in? Subgroups by the same arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from daybreak.evidence.distributions import chi_square_above, critical_value, t_two_sided_p
from daybreak.evidence.effects import EffectMeasure
from daybreak.evidence.heterogeneity import NotConverged
from daybreak.evidence.pooling import DEFAULT, Interval, Method, Pooled, pool

Vector = npt.NDArray[np.float64]

_TOLERANCE = 1e-10
_MOST_STEPS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A mixed-effects meta-regression (REML). One entry per coefficient, the intercept first.

    Attributes:
        tau2: the variance between trials that the moderators do not explain.
        degrees: k less the number of coefficients; the intervals use t.
    """

    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    p: tuple[float, ...]
    tau2: float
    k: int
    degrees: int


def regress(
    estimates: Sequence[float],
    variances: Sequence[float],
    moderators: Mapping[str, Sequence[float]],
    *,
    method: Method = DEFAULT,
) -> Regression:
    """Regress effects on moderators, REML with Hartung-Knapp errors as `method.interval` says.

    Raises:
        ValueError: when fewer than two trials more than coefficients are at hand, or moderators say the same.
        NotConverged: when REML does not settle.
    """
    y, v = np.array(estimates, dtype=float), np.array(variances, dtype=float)
    design = np.column_stack([np.ones(len(y)), *(np.array(values, dtype=float) for values in moderators.values())])
    k, terms = design.shape
    if k < terms + 2:
        raise ValueError(f"{k} trials are too few for {terms - 1} moderators. Use at least {terms + 2} trials.")
    if np.linalg.matrix_rank(design) < terms:
        raise ValueError("Two moderators say the same, or one does not vary: leave one out.")
    tau2 = _reml(y, v, design)
    weights = 1 / (v + tau2)
    bread = np.linalg.inv(design.T @ (design * weights[:, None]))
    beta = bread @ (design.T @ (weights * y))
    factor = float(weights @ (y - design @ beta) ** 2) / (k - terms)
    if method.interval is Interval.WALD:
        factor = 1.0
    elif method.interval is Interval.FLOOR_ONE:
        factor = max(1.0, factor)
    degrees = k - terms
    freedom = float("inf") if method.interval is Interval.WALD else float(degrees)
    errors = [sqrt(factor * value) for value in np.diag(bread)]
    reach = critical_value(method.level, freedom)
    return Regression(
        names=("intercept", *moderators),
        coefficients=tuple(float(b) for b in beta),
        standard_errors=tuple(errors),
        low=tuple(float(b) - reach * e for b, e in zip(beta, errors, strict=True)),
        high=tuple(float(b) + reach * e for b, e in zip(beta, errors, strict=True)),
        p=tuple(t_two_sided_p(float(b) / e, freedom) for b, e in zip(beta, errors, strict=True)),
        tau2=tau2,
        k=k,
        degrees=degrees,
    )


def _reml(y: Vector, v: Vector, design: Vector) -> float:
    """Fisher scoring with the projection P = W - W X (X'WX)^-1 X'W."""
    tau2 = 0.0
    for _ in range(_MOST_STEPS):
        weights = 1 / (v + tau2)
        weighted = design * weights[:, None]
        projection = np.diag(weights) - weighted @ np.linalg.inv(design.T @ weighted) @ weighted.T
        residual = projection @ y
        step = float(residual @ residual - np.trace(projection)) / float(np.trace(projection @ projection))
        new = max(0.0, tau2 + step)
        if abs(new - tau2) <= _TOLERANCE * (tau2 + float(v.min())):
            return new
        tau2 = new
    raise NotConverged(f"REML did not settle within {_MOST_STEPS} steps.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups:
    """Each subgroup pooled by itself, and a test whether they differ. `single` are groups of one trial, not pooled.

    Attributes:
        q, degrees, p: the test between the pooled groups (as `describe` tests trials); None with fewer than two.
    """

    pooled: dict[str, Pooled]
    single: tuple[str, ...]
    q: float | None
    degrees: int
    p: float | None


def subgroups(
    measure: EffectMeasure,
    estimates: Sequence[float],
    variances: Sequence[float],
    groups: Sequence[str],
    *,
    method: Method = DEFAULT,
) -> Subgroups:
    """Pool within each group, each with a tau2 of its own, and compare the groups (Borenstein 2009, chapter 19)."""
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    pooled = {
        group: pool(measure, [estimates[i] for i in indexes], [variances[i] for i in indexes], method=method)
        for group, indexes in members.items()
        if len(indexes) > 1
    }
    single = tuple(group for group, indexes in members.items() if len(indexes) == 1)
    if len(pooled) < 2:
        return Subgroups(pooled=pooled, single=single, q=None, degrees=0, p=None)
    weights = [1 / group.standard_error**2 for group in pooled.values()]
    means = [group.estimate for group in pooled.values()]
    centre = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
    q = sum(w * (m - centre) ** 2 for w, m in zip(weights, means, strict=True))
    degrees = len(pooled) - 1
    return Subgroups(pooled=pooled, single=single, q=q, degrees=degrees, p=chi_square_above(q, degrees))
