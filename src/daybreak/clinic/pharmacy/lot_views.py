"""Pages of one lot and of one treatment day's use."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.pharmacy import forms, queries, services
from daybreak.clinic.pharmacy import recipients as by_lot
from daybreak.clinic.pharmacy.asked_of_sessions import running_in
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, Use
from daybreak.clinic.pharmacy.pages import lot_of, offered, proved, use_of
from daybreak.clinic.pharmacy.witness import witnesses
from daybreak.clinic.record import audit
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.by_script import waited
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.services import require_open
from daybreak.treatment.controlled_drug import rule


@requires(Permission.LEDGER_READ)
def use(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """The account of one treatment day."""
    found = use_of(request, use_id)
    require_open(request.user, found.patient)
    audit.record_opening(actor(request), found.patient, "drug account")
    return _use(request, found)


@requires(Permission.LEDGER_RECORD)
@require_POST
def draw(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """Drug is taken out."""
    found, who = use_of(request, use_id), actor(request)
    form = forms.DrawForm(request.POST, rows=offered(request, found.site, _drawable(found)), ways=found.ways)

    def do(said: dict[str, Any]) -> str:
        row: queries.Stock = said["source"]
        entry = services.draw(
            found, row.lot, row.location, form.measured(row.lot.formulation), who, write_id=said["write_id"],
            reason=said["reason"], at=said["at"], waited=waited(request),
        )  # fmt: skip
        return f"Drawn: {row.lot.formulation.says(entry.micrograms)}, lot {row.lot.number}."

    return answered(request, form, do, lambda bound: _use(request, found, draw=bound), "pharmacy_use", found.pk)


@requires(Permission.LEDGER_RECORD)
@require_POST
def waste(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """What is left is made useless before a witness."""
    found, who = use_of(request, use_id), actor(request)
    form = forms.WasteForm(request.POST, lots=list(queries.in_hand(found)), witnesses=witnesses(request))

    def do(said: dict[str, Any]) -> str:
        lot: Lot = said["lot"]
        amount = form.measured(lot.formulation)
        second = proved(request, form)
        services.waste(
            found, lot, amount, who, second, write_id=said["write_id"], words=said["words"], reason=said["reason"],
            at=said["at"],
        )  # fmt: skip
        return f"Wasted: {lot.formulation.says(amount)}, lot {lot.number}. Witness: {second.user.display_name}."

    return answered(request, form, do, lambda bound: _use(request, found, waste=bound), "pharmacy_use", found.pk)


@requires(Permission.LEDGER_RECORD)
@require_POST
def put_back(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """What was not needed goes back."""
    found, who = use_of(request, use_id), actor(request)
    lots, offer = list(queries.in_hand(found)), witnesses(request)
    form = forms.PutBackForm(request.POST, lots=lots, site=found.site, witnesses=offer)

    def do(said: dict[str, Any]) -> str:
        lot: Lot = said["lot"]
        amount = form.measured(lot.formulation)
        second = proved(request, form) if said["witness"] else None
        services.put_back(
            found, lot, said["location"], amount, who, write_id=said["write_id"], witness=second,
            reason=said["reason"], at=said["at"],
        )  # fmt: skip
        seen = f" Witness: {second.user.display_name}." if second else ""
        return f"Put back: {lot.formulation.says(amount)}, lot {lot.number}, into {said['location']}.{seen}"

    return answered(request, form, do, lambda bound: _use(request, found, back=bound), "pharmacy_use", found.pk)


def _drawable(found: Use) -> list[queries.Stock]:
    """The lots of the plan's drug: in a form for its doses first, then those for this person, then the nearest last
    day."""
    rows = [row for row in queries.stock(found.site) if row.lot.formulation.drug == found.drug]
    ours = [row for row in rows if row.lot.patient_id in (None, found.patient_id)]

    def order(row: queries.Stock) -> tuple[object, ...]:
        is_other = bool(services.other_form(row.lot.formulation, found.ways))
        return (row.recalled, is_other, row.lot.patient_id is None, row.lot.last_day, row.lot.number)

    return sorted(ours, key=order)


def _use(request: HttpRequest, found: Use, **bound: django_forms.Form) -> HttpResponse:
    lots, rows, offer = list(queries.in_hand(found)), _drawable(found), witnesses(request)
    context = {
        "use": found,
        "account": queries.account(found),
        "row": queries.row_of(found),
        "owner": services.owner_at(found.site, actor(request)),
        "entries": queries.entries(found.site).filter(use=found).order_by("number"),
        "cases": queries.open_discrepancies(found.site).filter(use=found),
        "lots": lots,
        "not_drawn": queries.given_and_not_drawn(found),
        "rows": rows,
        "rule": rule("waste"),
        "running": running_in(found, timezone.now()),
        "now": timezone.localtime(),
        "draw": forms.DrawForm(rows=rows, ways=found.ways, initial={"write_id": new_id()}),
        "waste": forms.WasteForm(lots=lots, witnesses=offer, initial={"write_id": new_id()}),
        "back": forms.PutBackForm(lots=lots, site=found.site, witnesses=offer, initial={"write_id": new_id()}),
    }
    return render(request, "pharmacy/use.html", context | bound)


@requires(Permission.LEDGER_READ)
def lot(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Everything that happened to a lot."""
    return _lot(request, lot_of(request, lot_id))


