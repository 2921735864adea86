"""People on call, and escalation switched on, with the product's own verbs."""

from datetime import timedelta

from django.utils import timezone

from daybreak.clinic.escalation import services
from daybreak.clinic.escalation.models import DutyPeriod, OnCallMessage
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import ADDRESS, Clinic

MINUTES = 3


def put(clinic: Clinic, role: Role, place: int, *, begins_h: float = -24, ends_h: float = 24 * 8) -> DutyPeriod:
    """The clinic's person of this role on call, from and until so many hours from now."""
    now = timezone.now()
    duty = services.Duty(
        clinic.users[role], place, now + timedelta(hours=begins_h), now + timedelta(hours=ends_h),
        f"{role}@example.org",
    )  # fmt: skip
    return services.add_duty(clinic.site, duty, clinic.actor(Role.DIRECTOR), write_id=new_id())


def try_out(clinic: Clinic, duty: DutyPeriod) -> OnCallMessage:
    """A test message to this person, answered."""
    message = services.send_test(duty, clinic.actor(Role.DIRECTOR), write_id=new_id())
    services.answer(message, "", Actor(duty.person, ADDRESS), write_id=new_id())
    return message


def switched_on(clinic: Clinic) -> None:
    """The prescriber is called first, then the director; both have answered a test."""
    for place, role in enumerate((Role.PRESCRIBER, Role.DIRECTOR), start=1):
        try_out(clinic, put(clinic, role, place))
    switch(clinic, on=True)


def switch(clinic: Clinic, *, on: bool) -> None:
    services.set_switch(
        clinic.site, clinic.actor(Role.DIRECTOR), is_on=on, minutes=MINUTES, words="Tried.", write_id=new_id()
    )
