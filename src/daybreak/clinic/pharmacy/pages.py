"""What the pages of the drug account share: fetching what is of this site, what a form offers, who is witness."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django import forms
from django.db import models
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from daybreak.clinic.pharmacy import queries, witness
from daybreak.clinic.pharmacy.models import Discrepancy, LedgerEntry, Lot, Use
from daybreak.clinic.record.answered import write_id
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import NotYours, Refusal

Row = TypeVar("Row", bound=models.Model)


def use_of(request: HttpRequest, use_id: UUID) -> Use:
    use = Use.objects.select_related("patient__site", "site").prefetch_related("ends").filter(pk=use_id).first()
    if use is None:
        raise Refusal(
            "The drug account does not know this session. It is told within a minute of its opening; sessions from "
            "before there was an account stay outside it."
        )
    return _ours(request, use, use.site_id)


def lot_of(request: HttpRequest, lot_id: UUID) -> Lot:
    lot = get_object_or_404(Lot.objects.select_related("formulation__site", "patient"), pk=lot_id)
    return _ours(request, lot, lot.formulation.site_id)


def case_of(request: HttpRequest, case_id: UUID) -> Discrepancy:
    site: Site = request.user.site
    rows = queries.discrepancies(site).select_related("use__patient__site", "site")
    case = get_object_or_404(Discrepancy.objects.only("site"), pk=case_id)
    _ours(request, case, case.site_id)
    return rows.get(pk=case_id)


def entry_of(request: HttpRequest, entry_id: UUID) -> LedgerEntry:
    related = ("site", "lot__formulation", "use__patient", "from_location__site", "to_location__site")
    entry = get_object_or_404(LedgerEntry.objects.select_related(*related), pk=entry_id)
    return _ours(request, entry, entry.site_id)


def _ours(request: HttpRequest, row: Row, site_id: object) -> Row:
    if site_id != request.user.site_id:
        raise NotYours("This belongs to the drug account of another site.")
    return row


def offered(request: HttpRequest, site: Site, rows: Sequence[queries.Stock]) -> list[queries.Stock]:
    """What a form that was sent may take from: what is there, and where its own first sending took all there was."""
    taken = queries.taken(site, write_id(request))
    known = {(row.lot.pk, row.location.pk) for row in rows}
    return [*rows, *(row for row in taken if (row.lot.pk, row.location.pk) not in known)]


def proved(request: HttpRequest, form: forms.Form) -> witness.Witness:
    """The witness of a form."""
    return witness.prove(request, form.cleaned_data["witness"], form.cleaned_data["password"])