@requires(Permission.LEDGER_RECORD)
@require_POST
def move(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """From one place to another."""
    found, who = lot_of(request, lot_id), actor(request)
    site = found.formulation.site
    form = forms.MoveForm(request.POST, rows=offered(request, site, _stock_of(found)), site=site)

    def do(said: dict[str, Any]) -> str:
        amount, row = form.measured(found.formulation), said["source"]
        services.move(
            found, row.location, said["to"], amount, who, write_id=said["write_id"], reason=said["reason"],
            at=said["at"],
        )  # fmt: skip
        return f"Moved: {found.formulation.says(amount)} from {row.location} to {said['to']}."

    return answered(request, form, do, lambda bound: _lot(request, found, move=bound), "pharmacy_lot", found.pk)


@requires(Permission.LEDGER_MANAGE)
@require_POST
def out(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Stock is sent away, destroyed, or broke in store."""
    found, who = lot_of(request, lot_id), actor(request)
    form = forms.OutForm(
        request.POST, rows=offered(request, found.formulation.site, _stock_of(found)), witnesses=witnesses(request)
    )

    def do(said: dict[str, Any]) -> str:
        amount = form.measured(found.formulation)
        second = proved(request, form)
        verb = services.send_away if said["kind"] == LedgerEntry.Kind.SENT_AWAY else services.waste_stock
        verb(
            found, said["source"].location, amount, who, second, write_id=said["write_id"], words=said["words"],
            reason=said["reason"], at=said["at"],
        )  # fmt: skip
        return f"Out of the book: {found.formulation.says(amount)}. Witness: {second.user.display_name}."

    return answered(request, form, do, lambda bound: _lot(request, found, out=bound), "pharmacy_lot", found.pk)


@requires(Permission.LEDGER_MANAGE)
@require_POST
def recall(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """A lot is recalled, or its recall is lifted."""
    found, who = lot_of(request, lot_id), actor(request)
    form = forms.RecallForm(request.POST)
    lifts = form.lifts

    def do(said: dict[str, Any]) -> str:
        verb = services.lift_recall if lifts else services.recall
        verb(found, said["reason"], who, write_id=said["write_id"])
        if lifts:
            return "The recall is lifted, and its red flags are closed."
        return (
            "Recalled: nothing is drawn from it. Treatment days that go on with it got a red flag. Below is who got it."
        )

    onward = ("pharmacy_lot", found.pk) if lifts else ("pharmacy_recipients", found.pk)
    return answered(request, form, do, lambda bound: _lot(request, found, recall=bound), *onward)


@requires(Permission.LEDGER_READ)
def recipients(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Who got a lot: to be called, and to be printed."""
    found = lot_of(request, lot_id)
    audit.record(actor(request), "recipients of a lot opened", subject=found.number)
    context = {
        "lot": found,
        "recall": queries.recall_in_force(found),
        "recipients": by_lot.recipients(found),
        "now": timezone.now(),
        "rows": _stock_of(*queries.same_number(found)),
    }
    return render(request, "pharmacy/recipients.html", context)


@requires(Permission.LEDGER_READ)
def who_got(request: HttpRequest) -> HttpResponse:
    """Who got a lot as it was typed in their session, also one the account never received: for a recall of it."""
    site, number = request.user.site, " ".join(request.GET.get("lot", "").split())[:60]
    wanted = any(each.isalnum() for each in number)
    if wanted:
        audit.record(actor(request), "recipients of a lot opened", subject=number)
    context = {
        "number": number,
        "known": by_lot.lots_called(site, number) if wanted else [],
        "recipients": by_lot.recipients_of_typed(site, number) if wanted else [],
        "now": timezone.now(),
    }
    return render(request, "pharmacy/who_got.html", context)


def _stock_of(*lots: Lot) -> list[queries.Stock]:
    return [row for row in queries.stock(lots[0].formulation.site) if row.lot in lots]


def _lot(request: HttpRequest, found: Lot, **bound: django_forms.Form) -> HttpResponse:
    rows = _stock_of(found)
    recall_now = queries.recall_in_force(found)
    deed = forms.RecallForm.LIFT if recall_now else forms.RecallForm.RECALL
    context = {
        "lot": found,
        "rows": rows,
        "lines": queries.lines(found),
        "recall_now": recall_now,
        "others": [each for each in queries.same_number(found) if each != found],
        "today": timezone.localdate(),
        "rule": rule("stock_out"),
        "move": forms.MoveForm(rows=rows, site=found.formulation.site, initial={"write_id": new_id()}),
        "out": forms.OutForm(rows=rows, witnesses=witnesses(request), initial={"write_id": new_id()}),
        "recall": forms.RecallForm(initial={"write_id": new_id(), "deed": deed}),
    }
    return render(request, "pharmacy/lot.html", context | bound)
