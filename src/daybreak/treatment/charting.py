"""Which of a monitor's numbers become readings: one a minute, and at once whatever means something else.

A monitor sends a set every few seconds, thousands in a session; a chart on paper has one every five minutes. All of
them stay in the messages. Charted is the first number of a vital sign in each minute, and within the minute the first
that is true where the one before was not, or the other way round, or that crosses other limits than it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from daybreak.treatment.limits import Limit
from daybreak.treatment.vitals import Vital

EVERY = timedelta(minutes=1)  # ours: five times as often as the densest schedule of checks
_PRESSURE = frozenset({Vital.SYSTOLIC, Vital.DIASTOLIC})


@dataclass(frozen=True, slots=True)
class Number:
    """What a monitor sent of one vital sign. `is_true` is false for artefacts and where there was no number."""

    vital: Vital
    value: float | None
    at: datetime
    is_true: bool


def minute_of(at: datetime) -> datetime:
    """The beginning of the minute of a time."""
    return at.replace(second=0, microsecond=0)


def to_chart(numbers: Sequence[Number], charted: Iterable[Number], limits: Mapping[str, Limit]) -> list[Number]:
    """Those of these numbers that are charted, in order of time.

    Args:
        numbers: new ones.
        charted: what is charted already, at least of the minutes of the new ones.
        limits: every limit a number may cross, by id.
    """
    known: dict[Vital, list[Number]] = {}
    for each in sorted(charted, key=lambda number: number.at):
        known.setdefault(each.vital, []).append(each)
    chosen: set[Number] = set()
    for number in sorted(numbers, key=lambda number: number.at):
        of_vital = known.setdefault(number.vital, [])
        place = bisect_right(of_vital, number.at, key=attrgetter("at"))
        before = of_vital[place - 1] if place else None
        if before is None or minute_of(before.at) != minute_of(number.at) or _differ(before, number, limits):
            of_vital.insert(place, number)
            chosen.add(number)
    # A pressure is one measurement: half of one would be no pressure at all.
    whole = {number.at for number in chosen if number.vital in _PRESSURE}
    return [number for number in numbers if number in chosen or (number.vital in _PRESSURE and number.at in whole)]


def _differ(one: Number, other: Number, limits: Mapping[str, Limit]) -> bool:
    return _meaning(one, limits) != _meaning(other, limits)


def _meaning(number: Number, limits: Mapping[str, Limit]) -> tuple[bool, frozenset[str]]:
    """Whether it is true, and what it crosses."""
    if not number.is_true or number.value is None:
        return False, frozenset()
    value = number.value
    crossed = (name for name, limit in limits.items() if limit.vital is number.vital and limit.crossed_by(value))
    return True, frozenset(crossed)
