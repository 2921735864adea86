"""Who signs in and out, and whose password or second factor was wrong or changed, is in the audit trail."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import password_changed, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.http import HttpRequest

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User
from daybreak.clinic.record.pages import address
from daybreak.clinic.record.wrong_tries import never_in_the_way, record_wrong_try

WRONG_PASSWORD, WRONG_CODE, PAUSED = "wrong password", "wrong second factor", "sign-in paused"


def watch() -> None:
    """Listen to what Django and the sign-in library tell."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit of sign-ins")
    user_logged_out.connect(_signed_out, dispatch_uid="audit of sign-outs")
    user_login_failed.connect(_failed, dispatch_uid="audit of wrong passwords")
    password_changed.connect(_password_changed, dispatch_uid="audit of changed passwords")
    authenticator_added.connect(_factor_added, dispatch_uid="audit of added factors")
    authenticator_removed.connect(_factor_removed, dispatch_uid="audit of removed factors")
    authenticator_reset.connect(_factor_reset, dispatch_uid="audit of new recovery codes")


def wrong_try(request: HttpRequest | None, action: str, username: str) -> None:
    """Somebody who is not signed in yet typed this name, or whoever is did so once more."""
    record_wrong_try(Actor(None, address(request) if request else ""), action, username)


def _by(request: HttpRequest, user: User, action: str, **detail: Any) -> None:
    with never_in_the_way():
        audit.record(Actor(user, address(request)), action, **detail)


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    shown = get_authentication_records(request, user)
    _by(request, user, "signed in", how=", ".join(each.get("type") or each["method"] for each in shown))


def _signed_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if request is not None and user is not None:
        _by(request, user, "signed out")


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if getattr(request, "proves_a_person", False):
        return  # `tablet.proving` records it with what for
    name = str(credentials.get("username") or "")
    if getattr(request, "password_was_compared", False):  # not while the name is paused
        wrong_try(request, WRONG_PASSWORD, name)
    if getattr(request, "axes_locked_out", False):
        wrong_try(request, PAUSED, name)


def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    _by(request, user, "password changed")


def _factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _by(request, user, "second factor added", subject=authenticator.type)


def _factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    request.session.pop("second_factor_set", None)  # the gate looks anew whether one is left
    _by(request, user, "second factor removed", subject=authenticator.type)


def _factor_reset(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    _by(request, user, "second factor made anew", subject=authenticator.type)
