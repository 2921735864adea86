"""Several effects as one: fixed or random effects, with an interval and where a new trial would lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, sqrt

from daybreak.evidence.distributions import critical_value, t_two_sided_p
from daybreak.evidence.effects import EffectMeasure, shown
from daybreak.evidence.heterogeneity import Heterogeneity, Tau2Method, describe, estimate_tau2, weighted_mean


class Model(StrEnum):
    """One true effect, or effects that differ between trials."""

    FIXED = "fixed"
    RANDOM = "random"


class Interval(StrEnum):
    """How wide the pooled interval is. All but Wald use t with k - 1 degrees of freedom (Hartung and Knapp 2001).

    The Hartung-Knapp variance can be smaller than the usual one when trials agree by chance. A floor keeps it:
    `FLOOR_ONE` lets its factor not fall below 1 (Roever 2015, the "modified" Knapp-Hartung).
    """

    WALD = "Wald"
    HARTUNG_KNAPP = "Hartung-Knapp"
    FLOOR_ONE = "Hartung-Knapp with floor"


class Prediction(StrEnum):
    """Where a new trial would lie: which degrees of freedom, and whose standard error of the mean.

    With the usual standard error and a Hartung-Knapp interval of the mean, the prediction can come out the narrower
    of the two, which no reader could make sense of.
    """

    T_K_MINUS_1 = "t, k - 1, usual standard error"
    T_K_MINUS_2 = "t, k - 2, usual standard error"  # Higgins, Thompson and Spiegelhalter 2009
    SAME_AS_INTERVAL = "as the interval"  # the interval's own standard error and degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How effects are pooled. The default is chosen from the coverage table in docs/evidence.md."""

    model: Model = Model.RANDOM
    tau2: Tau2Method = Tau2Method.RESTRICTED_LIKELIHOOD
    interval: Interval = Interval.FLOOR_ONE
    prediction: Prediction = Prediction.SAME_AS_INTERVAL  # the only one never narrower than the interval of the mean
    level: float = 0.95

    def __str__(self) -> str:
        if self.model is Model.FIXED:
            return "fixed effect, inverse variance, Wald"
        return f"random effects, {self.tau2}, {self.interval}"


DEFAULT = Method()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The pooled effect on the pooling scale (a ratio as its logarithm); `as_shown` turns a number for people.

    Attributes:
        standard_error: what the interval uses, its floor included.
        degrees: of the interval; infinite for Wald.
        weights: each trial's share in per cent.
        prediction_low, prediction_high: where a new trial would lie; None for a fixed effect or too few trials.
    """

    measure: EffectMeasure
    method: Method
    k: int
    estimate: float
    standard_error: float
    low: float
    high: float
    p: float
    degrees: float
    weights: tuple[float, ...]
    heterogeneity: Heterogeneity
    prediction_low: float | None
    prediction_high: float | None

    def as_shown(self, value: float) -> float:
        return shown(self.measure, value)

    @property
    def shown(self) -> tuple[float, float, float]:
        """Estimate, low and high as people read them."""
        return self.as_shown(self.estimate), self.as_shown(self.low), self.as_shown(self.high)


def pool(
    measure: EffectMeasure, estimates: Sequence[float], variances: Sequence[float], *, method: Method = DEFAULT
) -> Pooled:
    """Pool at least two effects.

    Args:
        measure: what they are; ratios come as logarithms.
        estimates, variances: one of each per trial, every variance above zero.

    Raises:
        ValueError: for fewer than two effects, a variance that is not above zero, or lengths that differ.
        NotConverged: when REML does not settle.
    """
    centre = pool_centre(estimates, variances, method=method)
    k, mean, error, degrees, tau2 = len(estimates), centre.estimate, centre.standard_error, centre.degrees, centre.tau2
    total = sum(1 / (v + tau2) for v in variances)
    usual = sqrt(1 / total)
    described = describe(estimates, variances, estimate_tau2(method.tau2, estimates, variances), method.level)
    prediction = _prediction(method, k, tau2, usual=usual, error=error, degrees=degrees)
    return Pooled(
        measure=measure,
        method=method,
        k=k,
        estimate=mean,
        standard_error=error,
        low=centre.low,
        high=centre.high,
        p=t_two_sided_p(mean / error, degrees) if error > 0 else float(mean == 0),
        degrees=degrees,
        weights=tuple(100 / ((v + tau2) * total) for v in variances),
        heterogeneity=described,
        prediction_low=None if prediction is None else mean - prediction,
        prediction_high=None if prediction is None else mean + prediction,
    )


@dataclass(frozen=True, slots=True)
class Centre:
    """The pooled effect with its interval and tau2 alone."""

    estimate: float
    standard_error: float
    low: float
    high: float
    degrees: float
    tau2: float


def pool_centre(estimates: Sequence[float], variances: Sequence[float], *, method: Method = DEFAULT) -> Centre:
    """The pooled effect and its interval without heterogeneity's interval and prediction. Raises as `pool`."""
    k = len(estimates)
    if k != len(variances):
        raise ValueError(f"{k} estimates and {len(variances)} variances cannot be pooled.")
    if k < 2:
        raise ValueError(f"Pooling needs two effects or more, not {k}.")
    if min(variances) <= 0:
        raise ValueError(f"A variance must be above zero, not {min(variances):g}.")
    tau2 = 0.0 if method.model is Model.FIXED else estimate_tau2(method.tau2, estimates, variances)
    mean, total = weighted_mean(estimates, variances, tau2)
    error, degrees = _error(method, estimates, variances, tau2, sqrt(1 / total))
    reach = critical_value(method.level, degrees) * error
    return Centre(mean, error, mean - reach, mean + reach, degrees, tau2)


def _error(
    method: Method, estimates: Sequence[float], variances: Sequence[float], tau2: float, usual: float
) -> tuple[float, float]:
    """The standard error behind the interval and its degrees of freedom."""
    if method.model is Model.FIXED or method.interval is Interval.WALD:
        return usual, inf
    mean, _ = weighted_mean(estimates, variances, tau2)
    degrees = len(estimates) - 1
    factor = sum((y - mean) ** 2 / (v + tau2) for y, v in zip(estimates, variances, strict=True)) / degrees
    if method.interval is Interval.FLOOR_ONE:
        factor = max(1.0, factor)
    return usual * sqrt(factor), float(degrees)


def _prediction(method: Method, k: int, tau2: float, *, usual: float, error: float, degrees: float) -> float | None:
    """How far the prediction interval reaches to each side."""
    if method.model is Model.FIXED:
        return None
    match method.prediction:
        case Prediction.T_K_MINUS_1:
            of_mean, freedom = usual, float(k - 1)
        case Prediction.T_K_MINUS_2:
            of_mean, freedom = usual, float(k - 2)
        case Prediction.SAME_AS_INTERVAL:
            of_mean, freedom = error, degrees
    return None if freedom <= 0 else critical_value(method.level, freedom) * sqrt(tau2 + of_mean**2)
