"""Observations: vital signs, instrument totals, and every other result as sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from daybreak.formats.codes import LOINC, ScoreCode, score_codes, vital_codes
from daybreak.formats.fhir.accessors import (
    codings,
    concept_text,
    number,
    raw_text,
    record,
    records,
    text,
    when,
)
from daybreak.formats.fhir.clinical import RETRACTED, Excluded, Unreadable
from daybreak.formats.fhir.understood import Observation, Score, VitalSign, When
from daybreak.formats.units import convert
from daybreak.treatment.vitals import NAMES, PLAUSIBLE, UNITS, Vital

_UCUM = "http://unitsofmeasure.org"
Result: TypeAlias = VitalSign | Score | Observation | Excluded | Unreadable


@dataclass(frozen=True, slots=True)
class _Dated:
    when: When
    age_days: int


def read_observation(resource: dict[str, Any], today: date) -> list[Result]:
    """What one Observation holds: a blood pressure holds two vital signs, a panel perhaps more."""
    status = raw_text(resource, "status")
    if status == "entered-in-error":
        return [Excluded(RETRACTED)]
    if status == "cancelled":
        return [Excluded("The sender cancelled the measurement.")]
    components = records(resource, "component")
    measures = [(part, code) for part in (resource, *components) if (code := _loinc(part, vital_codes()))]
    total = _loinc(resource, score_codes())
    if not measures and not total:
        return [_other(resource, part) for part in components or [resource]]
    dated = _dated(resource, today)
    if isinstance(dated, Unreadable):
        return [dated]
    if total:
        return [_score(resource, score_codes()[total], dated)]
    return [_vital(part, vital_codes()[code], dated) for part, code in measures]


def _loinc(part: dict[str, Any], known: Mapping[str, object]) -> str | None:
    codes = (coding.code for coding in codings(record(part, "code")) if coding.system == LOINC)
    return next((code for code in codes if code in known), None)


def _dated(resource: dict[str, Any], today: date) -> _Dated | Unreadable:
    measured = when(resource, "effectiveDateTime", "effectiveInstant", "effectivePeriod")
    name = concept_text(record(resource, "code"))
    if measured is None:
        return Unreadable(f"{name} has no date that can be read, so its age is unknown.")
    age_days = (today - measured.day).days
    if age_days < -1:  # one day of grace: it may be tomorrow already where the sender is
        return Unreadable(f"{name} is dated {measured}, in the future.")
    return _Dated(measured, max(age_days, 0))


def _vital(part: dict[str, Any], vital: Vital, dated: _Dated) -> VitalSign | Unreadable:
    name = NAMES[vital]
    quantity = record(part, "valueQuantity")
    sent = number(quantity, "value")
    if sent is None:
        return Unreadable(f"{name} of {dated.when} has no number.")
    if bound := text(quantity, "comparator"):
        return Unreadable(f"{name} of {dated.when} was sent as {bound}{sent:g}: a bound, not a value.")
    unit, words = _unit(quantity), text(quantity, "unit")
    value = convert(vital, sent, unit)
    if value is not None and convert(vital, sent, words) not in (None, value):
        return Unreadable(f"{name} of {dated.when} was sent as {sent:g} “{words}” with the code “{unit}”: two units.")
    if value is None:
        return Unreadable(f"{name} of {dated.when} has the unit “{unit}”, which cannot be read as {UNITS[vital]}.")
    lowest, highest = PLAUSIBLE[vital]
    if not lowest <= value <= highest:
        return Unreadable(
            f"{name} of {dated.when} was sent as {sent:g} {unit}: outside {lowest:g} to {highest:g} {UNITS[vital]}."
        )
    return VitalSign(vital, value, dated.when, dated.age_days, sent_value=sent, sent_unit=unit)


def _score(resource: dict[str, Any], scale: ScoreCode, dated: _Dated) -> Score | Unreadable:
    value = number(record(resource, "valueQuantity"), "value")
    if value is None:
        value = number(resource, "valueInteger")
    if value is None:
        return Unreadable(f"{scale.name} of {dated.when} has no number.")
    if not scale.lowest <= value <= scale.highest:
        return Unreadable(
            f"{scale.name} of {dated.when} was sent as {value:g}; its total runs from "
            f"{scale.lowest:g} to {scale.highest:g}."
        )
    return Score(scale.instrument, scale.name, value, dated.when, dated.age_days)


def _other(resource: dict[str, Any], part: dict[str, Any]) -> Observation | Excluded | Unreadable:
    code = record(part, "code")
    if not concept_text(code):
        return Unreadable("The observation has neither a name nor a code.")
    value, unit = _value(part)
    if not value:
        return Excluded("It holds no value: a heading, or a result the sender did not have.")
    measured = when(resource, "effectiveDateTime", "effectiveInstant", "effectivePeriod")
    return Observation(concept_text(code), codings(code), value, unit, measured)


def _value(part: dict[str, Any]) -> tuple[str, str]:
    """The value of any type as text, and its unit."""
    quantity = record(part, "valueQuantity")
    amount = number(quantity, "value")
    if amount is not None:
        return f"{text(quantity, 'comparator')}{amount:g}", _unit(quantity)
    whole = number(part, "valueInteger")
    if whole is not None:
        return f"{whole:g}", ""
    if isinstance(part.get("valueBoolean"), bool):
        return ("yes" if part["valueBoolean"] else "no"), ""
    return concept_text(record(part, "valueCodeableConcept")) or text(part, "valueString"), ""


def _unit(quantity: dict[str, Any]) -> str:
    coded = text(quantity, "code") if raw_text(quantity, "system") == _UCUM else ""
    return coded or text(quantity, "unit")
