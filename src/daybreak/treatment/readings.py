"""Which readings are recent enough to speak for the present."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from daybreak.treatment.knowledge import load
from daybreak.treatment.vitals import Reading, Vital


def reading_age_max_min() -> float:
    """How many minutes old a reading may be to speak for the present."""
    return float(load("monitoring.yaml")["reading_age_max_min"]["value"])


def latest_readings(readings: Iterable[Reading]) -> dict[Vital, Reading]:
    """The newest reading of each vital sign.

    Systolic and diastolic are one measurement: where the newest pressure has one of them only, the other is left
    out, never taken from another time.
    """
    newest = {reading.vital: reading for reading in sorted(readings, key=lambda reading: reading.at)}
    pressures = [newest[vital] for vital in (Vital.SYSTOLIC, Vital.DIASTOLIC) if vital in newest]
    for reading in pressures:
        if reading.at < max(each.at for each in pressures):
            del newest[reading.vital]
    return newest


def is_recent(at: datetime, now: datetime) -> bool:
    """Whether what was measured or answered at this time still speaks for `now`."""
    return now - timedelta(minutes=reading_age_max_min()) <= at <= now
