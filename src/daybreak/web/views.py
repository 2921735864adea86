"""Pages of the house itself."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect
from django.template import loader

from daybreak.clinic.record.by_script import is_kept_on_tablet
from daybreak.clinic.record.permissions import PUBLIC, SIGNED_IN, Permission, Role, requires
from daybreak.web.refusals import answer

OVER_HTTP = (
    "Your browser sent no cookie, so nothing was saved and nobody can sign in. Daybreak needs an address that begins "
    "with https; if yours does, allow cookies for it. Who runs the server finds how in docs/running.md."
)

NOBODY_KNOWN = (
    "This browser no longer says who is signed in. What you typed is kept: open Daybreak in another tab, or load this "
    "page again, and sign in where it asks."
)


@requires(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """The first page of each role."""
    user = request.user
    if user.role == Role.PATIENT:
        return redirect("own")
    if user.allows(Permission.LEDGER_MANAGE):
        return redirect("pharmacy")
    if user.allows(Permission.DAY_READ):
        return redirect("today")
    if user.allows(Permission.PEOPLE_READ):
        return redirect("people")
    return redirect("rules")


@requires(PUBLIC)
def health(request: HttpRequest) -> HttpResponse:
    """That the server answers. Says nothing about its data."""
    return JsonResponse({"answers": True})


def not_open(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "This page is closed for the way you signed in, or for what you asked of it."
    return answer(request, sentence, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "There is no page at this address. It may have been mistyped, or the link is old."
    return answer(request, sentence, 404)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "What was sent is too large for this page, or cannot be read. Nothing was saved. Load the page again."
    return answer(request, sentence, 400)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_kept_on_tablet(request):  # it waits for its typist, as after a sign-in that ran out
        return JsonResponse({"trouble": NOBODY_KNOWN}, status=401)
    if reason == REASON_NO_CSRF_COOKIE and not request.is_secure():
        return answer(request, OVER_HTTP, 403)
    sentence = (
        "This page was open too long, or the form did not come from Daybreak. Nothing was saved. "
        "Go back, load the page again, and send it once more."
    )
    return answer(request, sentence, 403)


def broken(request: HttpRequest) -> HttpResponse:
    """What nobody caught. A database that cannot be reached or written is said apart: it is no error of ours, and a
    tablet sends again what it kept. Nothing here asks the database for anything."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        heading, what, status = "The database does not answer", "The database takes no entries now.", 503
    else:
        heading, what, status = "An error in Daybreak", "Daybreak made an error.", 500
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"trouble": f"{what} Nothing was half-saved."}, status=status)
    return HttpResponse(loader.render_to_string("500.html", {"heading": heading, "what": what}), status=status)
