"""Response, remission, relapse and change, each by a named rule that is stored with the result.

Baseline is the last score with a total at or before the first dose of the course (`baseline`). Points of
change are current minus baseline; improvement counts in the direction that is better for the instrument.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from daybreak.treatment.instruments import (
    ChangeRule,
    Direction,
    Instrument,
    InstrumentError,
    RelapseRule,
    RemissionRule,
    ResponseRule,
    Rule,
)
from daybreak.treatment.scoring import Score, check_total

AnyRule = TypeVar("AnyRule", bound=Rule)


class Change(StrEnum):
    """What a change rule says."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule is met; None when a score is missing or the rule has no answer."""

    rule: ResponseRule | RemissionRule
    met: bool | None


@dataclass(frozen=True, slots=True)
class ChangeVerdict:
    """What a change rule says; None when a score is missing."""

    rule: ChangeRule
    result: Change | None


@dataclass(frozen=True, slots=True)
class ResponseStatus:
    """One score against its baseline.

    `change_points` is current minus baseline. `improvement_percent` is positive for better, None from a
    baseline of zero. `response` and `remission` are None where the instrument has no such rule.
    """

    instrument_id: str
    baseline: float | None
    current: float | None
    change_points: float | None
    improvement_percent: float | None
    response: Verdict | None
    remission: Verdict | None
    changes: tuple[ChangeVerdict, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One score at one time (timezone-aware)."""

    at: datetime
    score: Score | float


@dataclass(frozen=True, slots=True)
class Episode:
    """When a state was first met, and when a later score first no longer met it; None if that never was."""

    first_met_at: datetime | None
    first_lost_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """A course over time: each point's status, in order of time, and the states they passed through.

    `response` and `remission` are None where the instrument has no such rule. `relapse_at` is the time of the
    score that completed `relapse_rule`; both None without a rule.
    """

    statuses: tuple[tuple[datetime, ResponseStatus], ...]
    response: Episode | None
    remission: Episode | None
    relapse_rule: RelapseRule | None
    relapse_at: datetime | None


def baseline(points: Iterable[Point], first_dose_at: datetime) -> Point | None:
    """The last point with a total at or before the first dose; None if there is none.

    Raises:
        InstrumentError: if a time has no timezone.
    """
    _require_timezone(first_dose_at)
    known = [each for each in _in_time(points) if _total(each.score) is not None]
    return next((each for each in reversed(known) if each.at <= first_dose_at), None)


def status(
    instrument: Instrument,
    baseline: Score | float | None,
    current: Score | float | None,
    *,
    response_rule: str | None = None,
    remission_rule: str | None = None,
) -> ResponseStatus:
    """The current score against the baseline, by the named rules or else the instrument's first of each kind.

    Raises:
        InstrumentError: if a score is of another instrument or outside its range, or a rule is unknown.
    """
    before, now = _value(instrument, baseline), _value(instrument, current)
    improvement = _improvement(instrument, before, now)
    percent = 100 * improvement / before if improvement is not None and before else None
    response = _chosen(instrument, instrument.response, response_rule)
    remission = _chosen(instrument, instrument.remission, remission_rule)
    return ResponseStatus(
        instrument_id=instrument.id,
        baseline=before,
        current=now,
        change_points=None if before is None or now is None else now - before,
        improvement_percent=percent,
        response=Verdict(response, _responded(response, before, improvement)) if response else None,
        remission=Verdict(remission, _remitted(remission, now)) if remission else None,
        changes=tuple(ChangeVerdict(rule, _changed(rule, improvement)) for rule in instrument.change),
    )


def history(
    instrument: Instrument,
    baseline: Score | float | None,
    points: Iterable[Point],
    *,
    response_rule: str | None = None,
    remission_rule: str | None = None,
) -> History:
    """The course of an instrument after baseline. A point without a total changes no state.

    Raises:
        InstrumentError: as `status`, and if a time has no timezone.
    """
    statuses = tuple(
        (
            point.at,
            status(
                instrument,
                baseline,
                point.score,
                response_rule=response_rule,
                remission_rule=remission_rule,
            ),
        )
        for point in _in_time(points)
    )
    response = _episode(statuses, lambda each: each.response) if instrument.response else None
    relapse = instrument.relapse[0] if instrument.relapse else None
    return History(
        statuses=statuses,
        response=response,
        remission=_episode(statuses, lambda each: each.remission) if instrument.remission else None,
        relapse_rule=relapse,
        relapse_at=_relapse_at(relapse, statuses, response.first_met_at) if relapse and response else None,
    )


def _total(score: Score | float | None) -> float | None:
    return score.total if isinstance(score, Score) else score


def _value(instrument: Instrument, score: Score | float | None) -> float | None:
    if isinstance(score, Score) and score.instrument_id != instrument.id:
        raise InstrumentError(
            f"A score of {score.instrument_id} cannot be read as {instrument.id}. Use the same instrument."
        )
    total = _total(score)
    if total is not None:
        check_total(instrument, total)
    return total


def _improvement(instrument: Instrument, before: float | None, now: float | None) -> float | None:
    if before is None or now is None:
        return None
    return before - now if instrument.direction is Direction.WORSE_HIGH else now - before


def _chosen(instrument: Instrument, rules: Sequence[AnyRule], identifier: str | None) -> AnyRule | None:
    if identifier is None:
        return rules[0] if rules else None
    for rule in rules:
        if rule.id == identifier:
            return rule
    known = ", ".join(rule.id for rule in rules) or "none"
    raise InstrumentError(f"{instrument.short_name} has no rule {identifier!r} of this kind; it has {known}.")


def _responded(rule: ResponseRule, before: float | None, improvement: float | None) -> bool | None:
    if before is None or improvement is None:
        return None
    if rule.fall_points is not None:
        return _reaches(improvement, rule.fall_points)
    if rule.fall_percent is None or before == 0:  # no percentage can be taken of a baseline of zero
        return None
    return _reaches(100 * improvement, rule.fall_percent * before)


def _reaches(value: float, limit: float) -> bool:
    return value >= limit - 1e-9  # thirds (a mean, a prorated total) do not subtract exactly


def _remitted(rule: RemissionRule, now: float | None) -> bool | None:
    if now is None:
        return None
    return (rule.below is None or now < rule.below) and (rule.at_most is None or now <= rule.at_most)


def _changed(rule: ChangeRule, improvement: float | None) -> Change | None:
    if improvement is None:
        return None
    if not _reaches(abs(improvement), rule.points):
        return Change.UNCHANGED
    return Change.IMPROVED if improvement > 0 else Change.WORSENED


def _require_timezone(at: datetime) -> None:
    if at.utcoffset() is None:
        raise InstrumentError(f"The time {at.isoformat()} has no timezone. Give one.")


def _in_time(points: Iterable[Point]) -> list[Point]:
    ordered = list(points)
    for point in ordered:
        _require_timezone(point.at)
    return sorted(ordered, key=lambda point: point.at)


def _episode(
    statuses: Sequence[tuple[datetime, ResponseStatus]], verdict: Callable[[ResponseStatus], Verdict | None]
) -> Episode:
    known = [(at, found.met) for at, each in statuses if (found := verdict(each)) and found.met is not None]
    met_at = next((at for at, met in known if met), None)
    lost_at = next((at for at, met in known if met_at is not None and at > met_at and not met), None)
    return Episode(met_at, lost_at)


def _relapse_at(
    rule: RelapseRule, statuses: Sequence[tuple[datetime, ResponseStatus]], responded_at: datetime | None
) -> datetime | None:
    """The first time the rule's run of high scores is complete, counting only scores after the response."""
    if responded_at is None:
        return None
    run = 0
    for at, each in statuses:
        if at > responded_at and each.current is not None:
            run = run + 1 if each.current >= rule.at_least else 0
            if run == rule.consecutive:
                return at
    return None
