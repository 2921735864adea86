"""A small synthetic clinic, made with the product's own verbs."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password

from daybreak.clinic.record import services
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, Patient, Site, User
from daybreak.clinic.record.permissions import ROLE_NAMES, Role

ADDRESS = "203.0.113.7"  # an address kept for documentation


@dataclass
class Clinic:
    site: Site
    users: dict[Role, User]
    patient: Patient
    course: Course

    def actor(self, role: Role) -> Actor:
        return Actor(self.users[role], ADDRESS)


def make_clinic(name: str = "Test clinic") -> Clinic:
    """A site, a user of each role, a patient who can sign in, and a course in referral."""
    site = Site.objects.create(name=name, jurisdiction="US", demonstration=True)
    patient = Patient.objects.create(
        site=site,
        given_name="Test",
        family_name="Person",
        birth_date=date(1984, 3, 1),
        sex="female",
        synthetic=True,
    )
    users = {role: _user(site, role, patient) for role in Role}
    User.objects.bulk_create(users.values())
    course = services.open_course(
        patient, "treatment_resistant_depression", Actor(users[Role.COORDINATOR], ADDRESS),
        prescriber=users[Role.PRESCRIBER],
    )  # fmt: skip
    return Clinic(site, users, patient, course)


def another_course(clinic: Clinic) -> Course:
    """A course of another person of the same clinic."""
    other = Patient.objects.create(
        site=clinic.site, given_name="Another", family_name="Person", birth_date=date(1984, 3, 1), synthetic=True
    )
    return services.open_course(other, "treatment_resistant_depression", clinic.actor(Role.COORDINATOR))


def make_user(site: Site, role: Role, patient: Patient) -> User:
    user = _user(site, role, patient)
    user.save()
    return user


def _user(site: Site, role: Role, patient: Patient) -> User:
    return User(
        username=f"{role}-{site.pk}",
        password=make_password(None),
        role=role,
        display_name=f"A synthetic {ROLE_NAMES[role]}",
        site=site,
        patient=patient if role == Role.PATIENT else None,
    )
