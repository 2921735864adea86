"""A calendar to test with, made with the product's own verbs: two chairs, a signed plan, a week that is to come."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Patient, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import open_course
from daybreak.clinic.schedule import services
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.services import Wanted
from daybreak.clinic.treatment_day.models import Chair
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import INFUSION, make_plan


@dataclass
class Week:
    """The clinic's course has a signed plan; days count from a Monday to come."""

    clinic: Clinic
    chairs: tuple[Chair, ...] = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        self.chairs = tuple(Chair.objects.get_or_create(site=self.clinic.site, name=name)[0] for name in "12")
        self.plan = make_plan(self.clinic)

    @property
    def coordinator(self) -> Actor:
        return self.clinic.actor(Role.COORDINATOR)

    def at(self, day: int, hour: int, minute: int = 0) -> datetime:
        """So many days after the Monday after next, by the clinic's clock."""
        today = timezone.localtime()
        monday = today + timedelta(days=14 - today.weekday() + day)
        return monday.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def wanted(self, number: int, at: datetime, *, chair: int = 0, **other: object) -> Wanted:
        users = self.clinic.users
        people = {"nurse": users[Role.NURSE], "prescriber": users[Role.PRESCRIBER]} | other
        return Wanted(number, at, self.chairs[chair], **people)

    def book(self, number: int, at: datetime, *, course: Course | None = None, **more: object) -> Appointment:
        said = {key: more.pop(key) for key in ("reason", "write_id") if key in more}
        wanted = self.wanted(number, at, **more)
        (made,) = services.book(
            course or self.clinic.course, [wanted], self.coordinator, **{"write_id": new_id()} | said
        )
        return made

    def another(self, name: str = "Other", words: str = INFUSION) -> Course:
        """Somebody else with a signed plan."""
        site = self.clinic.site
        patient = Patient.objects.create(
            site=site, given_name=name, family_name="Person", birth_date=self.clinic.patient.birth_date, synthetic=True
        )
        course = open_course(patient, "treatment_resistant_depression", self.coordinator)
        make_plan(self.clinic, words, course=course)
        return course
