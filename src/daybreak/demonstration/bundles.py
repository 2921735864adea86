"""Referrals of the synthetic people, as another system would send them: small FHIR R4 bundles.

Diagnoses carry a code that `treatment/knowledge/codes.yaml` knows. Texts are our own words.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from daybreak.demonstration.stories import Condition, Story
from daybreak.formats.codes import ICD_10_CM, LOINC, SNOMED_CT
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import instrument

IDENTIFIERS = "urn:daybreak:demonstration"
MEASURED_EARLIER = timedelta(days=20)
ILL_FOR = timedelta(days=6 * 365)
_HYPERTENSION = Condition("High blood pressure", icd10cm="I10")
_ANEURYSM = Condition("Brain aneurysm", icd10cm="I67.1")


def bundle(story: Story, sent_at: datetime) -> bytes:
    """One person's referral."""
    conditions = [*story.history.conditions, *_unusual_conditions(story)]
    measured_at = (sent_at - MEASURED_EARLIER).isoformat()
    resources = [
        _person(story),
        *(_condition(each, (sent_at - ILL_FOR).date().isoformat()) for each in conditions),
        *(_medicine(name, sent_at.date().isoformat()) for name in _medicines(story)),
        _observation("29463-7", "Body weight", story.weight_kg, "kg", measured_at),
        _observation("8302-2", "Body height", story.height_cm, "cm", measured_at),
        *_score(story, measured_at),
    ]
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=1).encode()


def _unusual_conditions(story: Story) -> list[Condition]:
    found = {"high_pressure": _HYPERTENSION, "aneurysm": _ANEURYSM}
    return [condition for name, condition in found.items() if name in story.unusual]


def _medicines(story: Story) -> list[str]:
    return [*story.history.medicines, *(["Lisinopril 10 MG"] if "high_pressure" in story.unusual else [])]


def _person(story: Story) -> dict[str, Any]:
    given, family = story.name.split()
    return {
        "resourceType": "Patient",
        "id": str(story.number),
        "identifier": [{"system": IDENTIFIERS, "value": f"{story.number:05}"}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "gender": story.sex,
        "birthDate": story.born.isoformat(),
        "telecom": [{"system": "phone", "value": f"555 01{story.number:02}"}],
        "communication": [{"language": {"text": "English"}}],
    }


def _condition(condition: Condition, since: str) -> dict[str, Any]:
    systems = {ICD_10_CM: condition.icd10cm, SNOMED_CT: condition.snomed}
    coding = [{"system": system, "code": code} for system, code in systems.items() if code]
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": coding, "text": condition.text},
        "onsetDateTime": since,
    }


def _medicine(name: str, on: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "authoredOn": on,
    }


def _observation(code: str, name: str, value: float, unit: str, at: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}], "text": name},
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        "effectiveDateTime": at,
    }


def _score(story: Story, at: str) -> list[dict[str, Any]]:
    scale = instrument(indication(story.indication).instrument or "")
    if scale.codes.total is None:
        return []
    return [_observation(scale.codes.total, scale.short_name, story.baseline, "{score}", at)]
