"""Round numbers, minutes and dates for axes, and how a number is written."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MINUTE_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960, 1440)  # neighbours differ by 2.5 times at most
_CLOCK_STEPS = (5, 10, 15, 30, 60, 120, 180, 360, 720)  # minutes that divide a day


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its words. `leading`: the words name the stretch after it."""

    at: float
    label: str
    leading: bool = False


def plain(value: float, decimals: int | None = None) -> str:
    """A number for people: a true minus, no exponent, four significant figures unless `decimals` is given."""
    if decimals is None:
        decimals = 3 if value == 0 else max(0, 3 - math.floor(math.log10(abs(value))))
        text = f"{value:.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else text.lstrip("-")


def day_words(at: float, *, year: bool = False) -> str:
    """The day, counted as in `date.toordinal`, as "24 Nov" or "24 Nov 2026"."""
    day = date.fromordinal(math.floor(at))
    return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def clock_words(at: float) -> str:
    """The time of day of a day count, as "10:37"."""
    minutes = round((at - math.floor(at)) * 1440)
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def number_ticks(low: float, high: float, most: int = 8, *, within: bool = False) -> list[Tick]:
    """Round numbers (1, 2, 5 times a power of ten) in equal steps that cover low to high, or stay `within` them.

    Covering with `most` = 8 takes four to eight: steps grow by 2.5 times at most, so the first that needs no more
    than seven intervals needs at least three. Raises ValueError when high is not above low.
    """
    _check(low, high)
    exponent = math.floor(math.log10((high - low) / most)) - 1
    while True:
        for leading in (1, 2, 5):
            step = leading * 10.0**exponent
            first, last = _multiples(low, high, step, within)
            if last - first < most:
                return _ticks(first, last, step, max(0, -exponent))
        exponent += 1


def minute_ticks(low: float, high: float, most: int = 8, *, within: bool = False) -> list[Tick]:
    """Like `number_ticks`, in steps a clock knows (5, 10, 15, 30, 60 ...)."""
    _check(low, high)
    for step in _MINUTE_STEPS if high - low >= 3 else ():
        first, last = _multiples(low, high, step, within)
        if last - first < most:
            return _ticks(first, last, step, 0)
    return number_ticks(low, high, most, within=within)


def log_ticks(low: float, high: float, most: int = 8) -> list[Tick]:
    """Powers of ten that cover low to high, with 2 and 5 between them where there is room.

    Raises ValueError when low is not above zero.
    """
    _check(low, high)
    if low <= 0:
        raise ValueError(f"A log axis starts above zero, not at {plain(low)}.")
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    stride = max(1, math.ceil((last - first) / (most - 1)))
    leading = (1, 2, 5) if 3 * (last - first) < most else (1,)
    places = [(m, e) for e in range(first, last, stride) for m in leading] + [
        (1, first + stride * math.ceil((last - first) / stride))
    ]
    return [Tick(m * 10.0**e, plain(m * 10.0**e, max(0, -e))) for m, e in places]


def date_ticks(low: float, high: float, most: int = 8) -> list[Tick]:
    """Times of day, days, Mondays, months or years within low and high, day counts as in `date.toordinal`."""
    _check(low, high)
    for step in _CLOCK_STEPS:
        if (high - low) * 1440 / step <= most:
            marks = range(math.ceil(low * 1440 / step - 1e-6), math.floor(high * 1440 / step + 1e-6) + 1)
            places = [mark * step / 1440 for mark in marks]
            return [
                Tick(at, day_words(at) if mark * step % 1440 == 0 else clock_words(at))
                for at, mark in zip(places, marks, strict=True)
            ]
    for days in (1, 2, 7, 14):
        if (high - low) / days <= most:
            # Ordinal 1 was a Monday, so sevens counted from it are Mondays.
            first = math.ceil((low - 1) / days) * days + 1
            return [Tick(at, day_words(at)) for at in range(first, math.floor(high) + 1, days)]
    step = next(step for step in _month_steps() if (high - low) / 30.4 / step <= most)
    long = high - low > 366
    return [_month_tick(first, step, long) for first in _firsts(step, low, high)]


def _check(low: float, high: float) -> None:
    if not low < high:
        raise ValueError(f"An axis ends above its start, not from {plain(low)} to {plain(high)}.")


def _multiples(low: float, high: float, step: float, within: bool) -> tuple[int, int]:
    """The first and last multiple of a step, forgiving what binary fractions do to round numbers."""
    if within:
        return math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)


def _ticks(first: int, last: int, step: float, decimals: int) -> list[Tick]:
    places = (round(count * step, decimals) for count in range(first, last + 1))
    return [Tick(at, plain(at, decimals)) for at in places]


def _month_steps() -> Iterator[int]:
    yield from (1, 2, 3, 6)
    years = 1
    while True:
        yield from (12 * years, 24 * years, 60 * years)
        years *= 10


def _firsts(step: int, low: float, high: float) -> Iterator[date]:
    """The first of every `step`-th month within low and high, counted from January of year 0."""
    before = date.fromordinal(math.floor(low)).year * 12 // step * step
    for months in range(before, 10_000 * 12, step):
        first = date(max(1, months // 12), 1 + months % 12, 1)
        if first.toordinal() > high:
            return
        if first.toordinal() >= low and months >= 12:
            yield first


def _month_tick(first: date, step: int, long: bool) -> Tick:
    if step >= 12:
        words = str(first.year)
    else:
        words = MONTHS[first.month - 1] + (f" {first.year}" if long and first.month == 1 else "")
    return Tick(first.toordinal(), words, leading=True)
