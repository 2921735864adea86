"""The code lists of `knowledge/codes.yaml`: what a LOINC, SNOMED CT or ICD-10-CM code means here."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from daybreak.treatment.instruments import all_instruments
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import Vital

LOINC = "http://loinc.org"
SNOMED_CT = "http://snomed.info/sct"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"


@dataclass(frozen=True, slots=True)
class ScoreCode:
    """A LOINC code for the total of one instrument; `instrument` is that instrument's id here."""

    instrument: str
    name: str
    lowest: float
    highest: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a diagnosis code stands for: a word of ours, and the eligibility rule it bears on, if any."""

    means: str
    rule: str | None
    provenance: Provenance


@cache
def vital_codes() -> dict[str, Vital]:
    """LOINC codes of vital signs and body measures."""
    return {row["code"]: Vital(row["vital"]) for row in load("codes.yaml")["loinc_vitals"] if row["vital"]}


@cache
def score_codes() -> dict[str, ScoreCode]:
    """LOINC codes of instrument totals: of the instruments here, and of a few others that referrals bring."""
    here = {
        each.codes.total: ScoreCode(each.id, each.short_name, each.minimum, each.maximum, each.codes.provenance)
        for each in all_instruments().values()
        if each.codes.total
    }
    elsewhere = {
        row["code"]: ScoreCode(row["instrument"], row["name"], *_range(row), provenance(row))
        for row in load("codes.yaml")["loinc_scores"]
    }
    return elsewhere | here


def _range(row: dict[str, Any]) -> tuple[float, float]:
    lowest, highest = row["range"]
    return float(lowest), float(highest)


@cache
def no_known_allergy_codes() -> frozenset[str]:
    """SNOMED CT codes that say "asked, and none known"."""
    return frozenset(row["code"] for row in load("codes.yaml")["snomed_no_known_allergy"])


def meaning(system: str, code: str) -> Meaning | None:
    """What a diagnosis code means for this clinic; None if it is on no list here."""
    if system == SNOMED_CT:
        rows = [row for row in load("codes.yaml")["snomed_diagnoses"] if row["code"] == code]
    elif system == ICD_10_CM:
        rows = [row for row in load("codes.yaml")["icd10cm_diagnoses"] if row["from"] <= code <= row["to"]]
    else:
        return None
    return Meaning(rows[0]["means"], rows[0].get("rule"), provenance(rows[0])) if rows else None
