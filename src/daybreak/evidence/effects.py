"""Effects of one comparison, from whatever a report gives: means, events, intervals, p values.

An effect is the active arm against its control. Ratios are kept as their natural logarithm, where they are pooled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, log, sqrt
from typing import Literal

from daybreak.evidence.distributions import (
    critical_value,
    small_sample_factor,
    standard_error_of_interval,
    statistic_of_p,
)


class EffectMeasure(StrEnum):
    """What an effect is a number of."""

    MEAN_DIFFERENCE = "mean_difference"
    HEDGES_G = "hedges_g"
    ODDS_RATIO = "odds_ratio"
    RISK_RATIO = "risk_ratio"
    RISK_DIFFERENCE = "risk_difference"
    HAZARD_RATIO = "hazard_ratio"

    @property
    def is_ratio(self) -> bool:
        return self in (EffectMeasure.ODDS_RATIO, EffectMeasure.RISK_RATIO, EffectMeasure.HAZARD_RATIO)

    @property
    def symbol(self) -> str:
        return _SYMBOLS[self]

    @property
    def no_effect(self) -> float:
        """The value that means no difference, as it is shown."""
        return 1.0 if self.is_ratio else 0.0


_SYMBOLS = {
    EffectMeasure.MEAN_DIFFERENCE: "Mean difference",
    EffectMeasure.HEDGES_G: "g",
    EffectMeasure.ODDS_RATIO: "Odds ratio",
    EffectMeasure.RISK_RATIO: "Risk ratio",
    EffectMeasure.RISK_DIFFERENCE: "Risk difference",
    EffectMeasure.HAZARD_RATIO: "Hazard ratio",
}


class NotEnough(ValueError):
    """What a report gives does not suffice for an effect; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Means:
    """One arm's people, mean and standard deviation."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Counts:
    """One arm's events among its people."""

    events: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One comparison: `estimate` and `standard_error` where it is pooled (a ratio as its logarithm).

    Attributes:
        way: how it was worked out, in a few words.
        people: how many were compared, where known.
    """

    measure: EffectMeasure
    estimate: float
    standard_error: float
    way: str
    people: int | None = None

    @property
    def variance(self) -> float:
        return self.standard_error**2

    @property
    def shown(self) -> float:
        """The estimate as people read it: a ratio, or the difference itself."""
        return shown(self.measure, self.estimate)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The normal (Wald) interval, as people read it."""
        reach = critical_value(level) * self.standard_error
        return shown(self.measure, self.estimate - reach), shown(self.measure, self.estimate + reach)


def shown(measure: EffectMeasure, estimate: float) -> float:
    """An estimate on its pooling scale as people read it."""
    return exp(estimate) if measure.is_ratio else estimate


def mean_difference(active: Means, control: Means) -> Effect:
    """The difference of two means with the variances of each arm (not pooled)."""
    return Effect(
        measure=EffectMeasure.MEAN_DIFFERENCE,
        estimate=active.mean - control.mean,
        standard_error=sqrt(active.sd**2 / active.n + control.sd**2 / control.n),
        way="means and standard deviations",
        people=active.n + control.n,
    )


def pooled_sd(active: Means, control: Means) -> float:
    """The common standard deviation of two arms."""
    squares = (active.n - 1) * active.sd**2 + (control.n - 1) * control.sd**2
    return sqrt(squares / (active.n + control.n - 2))


def hedges_g(
    active: Means,
    control: Means,
    *,
    correction: Literal["exact", "approximate"] = "exact",
    variance_of: Literal["g", "d"] = "g",
) -> Effect:
    """The standardised mean difference, corrected for small samples (Hedges 1981).

    Args:
        correction: J by the gamma function, or its approximation 1 - 3 / (4 N - 9).
        variance_of: the large-sample variance 1/n1 + 1/n2 + x^2 / 2N with x the corrected g or the uncorrected d.
            Packages differ here; the default is metafor's.
    """
    people = active.n + control.n
    if people < 4:
        raise NotEnough(f"A standardised difference needs more than {people} people.")
    d = (active.mean - control.mean) / pooled_sd(active, control)
    return standardised(d, active.n, control.n, correction=correction, variance_of=variance_of)


