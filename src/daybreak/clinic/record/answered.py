"""A form of a page that is carried out once, or answered in words and shown again with what was typed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from daybreak.clinic.record import writes
from daybreak.clinic.record.by_script import is_by_script, typed_by_another
from daybreak.clinic.record.refusals import NotYours, Refusal

Render = Callable[..., HttpResponse]


def write_id(request: HttpRequest) -> UUID | None:
    """The id of the write that was sent, to look for what its first sending did; None where none can be read."""
    try:
        return UUID(request.POST.get("write_id", ""))
    except ValueError:
        return None


def with_saved(form: forms.Form, *onward: Any) -> HttpResponse:
    """Onward with the id of what is saved: what the tab kept of it (`record/kept.js`) may go."""
    return redirect(f"{resolve_url(*onward)}?{urlencode({'saved': form.cleaned_data['write_id']})}")


def answered(
    request: HttpRequest,
    form: forms.Form,
    do: Callable[[dict[str, Any]], str],
    again: Render,
    *onward: Any,
    kept: bool = False,
) -> HttpResponse:
    """Carry out what a form asks for and go on, or show the page again with what was typed and why it was refused.
    A script is answered the same in JSON (`record.by_script`).

    Args:
        do: carries it out and gives the sentence that says so.
        again: the page, given the form.
        onward: where to go, as `redirect` takes it.
        kept: whether the page keeps in its tab what is typed (`record/kept.js`): it is told that this is saved.
    """
    if (refused := typed_by_another(request)) is not None:
        return refused
    status = Refusal.status
    if form.is_valid():
        repeated = writes.is_kept(form.cleaned_data["write_id"])
        try:
            said = do(dict(form.cleaned_data))
        except NotYours:
            raise
        except forms.ValidationError as wrong:
            form.add_error(None, wrong.messages)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.info(request, "This was saved before; nothing was added." if repeated else said)
            if is_by_script(request):
                saved = {"saved": str(form.cleaned_data["write_id"]), "said": said, "leads_to": resolve_url(*onward)}
                return JsonResponse(saved)
            return with_saved(form, *onward) if kept else redirect(*onward)
    if is_by_script(request):
        refused = " ".join(sentence for sentences in form.errors.values() for sentence in sentences)
        return JsonResponse({"refused": refused}, status=status)
    response = again(form)
    response.status_code = status
    return response
