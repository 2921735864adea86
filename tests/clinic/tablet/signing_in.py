"""Browsers on which people sign in as they do: name, password, and a code from their application."""

import time

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from daybreak.clinic.record.models import User
from daybreak.clinic.tablet.models import Pin

PASSWORD = "a right password, kept here only"
SECONDS_OF_A_CODE = 30


def give_credentials(user: User, pin: str = "") -> None:
    """A password, a second factor and, if one is named, a PIN; the password's hash is made short of work."""
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    user.save()
    TOTP.activate(user, generate_totp_secret())
    if pin:
        Pin.objects.create(user=user, encoded=Pin.encode(user, pin))


def sign_in_fully(tablet: Client, user: User) -> None:
    """Password, then the code."""
    tablet.post("/accounts/sign-in/", {"login": user.username, "password": PASSWORD})
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"]
    for _ in range(2):  # the half minute of a code may end on its way
        code = format_hotp_value(hotp_value(get_adapter().decrypt(kept), int(time.time()) // SECONDS_OF_A_CODE))
        cache.clear()  # a code is taken once; a test signs in twice within its seconds
        answer = tablet.post("/accounts/second-factor/authenticate/", {"code": code})
        if answer.status_code == 302:
            return
    raise AssertionError(answer.content)


def lock(tablet: Client, **extra: str) -> HttpResponse:
    return tablet.post("/tablet/", {"next": "/people/"}, **extra)


def take_over(tablet: Client, user: User, **secret: str) -> HttpResponse:
    return tablet.post("/tablet/take-over", {"person": user.username, "next": "/people/", **secret})


def make_way(tablet: Client) -> HttpResponse:
    return tablet.post("/tablet/make-way", {"next": "/people/"})


def who(tablet: Client) -> str | None:
    """Whose page the tablet shows; None while it is locked or nobody is signed in."""
    page = tablet.get("/people/")
    return page.wsgi_request.user.username if page.status_code == 200 else None
