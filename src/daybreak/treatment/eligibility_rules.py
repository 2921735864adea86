"""The eligibility rules as data, and a site's changes to their thresholds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.findings import Effect, Kind
from daybreak.treatment.knowledge import load
from daybreak.treatment.patient_facts import AnswerValue, TreatmentRequest
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import Vital

# New values by rule id and threshold name: {"EL012": {"systolic": 150}}. The id "recency" holds ages in days.
SiteThresholds = Mapping[str, Mapping[str, float]]

RECENCY = "recency"


class SiteThresholdError(ValueError):
    """A site's change that is not allowed: the message says which and why."""


class Comparison(StrEnum):
    """When a value crosses a threshold."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"


class Measured(StrEnum):
    """What a threshold is about. A prompting score only says what to ask; a window is a time since an event; a
    laboratory value is named in the question and answered by whoever has read it.
    """

    VITAL = "vital"
    AGE = "age"
    SCORE = "score"
    PROMPTING_SCORE = "prompting_score"
    WINDOW = "window"
    LABORATORY = "laboratory"
    BODY_MASS_INDEX = "body_mass_index"


class JudgedBy(StrEnum):
    """Whose judgement answers a question that is no matter of history."""

    CLINICIAN = "clinician"
    PRESCRIBER = "prescriber"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of a rule, in its unit."""

    name: str
    of: Measured
    comparison: Comparison
    value: float
    unit: str
    label: str

    def crossed(self, value: float) -> bool:
        """Whether this value is on the wrong side."""
        return {
            Comparison.ABOVE: value > self.value,
            Comparison.AT_LEAST: value >= self.value,
            Comparison.BELOW: value < self.value,
            Comparison.AT_MOST: value <= self.value,
        }[self.comparison]


@dataclass(frozen=True, slots=True)
class Codes:
    """What to look for in a record.

    `within` names the threshold in days since the event; `active_only` leaves out what is resolved; `text` are
    plain words.
    """

    icd10cm: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    within: str | None = None
    active_only: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One criterion. `title`s and questions are already filled with the thresholds in force.

    `judged_by` is set where the answer is a judgement; one of a prescriber must know what `hinted_by`, rules by id,
    would find: their codes in the record and their adverse answers. `of_treatment`: a yes is to the drug and route
    considered when it was given, and settles nothing about another. `of_site`: it holds of the site, is recorded in
    the programme's room, and asked of nobody here.
    """

    id: str
    group: str
    subject: str
    statement: str
    refusal: str
    question: str | None
    met_when: AnswerValue | None
    resolve: str
    severity: str
    effect: Effect
    provenance: Provenance
    scope: Mapping[str, Any]
    block_in: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    only_from_age: int | None = None
    only_if_pregnancy_possible: bool = False
    of_treatment: bool = False
    of_site: bool = False
    recalled_parts: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    record: tuple[Codes, ...] = ()
    hints: Codes = Codes()
    hinted_by: tuple[str, ...] = ()
    judged_by: JudgedBy | None = None
    medicines: tuple[str, ...] = ()
    allergies: tuple[str, ...] = ()
    needs_vitals: tuple[Vital, ...] = ()
    evaluator: str | None = None

    def concerns(self, request: TreatmentRequest) -> bool:
        """Whether this rule is part of the question at all: drug, route and jurisdiction."""
        return applies(self.scope, request.drug, request.route, request.jurisdiction)

    def effect_for(self, request: TreatmentRequest) -> Effect:
        """Block where a context of `block_in` holds, else the rule's effect."""
        contexts: dict[str, dict[str, Any]] = load("eligibility.yaml")["block_contexts"]
        asked = {
            "drugs": request.drug,
            "routes": request.route,
            "jurisdictions": request.jurisdiction,
            "settings": request.setting,
        }
        blocked = any(
            all(value in contexts[name][kind] for kind, value in asked.items() if kind in contexts[name])
            for name in self.block_in
        )
        return Effect.BLOCK if blocked else self.effect

    @property
    def kind(self) -> Kind:
        """What is answered "yes", measured or counted up to be treated is required; all else must not be there."""
        required = self.met_when is AnswerValue.YES or self.needs_vitals or self.evaluator == "resistance"
        return Kind.REQUIREMENT if required else Kind.EXCLUSION

    @property
    def blocks_where(self) -> tuple[str, ...]:
        """Where it blocks, in words: "for esketamine, US"."""
        return tuple(load("eligibility.yaml")["block_contexts"][name]["words"] for name in self.block_in)

    def threshold(self, name: str) -> Threshold:
        return next(threshold for threshold in self.thresholds if threshold.name == name)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in force at a site, and how many days old a measurement may be."""

    rules: tuple[Rule, ...]
    recency_days: Mapping[str, float]

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == rule_id)


def rule_book(site: SiteThresholds | None = None) -> RuleBook:
    """The rules with a site's thresholds.

    Raises:
        SiteThresholdError: if a change names no rule or threshold, is no number of use, or touches a rule that
            rests on a label or a regulator.
    """
    rows, site = {row["id"]: row for row in _rows()}, site or {}
    for rule_id, changes in site.items():
        _check_changes(rule_id, rows.get(rule_id), changes)
    recency: dict[str, Any] = load("eligibility.yaml")[RECENCY]
    return RuleBook(
        rules=tuple(_rule(row, site.get(rule_id, {})) for rule_id, row in rows.items()),
        recency_days={name: row["value"] for name, row in recency.items() if isinstance(row, dict)}
        | dict(site.get(RECENCY, {})),
    )


def changeable(rule: Rule) -> bool:
    """Whether a site may change this rule's thresholds."""
    return not rule.provenance.is_fixed and bool(rule.thresholds)


