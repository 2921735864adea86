"""How a pooled result rests on its trials: without each one, and as the years brought them."""

from collections.abc import Sequence
from dataclasses import dataclass

from daybreak.evidence.effects import EffectMeasure
from daybreak.evidence.pooling import DEFAULT, Method, Pooled, pool


@dataclass(frozen=True, slots=True)
class Without:
    """The result without one trial, by its place."""

    left_out: int
    pooled: Pooled


@dataclass(frozen=True, slots=True)
class Until:
    """The result from all trials up to a year; `added` are the places of that year's trials."""

    year: int
    added: tuple[int, ...]
    pooled: Pooled


def leave_one_out(
    measure: EffectMeasure, estimates: Sequence[float], variances: Sequence[float], *, method: Method = DEFAULT
) -> list[Without]:
    """The pooled result without each trial in turn; nothing with fewer than three trials."""
    if len(estimates) < 3:
        return []
    return [
        Without(
            place,
            pool(
                measure,
                [*estimates[:place], *estimates[place + 1 :]],
                [*variances[:place], *variances[place + 1 :]],
                method=method,
            ),
        )
        for place in range(len(estimates))
    ]


def cumulative(
    measure: EffectMeasure,
    estimates: Sequence[float],
    variances: Sequence[float],
    years: Sequence[int],
    *,
    method: Method = DEFAULT,
) -> list[Until]:
    """The pooled result at the end of each year that brought a trial, from the second trial on."""
    steps = []
    for year in sorted(set(years)):
        held = [place for place, when in enumerate(years) if when <= year]
        if len(held) < 2:
            continue
        pooled = pool(measure, [estimates[i] for i in held], [variances[i] for i in held], method=method)
        steps.append(Until(year, tuple(place for place in held if years[place] == year), pooled))
    return steps
