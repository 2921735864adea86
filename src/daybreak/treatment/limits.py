"""Limits: which reading crosses one, and what is then done.

Limits mark; they do not watch. The bedside monitor's own alarms stay primary.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any

from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import NAMES, Reading, Vital, implausible

SHORT_NAMES: dict[Vital, str] = NAMES | {
    Vital.SYSTOLIC: "Systolic",
    Vital.DIASTOLIC: "Diastolic",
    Vital.SPO2: "SpO₂",
}


RECHECK_MIN: int = load("monitoring.yaml")["recheck"]["minutes"]


OwnLimits = tuple[tuple[str, float], ...]
"""A clinic's own numbers by limit id, in order of the ids."""


class LimitError(ValueError):
    """A change of a limit that cannot be: the message says which, and why."""


class Level(StrEnum):
    """`gate`: before the dose only. Amber: look. Red: act. Emergency: call the emergency services."""

    GATE = "gate"
    AMBER = "amber"
    RED = "red"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        return list(Level).index(self)

    @property
    def calls_to_act(self) -> bool:
        """Whether more than a look is called for."""
        return self in (Level.RED, Level.EMERGENCY)


class Given(StrEnum):
    """How a dose is given, for what is held of it. `any`: no dose is spoken of."""

    ANY = "any"
    INFUSION = "infusion"
    DEVICES = "devices"
    AT_ONCE = "at_once"


class Comparison(StrEnum):
    """How a reading crosses a limit."""

    AT_LEAST = "at_least"
    ABOVE = "above"
    BELOW = "below"
    AT_MOST = "at_most"

    @property
    def is_high(self) -> bool:
        """Whether this limits a vital sign from above."""
        return self in (Comparison.AT_LEAST, Comparison.ABOVE)


