"""A refusal that no view caught still reaches the person as a sentence, never as a 500."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from daybreak.clinic.record.refusals import Refusal


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return answer(request, str(exception), exception.status)
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
            return answer(request, "What was sent is too large for this page. Nothing was saved.", 413)
        return None


def answer(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """The sentence as the caller reads it: JSON, a fragment or a page."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"refused": sentence}, status=status)
    return render(request, "refused.html", {"sentence": sentence, "status": status}, status=status)
