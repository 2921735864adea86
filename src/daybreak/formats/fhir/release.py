"""Which FHIR release a bundle is written in. Bundles do not say; their shapes do."""

from typing import Any

from daybreak.formats.fhir.accessors import raw_text, texts

# Elements that exist, or have this JSON shape, only in another release than R4 (hl7.org/fhir/R5/diff.html;
# STU3 wrote the status of a condition as a bare word, R4 as a CodeableConcept).
_R5_SHAPES: dict[tuple[str, str], type] = {
    ("MedicationRequest", "medication"): dict,
    ("MedicationStatement", "medication"): dict,
    ("Encounter", "class"): list,
    ("Encounter", "actualPeriod"): dict,
    ("AllergyIntolerance", "type"): dict,
    ("Condition", "participant"): list,
    ("Observation", "triggeredBy"): list,
    ("Procedure", "occurrenceDateTime"): str,
    ("Procedure", "occurrencePeriod"): dict,
}
_EARLIER_SHAPES: dict[tuple[str, str], type] = {
    ("Condition", "clinicalStatus"): str,
    ("Condition", "verificationStatus"): str,
    ("AllergyIntolerance", "clinicalStatus"): str,
    ("AllergyIntolerance", "verificationStatus"): str,
}
_R5_TYPES = frozenset({"MedicationUsage", "Transport", "InventoryItem", "Permission", "GenomicStudy"})
_EARLIER_TYPES = frozenset({"MedicationOrder", "ProcedureRequest", "ReferralRequest", "DiagnosticOrder"})


def other_release(resource: dict[str, Any]) -> str | None:
    """ "R5", or "an earlier release than R4", when this resource can only be that; None for R4."""
    kind = raw_text(resource, "resourceType")
    named = [*texts(resource.get("meta"), "profile"), raw_text(resource, "fhirVersion")]
    if kind in _R5_TYPES or _has(resource, kind, _R5_SHAPES) or any(_names_r5(each) for each in named):
        return "R5"
    if kind in _EARLIER_TYPES or _has(resource, kind, _EARLIER_SHAPES):
        return "an earlier release than R4"
    return None


def _has(resource: dict[str, Any], kind: str, shapes: dict[tuple[str, str], type]) -> bool:
    return any(kind == of and isinstance(resource.get(element), shape) for (of, element), shape in shapes.items())


def _names_r5(version: str) -> bool:
    return version.startswith("5.") or "/fhir/5." in version or "|5." in version