@dataclass(frozen=True, slots=True)
class Limit:
    """One number a reading is held against, in the unit of `vitals.UNITS`, with what is done when crossed.

    `published`: what stood here before a clinic wrote its own `value`; None where it is the published one.
    """

    rule: str
    vital: Vital
    level: Level
    comparison: Comparison
    value: float
    provenance: Provenance
    action_text: str = ""
    action_provenance: Provenance | None = None
    recheck_min: int = RECHECK_MIN
    published: float | None = None

    def action_of(self, given: Given) -> str:
        """What is done when it is crossed by somebody whose dose is given so."""
        return " ".join(self.action_text.replace("{hold}", load("monitoring.yaml")["holds"][given]).split())

    @property
    def action(self) -> str:
        """The same of any dose."""
        return self.action_of(Given.ANY)

    @property
    def recheck_after(self) -> timedelta:
        """How soon a value beyond it is measured again."""
        return timedelta(minutes=self.recheck_min)

    @property
    def id(self) -> str:
        """For example `TH4-heart_rate-amber-above`: what a site's change of this limit is stored under."""
        return f"{self.rule}-{self.vital}-{self.level}-{self.comparison}"

    @property
    def is_fixed(self) -> bool:
        """Whether no site may change it, because a label or a regulator set it."""
        return self.provenance.is_fixed

    @property
    def says(self) -> str:
        """For example "Systolic at least 160: amber"."""
        return f"{SHORT_NAMES[self.vital]} {self.comparison.replace('_', ' ')} {self.value:g}: {self.level}"

    @property
    def severity(self) -> float:
        """Grows the further out the limit lies, whichever side it is on."""
        return self.value if self.comparison.is_high else -self.value

    @property
    def as_published(self) -> "Limit":
        """The same with the published number."""
        return self if self.published is None else replace(self, value=self.published)

    @property
    def is_loosened(self) -> bool:
        """Whether a clinic's own number marks later than the published one."""
        return self.severity > self.as_published.severity

    def crossed_by(self, value: float) -> bool:
        """Whether this value crosses the limit."""
        match self.comparison:
            case Comparison.AT_LEAST:
                return value >= self.value
            case Comparison.ABOVE:
                return value > self.value
            case Comparison.BELOW:
                return value < self.value
            case Comparison.AT_MOST:
                return value <= self.value


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force, every vital sign's together.

    Raises:
        LimitError: if a graver level of a vital sign would be reached before a lighter one, or nothing would be
            left between what is too low and what is too high.
    """

    limits: tuple[Limit, ...]

    def __post_init__(self) -> None:
        for vital in Vital:
            for high in (True, False):
                _check_order([limit for limit in self.of(vital) if limit.comparison.is_high is high])
            _check_room(self.of(vital))

    def of(self, vital: Vital) -> tuple[Limit, ...]:
        """The limits of one vital sign; none for dissociation."""
        return tuple(limit for limit in self.limits if limit.vital is vital)

    def with_values(self, values: Mapping[str, float]) -> "Limits":
        """These limits with a site's own numbers, by limit id.

        Raises:
            LimitError: if an id is unknown, the limit is fixed by a label or a regulator, the number is
                impossible for the vital sign, or the levels would stand out of order.
        """
        known = {limit.id: limit for limit in self.limits}
        for limit_id, value in values.items():
            _require_change(known.get(limit_id), limit_id, value)
        return Limits(
            tuple(
                replace(limit, value=values[limit.id], published=limit.value) if limit.id in values else limit
                for limit in self.limits
            )
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A reading that crossed a limit. `change` is the difference from the value before the dose, if known."""

    reading: Reading
    limit: Limit
    change: float | None = None
    next_limit: Limit | None = None

    @property
    def level(self) -> Level:
        return self.limit.level

    @property
    def rule(self) -> str:
        return self.limit.rule

    @property
    def beyond(self) -> float:
        """How far past the limit, in the unit of the vital sign."""
        return abs(self.reading.value - self.limit.value)

    @property
    def action(self) -> str:
        return self.limit.action

    @property
    def provenance(self) -> Provenance:
        return self.limit.provenance

    @property
    def crossed(self) -> str:
        """The limit, and on which side of it the value lies: "above amber 160"."""
        value, limit = self.reading.value, self.limit.value
        where = "at" if value == limit else "above" if value > limit else "below"
        if where == "below" and self.limit.comparison is Comparison.AT_MOST:  # at the limit it is crossed already
            return f"{self.level} {limit:g} or less"
        return f"{where} {self.level} {limit:g}"

    @property
    def headline(self) -> str:
        """For example "Systolic 164, above amber 160"."""
        return f"{SHORT_NAMES[self.reading.vital]} {self.reading.value:g}, {self.crossed}"

    @property
    def sentence(self) -> str:
        """For example "Systolic 164, above amber 160. 36 above the value before the dose."."""
        return f"{self.headline}. {_change_sentence(self.change)}".strip()

    @property
    def outlook(self) -> str:
        """The next graver limit, for example "Red from 180."; empty when there is none."""
        if self.next_limit is None:
            return ""
        joined = {
            Comparison.AT_LEAST: "from {:g}",
            Comparison.ABOVE: "above {:g}",
            Comparison.BELOW: "below {:g}",
            Comparison.AT_MOST: "at {:g} or less",
        }
        following = self.next_limit
        return f"{following.level.capitalize()} {joined[following.comparison].format(following.value)}."


def assess(reading: Reading, limits: Limits, baseline: Mapping[Vital, float] | None = None) -> Mark | None:
    """The gravest limit this reading crosses, or None.

    Args:
        reading: a true value; a device's artefact is marked by `artefacts.artefact` and not assessed.
        limits: those in force at the site.
        baseline: the values before the dose, for the difference in the sentence.

    Returns:
        A mark, or None when no limit is crossed. None never means that the person is safe.
    """
    crossed = [limit for limit in limits.of(reading.vital) if limit.crossed_by(reading.value)]
    if not crossed:
        return None
    gravest = max(crossed, key=lambda limit: limit.level.rank)
    before = (baseline or {}).get(reading.vital)
    graver = [
        limit
        for limit in limits.of(reading.vital)
        if limit.level.rank > gravest.level.rank and limit.comparison.is_high is gravest.comparison.is_high
    ]
    return Mark(
        reading=reading,
        limit=gravest,
        change=None if before is None else round(reading.value - before, 1),
        next_limit=min(graver, key=lambda limit: limit.level.rank, default=None),
    )


