"""The rule set as one list, for the person who signs it: what each rule says, what it does, what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from daybreak.treatment.dosing import default_limits
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.findings import Effect
from daybreak.treatment.instruments import all_instruments, instrument
from daybreak.treatment.knowledge import load
from daybreak.treatment.leaving import advice
from daybreak.treatment.limits import session_limits
from daybreak.treatment.schedule import overdue_rule
from daybreak.treatment.sources import Provenance, Status, provenance
from daybreak.treatment.vitals import NAMES, Vital


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One line. `effect` is None for what is only marked, asked or computed; `blocks` says where it blocks."""

    id: str
    says: str
    provenance: Provenance | None
    effect: Effect | None = None
    blocks: tuple[str, ...] = ()
    recalled_parts: tuple[str, ...] = ()

    @property
    def may_block(self) -> bool:
        """Whether it blocks anywhere."""
        return bool(self.blocks) or self.effect is Effect.BLOCK

    @property
    def is_recalled(self) -> bool:
        """Whether any of it was not read in its source."""
        return bool(self.recalled_parts) or bool(self.provenance and self.provenance.status is Status.RECALLED)


@dataclass(frozen=True, slots=True)
class Chapter:
    """The rules of one subject."""

    name: str
    rules: tuple[ListedRule, ...]


def chapters() -> tuple[Chapter, ...]:
    """Every rule a page may apply, from who may be treated to how a treatment day is booked."""
    return (
        Chapter("Who may be treated", tuple(_eligibility())),
        Chapter("Doses", tuple(_doses())),
        Chapter("Before a dose", tuple(_checks())),
        Chapter("Limits in a session", tuple(_limits())),
        Chapter("Leaving", tuple(_leaving())),
        Chapter("Scores", tuple(_scores())),
        Chapter("Follow-up", tuple(_follow_up())),
        Chapter("Drug account", tuple(_drug_account())),
        Chapter("Booking", tuple(_booking())),
    )


def _eligibility() -> Iterator[ListedRule]:
    for rule in rule_book().rules:
        yield ListedRule(rule.id, rule.statement, rule.provenance, rule.effect, rule.blocks_where, rule.recalled_parts)


def _doses() -> Iterator[ListedRule]:
    for limit in default_limits().limits:
        words = limit.says.format(value="the value", limit=f"{limit.value:g}")
        yield ListedRule(limit.id, words, limit.provenance, limit.effect)


def _checks() -> Iterator[ListedRule]:
    for row in load("monitoring.yaml")["checks"]:
        yield ListedRule(row["id"], row["question"], provenance(row), Effect(row["effect"]))
    two = load("monitoring.yaml")["time_out"]
    yield ListedRule("time_out", f"Where the site wants it: {two['note']}", provenance(two))


def _limits() -> Iterator[ListedRule]:
    for limit in session_limits().limits:
        words = f"{NAMES[limit.vital]} {limit.comparison.replace('_', ' ')} {limit.value:g}: {limit.level}"
        yield ListedRule(limit.rule, words, limit.provenance)
    again = load("monitoring.yaml")["recheck"]
    yield ListedRule(
        "recheck", f"Measured again after {again['minutes']} min, unless a limit says another time", provenance(again)
    )
    late = overdue_rule()
    after, within = (f"{length / timedelta(minutes=1):g} min" for length in (late.after, late.within))
    says = f"A check nobody did is a flag {after} after its time, to be acted on within {within} of it"
    yield ListedRule("overdue", says, late.provenance)
    rises = load("monitoring.yaml")["rises"]
    least = " or ".join(f"{NAMES[Vital(vital)].lower()} {value:g}" for vital, value in rises["at_least"].items())
    yield ListedRule(rises["rule"], f"A rise since before the dose of {least}: told", provenance(rises))


def _leaving() -> Iterator[ListedRule]:
    for row in load("monitoring.yaml")["leaving"]:
        sentence = row["sentence"].format(minutes="The minimum minutes", anchor="the dose, by drug and route")
        yield ListedRule(row["id"], sentence, provenance(row) if "sources" in row else None)
    for each in advice():
        yield ListedRule(f"advice.{each.id}", f"On paper: {each.text}", each.provenance)


def _drug_account() -> Iterator[ListedRule]:
    for name, row in load("controlled_drug.yaml").items():
        if name != "revised":
            effect = Effect(row["effect"]) if "effect" in row else None
            yield ListedRule(f"drug-{name.replace('_', '-')}", row["note"], provenance(row), effect)


def _booking() -> Iterator[ListedRule]:
    for name, row in load("booking.yaml").items():
        if name != "revised":
            yield ListedRule(f"booking-{name.replace('_', '-')}", row["note"], provenance(row))


def _scores() -> Iterator[ListedRule]:
    for scale in all_instruments().values():
        for rule in scale.rules:
            yield ListedRule(rule.id, f"{scale.short_name}: {rule.meaning}", rule.provenance)


def _follow_up() -> Iterator[ListedRule]:
    rules = load("follow_up.yaml")
    for row in rules["regular"]:
        names = " and ".join(instrument(identifier).short_name for identifier in row["instruments"])
        groups = ", ".join(row["groups"])
        says = f"{names} every {row['every_days']} days after the first dose, for {groups}"
        yield ListedRule("regular", says, provenance(row))
    baseline = rules["baseline"]
    yield ListedRule(
        "baseline", f"Before the first dose each once, valid {baseline['valid_days']} days", provenance(baseline)
    )
    for row in rules["after_dose"]:
        name = instrument(row["instrument"]).name
        says = f"{name}: {row['opens_h']:g} to {row['closes_h']:g} h after the first dose of a day"
        yield ListedRule(f"after_dose.{row['occasion']}", says, provenance(row))
    yield from _deadlines(rules)


def _deadlines(rules: Mapping[str, Any]) -> Iterator[ListedRule]:
    """By when somebody acts on an answer, or on one that stays away."""
    hours = rules["alert"]["hours"]
    yield ListedRule(
        "alert.hours", f"Somebody is there to call from {hours['opens']} to {hours['closes']}", provenance(hours)
    )
    for row in rules["alert"]["due"]:
        says = (
            f"An answer about self-harm of {row['at_least']} or more is acted on within {row['within_hours']} h while "
            f"{row['least_hours']} h of these are left, else by {row['morning']} the next morning"
        )
        yield ListedRule(f"alert.due.{row['at_least']}", says, provenance(row))
    worse, missing = rules["worse"], rules["missing"]
    yield ListedRule("worse", f"A score that got worse is looked at within {worse['due_days']} days", provenance(worse))
    says = f"After {missing['in_a_row']} questions in a row without an answer somebody asks"
    says = f"{says} within {missing['due_days']} days"
    yield ListedRule("missing", says, provenance(missing))
    for name, row in rules["calls"].items():
        yield ListedRule(f"calls.{name}", row["note"], provenance(row))
