"""Plans as a clinic writes them."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from daybreak.clinic.planning import services
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.proposal import Proposal, propose
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.screening.models import ScreeningDecision
from daybreak.treatment.drugs import Drug, Route
from tests.clinic.people import Clinic
from tests.clinic.screening import cases as screening

INFUSIONS = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks, then weekly for 4 weeks"
SPRAYS = "esketamine 56 mg nasal once, then 84 mg twice weekly for 4 weeks"
TOO_MUCH = "ketamine 1.2 mg/kg iv over 40 min, once"  # above 1 mg/kg, and 86.4 mg at 72 kg
REASON = "Two earlier courses at lower doses did nothing, this one was agreed with the person."
WEIGHT_KG = 72.0


def first_day() -> date:
    """A Tuesday, soon."""
    today = timezone.localdate()
    return today + timedelta(days=7 + (1 - today.weekday()) % 7)


def proposed(clinic: Clinic, text: str, *, weight_kg: float | None = WEIGHT_KG, at_mg_per_ml: float = 1.0) -> Proposal:
    return propose(clinic.course, text, first_day(), weight_kg=weight_kg, concentration_mg_per_ml=at_mg_per_ml)


def drafted(clinic: Clinic, text: str = INFUSIONS, role: Role = Role.PRESCRIBER, **more: Any) -> Plan:
    """A version of the plan of the clinic's course."""
    complete = {"stop_rules": "No response after six sessions", "review_on": first_day() + timedelta(weeks=6)}
    given = {"weight_kg": WEIGHT_KG, "first_day": first_day(), **complete, **more}
    return services.draft_plan(clinic.course, text, actor=clinic.actor(role), **given)


def screened(clinic: Clinic, drug: Drug = Drug.KETAMINE, route: Route = Route.IV) -> None:
    """Screening of the clinic's course decides to go on."""
    screening.consider(clinic, clinic.course, drug, route)
    screening.answer_everything(clinic, clinic.course)  # the consent among it, which is for what is considered
    reasons = {finding.rule_id: screening.REASON for finding in _in_the_way(clinic)}
    screening.decide(clinic, clinic.course, ScreeningDecision.Outcome.GO_ON, reasons=reasons)


def _in_the_way(clinic: Clinic) -> list[Any]:
    return [found for found in screening.queries.review(clinic.course).findings if found.stands_in_the_way]
