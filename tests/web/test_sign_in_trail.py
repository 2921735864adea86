"""Who signed in, and whose password, code or PIN was wrong, stands in the audit trail; a flood does not fill it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record import audit, wrong_tries
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import AuditEntry, User
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import ADDRESS, Clinic, make_clinic
from tests.clinic.tablet.signing_in import PASSWORD, give_credentials, sign_in_fully
from tests.web.test_gate import signed_in

pytestmark = pytest.mark.django_db
SIGN_IN, TYPED = "/accounts/sign-in/", "a wrong password, typed here"


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    wrong_tries._counts.clear()
    yield
    wrong_tries._counts.clear()


@pytest.fixture
def nurse(clinic: Clinic) -> User:
    give_credentials(clinic.users[Role.NURSE])
    return clinic.users[Role.NURSE]


def type_wrong(client: Client, name: str, times: int = 1) -> None:
    for _ in range(times):
        client.post(SIGN_IN, {"login": name, "password": TYPED}, REMOTE_ADDR="192.0.2.9")


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("at", "pk"))


def test_a_sign_in_is_an_entry_with_how_and_so_is_a_sign_out(client: Client, nurse: User) -> None:
    sign_in_fully(client, nurse)
    (entry,) = entries("signed in")
    assert (entry.user, entry.detail["how"], entry.address) == (nurse, "password, totp", "127.0.0.1")
    client.post(reverse("account_logout"))
    assert [each.user for each in entries("signed out")] == [nurse]


def test_a_wrong_password_names_who_was_named_and_from_where_and_never_what_was_typed(
    client: Client, nurse: User
) -> None:
    type_wrong(client, nurse.username.upper())
    (entry,) = entries("wrong password")
    assert (entry.user, entry.subject, entry.address) == (None, nurse.username, "192.0.2.9")
    assert TYPED not in str(AuditEntry.objects.values_list("subject", "detail"))


def test_a_name_nobody_has_is_not_kept_since_it_may_be_a_password(client: Client, nurse: User) -> None:
    type_wrong(client, "my secret word for this clinic")
    assert [each.subject for each in entries("wrong password")] == ["a name nobody has"]


def test_the_sixth_wrong_password_pauses_and_says_so(client: Client, nurse: User) -> None:
    type_wrong(client, nurse.username, 8)
    assert [each.detail["times"] for each in entries("wrong password")] == [1, 2, 3, 4, 5, 6]
    assert [each.detail["times"] for each in entries("sign-in paused")] == [1, 2, 3]


def test_a_wrong_code_is_an_entry_and_so_is_its_pause(client: Client, nurse: User) -> None:
    client.post(SIGN_IN, {"login": nurse.username, "password": PASSWORD})
    for _ in range(7):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert [each.subject for each in entries("wrong second factor")] == [nurse.username] * 6
    assert [each.subject for each in entries("sign-in paused")] == [nurse.username]
    assert not entries("signed in")


def test_a_wrong_password_of_now_at_a_change_is_an_entry_and_so_is_the_change(client: Client, nurse: User) -> None:
    sign_in_fully(client, nurse)
    new = "Another word, long enough to keep"
    for old in (TYPED, PASSWORD):
        client.post(reverse("account_change_password"), {"oldpassword": old, "password1": new, "password2": new})
    assert [each.subject for each in entries("wrong password")] == [nurse.username]
    assert [each.user for each in entries("password changed")] == [nurse]


def test_a_second_factor_that_is_taken_away_is_an_entry_and_the_next_page_asks_for_another(
    client: Client, nurse: User
) -> None:
    sign_in_fully(client, nurse)
    assert client.get("/today/").status_code == 200
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert [(each.user, each.subject) for each in entries("second factor removed")] == [(nurse, "totp")]
    assert client.get("/today/")["Location"] == reverse("mfa_activate_totp")


def test_a_flood_is_a_few_entries_with_their_number(clinic: Clinic) -> None:
    now = timezone.now()
    for second in range(1000):
        who = Actor(None, ADDRESS, now + timedelta(milliseconds=second))
        wrong_tries.record_wrong_try(who, "wrong password", f"nobody {second}")
    assert [each.detail["times"] for each in entries("wrong password")] == [*range(1, 9), 16, 32, 64, 128, 256, 512]


def test_after_a_quarter_of_an_hour_they_are_counted_anew(clinic: Clinic) -> None:
    now = timezone.now()
    for minute in (0, 1, 15):
        who = Actor(None, ADDRESS, now + timedelta(minutes=minute))
        wrong_tries.record_wrong_try(who, "wrong password", clinic.users[Role.NURSE].username)
    assert [each.detail["times"] for each in entries("wrong password")] == [1, 2, 1]


def test_an_entry_that_cannot_be_written_keeps_nobody_out(
    client: Client, nurse: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(audit, "record", broken)
    type_wrong(client, nurse.username)
    sign_in_fully(client, nurse)
    assert client.get("/today/").status_code == 200


def test_the_audit_page_of_the_persons_site_shows_it_and_no_other(clinic: Clinic, client: Client, nurse: User) -> None:
    type_wrong(client, nurse.username)
    type_wrong(client, "nobody")
    elsewhere = make_clinic("Another clinic")
    here = signed_in(clinic, Role.ADMINISTRATOR).get("/audit/").content.decode()
    there = signed_in(elsewhere, Role.ADMINISTRATOR).get("/audit/").content.decode()
    assert f"wrong password {nurse.username}" in here
    assert nurse.username not in there
    assert "wrong password a name nobody has" in there
