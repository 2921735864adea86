"""The page of one discrepancy: what is missing, what is known, the facts for a loss report, its end by two people."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.pharmacy import forms, queries, services
from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent
from daybreak.clinic.pharmacy.pages import case_of, proved
from daybreak.clinic.pharmacy.services import LOSS_QUESTIONS
from daybreak.clinic.pharmacy.witness import witnesses
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.treatment.controlled_drug import notice_due, report_due, rule

Outcome = DiscrepancyEvent.Outcome


@requires(Permission.LEDGER_READ)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One difference, with all that is known of it."""
    return _case(request, case_of(request, case_id))


@requires(Permission.LEDGER_RECORD)
@require_POST
def explain(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Somebody writes what they know."""
    found, who, form = case_of(request, case_id), actor(request), forms.ExplainForm(request.POST)

    def do(said: dict[str, Any]) -> str:
        services.explain(found, said["words"], who, write_id=said["write_id"])
        return "Kept with the case."

    return answered(request, form, do, lambda bound: _case(request, found, explain=bound), "pharmacy_case", found.pk)


@requires(Permission.LEDGER_MANAGE)
@require_POST
def loss(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The facts a report of theft or loss asks for."""
    found, who, form = case_of(request, case_id), actor(request), forms.LossForm(request.POST)

    def do(said: dict[str, Any]) -> str:
        services.state_loss(found, {name: said[name] for name in LOSS_QUESTIONS}, who, write_id=said["write_id"])
        return "Kept. Nothing was sent: a person files the report."

    return answered(request, form, do, lambda bound: _case(request, found, loss=bound), "pharmacy_case", found.pk)


@requires(Permission.LEDGER_MANAGE)
@require_POST
def close(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Two people end it."""
    found, who = case_of(request, case_id), actor(request)
    form = forms.CloseForm(request.POST, witnesses=witnesses(request))

    def do(said: dict[str, Any]) -> str:
        outcome = Outcome(said["outcome"])
        second = proved(request, form)
        services.close(found, outcome, said["words"], who, second, write_id=said["write_id"])
        return f"Closed by you and {second.user.display_name}."

    return answered(request, form, do, lambda bound: _case(request, found, close=bound), "pharmacy_case", found.pk)


def _case(request: HttpRequest, found: Discrepancy, **bound: django_forms.Form) -> HttpResponse:
    events = list(found.events.select_related("recorded_by", "witness").order_by("recorded_at"))
    stated: dict[str, str] = {}
    for event in events:
        stated |= event.data
    found_at = timezone.localtime(found.found_at)
    closed = next((event for event in events if event.kind == DiscrepancyEvent.Kind.CLOSED), None)
    remains, written = queries.remains(found), queries.written_at_end(found)
    context = {
        "case": found,
        "events": events,
        "closed": closed,
        "account": queries.account(found.use) if found.use else None,
        "remains": remains,
        "at_count": queries.at_last_count(found),
        "written": written,
        "is_gone": not found.use and not remains and (closed is None or closed.outcome == Outcome.EXPLAINED),
        "stated": [(question, stated.get(name, "")) for name, question in LOSS_QUESTIONS.items()],
        "notice_due": notice_due(found_at),
        "notice_rule": rule("loss_notice"),
        "report_due": report_due(found_at.date()),
        "report_rule": rule("loss_report"),
        "now": timezone.now(),
        "explain": forms.ExplainForm(initial={"write_id": new_id()}),
        "loss": forms.LossForm(initial={"write_id": new_id(), **stated}),
        # Whoever sends a form after somebody else closed the case sees no form any more: why is said above.
        "refused": [error for form in bound.values() for error in form.non_field_errors()] if closed else [],
        "close": forms.CloseForm(witnesses=witnesses(request), initial={"write_id": new_id()}),
    }
    return render(request, "pharmacy/case.html", context | bound)
