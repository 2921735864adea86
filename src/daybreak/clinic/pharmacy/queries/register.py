"""The entries as they were made, and what was counted."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.pharmacy.models import Count, LedgerEntry, Lot
from daybreak.clinic.pharmacy.queries.book import balances
from daybreak.clinic.record.models import Site
from daybreak.treatment.controlled_drug import next_inventory


@dataclass(frozen=True)
class Line:
    """An entry of a lot with the balance after it."""

    entry: LedgerEntry
    balance: int = field(compare=False)


def entries(site: Site) -> QuerySet[LedgerEntry]:
    """The register, newest first."""
    related = ("lot__formulation", "from_location", "to_location", "counted_in", "use__patient", "recorded_by")
    rows = LedgerEntry.objects.filter(site=site).select_related(*related, "witness", "corrects", "corrected_by")
    return rows.order_by("-number")


def lines(lot: Lot) -> list[Line]:
    """Everything that happened to a lot, oldest first, with what the book then had of it in all places."""
    found, balance_now = [], 0
    for entry in entries(lot.formulation.site).filter(lot=lot).order_by("number"):
        balance_now += entry.micrograms * (bool(entry.to_location_id) - bool(entry.from_location_id))
        found.append(Line(entry, balance_now))
    return found


def last_inventory(site: Site) -> Count | None:
    return Count.objects.filter(site=site, location__isnull=True).order_by("-counted_at").first()


def inventory_due(site: Site) -> date | None:
    """By when the next inventory is due; None before the first."""
    last = last_inventory(site)
    return next_inventory(timezone.localdate(last.counted_at)) if last else None


def last_entry(site: Site) -> LedgerEntry | None:
    """The end of the chain."""
    return LedgerEntry.objects.filter(site=site).order_by("-number").first()


@dataclass(frozen=True)
class CountedLine:
    """One lot in one place of a count: what was seen, and what the book had then."""

    entry: LedgerEntry
    book: int

    @cached_property
    def difference(self) -> int:
        """Seen less booked."""
        return self.entry.micrograms - self.book


def counted_lines(count: Count) -> list[CountedLine]:
    """The result of a count, against the book as it stood before it: its entries stand together and move nothing."""
    rows = list(count.entries.select_related("lot__formulation", "counted_in").order_by("number"))
    if not rows:
        return []
    book = balances(count.site, lot__in=[row.lot_id for row in rows], number__lt=rows[0].number)
    return [CountedLine(row, book.get((row.counted_in_id, row.lot_id), 0)) for row in rows]
