"""The gate before a dose: the numbers screening uses, held against today's readings.

Beyond the gate nothing is refused for good: a prescriber decides and writes why.
"""

from dataclasses import replace
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import Measured, Rule, RuleBook, Threshold, rule_book
from daybreak.treatment.knowledge import load
from daybreak.treatment.limits import Comparison, Level, Limit, Limits
from daybreak.treatment.sources import Status, provenance
from daybreak.treatment.vitals import Vital

# EL011, the EU guide for 65 and over, is recalled only: it informs at screening and does not widen the gate.
_RULES = ("EL010", "EL012", "EL024")


def gate_limits(drug: Drug, route: Route, jurisdiction: str, book: RuleBook | None = None) -> Limits:
    """The gate for this drug, route and jurisdiction ("US", "EU", "UK").

    Args:
        book: the site's rules, from `rule_book(site)`; the unchanged rules without it.
    """
    rules = (book or rule_book()).rules
    return Limits(
        tuple(
            _limit(rule, threshold)
            for rule in rules
            if rule.id in _RULES and applies(rule.scope, drug, route, jurisdiction)
            for threshold in rule.thresholds
            if threshold.of is Measured.VITAL
        )
    )


def _limit(rule: Rule, threshold: Threshold) -> Limit:
    """A number counts as recalled where any part of its rule is. What is done beyond it, the check of the day says."""
    asked = _check("oxygen_gate" if Vital(threshold.name) is Vital.SPO2 else "pressure_gate")
    status = Status.RECALLED if rule.recalled_parts else rule.provenance.status
    return Limit(
        rule=rule.id,
        vital=Vital(threshold.name),
        level=Level.GATE,
        comparison=Comparison(threshold.comparison),
        value=threshold.value,
        action_text=asked["resolves"],
        action_provenance=provenance(asked),
        provenance=replace(rule.provenance, status=status),
    )


def _check(identifier: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = load("monitoring.yaml")["checks"]
    return next(row for row in rows if row["id"] == identifier)
