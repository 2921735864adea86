"""Every URL, walked by every role, against the table beside this test. A URL it lacks fails the suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic
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


@pytest.fixture
def walkers(clinic: Clinic) -> dict[str, Client]:
    """A signed-in browser for each role, with the second factor behind them."""
    clients = {}
    for letter, role in COLUMNS.items():
        user = clinic.users[role]
        user.password = PBKDF2PasswordHasher().encode("walks", "salt", iterations=1)  # a real hash takes a second
        user.save()
        clients[letter] = Client(raise_request_exception=False)
        clients[letter].force_login(user)
        TOTP.activate(user, generate_totp_secret())
    return clients


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_gets_in_where_the_table_says(name: str, clinic: Clinic, walkers: dict[str, Client]) -> None:
    method, who = TABLE[name]
    wrong = {}
    for letter, client in walkers.items():
        url = reverse(name, kwargs=arguments(name, clinic))
        response = client.generic(method, url)
        # A POST without content that is let in is answered with a sentence (422), a page or a redirect.
        if name == "account_logout":
            continue
        let_in = response.status_code != 403
        if let_in != (letter in who) or response.status_code >= 500:
            wrong[COLUMNS[letter].value] = response.status_code
    assert not wrong, f"{method} {name}: {wrong}"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nobody_gets_in_without_signing_in(name: str, clinic: Clinic) -> None:
    method, who = TABLE[name]
    response = Client(raise_request_exception=False).generic(method, reverse(name, kwargs=arguments(name, clinic)))
    asked_to_sign_in = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    if "*" in who:
        assert response.status_code < 500
        assert not asked_to_sign_in or name.startswith("mfa_")
    else:
        assert asked_to_sign_in
