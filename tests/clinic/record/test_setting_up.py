"""A clinic before anybody signed in: what was mistyped is refused in a sentence, while it can still be put right."""

import pytest

from daybreak.clinic.record import setting_up
from daybreak.clinic.record.models import AuditEntry, Site, User
from daybreak.clinic.record.refusals import Refusal
from tests.clinic.people import Clinic

PASSWORD = "a long word nobody shares"


@pytest.fixture
def elm(db: None) -> Site:
    return setting_up.add_site("Elm Street Clinic", "US")


def add(username: str = "n1", *, password: str = PASSWORD, **said: str) -> User:
    who = {"role": "nurse", "name": "Ada Mill", "site": "Elm Street Clinic"} | said
    return setting_up.add_staff(setting_up.new_staff(username, **who), password)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"role": "patient"}, "not a role of staff"),
        ({"role": "owner"}, "not a role of staff"),
        ({"password": "short"}, "too short"),
        ({"name": ""}, "The name is empty"),
        ({"name": " \t "}, "The name is empty"),
        ({"name": "Ada\u202eMill"}, "characters that cannot be seen"),
        ({"name": "12"}, "has no letter"),
        ({"name": "N" * 201}, "longer than 200"),
        ({"username": ""}, "user name is empty"),
        ({"username": "n 3"}, "letters, digits and"),
        ({"username": "n" * 151}, "longer than 150"),
        ({"site": ""}, "No clinic is called ''. There is 'Elm Street Clinic'"),
        ({"site": "Elm street clinc"}, "There is 'Elm Street Clinic'"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(elm: Site, said: dict[str, str], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        add(**said)
    assert not User.objects.exists()
    assert Site.objects.count() == 1


def test_a_user_name_that_differs_by_case_alone_would_lock_out_both(elm: Site) -> None:
    add("Jörg")
    for same in ("Jörg", "jörg", "JÖRG"):
        with pytest.raises(Refusal, match=r"cannot be told from 'Jörg'.*neither could sign in.*Nothing was added"):
            add(same, name="Bo New")


def test_two_of_one_name_and_role_could_not_be_told_apart(elm: Site) -> None:
    add("n1")
    with pytest.raises(Refusal, match="is a session nurse here already, with the user name 'n1'"):
        add("n2", name=" ada  mill")
    assert add("p1", role="prescriber").site == elm, "one person with two roles"


def test_a_site_is_found_however_it_is_spaced_and_capitalised_and_made_only_when_asked_for(elm: Site) -> None:
    assert add(site="elm street  clinic ").site == elm
    with pytest.raises(Refusal, match="is here already"):
        setting_up.add_site("ELM STREET CLINIC", "EU")
    with pytest.raises(Refusal, match=r"No label of 'Atlantis' is on file. Write one of: "):
        setting_up.add_site("Oak", "Atlantis")
    with pytest.raises(Refusal, match="Whose label applies"):
        setting_up.add_site("Oak", "")


def test_before_there_is_a_site_the_refusal_says_how_one_is_made(db: None) -> None:
    with pytest.raises(Refusal, match=r"There is none yet. Make it: `daybreak site .* --new --jurisdiction"):
        add()


def test_label_and_name_can_be_put_right_until_the_first_person_is_referred(elm: Site) -> None:
    setting_up.change_site(elm, jurisdiction="EU", name="Elm Road", phone="+49 30 1", emergency_phone="112")
    elm.refresh_from_db()
    assert (elm.jurisdiction, elm.name, elm.phone, elm.emergency_phone) == ("EU", "Elm Road", "+49 30 1", "112")
    kept = AuditEntry.objects.get(action="site changed")
    assert kept.detail["before"]["jurisdiction"] == "US"


@pytest.mark.parametrize("change", [{"jurisdiction": "EU"}, {"name": "Elm Road"}])
def test_after_that_neither_is_changed_but_the_telephone_is(clinic: Clinic, change: dict[str, str]) -> None:
    site = clinic.patient.site
    with pytest.raises(Refusal, match=r"1 person is recorded at .* stay as they are"):
        setting_up.change_site(site, **change)
    setting_up.change_site(site, jurisdiction=site.jurisdiction, phone="555 0199")
    assert Site.objects.get(pk=site.pk).phone == "555 0199"


@pytest.mark.parametrize(("phone", "why"), [("ask Bo", "no digit"), ("5" * 41, "longer than 40")])
def test_a_telephone_number_nobody_can_call_is_refused(elm: Site, phone: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        setting_up.change_site(elm, emergency_phone=phone)


def test_no_clinic_takes_the_name_of_another(db: None) -> None:
    elm, _ = setting_up.add_site("Elm Street", "US"), setting_up.add_site("Oak Street", "UK")
    with pytest.raises(Refusal, match="Another clinic is called 'Oak Street'"):
        setting_up.change_site(elm, name=" oak  street")
    setting_up.change_site(elm, name="ELM Street")
    assert sorted(Site.objects.values_list("name", flat=True)) == ["ELM Street", "Oak Street"]
