"""The rule set as one list, for the person who signs it: what each rule says, what it does, what it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass

from daybreak.treatment.dosing import default_limits
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.findings import Effect
from daybreak.treatment.instruments import all_instruments
from daybreak.treatment.knowledge import load
from daybreak.treatment.limits import session_limits
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import NAMES


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One line. `effect` is None for what is only marked, asked or computed; `blocks` says where it blocks."""

    id: str
    says: str
    provenance: Provenance | None
    effect: Effect | None = None
    blocks: tuple[str, ...] = ()
    recalled_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """The rules of one subject."""

    name: str
    rules: tuple[ListedRule, ...]


def chapters() -> tuple[Chapter, ...]:
    """Every rule a page may apply, from who may be treated to how drug is accounted for."""
    return (
        Chapter("Who may be treated", tuple(_eligibility())),
        Chapter("Doses", tuple(_doses())),
        Chapter("Before a dose", tuple(_checks())),
        Chapter("Limits in a session", tuple(_limits())),
        Chapter("Leaving", tuple(_leaving())),
        Chapter("Scores", tuple(_scores())),
        Chapter("Drug account", tuple(_drug_account())),
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


def _limits() -> Iterator[ListedRule]:
    for limit in session_limits().limits:
        words = f"{NAMES[limit.vital]} {limit.comparison.replace('_', ' ')} {limit.value:g}: {limit.level}"
        yield ListedRule(limit.rule, words, limit.provenance)


def _leaving() -> Iterator[ListedRule]:
    for row in load("monitoring.yaml")["leaving"]:
        sentence = row["sentence"].format(minutes="The minimum minutes", anchor="the dose, by drug and route")
        yield ListedRule(row["id"], sentence, provenance(row) if "sources" in row else None)


def _drug_account() -> Iterator[ListedRule]:
    for name, row in load("controlled_drug.yaml").items():
        if name != "revised":
            effect = Effect(row["effect"]) if "effect" in row else None
            yield ListedRule(f"drug-{name.replace('_', '-')}", row["note"], provenance(row), effect)


def _scores() -> Iterator[ListedRule]:
    for instrument in all_instruments().values():
        for rule in instrument.rules:
            yield ListedRule(rule.id, f"{instrument.short_name}: {rule.meaning}", rule.provenance)
