"""Signing in: six wrong tries pause it; one click works in the demonstration and nowhere else."""

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from daybreak.clinic.record.models import Patient, Site
from daybreak.clinic.record.permissions import Role
from daybreak.web import demonstration
from tests.clinic.people import Clinic


def one_click(client: Client, clinic: Clinic, **extra: str) -> int:
    user = clinic.users[Role.NURSE]
    user.username = "demo-nurse"
    user.save()
    return client.post("/demonstration/sign-in", {"who": "demo-nurse"}, **extra).status_code


def test_wrong_passwords_pause_sign_in(client: Client, clinic: Clinic) -> None:
    user = clinic.users[Role.NURSE]
    user.set_password("a right password, kept here only")
    user.save()
    for _ in range(6):
        client.post("/accounts/sign-in/", {"login": user.username, "password": "wrong"})
    page = client.post("/accounts/sign-in/", {"login": user.username, "password": "a right password, kept here only"})
    assert page.status_code == 429
    assert "Wait 15 minutes" in page.content.decode()


def test_another_spelling_of_the_name_has_no_tries_of_its_own(client: Client, clinic: Clinic) -> None:
    """Capitals do not count at sign-in: every spelling would have its own six."""
    user = clinic.users[Role.NURSE]
    user.username = "A-Nurse"
    user.set_password("a right password, kept here only")
    user.save()
    for spelling in ("a-nurse", "A-NURSE", "A-nurse", "a-Nurse", "A-Nurse", "a-nursE"):
        client.post("/accounts/sign-in/", {"login": spelling, "password": "wrong"})
    page = client.post("/accounts/sign-in/", {"login": "A-NURSe", "password": "a right password, kept here only"})
    assert page.status_code == 429


def test_wrong_codes_pause_the_second_factor_of_a_person(client: Client, clinic: Clinic) -> None:
    """Whoever knows a password guesses six figures no faster than two dozen an hour."""
    user = clinic.users[Role.NURSE]
    user.set_password("a right password, kept here only")
    user.save()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    client.post("/accounts/sign-in/", {"login": user.username, "password": "a right password, kept here only"})
    address = reverse("mfa_authenticate")
    for _ in range(6):
        assert "This is not the code" in client.post(address, {"code": "000000"}).content.decode()
    right = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    for code in ("000000", right):
        assert "Too many wrong tries. Wait 15 minutes" in client.post(address, {"code": code}).content.decode()


def test_one_click_signs_in_within_a_demonstration(client: Client, clinic: Clinic, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    assert one_click(client, clinic) == 302
    assert client.get("/people/").status_code == 200


def test_one_click_does_not_exist_without_the_setting(client: Client, clinic: Clinic) -> None:
    assert one_click(client, clinic) == 404


def test_one_click_does_not_exist_for_another_machine(client: Client, clinic: Clinic, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    assert one_click(client, clinic, REMOTE_ADDR="192.0.2.4") == 404


def test_one_click_does_not_exist_on_a_real_database(client: Client, clinic: Clinic, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    Site.objects.update(demonstration=False)
    assert one_click(client, clinic) == 404


def test_a_demonstration_does_not_start_over_real_people(clinic: Clinic, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    demonstration.require_synthetic()
    Patient.objects.update(synthetic=False)
    with pytest.raises(ImproperlyConfigured, match="not marked synthetic"):
        demonstration.require_synthetic()


def test_who_has_no_password_is_told_so_where_one_is_asked_for(
    client: Client, clinic: Clinic, settings: Settings
) -> None:
    settings.DEMONSTRATION = True
    one_click(client, clinic)
    change = client.get("/accounts/password/")
    assert change.status_code == 422
    assert "there is none to change" in change.content.decode()
    confirm = client.get("/accounts/confirm/")
    assert confirm.status_code == 403
    assert "This page is not open to you" in confirm.content.decode()


def test_the_recovery_codes_lead_on_into_the_clinic() -> None:
    codes = {"unused_codes": ["one", "two"], "total_count": 10, "can_view_codes": True}
    said = render_to_string("mfa/recovery_codes/index.html", codes)
    assert ">one\ntwo</textarea>" in said
    assert 'href="/">Go on to Daybreak</a>' in said


def test_over_plain_http_the_refusal_says_what_is_wrong(clinic: Clinic) -> None:
    """Browsers keep none of the cookies there, so the page was not open too long."""
    refused = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"login": "a", "password": "b"})
    said = refused.content.decode()
    assert (refused.status_code, "https" in said, "open too long" in said) == (403, True, False)
