"""Which tablet this is, and who may come back to it."""

from datetime import UTC, datetime
from hashlib import sha256

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.tablet.models import MOST_WRONG_TRIES, TabletSignIn

COOKIE = "daybreak_tablet"


def tablet_of(request: HttpRequest) -> str:
    """What the table knows this tablet by; empty for a browser that nobody shares."""
    token = request.COOKIES.get(COOKIE, "")
    return hashed(token) if token else ""


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def on_tablet(request: HttpRequest) -> dict[str, TabletSignIn]:
    """Who may come back to this tablet without signing in fully, by sign-in name.

    Nobody who was made inactive, changed the password, gave up the second factor, works at another site than the
    person signed in, typed a wrong PIN too often, or whose hours are over; never a patient.
    """
    tablet = tablet_of(request)
    if not tablet:
        return {}
    rows = TabletSignIn.objects.filter(tablet=tablet).select_related("user__site").order_by("user__display_name")
    return {row.user.username: row for row in rows if may_come_back(row, request)}


def may_come_back(row: TabletSignIn, request: HttpRequest) -> bool:
    user = row.user
    return (
        user.allows(Permission.TABLET_SHARE)
        and user.site_id == request.user.site_id
        and row.wrong_tries < MOST_WRONG_TRIES
        and timezone.now() < row.until
        and constant_time_compare(row.session_hash, user.get_session_auth_hash())
        and (settings.DEMONSTRATION or is_mfa_enabled(user))
    )


def signed_in_fully_at(request: HttpRequest) -> datetime | None:
    """When whoever is signed in showed password and second factor, or a passkey, in this session; None if they did
    not: who took over by PIN did so in an earlier one."""
    user = request.user
    if not isinstance(user, User):
        return None
    if settings.DEMONSTRATION and request.session.get("demonstration") and not request.session.get("by_pin"):
        return user.last_login
    shown = get_authentication_records(request, user)
    second = [each["at"] for each in shown if each["method"] == "mfa"]
    first = [each["at"] for each in shown if each["method"] == "password" or each.get("passwordless")]
    return datetime.fromtimestamp(max(first[0], second[0]), UTC) if first and second else None


def is_over(request: HttpRequest) -> bool:
    """Whether the hours since the full sign-in behind this session have passed."""
    until: float | None = request.session.get("until")
    return until is not None and timezone.now().timestamp() >= until


def is_locked(request: HttpRequest) -> bool:
    """Whether this session was locked, or its hours are over. Asks no database."""
    return bool(request.session.get("locked")) or is_over(request)