@cache
def session_limits() -> Limits:
    """The limits of a session as published, before any change of a site."""
    rows = load("monitoring.yaml")["limits"]
    return Limits(tuple(_limit(rule, level) for rule in rows for level in rule["levels"]))


def limits_with(own: OwnLimits) -> Limits:
    """The limits of a session with a clinic's own numbers, as far as they still stand (`left_out`)."""
    return _laid_over(own)[0]


def left_out(own: OwnLimits) -> Mapping[str, str]:
    """Which of a clinic's own numbers do not stand with the limits as published now, by limit id, each with why.

    A newer release may have dropped or fixed a limit. Where numbers stand out of order, the published ones of that
    vital sign and side hold; the others are not touched.
    """
    return _laid_over(own)[1]


@cache
def _laid_over(own: OwnLimits) -> tuple[Limits, Mapping[str, str]]:
    limits, why_not = session_limits(), dict[str, str]()
    known = {limit.id: limit for limit in limits.limits}
    sides: dict[tuple[Vital, bool], dict[str, float]] = {}
    for limit_id, value in own:
        try:
            limit = _require_change(known.get(limit_id), limit_id, value)
        except LimitError as error:
            why_not[limit_id] = str(error)
        else:
            sides.setdefault((limit.vital, limit.comparison.is_high), {})[limit_id] = value
    for values in sides.values():
        try:
            limits = limits.with_values(values)
        except LimitError as error:
            why_not |= dict.fromkeys(values, str(error))
    return limits, why_not


@cache
def strictest_limits(own: OwnLimits) -> Limits:
    """Of a clinic's own limit and the published one whichever marks earlier: a looser number of its own marks later,
    and does no more.
    """
    here = limits_with(own).limits
    return Limits(tuple(each.as_published if each.is_loosened else each for each in here))


def _limit(rule: Mapping[str, Any], row: Mapping[str, Any]) -> Limit:
    comparison = next(each for each in Comparison if each in row)
    level, actions = Level(row["level"]), rule["actions"]
    return Limit(
        rule=rule["rule"],
        vital=Vital(rule["vital"]),
        level=level,
        comparison=comparison,
        value=float(row[comparison]),
        provenance=provenance(row),
        action_text=actions[level],
        action_provenance=provenance(actions),
        recheck_min=row.get("recheck_min", RECHECK_MIN),
    )


def _require_change(limit: Limit | None, limit_id: str, value: float) -> Limit:
    if limit is None:
        raise LimitError(f"There is no limit called {limit_id}.")
    if limit.is_fixed:
        raise LimitError(
            f"{SHORT_NAMES[limit.vital]} {limit.value:g} ({limit.rule}) rests on the "
            f"{limit.provenance.basis} and cannot be changed here."
        )
    if problem := implausible(limit.vital, value):
        raise LimitError(problem)
    return limit


def _check_order(limits: Iterable[Limit]) -> None:
    """Amber before red before emergency, outwards."""
    ordered = sorted(limits, key=lambda limit: limit.level.rank)
    for lighter, graver in pairwise(ordered):
        if lighter.severity > graver.severity:
            raise LimitError(
                f"{SHORT_NAMES[graver.vital]}: {graver.level} {graver.value:g} would be reached before "
                f"{lighter.level} {lighter.value:g}. Change both, or choose another number."
            )


def _check_room(limits: Iterable[Limit]) -> None:
    """Between the highest limit from below and the lowest from above some values cross none."""
    limits = list(limits)
    from_below = max((limit for limit in limits if not limit.comparison.is_high), key=_number, default=None)
    from_above = min((limit for limit in limits if limit.comparison.is_high), key=_number, default=None)
    if from_below and from_above and from_below.value >= from_above.value:
        raise LimitError(
            f"{from_below.says} and {from_above.says} would mark every value. Was one number typed in the row of the "
            "other? Change one of them."
        )


def _number(limit: Limit) -> float:
    return limit.value


def _change_sentence(change: float | None) -> str:
    if change is None:
        return ""
    if change == 0:
        return "The same as before the dose."
    return f"{abs(change):g} {'above' if change > 0 else 'below'} the value before the dose."
