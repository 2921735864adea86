"""The most probable parameters and their covariance (maximum a posteriori, Laplace).

The posterior is searched from the prior's centre and from points around it, with gradients by central differences
computed in one batch. The covariance is the inverse of the curvature at the best point (Tierney and Kadane 1986,
doi 10.1080/01621459.1986.10478240). Needs SciPy, which only a researcher's installation has.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from daybreak.pharmacology.linear import FloatArray

Objective = Callable[[FloatArray], FloatArray]  # (sets, parameters) -> (sets,), to be made small
_STEP = 1e-4
_CURVATURE_STEP = 5e-3
_REACH = 3.0  # how far from its prior, in standard deviations, a parameter is looked for


class FitError(RuntimeError):
    """A fit that did not end where the posterior is highest."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the posterior is highest and how wide it is, on the parameters' own scales."""

    mean: FloatArray
    covariance: FloatArray
    objective: float
    largest_gradient: float


def fit(
    objective: Objective,
    centre: FloatArray,
    width: FloatArray,
    *,
    near: FloatArray | None = None,
    starts: int = 3,
    seed: int = 1,
) -> Fit:
    """Find the lowest point of an objective and its curvature there.

    Args:
        objective: minus the logarithm of the posterior.
        centre, width: mean and standard deviation of the priors; the search runs in units of `width`.
        near: where the search begins in place of the centre.
        starts: that point and this many less one drawn around the centre.

    Raises:
        FitError: if SciPy is missing, or no start ends at a point with a positive curvature.
    """
    try:
        from scipy.optimize import minimize  # type: ignore[import-untyped]
    except ImportError:
        raise FitError("Fitting needs SciPy. Install the extra: pip install 'daybreak[science]'.") from None

    drawn = np.random.default_rng(seed).normal(size=(starts, len(centre))) * 0.5
    drawn[0] = 0 if near is None else (near - centre) / width

    def scaled(units: FloatArray) -> FloatArray:
        return objective(centre + width * np.atleast_2d(units))

    best = None
    for start in drawn:
        found = minimize(
            lambda x: float(scaled(x)[0]),
            start,
            jac=lambda x: gradient(scaled, x),
            method="L-BFGS-B",
            bounds=[(-_REACH, _REACH)] * len(centre),
            options={"maxiter": 400, "ftol": 1e-11, "gtol": 1e-5},
        )
        if best is None or found.fun < best.fun:
            best = found
    if best is None:
        raise FitError("The fit was given no start.")
    curvature = hessian(scaled, best.x)
    values, vectors = np.linalg.eigh(curvature)
    if values.min() <= 0:
        raise FitError(f"The posterior is not curved down everywhere at the point found ({values.min():.2g}).")
    covariance = (vectors / values) @ vectors.T
    return Fit(
        mean=centre + width * best.x,
        covariance=covariance * width[:, None] * width,
        objective=float(best.fun),
        largest_gradient=float(np.abs(gradient(scaled, best.x)).max()),
    )


def gradient(objective: Objective, point: FloatArray, step: float = _STEP) -> FloatArray:
    """Slope of an objective by central differences, in one call."""
    steps = step * np.eye(len(point))
    values = objective(np.concatenate([point + steps, point - steps]))
    return np.asarray((values[: len(point)] - values[len(point) :]) / (2 * step))


def hessian(objective: Objective, point: FloatArray, step: float = _CURVATURE_STEP) -> FloatArray:
    """Curvature of an objective by central differences, symmetric."""
    count = len(point)
    steps = step * np.eye(count)
    rows = [
        (gradient(objective, point + steps[row]) - gradient(objective, point - steps[row])) / (2 * step)
        for row in range(count)
    ]
    found = np.array(rows)
    return np.asarray((found + found.T) / 2)
