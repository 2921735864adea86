"""The house of the demonstration: one site, its staff, its chairs, its monitors.

Staff are roles, not persons. Nobody has a password: the only way in is the one click of the sign-in page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient, Site, User
from daybreak.clinic.record.permissions import ROLE_NAMES, Role
from daybreak.clinic.treatment_day.models import Chair, Monitor
from daybreak.clinic.treatment_day.services.monitors import add_monitor

SITE = "Demonstration clinic"
ADDRESS = "demonstration"  # where its facts were recorded from: no machine's address
PREFIX = "demo-"
CHAIRS = 6
SIGN_IN_ORDER = (
    Role.PRESCRIBER,
    Role.NURSE,
    Role.COORDINATOR,
    Role.THERAPIST,
    Role.PHARMACIST,
    Role.PATIENT,
    Role.DIRECTOR,
    Role.RESEARCHER,
)


@dataclass(frozen=True, slots=True)
class House:
    """Where the demonstration's courses take place, and who works there. Chair 1 has the first monitor, and so on."""

    site: Site
    staff: Mapping[Role, User]
    chairs: tuple[Chair, ...]
    monitors: tuple[Monitor, ...]
    founded_at: datetime

    def acts(self, role: Role, at: datetime | None = None) -> Actor:
        """The member of staff with this role, who records it at this time (None: now)."""
        return Actor(self.staff[role], ADDRESS, at)


def build_house(founded_at: datetime) -> House:
    """The site with its staff, chairs and monitors."""
    site = Site.objects.create(
        name=SITE, jurisdiction="US", phone="555 0100", emergency_phone="911", demonstration=True
    )
    staff = {
        role: _user(f"{PREFIX}{role}", role, f"Demo {ROLE_NAMES[role]}", site=site, founded_at=founded_at)
        for role in SIGN_IN_ORDER
        if role != Role.PATIENT
    }
    numbers = [str(number) for number in range(1, CHAIRS + 1)]
    nurse = Actor(staff[Role.NURSE], ADDRESS, founded_at)
    return House(
        site=site,
        staff=staff,
        chairs=tuple(Chair.objects.create(site=site, name=number) for number in numbers),
        monitors=tuple(add_monitor(f"M{number}", site, nurse) for number in numbers),
        founded_at=founded_at,
    )


def add_patient_user(patient: Patient, house: House, number: int, *, signs_in: bool) -> User:
    """The user of a patient, who records their own answers. With `signs_in` one click of the sign-in page is enough."""
    username = f"{PREFIX}{Role.PATIENT}" if signs_in else f"synthetic-{number:02}"
    return _user(username, Role.PATIENT, str(patient), site=house.site, founded_at=house.founded_at, patient=patient)


def _user(
    username: str, role: Role, name: str, *, site: Site, founded_at: datetime, patient: Patient | None = None
) -> User:
    return User.objects.create_user(
        username=username,
        password=None,
        role=role,
        display_name=name,
        site=site,
        patient=patient,
        date_joined=founded_at + timedelta(seconds=SIGN_IN_ORDER.index(role)),
    )
