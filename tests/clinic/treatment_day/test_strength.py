"""An injection is drawn from what is in hand: its strength is asked, its volume said."""

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.pharmacy.models import Use
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store
from tests.clinic.treatment_day.day import MUSCLE, Day, open_day
from tests.clinic.treatment_day.test_time_out import confirm, want
from tests.web.test_gate import signed_in

BOLUS = "ketamine 30 mg iv bolus, once"
SKIN = "ketamine 35 mg sc, once"


def ready(clinic: Clinic, words: str = MUSCLE, **more: float) -> Day:
    day = open_day(clinic, words, **more)
    day.read(-5)
    day.clear_checks()
    return day


def start(day: Day, strength: float | None, **more: object) -> SessionEvent:
    return day.do(services.start_dose, 0, concentration_mg_per_ml=strength, **more)


@pytest.mark.parametrize("words", [MUSCLE, SKIN, BOLUS])
def test_no_injection_starts_at_the_dilution_of_a_bag(clinic: Clinic, words: str) -> None:
    day = ready(clinic, words)
    with pytest.raises(Refusal, match="Which strength is in hand"):
        start(day, None)
    assert day.state(1).run is None


def test_its_volume_stands_in_the_record_and_in_the_note(clinic: Clinic) -> None:
    day = ready(clinic)
    assert start(day, 50).data["volume_ml"] == 1
    assert "(1 mL of 50 mg/mL; " in services.draft_note(day.session, day.at(1))


@pytest.mark.parametrize(
    ("words", "strength", "said"),
    [
        (MUSCLE, 1, r"no strength that ketamine comes in .*50 mL into a muscle .* 50 mL of 1 mg/mL makes 50 mg"),
        (SKIN, 10, "3.5 mL under the skin is more than one injection takes"),
        (BOLUS, 1, "30 mL by vein is more than one injection takes"),
        (BOLUS, 100, "must be diluted"),
    ],
)
def test_what_cannot_be_meant_takes_a_reason_which_stands_beside(
    clinic: Clinic, words: str, strength: float, said: str
) -> None:
    day = ready(clinic, words)
    with pytest.raises(Refusal, match=said):
        start(day, strength)
    start(day, strength, reason="Given in two places.")
    assert "Why: Given in two places." in services.draft_note(day.session, day.at(1))


def test_another_strength_than_the_plan_names_is_asked_where_it_names_one(clinic: Clinic) -> None:
    day = ready(clinic)
    day.session.plan.concentration_mg_per_ml = 10  # of a vial, while 1 is what a bag holds
    with pytest.raises(Refusal, match="The plan says 10 mg/mL; 50 mg/mL was typed"):
        start(day, 50)


def test_another_strength_than_the_drug_account_has_of_this_lot_is_asked(clinic: Clinic) -> None:
    day = ready(clinic)
    store = Store(clinic)
    lot = store.lot(lot="K1", at=day.at(-30))
    with pytest.raises(Refusal, match="Lot K1 is 50 mg/mL in the drug account; 10 mg/mL was typed"):
        start(day, 10, lot="k1")
    drug_account.tell_now(day.session.pk, day.nurse, day.at(-10))
    store.draw(Use.objects.get(pk=day.session.pk), lot, 50, at=day.at(-8))
    with pytest.raises(Refusal, match="Lot K1 is 50 mg/mL"):
        start(day, 10)
    assert start(day, 50)


def test_for_a_vein_a_vial_may_be_diluted_in_so_many_words_and_never_be_stronger(clinic: Clinic) -> None:
    day = ready(clinic, BOLUS)
    Store(clinic).lot(lot="K1", at=day.at(-30))
    with pytest.raises(Refusal, match="Lot K1 is 50 mg/mL"):
        start(day, 60, lot="K1")
    with pytest.raises(Refusal, match="6 mL of that lot would be 300 mg"):
        start(day, 5, lot="K1", reason="Diluted.")
    assert start(day, 5, lot="K1", reason="Diluted: one mL of the vial and nine of saline, checked by two people.")


def test_two_people_say_the_strength_and_the_dose_starts_with_it(clinic: Clinic) -> None:
    day = ready(clinic)
    want(day)
    with pytest.raises(Refusal, match="Which strength is in hand"):
        confirm(day, -2)
    said = "ketamine 50 mg into a muscle, one injection, 5 mL of 10 mg/mL"
    assert confirm(day, -2, concentration_mg_per_ml=10).data["confirmed"] == said
    with pytest.raises(Refusal, match="Two people confirmed 10 mg/mL; 50 mg/mL was typed"):
        start(day, 50)
    assert start(day, None).data["volume_ml"] == 5


def test_the_page_asks_and_says_what_each_strength_makes(clinic: Clinic) -> None:
    day = ready(clinic)
    day.read((timezone.now() - day.zero).total_seconds() / 60 - 1)
    nurse = signed_in(clinic, Role.NURSE)
    page = nurse.get(reverse("session", args=[day.session.pk])).content.decode()
    for said in ("5 mL of 10 mg/mL", "1 mL of 50 mg/mL", "0.5 mL of 100 mg/mL"):
        assert f"<strong>{said}</strong>" in page
    assert "Time-out: ketamine 50 mg into a muscle, one injection</h2>" in page
    assert "As planned" not in page
    box = page[page.index('id="st-conc"') :].split(">")[0]
    assert "required" in box
    assert "value=" not in box, "nothing is filled in"
    address = reverse("session_start", args=[day.session.pk])
    assert nurse.post(address, {"write_id": new_id(), "concentration_mg_per_ml": "50", "lot": "K1"}).status_code == 302
    assert SessionEvent.objects.get(kind=SessionEvent.Kind.DOSE_STARTED).data["concentration_mg_per_ml"] == 50


def test_what_stands_against_strength_and_lot_is_read_together_before_one_reason_answers_it(clinic: Clinic) -> None:
    day = ready(clinic)
    Store(clinic).lot(lot="K1", at=day.at(-30))
    with pytest.raises(Refusal) as refused:
        start(day, 7, lot="KT-OTHER")
    assert "KT-OTHER" in str(refused.value)
    assert "7 mg/mL is no strength" in str(refused.value)
    assert day.state(1).run is None
