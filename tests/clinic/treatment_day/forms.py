"""The forms of the page Clinic that write."""

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day.models import Chair
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic


@form("clinic_numbers")
def _numbers(clinic: Clinic) -> Form:
    said = {"phone": "555 0100", "emergency_phone": "555 0199"}
    return Form(Role.DIRECTOR, [], said, {**said, "phone": "555 0101"})


@form("chair_add")
def _add(clinic: Clinic) -> Form:
    return Form(Role.COORDINATOR, [], {"called": "window"}, {"called": "door"})


@form("chair_rename")
def _rename(clinic: Clinic) -> Form:
    chair = Chair.objects.create(site=clinic.site, name="7")
    return Form(Role.COORDINATOR, [chair.pk], {"called": "window"}, {"called": "door"})


@form("chair_use")
def _use(clinic: Clinic) -> Form:
    chair = Chair.objects.create(site=clinic.site, name="7")
    return Form(Role.COORDINATOR, [chair.pk], {"in_use": "no"}, {"in_use": "yes"})
