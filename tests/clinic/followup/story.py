"""A course with its doses and answers at chosen times, to test follow-up with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.test import Client
from django.utils import timezone

from daybreak.clinic.followup import queries, services
from daybreak.clinic.followup.models import Measure
from daybreak.clinic.followup.queries import FollowUp
from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.record.models import Course, Flag, Stage, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import enter_stage
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.instruments import instrument
from tests.clinic.people import Clinic

REGIMEN = "esketamine 56 mg nasal twice weekly for 4 weeks"


@dataclass
class Story:
    """A course whose first dose was given at `zero`, with short ways to let time pass in it."""

    clinic: Clinic
    course: Course
    zero: datetime

    def at(self, *, days: float = 0, hours: float = 0) -> datetime:
        return self.zero + timedelta(days=days, hours=hours)

    def dose(self, number: int, *, days: float) -> Session:
        """Session `number` with its dose, so many days after the first."""
        stamp, at = self.clinic.actor(Role.NURSE).stamp, self.at(days=days)
        session = Session.objects.create(
            course=self.course, plan=self.course.plans.first(), number=number, opened_at=at
        )
        for kind, data in ((SessionEvent.Kind.DOSE_STARTED, {"mg": 56}), (SessionEvent.Kind.DEVICE_GIVEN, {})):
            SessionEvent.objects.create(session=session, kind=kind, occurred_at=at, data=data, **stamp)
        return session

    def change_plan(self, **agreed: object) -> Plan:
        """A new signed version of the plan that agrees on this."""
        stamp = self.clinic.actor(Role.PRESCRIBER).stamp
        plan = Plan.objects.create(
            course=self.course, version=2, regimen_text=REGIMEN, first_day=self.zero.date(), weight_kg=70.0,
            jurisdiction="US", labelled=True, **stamp, **agreed,
        )  # fmt: skip
        PlanSignature.objects.create(plan=plan, statement="Signed.", **stamp)
        return plan

    def answer(
        self, total: int, *, days: float, scale: str = "PHQ9", role: Role = Role.PATIENT, **more: object
    ) -> Measure:
        """Answers that make this total, item 9 of the PHQ-9 zero."""
        at = self.at(days=days)
        return services.record_measure(
            self.course, scale, answers(total, scale), self.clinic.actor(role), measure_id=new_id(),
            completed_at=at, at=at, **more,
        )  # fmt: skip

    def read(self, *, days: float, hours: float = 0) -> FollowUp:
        return queries.follow_up(Course.objects.with_stage().get(pk=self.course.pk), self.at(days=days, hours=hours))

    def flags(self, kind: str) -> list[Flag]:
        return list(Flag.objects.filter(course=self.course, kind=kind))


def begin(clinic: Clinic, *, days_ago: float = 60) -> Story:
    """A course in treatment with a signed plan, opened ten days before the first dose. No dose yet."""
    morning = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    zero = morning - timedelta(days=days_ago)
    clinic.course.opened_at = zero - timedelta(days=10)
    clinic.course.save()
    stamp = clinic.actor(Role.PRESCRIBER).stamp
    plan = Plan.objects.create(
        course=clinic.course, version=1, regimen_text=REGIMEN, first_day=zero.date(), weight_kg=70.0,
        jurisdiction="US", labelled=True, **stamp,
    )  # fmt: skip
    PlanSignature.objects.create(plan=plan, statement="Signed.", **stamp)
    enter_stage(clinic.course, Stage.TREATMENT, clinic.actor(Role.NURSE))
    return Story(clinic, clinic.course, zero)


def answers(total: int, scale: str = "PHQ9") -> dict[int, int | None]:
    """Answers to every scored item that make this total; an item with an alert stays at zero."""
    silent = {alert.item for alert in instrument(scale).alerts}
    given: dict[int, int | None] = {}
    for item in instrument(scale).scored_items:
        given[item.number] = 0 if item.number in silent else min(item.maximum, total - sum(given.values()))
    assert sum(given.values()) == total, f"{scale} cannot have {total} with its alerts at zero"
    return given


def record(clinic: Clinic, given: dict[int, int | None], measure_id: UUID, at: datetime, **more: object) -> Measure:
    """The patient answers the PHQ-9 on their phone."""
    return services.record_measure(
        clinic.course, "PHQ9", given, clinic.actor(Role.PATIENT), measure_id=measure_id, completed_at=at, at=at, **more
    )


def browser(user: User) -> Client:
    """A signed-in browser, with the second factor behind it."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client
