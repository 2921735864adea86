"""Deny by default: a view that names no permission is not served."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from daybreak.clinic.record import audit
from daybreak.clinic.record.models import User
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import PUBLIC, SIGNED_IN, Permission, Role
from daybreak.clinic.tablet.queries import is_locked
from daybreak.web.refusals import answer

# The sign-in library's views carry no mark of ours: what each needs stands here. A view it adds is denied
# until it is named.
LIBRARY_VIEWS: dict[str, str] = {
    "account_login": PUBLIC,
    "account_logout": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "mfa_login_webauthn": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_signup_webauthn": "",  # sign-up is off
}

# While a shared tablet is locked only these are open, and what is public.
OPEN_WHILE_LOCKED = {"account_logout", "tablet_lock", "tablet_take_over", "tablet_make_way", "tablet_everybody_leaves"}
# And this, for whoever stands before it, whichever role locked it: it names no patient.
EMERGENCY_CARD = "emergency_card"


def access_of(view: Callable[..., Any], name: str | None) -> str | None:
    """What a view needs: a permission, `PUBLIC`, `SIGNED_IN`, or None when nobody said."""
    access = getattr(view, "access", None)
    return access if access is not None else LIBRARY_VIEWS.get(name or "") or None


class GateMiddleware:
    """Asks for sign-in, an open lock, a second factor for staff, and the view's permission, in this order."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            # On a shared tablet the button "back" must not show a record after sign-out.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        access = access_of(view, name)
        if access == PUBLIC:
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
                return HttpResponse("You are signed out. Sign in again; what you typed is kept.", status=401)
            return redirect_to_login(page_of(request))
        if is_locked(request) and name not in OPEN_WHILE_LOCKED:
            return None if name == EMERGENCY_CARD else locked(request)
        if access is None:
            return refuse(request, "This page names no permission, so it is open to nobody.", page=name)
        if lacks_second_factor(request) and not (name or "").startswith(("mfa_", "account_")):
            return redirect("mfa_activate_totp")
        if access != SIGNED_IN and not request.user.allows(Permission(access)):
            return refuse(request, _not_yours(request.user, access), page=name, permission=str(access))
        return None


def page_of(request: HttpRequest) -> str:
    """Where to come back to: the page asked for; of a form the page it stood on, since its own address shows none."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return reverse("home")
    parts = urlsplit(before)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def locked(request: HttpRequest) -> HttpResponse:
    """The lock in place of a page; a script is told so, and keeps what it wanted to send."""
    if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
        return HttpResponse("This tablet is locked. What you typed is kept.", status=423)
    return redirect(f"{reverse('tablet_lock')}?{urlencode({'next': page_of(request)})}")


def _not_yours(user: User, access: str) -> str:
    if user.role == Role.PATIENT:
        return "This page is for the staff of your clinic."
    article = "An" if user.role_name[0] in "aeiou" else "A"
    return f"{article} {user.role_name} may not open this page. It needs the permission “{access}”."


def refuse(request: HttpRequest, sentence: str, **detail: Any) -> HttpResponse:
    """A 403 page with its reason; the attempt is in the audit trail."""
    audit.record(actor(request), "refused", subject=request.path[:200], **detail)
    return answer(request, sentence, 403)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Staff need a second factor. One-click demonstration sign-in, which holds no real person, does not."""
    from allauth.mfa.utils import is_mfa_enabled

    user = request.user
    if not isinstance(user, User) or user.role == Role.PATIENT:
        return False
    if settings.DEMONSTRATION and request.session.get("demonstration"):
        return False
    if request.session.get("second_factor_set"):
        return False
    if is_mfa_enabled(user):
        request.session["second_factor_set"] = True
        return False
    return True
