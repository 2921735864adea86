"""Each nasal device has a lot of its own: the second and third are asked like the first, with one touch where it is the
same."""

import pytest
from django.urls import reverse

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, Day, open_day
from tests.web.test_gate import signed_in


@pytest.fixture
def sprayed(clinic: Clinic) -> Day:
    """The first of two devices is given, and the rest is over."""
    day = open_day(clinic, NASAL)
    day.read(-5)
    day.clear_checks()
    day.do(services.start_dose, 0, lot="E1")
    return day


def test_no_device_is_given_without_its_lot_or_why_there_is_none(sprayed: Day) -> None:
    with pytest.raises(Refusal, match="Which lot is this device"):
        sprayed.do(services.give_device, 6, lot=" ", no_lot="x")
    sprayed.do(services.give_device, 6, no_lot="Label torn off.")
    assert "no lot typed: Label torn off." in services.draft_note(sprayed.session, sprayed.at(7))


def test_the_same_lot_is_one_touch_that_names_it_and_another_is_typed(sprayed: Day) -> None:
    nurse = signed_in(sprayed.clinic, Role.NURSE)
    page = nurse.get(reverse("session", args=[sprayed.session.pk])).content.decode()
    assert 'id="do-device" name="lot" value="E1">Device 2 of 2, same lot E1</button>' in page
    assert 'popovertarget="device">Another lot</button>' in page
    sent = {"write_id": new_id(), "lot": "E2"}
    assert nurse.post(reverse("session_device", args=[sprayed.session.pk]), sent).status_code == 302
    assert SessionEvent.objects.get(kind=SessionEvent.Kind.DEVICE_GIVEN).data["lot"] == "E2"


SCANNED = "0103660812345678172711302110E02ABC" * 2  # what a scanner types of a package's code


def test_what_is_too_long_for_a_lot_is_refused_in_words_and_never_cut(sprayed: Day) -> None:
    """Its first 60 characters would be another lot, which no recall finds."""
    nurse = signed_in(sprayed.clinic, Role.NURSE)
    page = nurse.get(reverse("session", args=[sprayed.session.pk])).content.decode()
    box = page.split('id="dev-lot"')[1].split(">")[0]
    assert "maxlength" not in box, "a browser cuts what is pasted, and says nothing"
    sent = {"write_id": new_id(), "lot": SCANNED}
    answer = nurse.post(reverse("session_device", args=[sprayed.session.pk]), sent)
    assert answer.status_code == 422
    assert "has 68 characters; a lot has at most 60" in answer.content.decode()
    assert not sprayed.session.events.filter(kind=SessionEvent.Kind.DEVICE_GIVEN).exists()


def test_nor_is_one_typed_with_the_dose(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.read(-5)
    day.clear_checks()
    with pytest.raises(Refusal, match="a lot has at most 60"):
        day.do(services.start_dose, 0, lot=SCANNED)
    assert day.state().run is None
    day.do(services.start_dose, 0, lot="E" * 60)


def test_where_the_first_had_none_to_type_the_second_is_asked(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    page = signed_in(clinic, Role.NURSE).get(reverse("session", args=[day.session.pk])).content.decode()
    assert 'id="do-device"' not in page
    assert 'id="dev-lot"' in page


def test_part_of_a_device_as_given_takes_ten_words(sprayed: Day) -> None:
    sprayed.do(services.give_device, 6)
    with pytest.raises(Refusal, match="42 mg is no whole number of devices of 28 mg"):
        sprayed.do(services.correct_amount, 8, mg=42, reason="One spray ran out.")
    sprayed.do(services.correct_amount, 8, mg=42, reason="The second spray of the last device ran out of the nose.")
    assert sprayed.state(9).run.given_mg(sprayed.at(9)) == 42