def standardised(
    d: float,
    active_n: int,
    control_n: int,
    *,
    correction: Literal["exact", "approximate"] = "exact",
    variance_of: Literal["g", "d"] = "g",
    way: str = "means and standard deviations",
) -> Effect:
    """Hedges' g from Cohen's d. The other arguments as in `hedges_g`."""
    people = active_n + control_n
    factor = small_sample_factor(people - 2) if correction == "exact" else 1 - 3 / (4 * people - 9)
    g = factor * d
    spread = g if variance_of == "g" else d
    return Effect(
        measure=EffectMeasure.HEDGES_G,
        estimate=g,
        standard_error=sqrt(1 / active_n + 1 / control_n + spread**2 / (2 * people)),
        way=way,
        people=people,
    )


def odds_ratio(active: Counts, control: Counts, *, added: float = 0.5) -> Effect:
    """Woolf's odds ratio. `added` goes to every cell where one of the four is zero."""
    a, b, c, d = _cells(active, control, added)
    return _ratio(EffectMeasure.ODDS_RATIO, log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d, active, control)


def risk_ratio(active: Counts, control: Counts, *, added: float = 0.5) -> Effect:
    """The ratio of two risks. `added` as in `odds_ratio`."""
    a, b, c, d = _cells(active, control, added)
    variance = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return _ratio(EffectMeasure.RISK_RATIO, log(a / (a + b)) - log(c / (c + d)), variance, active, control)


def risk_difference(active: Counts, control: Counts) -> Effect:
    """The difference of two risks, between -1 and 1, with the Wald variance.

    Raises NotEnough when both risks are 0 or 1: the variance would be zero.
    """
    p, q = active.events / active.n, control.events / control.n
    variance = p * (1 - p) / active.n + q * (1 - q) / control.n
    if variance == 0:
        raise NotEnough("A risk difference needs at least one person with and one without the event.")
    return _from_counts(EffectMeasure.RISK_DIFFERENCE, p - q, variance, active, control)


def _cells(active: Counts, control: Counts, added: float) -> tuple[float, float, float, float]:
    events = active.events + control.events
    if events in (0, active.n + control.n):
        raise NotEnough("A ratio needs at least one person with and one without the event.")
    cells = (active.events, active.n - active.events, control.events, control.n - control.events)
    more = added if 0 in cells else 0.0
    if 0 in cells and added <= 0:
        raise NotEnough("A ratio with an empty cell needs something added to every cell.")
    a, b, c, d = (cell + more for cell in cells)
    return a, b, c, d


def _ratio(measure: EffectMeasure, estimate: float, variance: float, active: Counts, control: Counts) -> Effect:
    return _from_counts(measure, estimate, variance, active, control)


def _from_counts(measure: EffectMeasure, estimate: float, variance: float, active: Counts, control: Counts) -> Effect:
    return Effect(
        measure=measure,
        estimate=estimate,
        standard_error=sqrt(variance),
        way="events",
        people=active.n + control.n,
    )


def printed(
    measure: EffectMeasure,
    estimate: float,
    *,
    standard_error: float | None = None,
    low: float | None = None,
    high: float | None = None,
    p: float | None = None,
    level: float = 0.95,
    degrees: float = inf,
    people: int | None = None,
) -> Effect:
    """An effect a report prints itself, with its standard error, interval or exact p, the first that is given.

    A ratio, its interval and its p are given as printed, its standard error on the log scale. `degrees` turns the
    interval and p from the normal to the t distribution.

    Raises:
        NotEnough: without standard error, interval and p, or with a p of 0 or 1 or an estimate of no effect.
    """
    place = log(estimate) if measure.is_ratio else estimate
    if standard_error is not None:
        error, way = standard_error, "printed, with its standard error"
    elif low is not None and high is not None:
        ends = (log(low), log(high)) if measure.is_ratio else (low, high)
        error, way = standard_error_of_interval(*ends, level, degrees), "printed, with its interval"
    elif p is not None and 0 < p < 1 and place != 0:
        error, way = abs(place) / statistic_of_p(p, degrees), "printed, with its p value"
    else:
        raise NotEnough("A printed difference needs its standard error, its interval or its exact p value.")
    if error <= 0:
        raise NotEnough("A printed difference whose interval has no width has no standard error.")
    return Effect(measure=measure, estimate=place, standard_error=error, way=way, people=people)


