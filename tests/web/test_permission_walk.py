"""Every URL, walked by every role, against the table beside this test. A URL it lacks fails the suite."""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def undone() -> Iterator[None]:
    """All that the database is told within is forgotten."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def walked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """One clinic for the whole walk. What a step of it changes is rolled back, and all of it at the end."""
    with django_db_blocker.unblock(), undone():
        yield make_clinic()


@pytest.fixture(scope="module")
def signed_in(walked: Clinic) -> dict[str, str]:
    """The cookie of each role, signed in with the second factor behind them and seen by the first page."""
    cookies = {}
    for letter, role in COLUMNS.items():
        user = walked.users[role]
        user.password = PBKDF2PasswordHasher().encode("walks", "salt", iterations=1)  # a real hash takes a second
        user.save()
        client = Client()
        client.force_login(user)
        TOTP.activate(user, generate_totp_secret())
        client.get(reverse("home"))
        cookies[letter] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return cookies


@pytest.fixture
def here(walked: Clinic, db: None) -> Clinic:
    """The clinic at one step: what is made in it is forgotten with the step."""
    return replace(walked)


@pytest.fixture(scope="module")
def browser() -> Client:
    """One for all: each that is made anew loads every layer of the server again."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_gets_in_where_the_table_says(
    name: str, here: Clinic, signed_in: dict[str, str], browser: Client
) -> None:
    method, who = TABLE[name]
    url = reverse(name, kwargs=arguments(name, here))
    wrong = {}
    for letter, cookie in signed_in.items():
        browser.cookies.clear()
        browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        with undone():  # what one has changed is not the next one's
            response = browser.generic(method, url)
        # A POST without content that is let in is answered with a sentence (422), a page or a redirect.
        if name == "account_logout":
            continue
        let_in = response.status_code != 403
        if let_in != (letter in who) or response.status_code >= 500:
            wrong[COLUMNS[letter].value] = response.status_code
    assert not wrong, f"{method} {name}: {wrong}"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nobody_gets_in_without_signing_in(name: str, here: Clinic, browser: Client) -> None:
    method, who = TABLE[name]
    browser.cookies.clear()
    response = browser.generic(method, reverse(name, kwargs=arguments(name, here)))
    asked_to_sign_in = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    if "*" in who:
        assert response.status_code < 500
        assert not asked_to_sign_in or name.startswith("mfa_")
    else:
        assert asked_to_sign_in
