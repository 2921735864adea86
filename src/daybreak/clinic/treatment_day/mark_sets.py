"""Marks that wait, by the set of readings they are of: those of one set may be answered with one touch."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from daybreak.clinic.record.models import Flag
from daybreak.clinic.treatment_day.models import Reading
from daybreak.clinic.treatment_day.rechecks import recheck_at, stays_beyond
from daybreak.clinic.treatment_day.state import SessionState, known_limits
from daybreak.treatment.limits import Given, Level, Limit
from daybreak.treatment.vitals import Reading as VitalReading


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossed limit that is still open."""

    flag: Flag
    reading: Reading | None
    limit: Limit | None
    recheck_at: datetime | None  # None: the value is back
    said: str  # the last answer, once there is one
    newest: VitalReading | None = None  # what was measured since, where anything was
    stays: str = ""  # since when every value is beyond the limit
    leads: "MarkSet | None" = None  # where it is the first of several that one touch may answer

    @property
    def change(self) -> str:
        """What is said of the value, without what the rule asks for: that is of a person who is here."""
        said = self.flag.detail
        for given in Given if self.limit else ():
            said = said.removesuffix(self.limit.action_of(given))
        return said.strip()

    @property
    def is_emergency(self) -> bool:
        """Whether the first thing to do about it is to call the emergency services."""
        return self.limit is not None and self.limit.level is Level.EMERGENCY


@dataclass(frozen=True, slots=True)
class MarkSet:
    """The marks of one set of readings that one touch may answer, the gravest first."""

    marks: tuple[Crossed, ...]

    @property
    def names(self) -> str:
        """Which: "Systolic 190, above red 180; Heart rate 132, above amber 130"."""
        return "; ".join(each.flag.title for each in self.marks)

    @property
    def recheck_min(self) -> str:
        """After how many minutes each is measured again: "5", or "2 and 5" where they differ."""
        return " and ".join(str(each) for each in sorted({mark.limit.recheck_min for mark in self.marks if mark.limit}))

    @property
    def calls_to_act(self) -> bool:
        return any(each.flag.level == Flag.Level.ACT for each in self.marks)


def in_order(marks: Iterable[Crossed]) -> list[Crossed]:
    """The gravest first; the first of those that may be answered with others leads them."""
    found = sorted(marks, key=_gravest_first)
    sets: dict[object, list[Crossed]] = {}
    for each in found:
        if each.reading and may_be_answered_together(each.limit):
            sets.setdefault(set_of(each.reading), []).append(each)
    leads = {several[0].flag.pk: MarkSet(tuple(several)) for several in sets.values() if len(several) > 1}
    return [replace(each, leads=leads.get(each.flag.pk)) for each in found]


def _gravest_first(mark: Crossed) -> tuple[int, datetime]:
    return -mark.limit.level.rank if mark.limit else 0, mark.flag.due_at


def may_be_answered_together(limit: Limit | None) -> bool:
    """Whether a mark of this limit may be answered with others: an emergency is answered by itself."""
    return limit is not None and limit.level is not Level.EMERGENCY


def set_of(reading: Reading) -> tuple[UUID, datetime, UUID | None]:
    """What readings that were measured together have in common."""
    return reading.session_id, reading.measured_at, reading.monitor_id


def crossed_by(flag: Flag, readings: tuple[Reading, ...], state: SessionState) -> Crossed:
    """An open flag with the value it is about, what was measured since, and when it is measured again."""
    events = list(flag.events.all())
    last = events[-1] if events else None
    said = ""
    if last is not None:
        by = f" {last.recorded_by.display_name}" if last.recorded_by else ""
        said = f"{last.action}{by}"
    limit = known_limits(state.own).get(flag.rule)
    reading = next((row for row in readings if row.pk == flag.subject), None)
    latest = state.latest.get(limit.vital) if limit else None
    return Crossed(
        flag=flag,
        reading=reading,
        newest=latest if latest and reading and latest.at > reading.measured_at else None,
        limit=limit,
        recheck_at=recheck_at(flag.rule, last.recorded_at if last else None, state),
        said=said,
        stays=stays_beyond(limit, state) if limit else "",
    )
