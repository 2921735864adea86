"""The register of some days: on paper, and as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from daybreak.clinic.pharmacy import periods, queries
from daybreak.clinic.pharmacy.forms import PeriodForm
from daybreak.clinic.record import audit
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.evidence.rows import to_csv


@requires(Permission.LEDGER_READ)
def period(request: HttpRequest) -> HttpResponse:
    """What was there before, all that happened and what was there after; prints on A4."""
    form = PeriodForm(request.GET or None, initial=_this_month())
    if not form.is_valid():
        return render(request, "pharmacy/period.html", {"form": form}, status=422 if form.is_bound else 200)
    asked = form.period(request.user.site)
    _note_reading(request, asked)
    before, found = periods.movements(asked), periods.entries(asked)
    count = found.count()
    context = {
        "form": form,
        "period": asked,
        "movements": before,
        "count": count,
        "lines": list(periods.lines(asked, before)) if count <= periods.MOST_ON_PAPER else None,
        "most": periods.MOST_ON_PAPER,
        "now": timezone.now(),
        "today": timezone.localdate(),
        "last": queries.last_entry(request.user.site),
    }
    return render(request, "pharmacy/period.html", context)


@requires(Permission.LEDGER_READ)
def period_file(request: HttpRequest) -> HttpResponse:
    """The same entries as CSV, however many there are."""
    form = PeriodForm(request.GET)
    if not form.is_valid():
        raise Refusal(" ".join(str(error) for errors in form.errors.values() for error in errors))
    asked = form.period(request.user.site)
    _note_reading(request, asked)
    text = to_csv(periods.rows(asked))
    if not text:
        raise Refusal("The register has no entry of these days, so there is no file. Choose other days.")
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = f"register-{asked.drug}-{asked.first.isoformat()}-{asked.last.isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _this_month() -> dict[str, object]:
    today = timezone.localdate()
    return {"first": today.replace(day=1), "last": today}


def _note_reading(request: HttpRequest, asked: periods.Period) -> None:
    """It names everybody who got the drug in these days."""
    audit.record(
        actor(request), "register of a period opened", subject=asked.drug,
        first=asked.first.isoformat(), last=asked.last.isoformat(),
    )  # fmt: skip