def combine_arms(arms: Sequence[Means]) -> Means:
    """Several arms as one group: their people together, with the mean and spread of all (exact)."""
    people = sum(arm.n for arm in arms)
    mean = sum(arm.n * arm.mean for arm in arms) / people
    squares = sum((arm.n - 1) * arm.sd**2 + arm.n * (arm.mean - mean) ** 2 for arm in arms)
    return Means(people, mean, sqrt(squares / (people - 1)))


def combine_counts(arms: Sequence[Counts]) -> Counts:
    """Several arms as one group."""
    return Counts(sum(arm.events for arm in arms), sum(arm.n for arm in arms))


def combine_contrasts(effects: Sequence[Effect], arm_people: Sequence[int], control_people: int) -> Effect:
    """Several arms against one control as one effect, the control counted once.

    The contrasts share the control's error: each standard error s against n people gives the common variance
    s^2 / (1/n + 1/n0), and the control's part of it, 1/n0, is what any two of them have in common. Weighted by
    generalised least squares (as in Gleser and Olkin 2009 for treatments that share a control).
    """
    import numpy as np

    unit = sum(
        effect.variance / (1 / n + 1 / control_people) for effect, n in zip(effects, arm_people, strict=True)
    ) / len(effects)
    covariance = np.full((len(effects), len(effects)), unit / control_people)
    np.fill_diagonal(covariance, [max(effect.variance, unit / control_people * 1.0001) for effect in effects])
    weights = np.linalg.solve(covariance, np.ones(len(effects)))
    total = float(weights.sum())
    estimate = float(weights @ np.array([effect.estimate for effect in effects])) / total
    return Effect(
        measure=effects[0].measure,
        estimate=estimate,
        standard_error=sqrt(1 / total),
        way=f"{len(effects)} arms against one control, {effects[0].way}",
        people=sum(arm_people) + control_people,
    )


def combine_strata(effects: Sequence[Effect]) -> Effect:
    """Independent strata of one trial, each with its own control, as one effect (inverse variance)."""
    weights = [1 / effect.variance for effect in effects]
    people = [effect.people for effect in effects]
    return Effect(
        measure=effects[0].measure,
        estimate=sum(w * e.estimate for w, e in zip(weights, effects, strict=True)) / sum(weights),
        standard_error=sqrt(1 / sum(weights)),
        way=f"{len(effects)} strata of the trial, {effects[0].way}",
        people=None if None in people else sum(n for n in people if n is not None),
    )


def paired_mean_difference(active: Means, control: Means, *, correlation: float, people: int | None = None) -> Effect:
    """The mean difference within people who had both treatments (a crossover).

    `correlation` between a person's two values; zero treats them as different people, which is too wide, never
    too narrow, while the true correlation is not negative.
    """
    n = people or min(active.n, control.n)
    variance = active.sd**2 + control.sd**2 - 2 * correlation * active.sd * control.sd
    return Effect(
        measure=EffectMeasure.MEAN_DIFFERENCE,
        estimate=active.mean - control.mean,
        standard_error=sqrt(variance / n),
        way=f"the same people twice, correlation {correlation:g}",
        people=n,
    )


def paired_hedges_g(active: Means, control: Means, *, correlation: float, people: int | None = None) -> Effect:
    """Hedges' g of a crossover on the spread between people, so that it may be pooled with parallel trials.

    Variance 2 (1 - r) / n + g^2 / 2n (Becker 1988; Morris and DeShon 2002, raw-score metric).
    """
    n = people or min(active.n, control.n)
    spread = sqrt((active.sd**2 + control.sd**2) / 2)
    g = small_sample_factor(n - 1) * (active.mean - control.mean) / spread
    return Effect(
        measure=EffectMeasure.HEDGES_G,
        estimate=g,
        standard_error=sqrt(2 * (1 - correlation) / n + g**2 / (2 * n)),
        way=f"the same people twice, correlation {correlation:g}",
        people=n,
    )
