"""Series as they are drawn: split at gaps, thinned where there is more than the eye can see."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from daybreak.charts.marks import Series, Value
from daybreak.charts.scales import Scale, known

_PER_UNIT = 4  # values in one unit of width: above this, more cannot be seen


class Place(NamedTuple):
    """One value of a series at its number along x; None is a gap."""

    x: float
    y: float | None


def places(xs: Sequence[float], ys: Series[Value]) -> list[Place]:
    """A series as numbers, its gaps as None."""
    return [Place(x, known(y)) for x, y in zip(xs, ys, strict=True)]


def runs(series: Sequence[Place]) -> Iterator[list[tuple[float, float]]]:
    """The stretches between gaps."""
    for gap, stretch in groupby(series, key=lambda place: place.y is None):
        if not gap:
            yield [(x, y) for x, y in stretch if y is not None]


def thinned(series: list[Place], scale: Scale) -> list[Place]:
    """The series, or where far denser than the picture the first, lowest, highest and last of each unit.

    Extremes and gaps stay; the order stays.
    """
    if len(series) <= _most(scale):
        return series
    kept: list[Place] = []
    for _, stretch in groupby(series, key=lambda place: (int(scale.at(place.x)), place.y is None)):
        column = list(stretch)
        by_height = sorted(range(len(column)), key=lambda index: column[index].y or 0.0)
        kept += [column[index] for index in sorted({0, by_height[0], by_height[-1], len(column) - 1})]
    return kept


def said_of_thinning(lengths: Iterable[int], scale: Scale) -> str:
    """The sentence that says that series of these lengths are thinned on this scale, or nothing."""
    most = max((length for length in lengths if length > _most(scale)), default=0)
    return f"Drawn from {most:,} values: the first, lowest, highest and last of each narrow stretch." if most else ""


def _most(scale: Scale) -> float:
    return _PER_UNIT * abs(scale.end - scale.start)
