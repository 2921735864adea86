"""What the book has, by place and lot, and what stands against a lot."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, LotRecall, StorageLocation
from daybreak.clinic.pharmacy.queries.lot_names import (
    called,
    called_alike,
    each_meant,
    letters_and_figures,
    may_be,
    one_of_each,
    read_in,
    reads_as,
)
from daybreak.clinic.record.models import Site
from daybreak.treatment.controlled_drug import expires_soon

Kind = LedgerEntry.Kind
Balances = dict[tuple[object, object], int]  # (location, lot) -> micrograms


def standing(entries: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    """Without reversals and what they reversed."""
    return entries.filter(corrected_by__isnull=True).exclude(kind=Kind.REVERSED)


def balances(site: Site, **only: object) -> Balances:
    """What the book says lies in each place of each lot; places that are empty are left out."""
    found: Balances = defaultdict(int)
    entries = LedgerEntry.objects.filter(site=site, **only).order_by()
    for place, sign in (("to_location", 1), ("from_location", -1)):
        rows = entries.filter(**{f"{place}__isnull": False}).values_list(place, "lot").annotate(Sum("micrograms"))
        for location, lot, micrograms in rows:
            found[location, lot] += sign * micrograms
    return {key: micrograms for key, micrograms in found.items() if micrograms}


def balance(lot: Lot, location: StorageLocation) -> int:
    """What the book says of one lot in one place."""
    return balances(location.site, lot=lot).get((location.pk, lot.pk), 0)


@dataclass(frozen=True, slots=True)
class Stock:
    """One lot in one place, as the book has it."""

    lot: Lot
    location: StorageLocation
    micrograms: int
    recalled: bool
    today: date

    @property
    def says(self) -> str:
        return self.lot.formulation.says(self.micrograms)

    @property
    def is_past(self) -> bool:
        return self.today > self.lot.last_day

    @property
    def is_soon(self) -> bool:
        return expires_soon(self.lot.last_day, self.today)


def stock(site: Site) -> list[Stock]:
    """Everything the book has, by place, drug and last day."""
    now = balances(site)
    lots = {lot.pk: lot for lot in lots_of(site).filter(pk__in={lot for _, lot in now})}
    places = {place.pk: place for place in locations(site)}
    recalled, today = recalled_lots(lots.values()), timezone.localdate()
    rows = [
        Stock(lots[lot], places[place], micrograms, lot in recalled, today) for (place, lot), micrograms in now.items()
    ]
    return sorted(rows, key=lambda row: (row.location.name, row.lot.formulation.drug, row.lot.last_day, row.lot.number))


def taken(site: Site, entry_id: UUID | None) -> list[Stock]:
    """Where an entry of this site took from, as `stock` says it, though nothing may be left there."""
    entries = LedgerEntry.objects.filter(pk=entry_id, site=site, lot__isnull=False, from_location__isnull=False)
    return [
        Stock(
            entry.lot, entry.from_location, balance(entry.lot, entry.from_location),
            bool(recalled_lots([entry.lot])), timezone.localdate(),
        )
        for entry in entries.select_related("lot__formulation", "lot__patient", "from_location")
    ]  # fmt: skip


def locations(site: Site) -> QuerySet[StorageLocation]:
    return StorageLocation.objects.filter(site=site).order_by("name")


def lots_of(site: Site) -> QuerySet[Lot]:
    return Lot.objects.filter(formulation__site=site).select_related("formulation", "patient")


def typed_lot(site: Site, drug: str, typed: str) -> Lot | None:
    """The lot somebody typed with a dose, if it is known here and no other can be meant."""
    found = each_meant(lots_of(site).filter(formulation__drug=drug).order_by("pk"), typed)
    return found[0] if len(found) == 1 else None


def perhaps_meant(lots: Iterable[Lot], typed: str) -> list[Lot]:
    """Those of these lots that may be meant by what was typed with a dose and are not read in it, one of each number:
    somebody looks at the container. Where another is read, the recalled ones only.
    """
    rows = list(lots)
    read = read_in(rows, typed)
    numbers = [lot.number for lot in read]
    found = [lot for lot in rows if may_be(lot.number, typed, numbers)]
    recalled = recalled_lots(found) if read else {lot.pk for lot in found}
    return one_of_each(lot for lot in found if lot.pk in recalled)


def spellings(site: Site, number: str, typed: Iterable[str]) -> list[str]:
    """Those of the lots typed that are read as this one, or may be it. What is another lot's own number is that lot."""
    found = [each for each in typed if reads_as(number, each) or may_be(number, each)]
    if all(called_alike(number, each) for each in found):
        return found
    numbers = list(lots_of(site).values_list("number", flat=True))
    known = {letters_and_figures(each) for each in numbers}

    def is_meant(each: str) -> bool:
        if letters_and_figures(each) in known:
            return called_alike(number, each)
        return reads_as(number, each) or may_be(number, each, [other for other in numbers if reads_as(other, each)])

    return [each for each in found if is_meant(each)]


def same_number(lot: Lot) -> list[Lot]:
    """Every record of this lot of the maker: each delivery for a person by name is one of its own, and somebody may
    have written it in another way."""
    rows = lots_of(lot.formulation.site).filter(formulation__drug=lot.formulation.drug).order_by("recorded_at")
    return called(rows, lot.number)


def recalled_lots(lots: Iterable[Lot], by: datetime | None = None) -> set[object]:
    """Those recalled, and those of the same number as one that is; with `by`, as it was at that time. One query."""
    rows = list(lots)
    words = LotRecall.objects.filter(lot__formulation__site__in={lot.formulation.site_id for lot in rows})
    if by is not None:
        words = words.filter(recorded_at__lte=by)
    columns = ("lot", "in_force", "lot__formulation__site", "lot__formulation__drug", "lot__number")
    newest = {lot: word for lot, *word in words.order_by("recorded_at").values_list(*columns)}
    recalled = {
        (site, drug, letters_and_figures(number)) for in_force, site, drug, number in newest.values() if in_force
    }
    return {
        lot.pk
        for lot in rows
        if (lot.formulation.site_id, lot.formulation.drug, letters_and_figures(lot.number)) in recalled
    }


def recall_in_force(lot: Lot) -> LotRecall | None:
    """The newest word that recalls this lot, or one of the same number; None where it is not recalled."""
    words = LotRecall.objects.filter(lot__in=same_number(lot)).select_related("recorded_by").order_by("recorded_at")
    newest = {word.lot_id: word for word in words}
    return max((word for word in newest.values() if word.in_force), key=lambda word: word.recorded_at, default=None)
