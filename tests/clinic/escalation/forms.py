"""The forms of escalation that write."""

from datetime import timedelta

from django.utils import timezone

from daybreak.clinic.escalation import services
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.escalation.roster import put, try_out
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic


@form("escalation_duty")
def _duty(clinic: Clinic) -> Form:
    begins = timezone.localtime() + timedelta(hours=1)
    said = {
        "person": clinic.users[Role.PRESCRIBER].pk, "place": 1, "address": "a@example.org",
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}", "ends_at": f"{begins + timedelta(hours=8):%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    return Form(Role.COORDINATOR, [], said, {**said, "place": 2})


@form("escalation_withdraw")
def _withdraw(clinic: Clinic) -> Form:
    return Form(Role.DIRECTOR, [put(clinic, Role.NURSE, 1).pk], {"words": "Is ill."}, {"words": "Is away."})


@form("escalation_test")
def _test(clinic: Clinic) -> Form:
    return Form(Role.COORDINATOR, [put(clinic, Role.NURSE, 1).pk], {})


@form("escalation_answer")
def _answer(clinic: Clinic) -> Form:
    duty = put(clinic, Role.NURSE, 1)
    message = services.send_test(duty, clinic.actor(Role.DIRECTOR), write_id=new_id())
    return Form(Role.NURSE, [message.pk], {"words": "Read."}, {"words": "Read twice."})


@form("escalation_switch")
def _switch(clinic: Clinic) -> Form:
    try_out(clinic, put(clinic, Role.NURSE, 1))
    said = {"is_on": "on", "minutes": 4, "words": "Agreed."}
    return Form(Role.DIRECTOR, [], said, {**said, "minutes": 5})
