"""Small bundles for tests, built from parts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from daybreak.formats.fhir import ReferralUnderstood, read_referral

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 11, 23)
LOINC = "http://loinc.org"

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:example:clinic", "value": "A-17"}],
    "name": [{"family": "Test", "given": ["Ann"]}],
    "gender": "female",
    "birthDate": "1980-02-29",
}


def bundle(*resources: dict[str, Any], patient: dict[str, Any] | None = None, **header: Any) -> bytes:
    """A Bundle of the patient and these resources."""
    entries = [{"resource": resource} for resource in (patient or PATIENT, *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries} | header).encode()


def read(*resources: dict[str, Any], patient: dict[str, Any] | None = None, **header: Any) -> ReferralUnderstood:
    return read_referral(bundle(*resources, patient=patient, **header), today=TODAY)


def observation(code: str, value: Any = None, unit: str = "", **other: Any) -> dict[str, Any]:
    """A final Observation of yesterday with a LOINC code and a quantity."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": "2026-11-22T10:00:00Z",
        "valueQuantity": {"value": value, "unit": unit},
    } | other