def _check_changes(rule_id: str, row: dict[str, Any] | None, changes: Mapping[str, float]) -> None:
    if rule_id == RECENCY:
        names = {name for name, value in load("eligibility.yaml")[RECENCY].items() if isinstance(value, dict)}
    elif row is None:
        raise SiteThresholdError(f"There is no rule {rule_id}. Check the id.")
    elif provenance(row).is_fixed:
        raise SiteThresholdError(f"{rule_id} rests on the {row['basis']}, so a site cannot change it.")
    else:
        names = {threshold["name"] for threshold in row.get("thresholds", ())}
    for name, value in changes.items():
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise SiteThresholdError(f"{rule_id} has no threshold {name!r}. It has: {known}.")
        if not 0 <= value < math.inf:
            raise SiteThresholdError(f"{value:g} is no value for {name} of {rule_id}. Write zero or more.")


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    """Every row of the three files, with what its file says once for all."""
    files = [load(f"{name}.yaml") for name in ("eligibility", "interactions", "baseline_checks")]
    return tuple(file.get("defaults", {}) | row for file in files for row in file["rules"])


def _rule(row: dict[str, Any], changes: Mapping[str, float]) -> Rule:
    thresholds = tuple(_threshold(item, changes) for item in row.get("thresholds", ()))
    named: dict[str, Any] = {threshold.name: threshold.value for threshold in thresholds}
    named["subject"] = row["subject"].format(**named)

    def text(name: str) -> str:
        return str(row.get(name, "{subject}")).format(**named)

    return Rule(
        id=row["id"],
        group=row["group"],
        subject=text("subject"),
        statement=text("statement"),
        refusal=text("refusal"),
        question=text("question") if row.get("question") else None,
        met_when=AnswerValue(row["met_when"]) if row.get("met_when") else None,
        resolve=text("resolve"),
        severity=row["severity"],
        effect=Effect(row["effect"]),
        provenance=provenance(row),
        scope={key: row[key] for key in ("for", "in") if key in row},
        thresholds=thresholds,
        record=tuple(_codes(item) for item in row.get("record", ())),
        hints=_codes(row.get("hints", {})),
        needs_vitals=tuple(Vital(name) for name in row.get("needs_vitals", ())),
        only_from_age=row.get("only_from_age"),
        only_if_pregnancy_possible=row.get("only_if_pregnancy_possible", False),
        of_treatment=row.get("of_treatment", False),
        of_site=row.get("of_site", False),
        evaluator=row.get("evaluator"),
        judged_by=JudgedBy(row["judged_by"]) if row.get("judged_by") else None,
        **{name: tuple(row.get(name, ())) for name in _PLAIN_LISTS},
    )


_PLAIN_LISTS = (
    "block_in",
    "settings",
    "indications",
    "recalled_parts",
    "medicines",
    "allergies",
    "hinted_by",
)


def _threshold(row: dict[str, Any], changes: Mapping[str, float]) -> Threshold:
    comparison = next(comparison for comparison in Comparison if comparison in row)
    threshold = Threshold(
        name=row["name"],
        of=Measured(row["of"]),
        comparison=comparison,
        value=row[comparison],
        unit=row["unit"],
        label=row.get("label", row["name"]),
    )
    return replace(threshold, value=changes.get(threshold.name, threshold.value))


def _codes(row: dict[str, Any]) -> Codes:
    return Codes(
        icd10cm=tuple(row.get("icd10cm", ())),
        snomed=tuple(row.get("snomed", ())),
        text=tuple(row.get("text", ())),
        within=row.get("within"),
        active_only=row.get("active_only", False),
    )
