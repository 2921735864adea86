"""A refusal that no view caught still reaches the person as a sentence, never as a 500."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from daybreak.clinic.followup.whom_to_call import whom_to_call
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return answer(request, str(exception), exception.status)
        return None


def answer(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """The sentence as the caller reads it: JSON, a fragment or a page."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"refused": sentence}, status=status)
    back = getattr(request, "refused_leads_to", "")  # where the person was; a view that knows says it
    context = {"sentence": sentence, "status": status, "back": back} | _shell(request)
    return render(request, "refused.html", context, status=status)


def _shell(request: HttpRequest) -> dict[str, Any]:
    """A patient's refusal is a page of theirs, with whom to call; everybody else's is a page of the clinic."""
    user = getattr(request, "user", None)
    if isinstance(user, User) and user.role == Role.PATIENT:
        return {"shell": "followup/own_base.html"} | whom_to_call(user.site)
    return {"shell": "base.html"}
