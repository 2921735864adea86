"""Reads of the plan."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.proposal import PlannedSession, Proposal, sessions_from
from daybreak.clinic.record.models import Course, Patient, PatientFact, PatientFactKind
from daybreak.clinic.record.prepared import Prepared
from daybreak.clinic.record.queries import current_facts_of, facts_at
from daybreak.clinic.screening import queries as screening
from daybreak.clinic.screening.facts import is_current
from daybreak.pharmacology.influences import medicines_named
from daybreak.treatment.body_weight import (
    BodyWeight,
    body_mass_index,
    body_weights,
    body_weights_provenance,
    from_index,
)
from daybreak.treatment.dose_preparation import weight_age_max_days, weight_change, weight_change_provenance
from daybreak.treatment.dosing import DoseRemark
from daybreak.treatment.findings import Effect
from daybreak.treatment.labelling import HeldCondition, hold
from daybreak.treatment.regimen import AmountUnit, Regimen
from daybreak.treatment.sources import Provenance
from daybreak.treatment.vitals import Vital, implausible

WEIGHT_CHANGE = "WEIGHT_CHANGE"  # the id of the remark on a weight
_TAKEN = re.compile(r"\b(continu\w+|goes on|go on|keep\w*|unchanged|stays|takes|\d+ ?mg)\b", re.IGNORECASE)
_DOUBTFUL = re.compile(
    r"\b(stop\w*|taper\w*|withdr\w+|hold\w*|held|paus\w+|without|not|no|off|never|consider\w*|later|maybe)\b|\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Weight:
    """The newest weight on file. One without its day is old: nobody knows its age."""

    kg: float
    measured_on: date | None
    is_old: bool

    @property
    def allowed_days(self) -> int:
        """From how many days on a weight is old."""
        return weight_age_max_days()


_ON_FILE = Prepared(
    lambda person: current_facts_of([person], PatientFactKind.VITAL, PatientFactKind.MEDICINE, PatientFactKind.SCORE)
)


def facts_on_file(patient: Patient) -> tuple[PatientFact, ...]:
    """What of the record a plan rests on: vital signs, medicines and scores, the newest first. One query."""
    return tuple(_ON_FILE.all(patient.pk))


def _newest(facts: Iterable[PatientFact], vital: Vital) -> PatientFact | None:
    return next((fact for fact in facts if (fact.kind, fact.code) == (PatientFactKind.VITAL, vital)), None)


def weight_on_file(patient: Patient) -> Weight | None:
    """The newest weight kept with the person; None where there is none a person can have. One query."""
    return weight_among(facts_on_file(patient))


def weight_among(facts: Iterable[PatientFact]) -> Weight | None:
    """The newest weight among facts; None where there is none a person can have."""
    fact = _newest(facts, Vital.WEIGHT)
    if fact is None or fact.value is None or implausible(Vital.WEIGHT, fact.value):
        return None
    if fact.occurred_at is None:
        return Weight(fact.value, None, is_old=True)
    measured_on = timezone.localdate(fact.occurred_at)
    days = (timezone.localdate() - measured_on).days
    return Weight(fact.value, measured_on, is_old=days > weight_age_max_days())


def weight_remark(on_file: Weight | None, weight_kg: float | None) -> DoseRemark | None:
    """What is odd about a weight to compute with beside the newest on file; None where nothing is."""
    if on_file is None or weight_kg is None:
        return None
    days = (timezone.localdate() - on_file.measured_on).days if on_file.measured_on else None
    sentence = weight_change(weight_kg, on_file.kg, days)
    return DoseRemark(WEIGHT_CHANGE, Effect.REASON, sentence, weight_change_provenance()) if sentence else None


@dataclass(frozen=True, slots=True)
class OnAWeight:
    """A body weight, and the doses by weight of a plan on it: those in mg/kg with their milligrams."""

    weight: BodyWeight
    doses: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights a dose may rest on, where it matters which (rule EL072)."""

    body_mass_index: float
    height_cm: float
    rows: tuple[OnAWeight, ...]
    provenance: Provenance

    @property
    def only_actual(self) -> bool:
        """Whether the formulas know no other weight for this person."""
        return len(self.rows) == 1


