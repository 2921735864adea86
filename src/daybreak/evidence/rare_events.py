"""Pooling of rare events without corrections of empty cells: the Mantel-Haenszel risk difference, fixed effects."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from daybreak.evidence.distributions import critical_value
from daybreak.evidence.effects import Counts, NotEnough

_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class RiskDifference:
    """A pooled difference of risks, active less control."""

    estimate: float
    standard_error: float

    @property
    def shown(self) -> tuple[float, float, float]:
        """Estimate, low and high."""
        reach = critical_value(_LEVEL) * self.standard_error
        return self.estimate, self.estimate - reach, self.estimate + reach


def mantel_haenszel(tables: Sequence[tuple[Counts, Counts]]) -> RiskDifference:
    """The Mantel-Haenszel risk difference with the variance of Sato (1989). Trials without events count.

    Raises:
        NotEnough: when no trial has an event.
    """
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
    return RiskDifference(difference, sqrt(variance))
