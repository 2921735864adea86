"""The audit trail: a page whose address can be kept, and the same entries as a file."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from daybreak.clinic.record import audit as trail
from daybreak.clinic.record import audit_trail
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.evidence.rows import to_csv

PAGE = 50


@requires(Permission.AUDIT_READ)
def audit(request: HttpRequest) -> HttpResponse:
    """Who opened or did what, newest first."""
    form = audit_trail.AuditForm(request.GET, site=request.user.site)
    context = {"form": form, "kinds": audit_trail.KINDS}
    if not form.is_valid():
        return render(request, "record/audit.html", context, status=422)
    entries = audit_trail.found(request.user.site, form.cleaned_data)
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    context |= {"page": page, "entries": [(entry, audit_trail.about(entry), audit_trail.told(entry)) for entry in page]}
    return render(request, "record/audit.html", context)


@requires(Permission.AUDIT_READ)
def audit_file(request: HttpRequest) -> HttpResponse:
    """The entries asked for as CSV; that they were taken is an entry itself."""
    form = audit_trail.AuditForm(request.GET, site=request.user.site)
    if not form.is_valid():
        raise Refusal(" ".join(str(error) for errors in form.errors.values() for error in errors))
    entries = audit_trail.found(request.user.site, form.cleaned_data)
    if not (count := entries.count()):
        raise Refusal("No entry fits, so there is no file. Ask for less.")
    if count > audit_trail.MOST_IN_A_FILE:
        raise Refusal(
            f"{count} entries fit, and a file holds {audit_trail.MOST_IN_A_FILE}. Choose fewer days and take several."
        )
    text = to_csv(audit_trail.rows(entries))
    asked = {name: str(value) for name, value in form.cleaned_data.items() if value}
    trail.record(actor(request), "audit taken as a file", entries=count, asked=asked)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = f"audit-{timezone.localdate().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