def weights(facts: Iterable[PatientFact], proposal: Proposal) -> Weights | None:
    """The doses of a plan on the actual, adjusted and ideal weight; None where it does not matter which."""
    if not proposal.by_weight or proposal.weight_kg is None:
        return None
    height = _newest(facts, Vital.HEIGHT)
    if height is None or height.value is None or implausible(Vital.HEIGHT, height.value):
        return None
    index = body_mass_index(proposal.weight_kg, height.value)
    if not from_index().crossed(index):
        return None
    amounts = (dose.amount for dose in proposal.regimen.doses)
    by_weight = dict.fromkeys(amount for amount in amounts if amount.unit is AmountUnit.MG_PER_KG)
    rows = tuple(
        OnAWeight(weight, tuple((amount.value, amount.to_mg(weight.kg)) for amount in by_weight))
        for weight in body_weights(proposal.weight_kg, height.value, proposal.sex)
    )
    return Weights(index, height.value, rows, body_weights_provenance())


def medicines_taken(facts: Iterable[PatientFact], other_medicines: str) -> tuple[str, ...]:
    """The medicines on file that are taken now, and those the plan says go on, in their own words."""
    medicines = (fact for fact in facts if fact.kind == PatientFactKind.MEDICINE)
    return (*(fact.text for fact in medicines if is_current(fact)), *_go_on(other_medicines))


def held_conditions(proposal: Proposal, taken: Sequence[str]) -> tuple[HeldCondition, ...]:
    """The labels' conditions against the age and the medicines taken."""
    conditions = [condition for found in proposal.labellings for condition in found.conditions]
    return tuple(hold(condition, proposal.age_years, tuple(taken) or None) for condition in conditions)


def with_medicines(proposal: Proposal, taken: Sequence[str]) -> Proposal:
    """The proposal with those of the medicines taken that the model knows."""
    return replace(proposal, medicines=medicines_named(taken))


def reckoned_medicines(patient: Patient, other_medicines: str, moment: datetime) -> frozenset[str]:
    """Those the model knows of the medicines a plan's prediction reckons with, as the record had it then. One query."""
    return medicines_named(medicines_taken(facts_at(patient, moment, PatientFactKind.MEDICINE), other_medicines))


def _go_on(other_medicines: str) -> tuple[str, ...]:
    """The parts of free text that clearly say a medicine is taken; one in doubt is left out."""
    parts = (part.strip() for part in re.split(r"[;,\n]|\.(?:\s|$)", other_medicines))
    return tuple(part for part in parts if _TAKEN.search(part) and not _DOUBTFUL.search(part))


def not_what_was_screened(course: Course, regimen: Regimen) -> str | None:
    """That a regimen gives another drug or route than screening decided on, as a sentence; None where it does not, or
    nothing was decided. One query."""
    decision = screening.decision(course)
    for dose in regimen.doses:
        if decision and (dose.drug, dose.route) != (decision.drug, decision.route):
            return (
                f"Screening decided on {decision.drug} {decision.route}; this plan gives {dose.drug} {dose.route}. "
                "Decide on that in screening first, or change the plan."
            )
    return None


def versions(course: Course, *, drafts: bool = True) -> Sequence[Plan]:
    """The versions of a course's plan with who saved and who signed it, the newest first; without drafts the signed."""
    plans = course.plans.select_related("recorded_by", "signature__recorded_by")
    plans = plans if drafts else plans.filter(signature__isnull=False)
    return list(plans.order_by("-version"))


def signed_plan(course: Course) -> Plan | None:
    """The newest signed version: the one in force."""
    return (
        course.plans.filter(signature__isnull=False)
        .select_related("signature__recorded_by")
        .order_by("-version")
        .first()
    )


def planned_sessions(plan: Plan) -> tuple[PlannedSession, ...]:
    """The treatment days of a plan with their dates and milligrams."""
    return sessions_from(plan.first_day, plan.regimen, plan.weight_kg, plan.first_number)


def planned_session(plan: Plan, number: int) -> PlannedSession | None:
    """The session of a plan with this number in the course; None for one it has not."""
    return next((each for each in planned_sessions(plan) if each.number == number), None)
