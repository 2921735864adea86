"""Pooling of rare events without corrections of empty cells: Mantel-Haenszel and Peto. Fixed effects only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from daybreak.evidence.distributions import critical_value
from daybreak.evidence.effects import Counts, EffectMeasure, NotEnough, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledCounts:
    """A pooled ratio or difference of counts, on the scale where it is pooled; `k` are the trials that say anything.

    Attributes:
        silent: trials without an event, or in which everybody had it, in both arms: they say nothing about a ratio.
        events: active and control, over all trials.
        people: active and control, over all trials.
    """

    measure: EffectMeasure
    method: str
    k: int
    silent: int
    estimate: float
    standard_error: float
    events: tuple[int, int]
    people: tuple[int, int]
    level: float = 0.95

    @property
    def shown(self) -> tuple[float, float, float]:
        """Estimate, low and high as people read them."""
        reach = critical_value(self.level) * self.standard_error
        low, high = self.estimate - reach, self.estimate + reach
        return shown(self.measure, self.estimate), shown(self.measure, low), shown(self.measure, high)


Tables = Sequence[tuple[Counts, Counts]]


def _speaks(active: Counts, control: Counts) -> bool:
    return 0 < active.events + control.events < active.n + control.n


def mantel_haenszel_odds_ratio(tables: Tables) -> PooledCounts:
    """The Mantel-Haenszel odds ratio with the variance of Robins, Breslow and Greenland (1986).

    Raises NotEnough when no trial has events and people without them on both sides of the ratio.
    """
    r = s = pr = ps_qr = qs = 0.0
    for active, control in _speaking(tables):
        n = active.n + control.n
        a, b, c, d = active.events, active.n - active.events, control.events, control.n - control.events
        ri, si, pi, qi = a * d / n, b * c / n, (a + d) / n, (b + c) / n
        r, s = r + ri, s + si
        pr, ps_qr, qs = pr + pi * ri, ps_qr + pi * si + qi * ri, qs + qi * si
    if r == 0 or s == 0:
        raise NotEnough("All events lie in one arm: an odds ratio has no Mantel-Haenszel estimate.")
    variance = pr / (2 * r**2) + ps_qr / (2 * r * s) + qs / (2 * s**2)
    return _pooled(EffectMeasure.ODDS_RATIO, "Mantel-Haenszel", tables, log(r / s), sqrt(variance))


def mantel_haenszel_risk_ratio(tables: Tables) -> PooledCounts:
    """The Mantel-Haenszel risk ratio with the variance of Greenland and Robins (1985). Raises as the odds ratio."""
    r = s = p = 0.0
    for active, control in tables:
        n = active.n + control.n
        r += active.events * control.n / n
        s += control.events * active.n / n
        events = active.events + control.events
        p += (active.n * control.n * events - active.events * control.events * n) / n**2
    if r == 0 or s == 0:
        raise NotEnough("All events lie in one arm: a risk ratio has no Mantel-Haenszel estimate.")
    return _pooled(EffectMeasure.RISK_RATIO, "Mantel-Haenszel", tables, log(r / s), sqrt(p / (r * s)))


def mantel_haenszel_risk_difference(tables: Tables) -> PooledCounts:
    """The Mantel-Haenszel risk difference with the variance of Sato (1989). Trials without events count."""
    weight = total = p = q = 0.0
    for active, control in tables:
        n1, n2 = active.n, control.n
        n = n1 + n2
        w = n1 * n2 / n
        weight += w
        total += w * (active.events / n1 - control.events / n2)
        a, c = active.events, control.events
        p += (n1 / n) ** 2 * c - (n2 / n) ** 2 * a + (n1 / n) * (n2 / n) * (n2 - n1) / 2
        q += a * (n2 - c) / n / 2 + c * (n1 - a) / n / 2
    difference = total / weight
    variance = (difference * p + q) / weight**2
    if variance <= 0:
        raise NotEnough("No trial has an event: the risk difference has no interval.")
    return _pooled(EffectMeasure.RISK_DIFFERENCE, "Mantel-Haenszel", tables, difference, sqrt(variance), all_speak=True)


def peto_odds_ratio(tables: Tables) -> PooledCounts:
    """Peto's one-step odds ratio (Yusuf 1985): for events below 1 %, balanced arms and effects that are not large.

    Raises NotEnough when no trial has an event.
    """
    observed_less_expected = information = 0.0
    for active, control in _speaking(tables):
        n, events = active.n + control.n, active.events + control.events
        observed_less_expected += active.events - active.n * events / n
        information += active.n * control.n * events * (n - events) / (n**2 * (n - 1))
    if information == 0:
        raise NotEnough("No trial has an event: Peto's odds ratio has nothing to work on.")
    return _pooled(
        EffectMeasure.ODDS_RATIO,
        "Peto",
        tables,
        observed_less_expected / information,
        sqrt(1 / information),
    )


def _speaking(tables: Tables) -> Tables:
    return [table for table in tables if _speaks(*table)]


def _pooled(
    measure: EffectMeasure,
    method: str,
    tables: Tables,
    estimate: float,
    standard_error: float,
    *,
    all_speak: bool = False,
) -> PooledCounts:
    speaking = len(tables) if all_speak else len(_speaking(tables))
    return PooledCounts(
        measure=measure,
        method=method,
        k=speaking,
        silent=len(tables) - speaking,
        estimate=estimate,
        standard_error=standard_error,
        events=(sum(active.events for active, _ in tables), sum(control.events for _, control in tables)),
        people=(sum(active.n for active, _ in tables), sum(control.n for _, control in tables)),
    )
