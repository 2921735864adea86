"""Where a monitor's signal was missing: stretches of readings that are no true values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daybreak.clinic.treatment_day.models import Reading
from daybreak.treatment.vitals import Reading as VitalReading
from daybreak.treatment.vitals import Vital

# Shorter gaps are on the chart and not worth a line. Ours.
WORTH_A_LINE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """From the first reading without a true value to the next true one; `end` is None while it lasts."""

    vital: Vital
    start: datetime
    end: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """That a monitor sends no true value now: since when, its newest number as sent, and why that is none in a few
    words; both are empty where it has no signal."""

    since: datetime
    sent: str = ""
    why: str = ""


def lost(readings: Iterable[Reading], latest: Mapping[Vital, VitalReading]) -> dict[Vital, Lost]:
    """The vital signs of which a monitor sends no true value now. One typed since counts."""
    found: dict[Vital, Lost] = {}
    for row in sorted(readings, key=lambda row: row.measured_at):
        vital = Vital(row.vital)
        if row.monitor_id and row.artefact and (vital not in latest or row.measured_at > latest[vital].at):
            since = found[vital].since if vital in found else row.measured_at
            found[vital] = Lost(since, f"{row.value:g}", _in_short(row.artefact)) if row.value else Lost(since)
    return found


def _in_short(artefact: str) -> str:
    """What stands before the colon: "no unit"."""
    reason = artefact.partition(":")[0]
    return reason[:1].lower() + reason[1:]


def gaps(readings: Iterable[Reading], *, least: timedelta = WORTH_A_LINE) -> list[Gap]:
    """The gaps in a monitor's readings, each vital sign by itself, that last at least this long."""
    found: list[Gap] = []
    open_gaps: dict[str, Reading] = {}
    last: dict[str, datetime] = {}
    for row in sorted(readings, key=lambda row: row.measured_at):
        if row.monitor_id is None or row.corrects_id:
            continue
        if row.artefact:
            open_gaps.setdefault(row.vital, row)
        elif (first := open_gaps.pop(row.vital, None)) is not None:
            found.append(Gap(Vital(row.vital), first.measured_at, row.measured_at, first.artefact))
        last[row.vital] = row.measured_at
    found += [Gap(Vital(vital), row.measured_at, None, row.artefact) for vital, row in open_gaps.items()]
    return [gap for gap in found if (gap.end or last[gap.vital]) - gap.start >= least]
