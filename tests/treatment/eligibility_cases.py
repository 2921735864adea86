"""People and requests that the tests of eligibility share."""

from datetime import UTC, datetime, timedelta

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility import assess
from daybreak.treatment.eligibility_rules import rule_book
from daybreak.treatment.findings import Finding, State
from daybreak.treatment.patient_facts import (
    Answer,
    AnswerValue,
    PatientFacts,
    Pregnancy,
    PregnancyState,
    Setting,
    TreatmentRequest,
)
from daybreak.treatment.resistance import AntidepressantTrial
from daybreak.treatment.vitals import Reading, Vital

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
REASON = "Pressure is treated since Monday and falls; the cardiologist agrees in her letter."


def asked(
    drug: Drug = Drug.ESKETAMINE, route: Route = Route.NASAL, jurisdiction: str = "US", **more
) -> TreatmentRequest:
    more = {"indication": "treatment_resistant_depression", "now": NOW} | more
    return TreatmentRequest(drug=drug, route=route, jurisdiction=jurisdiction, **more)


ESKETAMINE = asked()
KETAMINE = asked(Drug.KETAMINE, Route.IV)
EVERY_REQUEST = [
    asked(drug, route, jurisdiction, setting=setting)
    for drug in Drug
    for route in Route
    for jurisdiction in ("US", "EU", "UK")
    for setting in Setting
]


def answer(value: str, *, days_ago: int = 3, by: str = "") -> Answer:
    return Answer(AnswerValue(value), NOW - timedelta(days=days_ago), by)


def pressure(systolic: float, diastolic: float, days_ago: int = 0) -> dict[Vital, Reading]:
    at = NOW - timedelta(days=days_ago)
    values = {Vital.SYSTOLIC: systolic, Vital.DIASTOLIC: diastolic}
    return {vital: Reading(vital, value, at) for vital, value in values.items()}


def finding(rule_id: str, facts: PatientFacts, request: TreatmentRequest = ESKETAMINE, book=None) -> Finding:
    return next(one for one in assess(facts, request, book) if one.rule_id == rule_id)


def state(rule_id: str, facts: PatientFacts, request: TreatmentRequest = ESKETAMINE) -> State:
    return finding(rule_id, facts, request).state


def reassuring(request: TreatmentRequest) -> PatientFacts:
    """A person about whom everything was asked and nothing stands in the way."""
    answers = {rule.id: Answer(rule.met_when, NOW, from_prescriber=True) for rule in rule_book().rules if rule.met_when}
    failed = {"weeks": 8, "taken_as_prescribed": True, "improvement_percent": 10, "current_episode": True}
    values = {Vital.SYSTOLIC: 120, Vital.DIASTOLIC: 80, Vital.SPO2: 98, Vital.HEART_RATE: 70} | {
        Vital.RESPIRATORY_RATE: 14,
        Vital.WEIGHT: 70,
        Vital.HEIGHT: 170,
    }
    return PatientFacts(
        age=40,
        pregnancy=Pregnancy(PregnancyState.NOT_POSSIBLE, NOW),
        vitals={vital: Reading(vital, value, NOW) for vital, value in values.items()},
        conditions=(),
        medicines=(),
        allergies=(),
        answers=answers,
        trials=(
            AntidepressantTrial("sertraline", dose_mg_per_day=150, **failed),
            AntidepressantTrial("venlafaxine", dose_mg_per_day=225, **failed),
        ),
        episode_severity="severe",
    )
