"""What is read at arm's length: the clock, and each value against the one before the dose and its limits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, floor

from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.gaps import Lost
from daybreak.clinic.treatment_day.mark_sets import Crossed
from daybreak.clinic.treatment_day.next_device import rest_until
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.limits import SHORT_NAMES, Comparison, Level, Limit, Limits, Mark, session_limits
from daybreak.treatment.looser_limits import are_looser, published_words
from daybreak.treatment.rises import large_rise
from daybreak.treatment.schedule import DueCheck
from daybreak.treatment.vitals import NONE_COUNTED, PLAUSIBLE, Reading, Vital, asks_again, is_whole, typable

# A pressure or a heart rate is complete with three figures from 100 on, with two from 40: 30 may become 300.
_BEATS = "[123][0-9][0-9]|[4-9][0-9]"


@dataclass(frozen=True, slots=True)
class Field:
    """One box to type in. `complete` says, as a pattern, which figures take no further one: the page then moves on."""

    vital: Vital
    label: str
    complete: str

    @property
    def least(self) -> float:
        return 0 if self.vital in NONE_COUNTED else typable(self.vital)[0]

    @property
    def most(self) -> float:
        return typable(self.vital)[1]

    @property
    def usual(self) -> tuple[float, float]:
        return PLAUSIBLE[self.vital]

    @property
    def none_counted(self) -> bool:
        return self.vital in NONE_COUNTED

    @property
    def is_whole(self) -> bool:
        return is_whole(self.vital)

    @property
    def asks(self) -> str:
        return asks_again(self.vital)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the grid; pressure has two vital signs in one."""

    name: str
    unit: str
    css: str
    fields: tuple[Field, ...]


