"""Pages of the house itself."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from daybreak.clinic.record.permissions import PUBLIC, SIGNED_IN, Permission, Role, requires
from daybreak.web.refusals import answer


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
    sentence = (
        "This page was open too long, or the form did not come from Daybreak. Nothing was saved. "
        "Go back, load the page again, and send it once more."
    )
    return answer(request, sentence, 403)


def broken(request: HttpRequest) -> HttpResponse:
    sentence = "Daybreak made an error. Nothing was half-saved. Try again; if it stays, tell whoever runs it."
    return render(request, "500.html", {"sentence": sentence}, status=500)
