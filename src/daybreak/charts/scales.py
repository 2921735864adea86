"""From values to places: what a chart's axes span, and where a value lies on them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import chain, pairwise

from daybreak.charts import marks as m
from daybreak.charts.ticks import (
    Tick,
    clock_words,
    date_ticks,
    day_words,
    log_ticks,
    minute_ticks,
    number_ticks,
    plain,
)

_LARGEST = 1e100
_FAR = 10_000.0  # what lies further out than this is clipped anyway
_SAME = 1e-9  # a span smaller than this part of its values counts as none


def measure(position: m.Position, axis: m.Axis) -> float:
    """A position as a number; on an axis in dates the days as in `date.toordinal` with their fraction.

    Raises ValueError for a datetime without a time zone, a date on an axis of numbers, the reverse, NaN and
    infinity.
    """
    if (axis.scale == "dates") != isinstance(position, date):
        wanted = "dates" if axis.scale == "dates" else "numbers"
        raise ValueError(f"This axis is in {wanted}, and {position!r} is none.")
    if isinstance(position, date):
        return _days(position, axis.zone)
    if not math.isfinite(position):
        raise ValueError(f"A position on an axis is a finite number, not {position}.")
    return _drawable(position)


def _days(day: date, zone: tzinfo) -> float:
    if not 1000 <= day.year < 9000:
        raise ValueError(f"The year {day.year} is no year to draw. Correct the date {day}.")
    if not isinstance(day, datetime):
        return float(day.toordinal())
    if day.tzinfo is None:
        raise ValueError(f"The time {day.isoformat()} has no time zone. Give it one.")
    local = day.astimezone(zone)
    seconds = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    return local.toordinal() + seconds / 86_400


def _drawable(value: float) -> float:
    """The number itself. Raises ValueError beyond what arithmetic on an axis can carry."""
    if abs(value) > _LARGEST:
        raise ValueError(f"The number {value:g} is too large to draw.")
    return float(value)


def ordered(positions: Iterable[m.Position], axis: m.Axis, name: str) -> list[float]:
    """The positions of a series as numbers. Raises ValueError when one lies before the one ahead of it."""
    places = [measure(position, axis) for position in positions]
    for earlier, later in pairwise(places):
        if later < earlier:
            raise ValueError(
                f"“{name}” runs backwards, from {position_words(earlier, axis)} "
                f"to {position_words(later, axis)}. Sort it before drawing it."
            )
    return places


def known(value: m.Value) -> float | None:
    """A value as a number, or None where it is a gap (None, NaN, infinite)."""
    return _drawable(value) if value is not None and math.isfinite(value) else None


def position_words(place: float, axis: m.Axis) -> str:
    """A position for people: a number, a whole minute, a day, or a day with its time."""
    if axis.scale == "minutes":
        return plain(round(place), 0)
    if axis.scale != "dates":
        return plain(place)
    minutes = round(place * 1440)
    day = day_words(minutes // 1440, year=True)
    return day if minutes % 1440 == 0 else f"{day} {clock_words(minutes / 1440)}"


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis laid on the picture: `low` at `start`, `high` at `end`, in units of the viewBox."""

    axis: m.Axis
    low: float
    high: float
    ticks: tuple[Tick, ...]
    start: float = 0
    end: float = 1

    def part(self, value: float) -> float:
        """How far along the axis a value lies: 0 at its start, 1 at its end."""
        if self.axis.scale != "log":
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return -math.inf
        return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))

    def at(self, value: float) -> float:
        """Where a value lies on the picture, kept within a sane distance of it."""
        return max(-_FAR, min(_FAR, self.start + self.part(value) * (self.end - self.start)))

    def place(self, position: m.Position) -> float:
        """Where a position lies on the picture."""
        return self.at(measure(position, self.axis))

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis, its ends included."""
        return -_SAME <= self.part(value) <= 1 + _SAME


def across(chart: m.Chart, room: float) -> Scale:
    """The x axis: from the first position of any mark to the last, unless the axis says otherwise."""
    narrowest = 80 if chart.x.scale == "dates" else 50  # units for one tick's words
    most = max(2, int(room / narrowest))
    return _scale(chart.x, _positions(chart), most=most if chart.x.scale == "dates" else min(8, most), upright=False)


def upward(chart: m.Chart, room: float) -> Scale:
    """The y axis: round numbers around every value of any mark, and zero, unless the axis says otherwise."""
    return _scale(chart.y, _values(chart), most=8 if room >= 150 else 5, upright=True)


def _scale(axis: m.Axis, found: list[float], *, most: int, upright: bool) -> Scale:
    given_low, given_high = (None if end is None else measure(end, axis) for end in (axis.low, axis.high))
    low, high = _span(axis, found, given_low, given_high, upright=upright)
    fixed = given_low is not None and given_high is not None
    ticks = _usual_ticks(axis, low, high, most, within=fixed or not upright) if found or fixed else []
    if upright and ticks:
        low = ticks[0].at if given_low is None else low
        high = ticks[-1].at if given_high is None else high
    if axis.ticks is not None:
        ticks = [Tick(measure(position, axis), label) for position, label in axis.ticks]
    bare = Scale(axis, low, high, ())
    return Scale(axis, low, high, tuple(tick for tick in ticks if bare.holds(tick.at)))


def _span(
    axis: m.Axis, found: list[float], low: float | None, high: float | None, *, upright: bool
) -> tuple[float, float]:
    """The ends of an axis, always apart.

    Raises ValueError when the given ends are not, or a log axis has zero.
    """
    if axis.scale == "log":
        found = [value for value in found if value > 1 / _LARGEST]
    elif upright and axis.scale == "linear":
        found = [*found, 0.0]
    start = low if low is not None else min(found, default=1.0 if high is None else high)
    end = high if high is not None else max(found, default=start)
    if axis.scale == "log" and start <= 0:
        raise ValueError(f"A log axis starts above zero, not at {plain(start)}.")
    if low is not None and high is not None and not low < high:
        raise ValueError(
            f"An axis ends above its start, not from {position_words(low, axis)} to {position_words(high, axis)}."
        )
    if end - start > _SAME * max(abs(start), abs(end), _SAME):
        return start, end
    if axis.scale == "log":
        return (start, start * 10) if high is None else (end / 10, end)
    apart = max(1.0, abs(start) / 2) if axis.scale != "dates" else 14.0
    if low is None and high is None and not upright:
        return start - apart / 2, start + apart / 2
    return (start, start + apart) if high is None else (end - apart, end)


def _usual_ticks(axis: m.Axis, low: float, high: float, most: int, *, within: bool) -> list[Tick]:
    match axis.scale:
        case "dates":
            return date_ticks(low, high, most)
        case "log":
            return log_ticks(low, high, most)
        case "minutes":
            return minute_ticks(low, high, most, within=within)
        case _:
            return number_ticks(low, high, most, within=within)


def _positions(chart: m.Chart) -> list[float]:
    found: list[m.Position] = []
    for mark in chart.marks:
        match mark:
            case m.Limit():
                pass
            case m.Missing() | m.Shade() | m.Stretch():
                found += _stretch(mark.start, mark.end, chart.x)
            case m.Lane():
                found += chain.from_iterable(_stretch(span.start, span.end, chart.x) for span in mark.spans)
            case m.Now():
                found.append(mark.at)
            case m.Label():
                found.append(mark.x)
            case _:
                found += mark.x
    return [measure(position, chart.x) for position in found]


def _stretch(start: m.Position, end: m.Position, axis: m.Axis) -> tuple[m.Position, m.Position]:
    if measure(end, axis) < measure(start, axis):
        raise ValueError(f"A stretch ends after it starts, not from {start} to {end}.")
    return start, end


def _values(chart: m.Chart) -> list[float]:
    found: list[m.Value] = list(chain.from_iterable(chart.series))
    found += [mark.value for mark in chart.marks if isinstance(mark, m.Limit)]
    found += [mark.y for mark in chart.marks if isinstance(mark, m.Label)]
    return [value for value in map(known, found) if value is not None]
