"""Conditions, medicines and allergies.

Each reader returns the value, or an `Excluded` with the reason it is not taken in, or an `Unreadable`.
"""

from dataclasses import dataclass
from typing import Any

from daybreak.formats.codes import SNOMED_CT, no_known_allergy_codes
from daybreak.formats.fhir.accessors import (
    code_of,
    codings,
    concept_text,
    number,
    raw_text,
    record,
    records,
    text,
    when,
)
from daybreak.formats.fhir.understood import Allergy, Condition, Medicine


@dataclass(frozen=True, slots=True)
class Excluded:
    """Readable, but on purpose not taken in."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not readable: a sentence says why."""

    sentence: str


RETRACTED = "The sender marked it as entered in error."


def read_condition(resource: dict[str, Any]) -> Condition | Excluded | Unreadable:
    """A Condition, unless it was retracted or refuted."""
    verification = code_of(record(resource, "verificationStatus"))
    if verification == "entered-in-error":
        return Excluded(RETRACTED)
    if verification == "refuted":
        return Excluded("The sender ruled this diagnosis out.")
    code = record(resource, "code")
    if not concept_text(code):
        return Unreadable("The diagnosis has neither a name nor a code.")
    return Condition(
        text=concept_text(code),
        codings=codings(code),
        clinical_status=code_of(record(resource, "clinicalStatus")),
        onset=when(resource, "onsetDateTime", "onsetPeriod"),
        abatement=when(resource, "abatementDateTime", "abatementPeriod"),
    )


def read_medicine(resource: dict[str, Any], medications: dict[str, dict[str, Any]]) -> Medicine | Excluded | Unreadable:
    """A MedicationRequest or MedicationStatement. `medications` holds Medication resources by reference."""
    status = text(resource, "status")
    if status == "entered-in-error":
        return Excluded(RETRACTED)
    if resource.get("doNotPerform") is True:
        return Excluded("It says not to give a medicine. Read the sender's record for it.")
    if raw_text(resource, "intent") in ("proposal", "plan", "option"):
        return Excluded("It was proposed or planned, not ordered.")
    code = record(resource, "medicationCodeableConcept") or _medication_code(resource, medications)
    name = concept_text(code) or text(record(resource, "medicationReference"), "display")
    if not name:
        return Unreadable("The medicine has no name here: it points to a record the file does not hold.")
    return Medicine(
        text=name,
        codings=codings(code),
        status=status,
        authored_on=when(resource, "authoredOn", "effectiveDateTime", "effectivePeriod", "dateAsserted"),
        dosage="; ".join(filter(None, map(_dosage, _dosages(resource)))),
    )


def read_allergy(resource: dict[str, Any]) -> Allergy | Excluded | Unreadable:
    """An AllergyIntolerance, unless it was retracted or refuted."""
    verification = code_of(record(resource, "verificationStatus"))
    if verification == "entered-in-error":
        return Excluded(RETRACTED)
    code = record(resource, "code")
    coded = codings(code)
    none_known = any(c.system == SNOMED_CT and c.code in no_known_allergy_codes() for c in coded)
    if verification == "refuted" and not none_known:
        return Excluded("The sender ruled this allergy out.")
    if not concept_text(code):
        return Unreadable("The allergy has neither a name nor a code. Ask what it is to.")
    manifestations = (concept_text(m) for r in records(resource, "reaction") for m in records(r, "manifestation"))
    return Allergy(
        text=concept_text(code),
        codings=coded,
        clinical_status=code_of(record(resource, "clinicalStatus")),
        criticality=text(resource, "criticality"),
        reactions=tuple(filter(None, manifestations)),
        none_known=none_known,
    )


def _medication_code(resource: dict[str, Any], medications: dict[str, dict[str, Any]]) -> dict[str, Any]:
    reference = raw_text(record(resource, "medicationReference"), "reference")
    contained = {f"#{text(item, 'id')}": item for item in records(resource, "contained")}
    return record(contained.get(reference) or medications.get(reference), "code")


def _dosages(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return records(resource, "dosageInstruction") or records(resource, "dosage")


def _dosage(dosage: dict[str, Any]) -> str:
    """The dosage in the sender's words, else put together from its parts ("1 tablet, 2 times per 1 d")."""
    if words := text(dosage, "text"):
        return words
    quantity = next((record(each, "doseQuantity") for each in records(dosage, "doseAndRate")), {})
    amount = number(quantity, "value")
    repeat = record(record(dosage, "timing"), "repeat")
    frequency, period = number(repeat, "frequency"), number(repeat, "period")
    parts = []
    if amount is not None:
        parts.append(f"{amount:g} {text(quantity, 'unit')}".strip())
    if frequency is not None and period is not None:
        parts.append(f"{frequency:g} times per {period:g} {text(repeat, 'periodUnit')}".strip())
    if dosage.get("asNeededBoolean") is True:
        parts.append("as needed")
    return ", ".join(parts)
