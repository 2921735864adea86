"""Whoever sees later that nothing was given can still say so, however the dose is given."""

import pytest
from django.urls import reverse

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import MUSCLE, NASAL, open_day
from tests.web.test_gate import signed_in


@pytest.mark.parametrize(
    "words",
    [
        MUSCLE, NASAL, "ketamine 35 mg sc, once", "ketamine 30 mg iv bolus, once", "ketamine 70 mg oral once",
        "ketamine 100 mg sublingual spat out, once",
    ],
)  # fmt: skip
def test_recorded_by_mistake_stays_in_reach(clinic: Clinic, words: str) -> None:
    day = open_day(clinic, words, hours_ago=4)
    day.begin()
    page = signed_in(clinic, Role.NURSE).get(reverse("session", args=[day.session.pk])).content.decode()
    assert 'popovertarget="mistake">Recorded by mistake</button>' in page
    assert day.do(services.take_back_start, 25, reason="Recorded in the wrong session.")
