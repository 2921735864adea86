"""The forms of a call after a session."""

from daybreak.clinic.followup.models import Call
from daybreak.clinic.followup.services import record_call
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.treatment.follow_up import CallKind
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day


def _left(clinic: Clinic) -> Day:
    day = open_day(clinic)
    day.begin()
    day.do(treatment_day.leave, 120, goes_with="her sister", reason="Steady and awake.")
    return day


@form("call_record")
def _call(clinic: Clinic) -> Form:
    day = _left(clinic)
    said = {"kind": "call_back", "outcome": "reached", "words": "Slept well."}
    return Form(Role.NURSE, [day.session.pk], said, {**said, "outcome": "not reached"})


@form("call_take_back")
def _taken_back(clinic: Clinic) -> Form:
    day = _left(clinic)
    call = record_call(
        day.session, CallKind.CALL_BACK, Call.Outcome.REACHED, day.nurse, write_id=new_id(), words="Awake."
    )
    said = {"of": call.pk, "reason": "Another person."}
    return Form(Role.NURSE, [day.session.pk], said, {**said, "reason": "The wrong line."})
