"""Pages of the drug account: what is here, what comes in, counts, the register."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.pharmacy import forms, queries, services
from daybreak.clinic.pharmacy.models import Count, Formulation, Lot, StorageLocation
from daybreak.clinic.pharmacy.pages import entry_of, proved
from daybreak.clinic.pharmacy.services.counting import expected
from daybreak.clinic.pharmacy.witness import witnesses
from daybreak.clinic.record.answered import answered, write_id
from daybreak.clinic.record.models import Site, new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.treatment.controlled_drug import inventory_reminded_on, rule
from daybreak.treatment.dosing import DoseRemark, notices
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.labelling import Jurisdiction

PAGE = 50


@requires(Permission.LEDGER_READ)
def account(request: HttpRequest) -> HttpResponse:
    """What is where, which treatment days are open, what waits for somebody."""
    site = request.user.site
    stock, due = queries.stock(site), queries.inventory_due(site)
    context = {
        "stock": stock,
        "named": [row for row in stock if row.lot.patient_id],
        "uses": queries.uses_now(site),
        "cases": list(queries.open_discrepancies(site)),
        "owner": services.owner_at(site, actor(request)),
        "now": timezone.now(),
        "last": queries.last_entry(site),
        "inventory_due": due,
        "inventory_is_soon": due is not None and inventory_reminded_on(due) <= timezone.localdate(),
        "today": timezone.localdate(),
        "rule": rule("patient_specific"),
        "has_places": bool(stock) or queries.locations(site).exists(),
    }
    if request.user.allows(Permission.LEDGER_MANAGE):
        now = context["now"]
        context |= {"small": queries.small_by_person(site, now), "small_counts": queries.small_at_counts(site, now)}
    return render(request, "pharmacy/account.html", context)


@requires(Permission.LEDGER_READ)
def register(request: HttpRequest) -> HttpResponse:
    """Every entry, newest first."""
    site, now = request.user.site, timezone.now()
    page = Paginator(queries.entries(site), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "small": queries.small_differences(site, now), "site": site, "now": now}
    return render(request, "pharmacy/register.html", context)


@requires(Permission.LEDGER_MANAGE)
def receive(request: HttpRequest) -> HttpResponse:
    """A delivery comes in."""
    site, who = request.user.site, actor(request)
    if request.method != "POST":
        return _receive(request, forms.ReceiveForm(site=site, initial={"write_id": new_id()}))
    form = forms.ReceiveForm(request.POST, site=site)

    def do(said: dict[str, Any]) -> str:
        entry = services.receive(
            said["formulation"], said["location"], who, write_id=said["write_id"], lot_number=said["lot"],
            expires_on=said["expires_on"], containers=said["containers"], supplier=said["supplier"],
            document=said["document"], patient=said["patient"], at=said["at"],
            reason=said["reason"],
        )  # fmt: skip
        what = entry.lot.formulation.says(entry.micrograms)
        return f"Received: {what}, lot {entry.lot.number}, into {said['location']}."

    return answered(request, form, do, lambda bound: _receive(request, bound), "pharmacy")


def _receive(request: HttpRequest, form: forms.ReceiveForm) -> HttpResponse:
    return render(request, "pharmacy/receive.html", {"form": form, "rule": rule("patient_specific")})


@requires(Permission.LEDGER_MANAGE)
def set_up(request: HttpRequest) -> HttpResponse:
    """Places and formulations."""
    return _set_up(request)


@requires(Permission.LEDGER_MANAGE)
@require_POST
def location_add(request: HttpRequest) -> HttpResponse:
    """A place becomes known."""
    form, site, who = forms.LocationForm(request.POST), request.user.site, actor(request)

    def do(said: dict[str, Any]) -> str:
        return f"{services.add_location(site, said['place'], who, write_id=said['write_id'])} is a place now."

    return answered(request, form, do, lambda bound: _set_up(request, location=bound), "pharmacy_set_up")


@requires(Permission.LEDGER_MANAGE)
@require_POST
def formulation_add(request: HttpRequest) -> HttpResponse:
    """A formulation becomes known."""
    form, site, who = forms.FormulationForm(request.POST), request.user.site, actor(request)

    def do(said: dict[str, Any]) -> str:
        content = form.content()
        drug, container = content.pop("drug"), content.pop("container")
        made = services.add_formulation(site, drug, container, who, write_id=said["write_id"], **content)
        return f"{made} can be received now."

    return answered(request, form, do, lambda bound: _set_up(request, formulation=bound), "pharmacy_set_up")


def _set_up(request: HttpRequest, **bound: django_forms.Form) -> HttpResponse:
    fresh = {"write_id": new_id()}
    context = {
        "locations": queries.locations(request.user.site),
        "formulations": Formulation.objects.filter(site=request.user.site).order_by("drug", "micrograms_each"),
        "location": forms.LocationForm(initial=fresh),
        "formulation": forms.FormulationForm(initial={"write_id": new_id()}),
        "notices": _notices(request.user.site),
    }
    return render(request, "pharmacy/set_up.html", context | bound)


def _notices(site: Site) -> list[DoseRemark]:
    """What is said of ketamine that is swallowed or melts: compounded, experimental."""
    if site.jurisdiction not in set(Jurisdiction):
        return []
    return [
        notice
        for route in (Route.SUBLINGUAL, Route.ORAL)
        for notice in notices(Drug.KETAMINE, route, Jurisdiction(site.jurisdiction))
    ]


@requires(Permission.LEDGER_RECORD)
def count(request: HttpRequest) -> HttpResponse:
    """A blind count: of the place `in` names, or of the whole site (an inventory). The book is not shown."""
    site, who = request.user.site, actor(request)
    wanted = request.GET.get("in", "")
    places = list(queries.locations(site))
    place = next((each for each in places if str(each.pk) == wanted), None)
    rows = expected(site, place) if place or wanted == "all" else []

    def page(form: forms.CountForm) -> HttpResponse:
        context = {
            "form": form, "place": place, "places": places, "wanted": wanted, "rows": rows,
            "last": queries.last_entry(site), "rule": rule("inventory"), "now": timezone.now(),
        }  # fmt: skip
        return render(request, "pharmacy/count.html", context)

    of = {"site": site, "place": place, "witnesses": witnesses(request)}
    if request.method != "POST":
        return page(forms.CountForm(rows=rows, initial={"write_id": new_id()}, **of))
    form = forms.CountForm(request.POST, rows=_as_posted(request, site, rows), **of)

    def do(said: dict[str, Any]) -> str:
        second = proved(request, form) if said["witness"] or place is None else None
        services.count(
            site, place, form.seen(), who, write_id=said["write_id"], found=form.found(), witness=second,
            business=Count.Business(said["business"]), reason=said["reason"], at=said["at"],
        )  # fmt: skip
        return "Counted and kept. Below is what the book has."

    return answered(request, form, do, page, "pharmacy_counted", write_id(request))


def _as_posted(
    request: HttpRequest, site: Site, rows: Sequence[tuple[Lot, StorageLocation]]
) -> Sequence[tuple[Lot, StorageLocation]]:
    """The rows in the order in which the page had them: boxes are numbered, and stock may have moved meanwhile.

    What has left its place keeps its box. What came since is asked for, unless this very count is kept already.
    """
    order = request.POST.getlist("row")
    by_key = {f"{lot.pk}:{place.pk}": (lot, place) for lot, place in rows}
    if any(key not in by_key for key in order):
        by_key |= {
            f"{lot.pk}:{place.pk}": (lot, place) for place in queries.locations(site) for lot in queries.lots_of(site)
        }
    if any(key not in by_key for key in order):
        raise Refusal("This page names a lot that is not of this site. Load it again. Nothing was saved.")
    kept = [by_key[key] for key in order]
    if Count.objects.filter(pk=write_id(request), site=site).exists():
        return kept
    return [*kept, *(row for row in rows if row not in kept)]


@requires(Permission.LEDGER_READ)
def counted(request: HttpRequest, count_id: UUID) -> HttpResponse:
    """A count beside the book as it then was: also the inventory, as it is kept on paper."""
    made = get_object_or_404(Count.objects.select_related("site", "location", "recorded_by", "witness"), pk=count_id)
    if made.site_id != request.user.site_id:
        raise NotYours("This count is of another site.")
    lines = queries.counted_lines(made)
    cases = queries.count_cases([line.entry.lot for line in lines])
    told = [
        (line, queries.of_count(cases, line.entry.lot, line.entry.counted_in, -line.difference, line.entry))
        for line in lines
    ]
    context = {
        "count": made, "lines": lines, "rule": rule("inventory"), "due": queries.inventory_due(made.site),
        "told": [(line, case) for line, case in told if case],
        "last": lines[-1].entry if lines else None,
        "entered_since": queries.entered_since(made),
    }  # fmt: skip
    return render(request, "pharmacy/counted.html", context)


@requires(Permission.LEDGER_MANAGE)
def reverse(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Undo a wrong entry by another that names it."""
    entry, who = entry_of(request, entry_id), actor(request)
    takes_two = services.takes_two(entry)
    offer = {"takes_two": takes_two, "witnesses": witnesses(request)}

    def page(form: forms.ReverseForm) -> HttpResponse:
        return render(request, "pharmacy/reverse.html", {"entry": entry, "form": form})

    if request.method != "POST":
        return page(forms.ReverseForm(initial={"write_id": new_id()}, **offer))
    sent = forms.ReverseForm(request.POST, **offer)

    def do(said: dict[str, Any]) -> str:
        second = proved(request, sent) if takes_two else None
        services.reverse(entry, said["reason"], who, second, write_id=said["write_id"])
        return f"Entry {entry.number} is reversed. Make the right one now."

    return answered(request, sent, do, page, "pharmacy_register")
