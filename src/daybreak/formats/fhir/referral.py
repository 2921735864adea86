"""A referral bundle, from the file to what was understood of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, TypeVar

from daybreak.formats.fhir import intake
from daybreak.formats.fhir.accessors import codings, concept_text, record, records, when
from daybreak.formats.fhir.bundle import Entry, by_reference, is_about, is_incomplete, open_bundle
from daybreak.formats.fhir.clinical import Excluded, Unreadable, read_allergy, read_condition, read_medicine
from daybreak.formats.fhir.identity import Match, same_person
from daybreak.formats.fhir.intake import RefusedBundle
from daybreak.formats.fhir.missing import what_is_missing
from daybreak.formats.fhir.observations import read_observation
from daybreak.formats.fhir.person import read_person
from daybreak.formats.fhir.understood import (
    Allergy,
    Condition,
    LeftOut,
    Medicine,
    Observation,
    Person,
    Problem,
    ReferralUnderstood,
    Score,
    VitalSign,
    When,
)

_REFERRAL = {("http://snomed.info/sct", "3457005")}  # patient referral (procedure); recalled
MAX_BYTES = 20_000_000
MAX_DEPTH = 64  # a FHIR resource rarely passes 15
MAX_ENTRIES = 20_000

_SENDER = "It describes the sender, not the patient."
_BILLING = "Billing by other providers is not used."
_WHY_LEFT_OUT = {
    "CarePlan": "Plans of other providers are not used.",
    "CareTeam": "Teams elsewhere are not used.",
    "Claim": _BILLING,
    "Coverage": "Insurance is recorded with the approval, not from a referral.",
    "DiagnosticReport": "Its results are read from the observations themselves.",
    "DocumentReference": "Attached documents are not opened. Ask the sender for letters that matter.",
    "Encounter": "Visits elsewhere are not used.",
    "ExplanationOfBenefit": _BILLING,
    "Goal": "Goals are set with the patient here.",
    "Immunization": "Vaccinations are not used.",
    "Medication": "It is read with the prescription that names it.",
    "MedicationAdministration": "Single administrations elsewhere are not used.",
    "Organization": _SENDER,
    "Practitioner": _SENDER,
    "PractitionerRole": _SENDER,
    "Procedure": "Procedures are not read. Ask about ECT, anaesthetics and operations that matter.",
    "Provenance": "It describes how the file was made.",
    "QuestionnaireResponse": "Single answers are not read, only totals sent as observations.",
}
_NOT_USED = "Daybreak does not use this kind of record."
_READ = ("Condition", "MedicationRequest", "MedicationStatement", "AllergyIntolerance", "Observation")

_Kind = TypeVar("_Kind")


@dataclass(slots=True)
class _Found:
    """What accumulates while the entries are read."""

    results: list[object] = field(default_factory=list)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def take(self, entry: Entry, result: object) -> None:
        if isinstance(result, Excluded):
            self.left_out[entry.kind, result.reason] += 1
        elif isinstance(result, Unreadable):
            self.problems.append(Problem(entry.number, entry.kind, result.sentence))
        else:
            self.results.append(result)

    def of(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        return tuple(result for result in self.results if isinstance(result, kind))


def read_referral(
    data: bytes | BinaryIO,
    *,
    today: date,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_entries: int = MAX_ENTRIES,
) -> ReferralUnderstood:
    """What can be understood of a FHIR R4 bundle about one patient. Nothing is saved.

    An entry that cannot be read becomes a `Problem`, the rest is read. Vitals and scores come newest first.

    Args:
        data: the file, or an open binary file; no more than `max_bytes` of it are ever read.
        today: the day to which ages are counted and after which a date lies in the future.
        max_bytes, max_depth, max_entries: how much is read before a file is refused.

    Raises:
        RefusedBundle: if the file as a whole cannot be a referral; the message says what to do.
    """
    contents = intake.read_bytes(data, max_bytes)
    parsed = intake.parse(contents, max_depth)
    entries = open_bundle(parsed, max_entries)
    patients = [entry for entry in entries if entry.kind == "Patient"]
    person = _one_person(patients, today)
    found = _read_entries(entries, patients, today)
    if is_incomplete(parsed):
        found.problems.insert(0, Problem(0, "Bundle", "This is one page of a longer result. The rest is not here."))
    medicines, scores = found.of(Medicine), found.of(Score)
    vitals, allergies = found.of(VitalSign), found.of(Allergy) or None
    return ReferralUnderstood(
        sha256=intake.sha256(contents),
        person=person,
        conditions=found.of(Condition),
        medicines=medicines,
        allergies=allergies,
        vitals=tuple(sorted(vitals, key=lambda each: each.when.start, reverse=True)),
        scores=tuple(sorted(scores, key=lambda each: each.when.start, reverse=True)),
        observations=found.of(Observation),
        left_out=tuple(LeftOut(kind, count, why) for (kind, why), count in sorted(found.left_out.items())),
        problems=tuple(found.problems),
        missing=what_is_missing(person, medicines, allergies, vitals, scores),
        referred=_referred(entries, patients),
        made=when(parsed, "timestamp"),
    )


def _referred(entries: list[Entry], patients: list[Entry]) -> When | None:
    """When the newest request for a referral was written. An order of anything else, as of a blood count, is none."""
    requests = [each.resource for each in entries if each.kind == "ServiceRequest" and is_about(each, patients)]
    dated = [when(each, "authoredOn") for each in requests if _asks_for_referral(each)]
    return max(filter(None, dated), key=lambda each: each.start, default=None)


def _asks_for_referral(request: dict[str, Any]) -> bool:
    concepts = [record(request, "code"), *records(request, "category")]
    coded = {(coding.system, coding.code) for concept in concepts for coding in codings(concept)}
    return bool(coded & _REFERRAL) or any("referral" in concept_text(each).lower() for each in concepts)


def _one_person(patients: list[Entry], today: date) -> Person:
    if not patients:
        raise RefusedBundle("The Bundle holds no Patient, so it is not clear whom it is about. Ask the sender.")
    people = [read_person(entry.resource, today) for entry in patients]
    if any(same_person(people[0], other) is not Match.IDENTIFIER for other in people[1:]):
        raise RefusedBundle(
            f"The Bundle holds {len(people)} people ({people[0].name} and others). Send one Bundle for each."
        )
    return people[0]


def _read_entries(entries: list[Entry], patients: list[Entry], today: date) -> _Found:
    found = _Found()
    medications = by_reference(entries, "Medication")
    for entry in entries:
        if entry.kind == "Patient":
            continue
        if not entry.kind:
            found.problems.append(Problem(entry.number, "", "The entry holds no FHIR resource."))
        elif entry.kind not in _READ:
            found.left_out[entry.kind, _WHY_LEFT_OUT.get(entry.kind, _NOT_USED)] += 1
        elif not is_about(entry, patients):
            found.take(entry, Unreadable("It is about another person than the patient, and was left out."))
        else:
            for result in _read(entry, medications, today):
                found.take(entry, result)
    return found


def _read(entry: Entry, medications: dict[str, dict[str, Any]], today: date) -> list[object]:
    match entry.kind:
        case "Condition":
            return [read_condition(entry.resource)]
        case "AllergyIntolerance":
            return [read_allergy(entry.resource)]
        case "Observation":
            return list(read_observation(entry.resource, today))
        case _:
            return [read_medicine(entry.resource, medications)]
