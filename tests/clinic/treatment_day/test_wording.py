"""A dose is ended and taken back in the words of the way it is given."""

import pytest
from django.urls import reverse

from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import INFUSION, MUSCLE, NASAL, open_day
from tests.web.test_gate import signed_in


@pytest.mark.parametrize(
    ("words", "stop", "mistake"),
    [
        (INFUSION, "Stop dose", "Started by mistake, and nothing was given?"),
        (MUSCLE, "Stop injection", "Recorded by mistake, and nothing was injected?"),
        ("ketamine 30 mg iv bolus, once", "Stop injection", "Recorded by mistake, and nothing was injected?"),
        (NASAL, "No more spray", "Recorded by mistake, and nothing was sprayed?"),
        ("ketamine 70 mg oral once", "No more taken", "Recorded by mistake, and nothing was taken?"),
        ("ketamine 100 mg sublingual spat out, once", "No more taken", "Recorded by mistake, and nothing was taken?"),
    ],
)
def test_only_an_infusion_is_stopped(clinic: Clinic, words: str, stop: str, mistake: str) -> None:
    day = open_day(clinic, words, hours_ago=0.1)
    nurse, address = signed_in(clinic, Role.NURSE), reverse("session", args=[day.session.pk])
    before = nurse.get(address).content.decode()
    assert f"</svg>{stop}</button>" in before, "in reach before the dose, too"
    day.begin()
    after = nurse.get(address).content.decode()
    assert mistake in after
    assert ("the pump shows" in after) is (words == INFUSION)
    assert ("Stop dose" in after) is (words == INFUSION)
