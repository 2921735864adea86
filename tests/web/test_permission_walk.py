"""Every URL, walked by every role, against the table beside this test. A URL it lacks fails the suite."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic, make_clinic
from tests.web.walk_objects import arguments

COLUMNS = {
    "P": Role.PRESCRIBER, "N": Role.NURSE, "C": Role.COORDINATOR, "T": Role.THERAPIST, "D": Role.PHARMACIST,
    "R": Role.RESEARCHER, "M": Role.DIRECTOR, "A": Role.ADMINISTRATOR, "I": Role.PATIENT,
}  # fmt: skip


def _table() -> dict[str, tuple[str, frozenset[str]]]:
    """URL name -> method and the letters of who may go in; see its head."""
    rows = {}
    for line in (Path(__file__).parent / "permission_walk.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, method, who = line.split()
            letters = set(COLUMNS) if who in "*+" else set() if who == "." else set(who)
            rows[name] = (method, frozenset(letters | ({"*"} if who == "*" else set())))
    return rows


TABLE = _table()


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        else:
            assert pattern.name, f"{pattern.pattern} has no name, so no row of the table can speak of it"
            yield pattern.name


def test_the_table_has_every_url_and_no_other() -> None:
    assert sorted(_names(get_resolver().url_patterns)) == sorted(TABLE)


@pytest.fixture(scope="module")
def walked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """One clinic for the whole walk. What a step of it changes is rolled back, and all of it at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_clinic()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def signed_in(walked: Clinic) -> dict[str, str]:
    """The cookie of each role, signed in with the second factor behind them."""
    cookies = {}
    for letter, role in COLUMNS.items():
        user = walked.users[role]
        user.password = PBKDF2PasswordHasher().encode("walks", "salt", iterations=1)  # a real hash takes a second
        user.save()
        client = Client()
        client.force_login(user)
        TOTP.activate(user, generate_totp_secret())
        cookies[letter] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return cookies


@pytest.fixture
def here(walked: Clinic, db: None) -> Clinic:
    """The clinic at one step: what is made in it is forgotten with the step."""
    return replace(walked)


@pytest.fixture
def walkers(signed_in: dict[str, str], db: None) -> dict[str, Client]:
    """A browser of each role."""
    clients = {letter: Client(raise_request_exception=False) for letter in signed_in}
    for letter, client in clients.items():
        client.cookies[settings.SESSION_COOKIE_NAME] = signed_in[letter]
    return clients


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_gets_in_where_the_table_says(name: str, here: Clinic, walkers: dict[str, Client]) -> None:
    method, who = TABLE[name]
    wrong = {}
    url = ""
    for letter, client in walkers.items():
        if not url or method != "GET":  # what one has changed is not the next one's
            url = reverse(name, kwargs=arguments(name, here))
        response = client.generic(method, url)
        # A POST without content that is let in is answered with a sentence (422), a page or a redirect.
        if name == "account_logout":
            continue
        let_in = response.status_code != 403
        if let_in != (letter in who) or response.status_code >= 500:
            wrong[COLUMNS[letter].value] = response.status_code
    assert not wrong, f"{method} {name}: {wrong}"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nobody_gets_in_without_signing_in(name: str, here: Clinic) -> None:
    method, who = TABLE[name]
    response = Client(raise_request_exception=False).generic(method, reverse(name, kwargs=arguments(name, here)))
    asked_to_sign_in = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    if "*" in who:
        assert response.status_code < 500
        assert not asked_to_sign_in or name.startswith("mfa_")
    else:
        assert asked_to_sign_in
