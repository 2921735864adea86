"""What a person is asked between treatment days and when, and by when somebody acts on an answer.

Questions are computed from facts: when the course was opened, when doses were given. Nothing is scheduled ahead
and nothing is asked later than its window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from daybreak.treatment.indications import Indication
from daybreak.treatment.instruments import ChangeKind, ChangeRule, Direction, Instrument
from daybreak.treatment.knowledge import load
from daybreak.treatment.response import Change, status
from daybreak.treatment.sources import Provenance, provenance

BASELINE = "baseline"
REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class Question:
    """One instrument asked at one time. An answer counts from `opens_at` until `closes_at` (None: still open).

    `number` is the round of a regular question, the session of one after a dose, zero for a baseline.
    """

    instrument_id: str
    occasion: str
    number: int
    opens_at: datetime
    closes_at: datetime | None

    @property
    def key(self) -> str:
        """What names it within its course, for example "PHQ9-regular-3"."""
        return f"{self.instrument_id}-{self.occasion}-{self.number}"

    def holds(self, at: datetime) -> bool:
        """Whether an answer given at this time counts."""
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)


@dataclass(frozen=True, slots=True)
class SessionStart:
    """When the first dose of a session was given. The day is that of the time's own zone."""

    session_number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Regular:
    """The instruments asked again and again for an indication, the primary one first."""

    instruments: tuple[str, ...]
    every_days: int
    provenance: Provenance


def regular(indication: Indication) -> Regular | None:
    """What is asked again and again for this indication; None where no instrument with a free licence measures it."""
    for row in load("follow_up.yaml")["regular"]:
        if indication.group in row["groups"]:
            return Regular(tuple(row["instruments"]), row["every_days"], provenance(row))
    return None


def questions(
    indication: Indication, opened_at: datetime, starts: Sequence[SessionStart], until: datetime
) -> tuple[Question, ...]:
    """Every question of a course that opened before `until`, in the order of opening.

    Args:
        opened_at: when the course was opened.
        starts: the sessions in which a dose was given, in order of time.
        until: now, or when the course ended.
    """
    first = starts[0].at if starts else None
    found = [*_baselines(indication, opened_at, first, until), *_after_doses(starts)]
    if first is not None:
        found += _regulars(indication, first, until)
    return tuple(sorted((each for each in found if each.opens_at <= until), key=lambda each: each.opens_at))


def _baselines(
    indication: Indication, opened_at: datetime, first: datetime | None, until: datetime
) -> Iterator[Question]:
    asked = regular(indication)
    valid = timedelta(days=load("follow_up.yaml")["baseline"]["valid_days"])
    opens_at = max(opened_at, (first or until) - valid)
    if first is not None and opens_at >= first:
        return  # the course was opened after its first dose, entered later: nobody could have answered before it
    for instrument_id in asked.instruments if asked else ():
        yield Question(instrument_id, BASELINE, 0, opens_at, first)


def _regulars(indication: Indication, first: datetime, until: datetime) -> Iterator[Question]:
    asked = regular(indication)
    if asked is None:
        return
    rounds = (until - first).days // asked.every_days + 1
    for number in range(1, rounds + 1):
        opens_at = _midnight(first, number * asked.every_days)
        closes_at = _midnight(first, (number + 1) * asked.every_days)
        for instrument_id in asked.instruments:
            yield Question(instrument_id, REGULAR, number, opens_at, closes_at)


def _midnight(first: datetime, days_later: int) -> datetime:
    """When the day begins that lies so many days after the first dose, by the clock on the wall."""
    return datetime.combine(first.date() + timedelta(days=days_later), time.min, first.tzinfo)


def _after_doses(starts: Sequence[SessionStart]) -> Iterator[Question]:
    for row in load("follow_up.yaml")["after_dose"]:
        for start in starts:
            opens_at, closes_at = (start.at + timedelta(hours=row[end]) for end in ("opens_h", "closes_h"))
            yield Question(row["instrument"], row["occasion"], start.session_number, opens_at, closes_at)


