"""A form that a page's script sends: it says who typed it, and reads the answer as JSON (`record/outbox.js`)."""

from django.http import HttpRequest, HttpResponse


def is_by_script(request: HttpRequest) -> bool:
    return request.META.get("HTTP_ACCEPT") == "application/json"


def is_kept_on_tablet(request: HttpRequest) -> bool:
    """Whether the outbox sent it: what is not answered there with `saved` or `refused` waits and is sent again."""
    return "HTTP_X_TYPED_BY" in request.META


def waited(request: HttpRequest) -> bool:
    """Whether an entry waited on a tablet without a network: nobody read a refusal, and what it tells of is done."""
    return request.META.get("HTTP_X_WAITED") == "1"


def typed_by_another(request: HttpRequest) -> HttpResponse | None:
    """The answer to an entry that waited on a tablet and was typed by somebody else than is signed in now: it is kept
    there, and saved under nobody else's name. None where it is theirs."""
    typed_by = request.META.get("HTTP_X_TYPED_BY")
    if typed_by and typed_by != str(request.user.pk):
        return HttpResponse("Somebody else typed this. It waits for them on this tablet.", status=401)
    return None
