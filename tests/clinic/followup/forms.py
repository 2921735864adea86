"""The form of a call after a session."""

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services as treatment_day
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import open_day


@form("call_record")
def _call(clinic: Clinic) -> Form:
    day = open_day(clinic)
    day.begin()
    day.do(treatment_day.leave, 120, goes_with="her sister", reason="Steady and awake.")
    said = {"kind": "next_day", "outcome": "reached", "words": "Slept well."}
    return Form(Role.NURSE, [day.session.pk], said, {**said, "outcome": "not reached"})
