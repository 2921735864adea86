"""The emergency card: one touch away in a session, with the site's own numbers and doses, and on paper."""

import pytest

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.emergency_card import card_for, site_card
from daybreak.clinic.treatment_day.models import SiteCard
from daybreak.treatment.drugs import Drug, Route
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.treatment_day.day import NASAL, open_day
from tests.web.test_gate import signed_in

NUMBERS = "Anaesthetist on duty: 555 0100\nCrash team: 2222"
MEDICINES = "labetalol; 10 mg iv, slowly; hypertension protocol 3, 2026"


def write(clinic: Clinic, numbers: str = NUMBERS, medicines: str = MEDICINES, role: Role = Role.DIRECTOR) -> SiteCard:
    return services.write_card(clinic.site, numbers, medicines, clinic.actor(role), write_id=new_id())


def test_a_session_has_it_one_touch_away_with_the_sites_own_part_and_every_source(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    nurse = signed_in(clinic, Role.NURSE)

    def card() -> str:
        page = nurse.get(f"/sessions/{day.session.pk}/").content.decode()
        assert 'popovertarget="card">Emergency card</button>' in page
        return page.split('id="card"')[1].split("</dialog>")[0]

    assert "This site has not written its own numbers." in card()
    write(clinic)
    assert 'Anaesthetist on duty: <strong><a class="tel" href="tel:5550100">555 0100</a></strong>' in card()
    assert "labetalol: <strong>10 mg iv, slowly</strong> <cite>hypertension protocol 3, 2026</cite>" in card()
    assert "Give no further device." in card()
    assert "/emergency-card?for=esketamine-nasal" in card()
    assert "must be set by the medical director</cite>" in card(), "a dose of the house names its source"


def test_it_is_a_page_to_print_for_every_drug_and_route(clinic: Clinic) -> None:
    write(clinic)
    nurse = signed_in(clinic, Role.NURSE)
    for drug, route in ((Drug.KETAMINE, Route.SC), (Drug.ESKETAMINE, Route.NASAL)):
        page = nurse.get(f"/emergency-card?for={drug}-{route}").content.decode()
        assert 'Crash team: <strong><a class="tel" href="tel:2222">2222</a></strong>' in page
        assert "Open the airway" in page
        assert '<li>Call <strong><a class="tel" href="tel:911">911</a></strong></li>' in page
        assert page.index("tel:911") < page.index("tel:2222") < page.index("Other cards"), "whom to call comes first"
    assert nurse.get("/emergency-card?for=tea").status_code == 422
    assert "Crash team: 2222." in nurse.get("/today/blank-sheet").content.decode()


def test_who_may_only_look_has_it_as_a_page(clinic: Clinic) -> None:
    day = open_day(clinic)
    page = signed_in(clinic, Role.DIRECTOR).get(f"/sessions/{day.session.pk}/").content.decode()
    assert 'href="/emergency-card?for=ketamine-iv">Emergency card</a>' in page


def test_the_newest_holds_the_earlier_stays_and_another_site_has_its_own(clinic: Clinic) -> None:
    write(clinic)
    write(clinic, numbers="Crash team: 3333", medicines="")
    card = card_for(clinic.site, Drug.KETAMINE, Route.IV)
    assert [(each.name, each.number) for each in card.numbers] == [("Crash team", "3333")]
    assert card.medicines == ()
    assert SiteCard.objects.count() == 2
    assert site_card(make_clinic("Elsewhere").site) is None


def test_two_empty_boxes_wipe_the_card_only_where_that_is_said(clinic: Clinic) -> None:
    write(clinic)
    director = signed_in(clinic, Role.DIRECTOR)
    empty = {"write_id": new_id(), "numbers": " ", "medicines": ""}
    refused = director.post("/emergency-card/write", empty)
    assert (refused.status_code, "Both boxes are empty" in refused.content.decode()) == (422, True)
    assert card_for(clinic.site, Drug.KETAMINE, Route.IV).numbers
    assert director.post("/emergency-card/write", {**empty, "leave_empty": "on"}).status_code == 302
    assert not card_for(clinic.site, Drug.KETAMINE, Route.IV).numbers


def test_only_the_director_writes_it(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="Only the medical director"):
        write(clinic, role=Role.PRESCRIBER)


@pytest.mark.parametrize(
    ("numbers", "medicines", "words"),
    [
        ("Crash team", "", "“Crash team” cannot be read. Write whom, a colon and the number"),
        ("Crash team: soon", "", "cannot be read"),
        ("", "labetalol 10 mg", "cannot be read. Write the medicine; its dose; where the dose is written"),
        ("", "labetalol; 10 mg;", "cannot be read"),
        ("\n".join(f"N{n}: {n}" for n in range(11)), "", "11 lines are too many"),
        (f"{'A' * 200}: 1", "", "too long"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_written(
    clinic: Clinic, numbers: str, medicines: str, words: str
) -> None:
    said = {"write_id": new_id(), "numbers": numbers, "medicines": medicines}
    answered = signed_in(clinic, Role.DIRECTOR).post("/emergency-card/write", said)
    assert (answered.status_code, words in answered.content.decode()) == (422, True)
    assert not SiteCard.objects.exists()
