"""Reads of the plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.proposal import PlannedSession, sessions_from
from daybreak.clinic.record.models import Course, Patient
from daybreak.clinic.record.queries import latest_vital
from daybreak.treatment.dose_preparation import weight_age_max_days
from daybreak.treatment.vitals import Vital, implausible


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


def weight_on_file(patient: Patient) -> Weight | None:
    """The newest weight kept with the person; None where there is none a person can have."""
    fact = latest_vital(patient, Vital.WEIGHT)
    if fact is None or fact.value is None or implausible(Vital.WEIGHT, fact.value):
        return None
    if fact.occurred_at is None:
        return Weight(fact.value, None, is_old=True)
    measured_on = timezone.localdate(fact.occurred_at)
    days = (timezone.localdate() - measured_on).days
    return Weight(fact.value, measured_on, is_old=days > weight_age_max_days())


def versions(course: Course) -> Sequence[Plan]:
    """Every version of a course's plan with who saved and who signed it, the newest first."""
    plans = course.plans.select_related("recorded_by", "signature__recorded_by")
    return list(plans.order_by("-version"))


def latest_plan(course: Course) -> Plan | None:
    """The newest version, signed or not."""
    return course.plans.select_related("signature", "recorded_by").order_by("-version").first()


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
    return sessions_from(plan.first_day, plan.regimen, plan.weight_kg)
