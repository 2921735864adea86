"""People in screening: the four real referrals, taken in with the product's own verbs."""

import io
from datetime import datetime, timedelta

from django.utils import timezone

from daybreak.clinic.record.models import Course, PatientFact, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.referral import services as referral_services
from daybreak.clinic.screening import queries, services
from daybreak.clinic.screening.answers import PregnancyAnswer
from daybreak.clinic.screening.models import AntidepressantTrial
from daybreak.demonstration.referrals import referral
from daybreak.treatment import resistance
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.eligibility_rules import JudgedBy
from daybreak.treatment.findings import Finding, State
from daybreak.treatment.resistance import StopReason
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.programme.spray import certify

INDICATIONS = {
    "major-depression": "treatment_resistant_depression",
    "fibromyalgia": "fibromyalgia",
    "chronic-pain": "chronic_pain",
    "neuropathy": "neuropathic_pain",
}
REASON = "Weighed with the person and the family doctor; the benefit is greater and we watch closely."
FINE = {
    Vital.SYSTOLIC: 124,
    Vital.DIASTOLIC: 78,
    Vital.HEART_RATE: 70,
    Vital.SPO2: 98,
    Vital.RESPIRATORY_RATE: 14,
    Vital.WEIGHT: 70,
    Vital.HEIGHT: 170,
}


def referred(clinic: Clinic, name: str = "major-depression") -> Course:
    """The course that a real referral opens."""
    coordinator = clinic.actor(Role.COORDINATOR)
    received = referral_services.receive(
        io.BytesIO(referral(name)), f"{name}.json", clinic.site, coordinator, referral_id=new_id()
    )
    choice = referral_services.Confirmation(INDICATIONS[name], clinic.users[Role.PRESCRIBER])
    return referral_services.confirm(received, choice, coordinator, acceptance_id=new_id()).course


def finding(course: Course, rule_id: str) -> Finding:
    return next(one for one in queries.review(course).findings if one.rule_id == rule_id)


def state(course: Course, rule_id: str) -> State:
    return finding(course, rule_id).state


def answer(
    clinic: Clinic, course: Course, rule_id: str, value: str, note: str = "", at: datetime | None = None
) -> PatientFact:
    judged_by = queries.rules()[rule_id].judged_by if rule_id in queries.rules() else None
    who = clinic.actor(Role.PRESCRIBER if judged_by is JudgedBy.PRESCRIBER else Role.NURSE)
    return services.answer(course, rule_id, value, note, who, answer_id=new_id(), at=at)


def measure(clinic: Clinic, course: Course, days_ago: float = 0, **values: float) -> list[PatientFact]:
    taken = {Vital(name): value for name, value in values.items()}
    at = timezone.now() - timedelta(days=days_ago)
    return services.record_vitals(course, taken, clinic.actor(Role.NURSE), entry_id=new_id(), at=at)


def failed_trial(clinic: Clinic, course: Course, drug: str, dose_mg: float, weeks: float = 8) -> AntidepressantTrial:
    """An antidepressant of this episode that was taken as prescribed and did not help."""
    taken = resistance.AntidepressantTrial(
        drug, dose_mg_per_day=dose_mg, weeks=weeks, taken_as_prescribed=True, improvement_percent=10,
        current_episode=True, stopped_because=StopReason.NO_EFFECT, source="pharmacy record",
    )  # fmt: skip
    return services.record_trial(course, taken, clinic.actor(Role.NURSE), trial_id=new_id())


def answer_everything(clinic: Clinic, course: Course) -> None:
    """Ask, measure and list all that the rules ask for; every answer is the one that helps."""
    certify(clinic)
    course.patient.site.refresh_from_db()
    for rule in queries.rules().values():
        if rule.met_when and not rule.of_site:
            answer(clinic, course, rule.id, rule.met_when)
    answer(clinic, course, "EL050", PregnancyAnswer.NOT_POSSIBLE)
    measure(clinic, course, **{vital.value: value for vital, value in FINE.items()})
    services.record_allergies(course, [], clinic.actor(Role.NURSE), entry_id=new_id())
    failed_trial(clinic, course, "sertraline", 150)
    failed_trial(clinic, course, "venlafaxine", 225)


def consider(clinic: Clinic, course: Course, drug: Drug, route: Route) -> None:
    services.consider(course, drug, route, clinic.actor(Role.PRESCRIBER), request_id=new_id())


def decide(clinic: Clinic, course: Course, outcome: str, role: Role = Role.PRESCRIBER, **more) -> object:
    return services.decide(course, outcome, clinic.actor(role), decision_id=new_id(), **more)
