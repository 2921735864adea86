"""The page of a clinic's own limits."""

from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from daybreak.clinic.record import own_limits
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.forms import LimitsForm
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import NotYours


@requires(Permission.RULES_READ)
def limits(request: HttpRequest) -> HttpResponse:
    """The limits of a session: what is published, what holds here, who wrote it; the medical director changes them."""
    site = request.user.site
    if request.method != "POST":
        return _page(request, None)
    if not request.user.allows(Permission.RULES_SIGN):
        raise NotYours("Only the medical director of the site sets its limits.")
    form = LimitsForm(request.POST, rows=own_limits.rows(site))

    def do(said: dict[str, Any]) -> str:
        own_limits.set_limits(
            site, form.values(), said["reason"], actor(request), write_id=said["write_id"], seen=said["seen"],
            shown=request.POST.get("shown", ""),
        )  # fmt: skip
        return "Saved. These limits hold for every session that is opened from now on."

    return answered(request, form, do, lambda bound: _page(request, bound), "limits", kept=True)


def _page(request: HttpRequest, form: django_forms.Form | None) -> HttpResponse:
    site = request.user.site
    rows, history = own_limits.rows(site), own_limits.history(site)
    form = form or LimitsForm(rows=rows, initial={"write_id": new_id(), "seen": history.count()})
    context = {
        "form": form,
        "rows": [(row, form[row.published.id] if row.published.id in form.fields else None) for row in rows],
        "does_not_hold": own_limits.what_does_not_hold(site),
        "history": history[:50],
        "shown": " ".join(form.non_field_errors()) if form.is_bound else "",
        "may_set": request.user.allows(Permission.RULES_SIGN),
    }
    return render(request, "record/limits.html", context)
