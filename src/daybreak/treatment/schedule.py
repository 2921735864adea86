"""When the checks of a session are due, and how long a person is observed at least."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import Vital


class UnknownScheduleError(ValueError):
    """A drug and route for which no schedule of checks is known."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The least time a person is observed, in minutes from the start or the end of the dose."""

    minutes: float
    from_end: bool
    provenance: Provenance

    def over_at(self, started_at: datetime, ended_at: datetime) -> datetime:
        """When the least time is over."""
        return (ended_at if self.from_end else started_at) + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class DueCheck:
    """One check that is due. What is done from `counts_from` on and before `counts_until`, if set, counts for it."""

    at: datetime
    vitals: tuple[Vital, ...]
    why: str
    counts_from: datetime
    counts_until: datetime | None
    provenance: Provenance
    from_end: bool = False  # whether its time is counted from the end of the dose, not from its beginning

    def counts(self, at: datetime) -> bool:
        """Whether a check done at this time counts for this due time."""
        return self.counts_from <= at and (self.counts_until is None or at < self.counts_until)

    def is_done(self, done_times: Iterable[datetime]) -> bool:
        """Whether one of these checks counts for this due time."""
        return any(self.counts(at) for at in done_times)


def observation(drug: Drug, route: Route) -> Observation:
    """The least observation after this drug by this route.

    Raises:
        UnknownScheduleError: if none is known.
    """
    row = _schedule(drug, route)["observation"]
    return Observation(float(row["min"]), row["from"] == "end", provenance(row))


def has_schedule(drug: Drug, route: Route) -> bool:
    """Whether a schedule of checks is known for this drug by this route."""
    return any(applies(row, drug, route) for row in load("monitoring.yaml")["schedules"])


def due_checks(
    drug: Drug,
    route: Route,
    duration_min: float,
    started_at: datetime,
    stopped_at: datetime | None = None,
) -> tuple[DueCheck, ...]:
    """Every check of a session, in order of time, from the values before the dose to those before leaving.

    A check done counts for the due time it is nearest to, with two exceptions. The first is the check before the
    dose: nothing done once it began counts for it. Observation is a minimum: nothing done before its end counts
    for the last.

    Args:
        duration_min: the planned length of the dose; zero for a bolus, a spray, a tablet.
        started_at: when the dose began; for esketamine, the first device.
        stopped_at: when it really ended. Without it, the planned end stands.

    Raises:
        UnknownScheduleError: if no schedule is known for this drug and route.
        ValueError: if the dose would end before it began.
    """
    row = _schedule(drug, route)
    ended_at = stopped_at or started_at + timedelta(minutes=duration_min)
    if ended_at < started_at:
        raise ValueError(f"The dose cannot end ({ended_at:%H:%M}) before it began ({started_at:%H:%M}).")
    least = observation(drug, route)
    last = least.over_at(started_at, ended_at)
    times = sorted({*_times(row, started_at, ended_at, last), last})
    vitals = tuple(Vital(name) for name in row["vitals"])
    return tuple(
        DueCheck(
            at=at,
            vitals=vitals,
            why=why,
            counts_from=_counts_from(times, index),
            counts_until=_counts_until(times, index),
            provenance=source,
            from_end=least.from_end if at == last else "points_min" not in row and at >= ended_at,
        )
        for index, at in enumerate(times)
        for why, source in [_why(row, at, started_at, ended_at, last)]
    )


def next_due(due: Sequence[DueCheck], done_times: Iterable[datetime]) -> DueCheck | None:
    """The first check that is still to be done; None when all are done.

    A check left out is not asked for again once a later one was done, nor the one before the dose once the dose
    began: both are then `missed`.

    Args:
        due: in order of time, as `due_checks` gives them.
        done_times: when a person completed a check. A monitor's stream alone completes none.
    """
    latest = max(done_times, default=None)
    return next((check for check in due[1:] if latest is None or latest < check.counts_from), None)


def missed(due: Sequence[DueCheck], done_times: Sequence[datetime]) -> tuple[DueCheck, ...]:
    """The checks that were left out and can no longer be made up for, in order of time."""
    following = next_due(due, done_times)
    return tuple(
        check for check in due if (following is None or check.at < following.at) and not check.is_done(done_times)
    )


def overdue(due: Sequence[DueCheck], done_times: Iterable[datetime], now: datetime) -> tuple[DueCheck, ...]:
    """The checks still to be done whose time has passed, in order of time."""
    first = next_due(due, done_times)
    return tuple(check for check in due if first is not None and first.at <= check.at < now)


@dataclass(frozen=True, slots=True)
class OverdueRule:
    """When a check that nobody did becomes a flag, by when its owner acts, and from when on none is raised any more:
    all counted from its time.
    """

    after: timedelta
    within: timedelta
    at_most: timedelta
    provenance: Provenance


def overdue_rule() -> OverdueRule:
    """The rule in force."""
    row = load("monitoring.yaml")["overdue"]
    after, within = (timedelta(minutes=row[name]) for name in ("after_min", "within_min"))
    return OverdueRule(after, within, timedelta(hours=row["at_most_h"]), provenance(row))


def _schedule(drug: Drug, route: Route) -> Mapping[str, Any]:
    for row in load("monitoring.yaml")["schedules"]:
        if applies(row, drug, route):
            found: Mapping[str, Any] = row
            return found
    raise UnknownScheduleError(
        f"No schedule of checks is known for {drug} by the {route} route. "
        "The medical director must set one before it is given."
    )


def _times(row: Mapping[str, Any], started_at: datetime, ended_at: datetime, last: datetime) -> Iterable[datetime]:
    if "points_min" in row:
        return [started_at + timedelta(minutes=point) for point in row["points_min"]]
    during = _every(row["every_min_during"], started_at, ended_at)
    return [*during, *_every(row["every_min_after"], ended_at, last)]


def _every(minutes: float, first: datetime, until: datetime) -> Iterable[datetime]:
    """`first`, and every so many minutes after it while before `until`."""
    step = timedelta(minutes=minutes)
    count = -((first - until) // step)  # rounded up
    return [first + index * step for index in range(max(count, 1))]


def _counts_from(times: Sequence[datetime], index: int) -> datetime:
    at = times[index]
    if index == 0:
        oldest = load("monitoring.yaml")["reading_age_max_min"]["value"]
        return at - timedelta(minutes=oldest)
    if index == len(times) - 1:
        return at
    return at - (at - times[index - 1]) / 2


def _counts_until(times: Sequence[datetime], index: int) -> datetime | None:
    if index == 0:
        return times[0]
    return None if index == len(times) - 1 else _counts_from(times, index + 1)


def _why(
    row: Mapping[str, Any], at: datetime, started_at: datetime, ended_at: datetime, last: datetime
) -> tuple[str, Provenance]:
    minute = (at - started_at) / timedelta(minutes=1)
    if stated := row["why"].get(minute):
        return stated["text"], provenance(stated)
    if at == started_at:
        words = "Before the dose"
    elif at == last:
        words = "The least observation is over"
    elif at == ended_at:
        words = "The dose ends"
    else:
        words = f"{minute:.0f} minutes since the dose began"
    return words, provenance(row)