COLUMNS = (
    Column("Pressure", "mmHg", "bp", (
        Field(Vital.SYSTOLIC, "Systolic, mmHg", _BEATS), Field(Vital.DIASTOLIC, "Diastolic, mmHg", _BEATS),
    )),
    Column("Heart", "per min", "", (Field(Vital.HEART_RATE, "Heart rate per minute", _BEATS),)),
    Column("SpO₂", "%", "thin", (Field(Vital.SPO2, "Oxygen saturation, percent", "100|[2-9][0-9]"),)),
    Column("Breaths", "per min", "", (Field(Vital.RESPIRATORY_RATE, "Breaths per minute", "[1-6][0-9]|[7-9]"),)),
    Column("Alert", "MOAA/S", "", (Field(Vital.ALERTNESS, "Alertness, MOAA/S 0 to 5", "[0-5]"),)),
    Column("Dissociation", "0–10", "wider", (Field(Vital.DISSOCIATION, "Dissociation, 0 to 10", "10|[02-9]"),)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One value as it is shown, with the limit it crosses."""

    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's values: now, before, and what lies within its limits, in words.

    `at` is shown when older than the row's time. `is_half`: of a pressure only one number is known to be true, so it
    is measured again. `rise`: how far a pressure lies above the value before the dose, where that is much.
    `unanswered`: a graver mark than those of now that waits for an answer, which a newer value would take from sight.
    """

    column: Column
    now: tuple[Figure, ...]
    at: datetime | None
    before: str
    within: str
    is_half: bool = False
    rise: str = ""
    unanswered: Crossed | None = None
    lost: str = ""  # that a monitor sends no true value of it now
    beyond: str = ""  # which published limit a value crosses where the clinic's own is looser
    published: str = ""  # what lies within the published limits, where the clinic's own are looser

    @property
    def mark(self) -> Mark | None:
        marks = [figure.mark for figure in self.now if figure.mark]
        return max(marks, key=lambda mark: mark.level.rank, default=None)


@dataclass(frozen=True, slots=True)
class Glance:
    """The grid. `at` is the time of the newest value; the limits are the gate's until the dose begins."""

    at: datetime | None
    limits: str
    cells: tuple[Cell, ...]
    marks: str  # the limits as the page's script reads them, for values that wait on a tablet: JSON


def glance(state: SessionState, lost: Mapping[Vital, Lost] | None = None, waiting: Sequence[Crossed] = ()) -> Glance:
    """The grid of this state.

    Args:
        lost: the vital signs of which a monitor sends no true value.
        waiting: the marks that wait for an answer, the gravest first.
    """
    shown = {field.vital for column in COLUMNS for field in column.fields}
    newest = max((reading.at for vital, reading in state.latest.items() if vital in shown), default=None)
    name = "Within" if state.started_at else "Gate"
    cells = tuple(_with_unanswered(_cell(column, newest, state, lost or {}), waiting) for column in COLUMNS)
    return Glance(_local(newest, state), name, cells, _marks(state.limits))


def _marks(limits: Limits) -> str:
    """Every limit, the gravest first: how it is crossed, and how it is said."""
    gravest_first = sorted(limits.limits, key=lambda limit: -limit.level.rank)
    return json.dumps(
        [
            {
                "vital": limit.vital, "how": limit.comparison, "value": limit.value, "acts": limit.level.calls_to_act,
                "says": f"{SHORT_NAMES[limit.vital]} {{}} ({limit.level} {_crossed_words(limit)})",
            }
            for limit in gravest_first
        ]
    )  # fmt: skip


def _local(at: datetime | None, state: SessionState) -> datetime | None:
    return at.astimezone(state.now.tzinfo) if at else None


def _cell(column: Column, newest: datetime | None, state: SessionState, lost: Mapping[Vital, Lost]) -> Cell:
    vitals = [field.vital for field in column.fields]
    now = [state.latest[vital] for vital in vitals if vital in state.latest]
    before = [f"{state.baseline_values[vital]:g}" for vital in vitals if vital in state.baseline_values]
    at = max((reading.at for reading in now), default=None)
    return Cell(
        column=column,
        now=tuple(_figure(state.latest.get(vital), state) for vital in vitals) if now else (),
        at=_local(at, state) if at and newest and newest - at >= timedelta(minutes=1) else None,
        before="/".join(before) if len(before) == len(vitals) and state.started_at else "–",
        within=limit_words(vitals, state.session_limits)
        if state.started_at
        else limit_words(vitals, state.gate, "no gate"),
        is_half=0 < len(now) < len(vitals),
        rise=_rise(now, state) if state.started_at else "",
        lost=_lost_words([lost[vital] for vital in vitals if vital in lost], state),
        beyond="; ".join(filter(None, (published_words(reading, state.limits) for reading in now))),
        published=_published(vitals, state),
    )


def _published(vitals: list[Vital], state: SessionState) -> str:
    if not state.started_at or not are_looser(vitals, state.session_limits):
        return ""
    words = limit_words(vitals, session_limits())
    return words if words != limit_words(vitals, state.session_limits) else ""


def _lost_words(here: Sequence[Lost], state: SessionState) -> str:
    """For example "no signal since 10:02", "not read since 10:02: no unit, 185/80 as sent"."""
    if not here:
        return ""
    since, unread = state.clock(min(each.since for each in here)), [each for each in here if each.why]
    if not unread:
        return f"no signal since {since}"
    return f"not read since {since}: {unread[0].why}, {'/'.join(each.sent for each in unread)} as sent"


def _with_unanswered(cell: Cell, waiting: Sequence[Crossed]) -> Cell:
    vitals = {field.vital for field in cell.column.fields}
    older = (each for each in waiting if each.newest and each.limit and each.limit.vital in vitals)
    first = next(older, None)
    level = cell.mark.level.rank if cell.mark else -1
    return replace(cell, unanswered=first) if first and first.limit and first.limit.level.rank > level else cell


def _rise(now: list[Reading], state: SessionState) -> str:
    """For example "up 45/26", or "up 45" where only one of the two rose so far."""
    rises = [rise for reading in now if (rise := large_rise(reading, state.baseline_values))]
    return f"up {'/'.join(f'{rise.by:g}' for rise in rises)}" if rises else ""


def _figure(reading: Reading | None, state: SessionState) -> Figure:
    return Figure(f"{reading.value:g}", state.mark_of(reading)) if reading else Figure("–")


def limit_words(vitals: list[Vital], limits: Limits, without: str = "no limit") -> str:
    """What lies within the gate or the amber limits, as the grid shows it: "100–159/to 99", "from 94", "no limit"."""
    within = [_within_words(vital, limits) or without for vital in vitals]
    if all(words.startswith(_TO) for words in within):
        return f"{_TO}{'/'.join(words.removeprefix(_TO) for words in within)}"
    return "/".join(within)


_TO = "to "


def _within_words(vital: Vital, limits: Limits) -> str:
    """The whole numbers of a vital sign that cross nothing; empty where nothing can be crossed."""
    first = [limit for limit in limits.of(vital) if limit.level in (Level.GATE, Level.AMBER)]
    highest = next((_highest_within(limit) for limit in first if limit.comparison.is_high), None)
    lowest = next((_lowest_within(limit) for limit in first if not limit.comparison.is_high), None)
    if lowest is None:
        return "" if highest is None else f"{_TO}{highest}"
    return f"from {lowest}" if highest is None else f"{lowest}–{highest}"


def _crossed_words(limit: Limit) -> str:
    """When a limit is crossed, in the words of its marks."""
    match limit.comparison:
        case Comparison.BELOW | Comparison.ABOVE:
            return f"{limit.comparison} {limit.value:g}"
        case Comparison.AT_MOST:
            return f"{limit.value:g} or less"
        case Comparison.AT_LEAST:
            return f"{limit.value:g} or more"


def _lowest_within(limit: Limit) -> int:
    return floor(limit.value) + 1 if limit.comparison is Comparison.AT_MOST else ceil(limit.value)


def _highest_within(limit: Limit) -> int:
    return ceil(limit.value) - 1 if limit.comparison is Comparison.AT_LEAST else floor(limit.value)


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock's words. The script counts on from `since` and down to `until`. `missed`: the checks left out."""

    heading: str
    since: datetime | None
    words: str
    until: datetime | None
    missed: str = ""
    lasted: str = ""  # in place of a clock that counts


def _lasted(time: timedelta) -> str:
    """For example "2 h 05"."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min"


def clock(state: SessionState) -> Clock:
    """What the clock says in this state."""
    return replace(_clock(state), missed=", ".join(minute_words(check, state) for check in state.missed))


def minute_words(check: DueCheck, state: SessionState) -> str:
    """When a check is due: "before the dose", "40 min"."""
    if state.started_at is None or check.at <= state.started_at:
        return "before the dose"
    return f"{(check.at - state.started_at) / timedelta(minutes=1):.0f} min"


def _clock(state: SessionState) -> Clock:
    started = state.started_at
    if started is None and state.left:
        return Clock("Left before any dose", None, "", None, lasted=state.clock(state.left.occurred_at))
    if started is None:
        return Clock("Before the dose", None, "", None)
    heading = "Since the dose began"
    if state.left:
        left = state.left.occurred_at
        return Clock("From dose to leaving", None, f"Left at {state.clock(left)}", None, lasted=_lasted(left - started))
    match state.phase:
        case Phase.RUNNING if state.run and state.run.is_infusion:
            return Clock(heading, started, "of infusion left", state.ends_at)
        case Phase.RUNNING if state.run:
            return Clock(heading, started, _devices_words(state), rest_until(state))
        case Phase.PAUSED:
            return Clock(heading, started, f"Paused, {as_measured(state.given_mg)} mg given", None)
        case Phase.STOPPED:
            return Clock(heading, started, f"Stopped, {as_measured(state.given_mg)} mg given", None)
    if state.end_waits:
        return Clock(heading, started, "Infusion should be over: record its end", None)
    return Clock(heading, started, f"{as_measured(state.given_mg)} mg given", None)


def _devices_words(state: SessionState) -> str:
    if state.run is None:
        return ""
    given = f"{len(state.run.device_times)} of {state.run.planned_devices} devices given"
    return "of rest before the next device" if rest_until(state) else given