def alert_due_at(raised_at: datetime, value: int | None) -> datetime:
    """By when a named person acts on an answer that opens the suicide pathway, by the clock of `raised_at`'s zone.

    The same day while enough of the hours are left in which somebody can call, else early the next morning.

    Args:
        value: the answer; None where the question was left out.
    """
    rules = load("follow_up.yaml")["alert"]
    row = next(each for each in rules["due"] if (value or 0) >= each["at_least"])
    opens, closes = (_that_day(raised_at, rules["hours"][end]) for end in ("opens", "closes"))
    morning = _that_day(raised_at, row["morning"])
    if raised_at < opens:
        return morning
    if raised_at + timedelta(hours=row["least_hours"]) <= closes:
        return min(raised_at + timedelta(hours=row["within_hours"]), closes)
    return morning + timedelta(days=1)


def _that_day(at: datetime, clock: str) -> datetime:
    return datetime.combine(at.date(), time.fromisoformat(clock), at.tzinfo)


def worse_due_at(raised_at: datetime) -> datetime:
    """By when somebody looks at a score that got worse."""
    return raised_at + timedelta(days=load("follow_up.yaml")["worse"]["due_days"])


def missing_due_at(raised_at: datetime) -> datetime:
    """By when somebody asks why answers stay away."""
    return raised_at + timedelta(days=load("follow_up.yaml")["missing"]["due_days"])


def missing_in_a_row() -> int:
    """How many regular questions without an answer, one after the other, raise a flag."""
    return int(load("follow_up.yaml")["missing"]["in_a_row"])


class CallKind(StrEnum):
    """Why staff call: as after each session with a dose, because the person left with a criterion open, or because they
    left before any dose and the session is still owed.
    """

    NEXT_DAY = "next_day"
    CALL_BACK = "call_back"
    UNTREATED = "untreated"


def call_due_at(kind: CallKind, left_at: datetime) -> datetime:
    """By when staff call somebody who left at this time, by the clock of its zone."""
    row = load("follow_up.yaml")["calls"][kind]
    if kind is CallKind.CALL_BACK:
        return left_at + timedelta(hours=row["within_hours"])
    return _that_day(left_at + timedelta(days=1), row["by"])


@dataclass(frozen=True, slots=True)
class CallRule:
    """What becomes of an overdue call: by when its flag is acted on, for how long after its time one is raised, and for
    how long after the person left a call is listed at all.
    """

    within: timedelta
    raised_for: timedelta
    at_most: timedelta


def call_rule() -> CallRule:
    """The rule in force."""
    row = load("follow_up.yaml")["calls"]["overdue"]
    within, raised = (timedelta(hours=row[name]) for name in ("within_hours", "raised_for_hours"))
    return CallRule(within, raised, timedelta(days=row["at_most_days"]))


@dataclass(frozen=True, slots=True)
class Worsening:
    """A score worse than an earlier one by as much as a named rule asks."""

    rule: ChangeRule
    compared_with: float
    points: float  # how much worse, always positive


def worsening(instrument: Instrument, earlier: Sequence[float], now: float) -> Worsening | None:
    """Whether a total is worse, by the instrument's reliable change, than the best of the earlier ones.

    Where only a smallest important change is known, which a measurement error may reach, the latest total is
    compared with instead of the best. None without a rule, without earlier totals, or when it is not worse.

    Args:
        earlier: totals in order of time, baseline first.
    """
    rules = sorted(instrument.change, key=lambda rule: rule.kind is not ChangeKind.RELIABLE)
    if not rules or not earlier:
        return None
    rule = rules[0]
    best = min(earlier) if instrument.direction is Direction.WORSE_HIGH else max(earlier)
    reference = best if rule.kind is ChangeKind.RELIABLE else earlier[-1]
    verdicts = {verdict.rule.id: verdict.result for verdict in status(instrument, reference, now).changes}
    return Worsening(rule, reference, abs(now - reference)) if verdicts[rule.id] is Change.WORSENED else None
