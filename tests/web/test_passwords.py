"""A password that somebody would try first is refused in words; who has one that was kept before goes on with it."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from daybreak.web.passwords import RULE
from tests.clinic.people import Clinic
from tests.clinic.tablet.signing_in import give_credentials, sign_in_fully


@pytest.fixture
def nurse(clinic: Clinic) -> User:
    nurse = clinic.users[Role.NURSE]
    nurse.username, nurse.display_name = "rowan.hill", "Rowan Hill"
    nurse.site.name = "Elm Street Clinic"
    return nurse


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("passwordpassword", "repeats itself"),
        ("Password-Password-1", "repeats itself"),
        ("4071407140714071", "repeats itself"),
        ("zzzzzzzzzzzzzzzz", "repeats itself"),
        ("password123456", "common word"),
        ("!!!Summer2026!!!", "common word"),
        ("49 28 17 55 83 02", "no letter"),
        ("ElmStreet2026!!", "the clinic’s"),
        ("elm-street-clinic", "the clinic’s"),
        ("Hill.Rowan.1984", "your name"),
        ("daybreak-2026-x", "your name or the clinic’s"),
        ("short", "too short"),
    ],
)
def test_what_is_tried_first_is_refused(nurse: User, password: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, nurse)
    assert why in " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "password",
    ["lantern gravel october tuba", "7h#9K!2p$4Qz", "the hill behind our house", "größere Wörter gehen auch"],
)
def test_several_words_or_a_random_one_are_taken(nurse: User, password: str) -> None:
    validate_password(password, nurse)


def test_a_password_kept_before_the_rule_goes_on_working(clinic: Clinic) -> None:
    person = clinic.users[Role.PATIENT]
    person.set_password("passwordpassword")
    person.save()
    signed = Client().post("/accounts/sign-in/", {"login": person.username, "password": "passwordpassword"})
    assert (signed.status_code, signed["Location"]) == (302, "/")


def test_the_page_of_the_change_tells_the_rule(clinic: Clinic, client: Client) -> None:
    give_credentials(clinic.users[Role.NURSE])
    sign_in_fully(client, clinic.users[Role.NURSE])
    assert RULE in client.get(reverse("account_change_password")).content.decode()
