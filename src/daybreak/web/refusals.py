"""A refusal that no view caught still reaches the person as a sentence, never as a 500."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from daybreak.clinic.followup.whom_to_call import whom_to_call
from daybreak.clinic.record.models import User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Point, Refusal


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            said = {"lead": exception.lead, "points": exception.points, "boxes": exception.boxes}
            return answer(request, str(exception), exception.status, **said)
        return None


def answer(
    request: HttpRequest,
    sentence: str,
    status: int,
    *,
    lead: str = "",
    points: Sequence[Point] = (),
    boxes: Mapping[str, str] | None = None,
) -> HttpResponse:
    """What is refused as the caller reads it: JSON or a page. A view that knows says where the person was, and which
    words they wrote.
    """
    if request.headers.get("Accept") == "application/json":
        listed = {"lead": lead, "points": [point._asdict() for point in points]} if points else {}
        return JsonResponse({"refused": sentence} | listed | ({"boxes": boxes} if boxes else {}), status=status)
    context = {
        "sentence": lead if points else sentence,
        "points": points,
        "status": status,
        "back": getattr(request, "refused_leads_to", ""),
        "written": getattr(request, "refused_words", ""),
    }
    return render(request, "refused.html", context | _shell(request), status=status)


def _shell(request: HttpRequest) -> dict[str, Any]:
    """A patient's refusal is a page of theirs, with whom to call; everybody else's is a page of the clinic."""
    user = getattr(request, "user", None)
    if isinstance(user, User) and user.role == Role.PATIENT:
        return {"shell": "followup/own_base.html"} | whom_to_call(user.site)
    return {"shell": "base.html"}
