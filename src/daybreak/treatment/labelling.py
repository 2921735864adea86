"""Labelled or off-label: by drug, route, indication and jurisdiction. What no label lists is off-label."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from daybreak.treatment.antidepressants import minimum_dose
from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import ROUTE_WORDS, Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.indications import indication
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance


class Jurisdiction(StrEnum):
    """Whose labels count."""

    US = "US"
    EU = "EU"
    UK = "UK"


@dataclass(frozen=True, slots=True)
class Labelling:
    """Whether a label covers a use, said aloud.

    `conditions` are the label's own, each a few words; empty when off-label. `provenance` names the label, or
    the labels that were read and do not list the use.
    """

    labelled: bool
    sentence: str
    conditions: tuple["Condition", ...]
    provenance: Provenance


class Need(StrEnum):
    """What of a person a label's condition depends on, where it can be looked up."""

    ORAL_ANTIDEPRESSANT = "oral_antidepressant"
    SSRI_OR_SNRI = "ssri_or_snri"
    CERTIFIED_SITE = "certified_site"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a label, a few words. Without a `need` and an age nothing known here can answer it."""

    says: str
    need: Need | None = None
    age_from: int | None = None
    age_below: int | None = None


@dataclass(frozen=True, slots=True)
class HeldCondition:
    """A condition held against one person. `value` says what is known, as a sentence without its full stop."""

    says: str
    state: State
    value: str


def hold(
    condition: Condition,
    age_years: int | None,
    medicines: tuple[str, ...] | None,
    certified: bool | None = None,
) -> HeldCondition:
    """A condition against what is known; what cannot be told is unknown.

    Args:
        age_years: completed years; None where not recorded.
        medicines: the texts of what is taken; None where there is no list. A list without a name known here is no
            proof that there is none.
        certified: whether the site is certified in the nasal programme, as it was answered; None where it was not.
    """
    if condition.age_from is not None:
        return _hold_age(condition, condition.age_from, age_years)
    if condition.need is None:
        return HeldCondition(condition.says, State.UNKNOWN, "Not weighed here")
    if condition.need is Need.CERTIFIED_SITE:
        return _hold_certified(condition, certified)
    classes = {"SSRI", "SNRI"} if condition.need is Need.SSRI_OR_SNRI else None
    fitting = [text for text in medicines or () if _is_antidepressant(text, classes)]
    if fitting:
        return HeldCondition(condition.says, State.MET, f"Taken: {', '.join(fitting)}")
    if medicines == ():
        return HeldCondition(condition.says, State.NOT_MET, "The list gone through holds no medicine")
    value = "No medicine list" if medicines is None else "None known here is on the list"
    return HeldCondition(condition.says, State.UNKNOWN, value)


def _hold_age(condition: Condition, age_from: int, age_years: int | None) -> HeldCondition:
    if age_years is None:
        return HeldCondition(condition.says, State.UNKNOWN, "Age is not recorded")
    is_met = age_from <= age_years and (condition.age_below is None or age_years < condition.age_below)
    return HeldCondition(condition.says, State.MET if is_met else State.NOT_MET, f"Age {age_years}")


def _hold_certified(condition: Condition, certified: bool | None) -> HeldCondition:
    if certified is None:
        return HeldCondition(condition.says, State.UNKNOWN, "Not answered here; it stands under Nasal programme")
    state = State.MET if certified else State.NOT_MET
    return HeldCondition(condition.says, state, "Answered: certified" if certified else "Answered: not certified")


def _is_antidepressant(text: str, classes: set[str] | None) -> bool:
    """Whether a medicine's text names an antidepressant taken by mouth, of these classes where given."""
    found = minimum_dose(text)
    if found is None or {"patch", "transdermal", "nasal", "spray"} & set(text.lower().split()):
        return False
    return classes is None or found.drug_class in classes


def labelling(drug: Drug, route: Route, indication_id: str, jurisdiction: Jurisdiction) -> Labelling:
    """What the labels of a jurisdiction say of a use.

    Raises:
        IndicationError: if the indication is not known.
    """
    wanted = indication(indication_id)
    knowledge = load("labelling.yaml")
    place = knowledge["jurisdictions"][jurisdiction]
    given = f"{drug.capitalize()} {ROUTE_WORDS[route]}"
    rows = [row for row in knowledge["labelled"] if applies(row, drug, route, jurisdiction)]
    for row in rows:
        if row["indication"] == wanted.id:
            sentence = f"{given} is labelled for {_small(wanted.name)} in {place}."
            return Labelling(True, sentence, tuple(map(_condition, row["conditions"])), provenance(row))
    read = next(row for row in knowledge["labels_read"] if applies(row, drug, route, jurisdiction))
    return Labelling(False, _off_label(given, wanted.id, place, rows, read), (), provenance(read))


def _condition(row: dict[str, Any]) -> Condition:
    need = Need(row["needs"]) if "needs" in row else None
    return Condition(row["says"], need, row.get("age_from"), row.get("age_below"))


def _off_label(given: str, indication_id: str, place: str, rows: list[dict[str, Any]], read: dict[str, Any]) -> str:
    wanted = indication(indication_id)
    if rows:
        covered = " and ".join(_small(indication(row["indication"]).name) for row in rows)
        return f"{given} is off-label for {_small(wanted.name)} in {place}; its label covers {covered}."
    other = f" Its label covers {read['other_use']}." if "other_use" in read else ""
    return f"{given} has no label for {wanted.label_words} in {place}.{other}"


def _small(name: str) -> str:
    return name[0].lower() + name[1:]
