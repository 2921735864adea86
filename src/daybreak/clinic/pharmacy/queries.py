"""Reads of the drug account."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from daybreak.clinic.pharmacy.models import (
    Count,
    Discrepancy,
    DiscrepancyEvent,
    LedgerEntry,
    Lot,
    LotRecall,
    StorageLocation,
    Use,
)
from daybreak.clinic.record.models import Site
from daybreak.treatment.controlled_drug import (
    expires_soon,
    next_inventory,
    unexplained_after,
    unexplained_micrograms,
)

Kind = LedgerEntry.Kind
Balances = dict[tuple[object, object], int]  # (location, lot) -> micrograms
# So many treatment days are looked through for the first page, and those opened so lately for new cases; ours. What
# does not add up has a case by then.
SAME_DAY = timedelta(hours=12)  # midnight ends no treatment day
RECENT_USES = 40
LOOKED_THROUGH = timedelta(days=31)
# So many of the newest entries are looked at, too, whatever day they belong to: what is done to an old treatment day
# would be seen by nobody. And a treatment day that nobody ended is over after so long. Both ours.
NEWEST_ENTRIES, OVER_AT_LATEST = 1000, timedelta(hours=24)


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


def difference_at_last_count(lot: Lot, location: StorageLocation) -> int:
    """What the book had beyond what was seen when this lot was last counted in this place, less what was written off
    or found since."""
    here = LedgerEntry.objects.filter(lot=lot)
    last = here.filter(kind=Kind.COUNTED, counted_in=location).order_by("-number").first()
    if last is None:
        return 0
    book = balances(location.site, lot=lot, number__lt=last.number).get((location.pk, lot.pk), 0)
    since = standing(here.filter(number__gt=last.number, kind__in=(Kind.WRITTEN_OFF, Kind.FOUND)))
    off = since.filter(from_location=location).aggregate(Sum("micrograms"))["micrograms__sum"] or 0
    found = since.filter(to_location=location).aggregate(Sum("micrograms"))["micrograms__sum"] or 0
    return int(book - last.micrograms - off + found)


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
        sign = "−" if self.micrograms < 0 else ""
        return sign + self.lot.formulation.says(abs(self.micrograms))

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
    recalled, today = recalled_lots(lots), timezone.localdate()
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
            bool(recalled_lots([entry.lot.pk])), timezone.localdate(),
        )
        for entry in entries.select_related("lot__formulation", "lot__patient", "from_location")
    ]  # fmt: skip


def locations(site: Site) -> QuerySet[StorageLocation]:
    return StorageLocation.objects.filter(site=site).order_by("name")


def lots_of(site: Site) -> QuerySet[Lot]:
    return Lot.objects.filter(formulation__site=site).select_related("formulation", "patient")


def typed_lot(site: Site, drug: str, number: str) -> Lot | None:
    """The lot somebody typed, if it is known here."""
    return lots_of(site).filter(number__iexact=number, formulation__drug=drug).first()


def recalled_lots(lots: Iterable[object], by: datetime | None = None) -> set[object]:
    """Those whose newest word is a recall; with `by`, the newest word of that time."""
    words = LotRecall.objects.filter(lot__in=list(lots)).order_by("recorded_at")
    if by is not None:
        words = words.filter(recorded_at__lte=by)
    newest = dict(words.values_list("lot", "in_force"))
    return {lot for lot, in_force in newest.items() if in_force}


def going_on_with(lot: Lot) -> QuerySet[Use]:
    """The treatment days that are not over and for which something was drawn from this lot."""
    drawn = standing(LedgerEntry.objects.filter(lot=lot, kind=Kind.DRAWN))
    going_on = Use.objects.filter(pk__in=drawn.values("use"), end__isnull=True)
    return going_on.select_related("patient", "site", "recorded_by").order_by("opened_at")


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the drug of one treatment day, in micrograms."""

    drawn: int = 0
    given: int = 0
    wasted: int = 0
    returned: int = 0
    written_off: int = 0
    found: int = 0

    @property
    def unexplained(self) -> int:
        """Above zero: drawn and not accounted for. Below: more is accounted for than was drawn."""
        return self.drawn + self.found - self.given - self.wasted - self.returned - self.written_off

    @property
    def adds_up(self) -> bool:
        return abs(self.unexplained) < unexplained_micrograms()


_COLUMNS = {
    Kind.DRAWN: "drawn", Kind.GIVEN: "given", Kind.WASTED: "wasted", Kind.RETURNED: "returned",
    Kind.WRITTEN_OFF: "written_off", Kind.FOUND: "found",
}  # fmt: skip


def accounts(uses: Iterable[Use]) -> dict[object, Account]:
    """The account of each of these treatment days, in one query."""
    sums: dict[object, dict[str, int]] = {use.pk: {} for use in uses}
    rows = standing(LedgerEntry.objects.filter(use__in=list(sums))).order_by()
    for use, kind, micrograms in rows.values_list("use", "kind").annotate(Sum("micrograms")):
        sums[use][_COLUMNS[Kind(kind)]] = micrograms
    return {use: Account(**found) for use, found in sums.items()}


def account(use: Use) -> Account:
    return accounts([use])[use.pk]


def in_hand(use: Use) -> dict[Lot, int]:
    """What was drawn of each lot and neither wasted nor put back: what can have been given. In the order of drawing."""
    held: dict[Lot, int] = {}
    entries = standing(LedgerEntry.objects.filter(use=use, lot__isnull=False))
    for entry in entries.select_related("lot__formulation").order_by("number"):
        if entry.kind == Kind.DRAWN:
            held[entry.lot] = held.get(entry.lot, 0) + entry.micrograms
        elif entry.kind in (Kind.WASTED, Kind.RETURNED):
            held[entry.lot] = held.get(entry.lot, 0) - entry.micrograms
    return held


def given_and_not_drawn(use: Use) -> list[Lot]:
    """Lots known here that the session names for a dose, and of which nothing was drawn for this day.

    The sums may agree while one lot is short and another is in somebody's pocket.
    """
    given = standing(LedgerEntry.objects.filter(use=use, kind=Kind.GIVEN, lot__isnull=False))
    drawn = standing(LedgerEntry.objects.filter(use=use, kind=Kind.DRAWN)).values("lot")
    return list(lots_of(use.site).filter(pk__in=given.values("lot")).exclude(pk__in=drawn).order_by("number"))


def left_in_hand(use: Use, lot: Lot) -> int:
    """What can be left in hand of this lot, in micrograms: drawn, less what was given, wasted and put back.

    A dose counts against the lot typed for it. One whose lot nobody typed, or typed as no lot that is known, can have
    come from any that was drawn, and counts against all of them together.
    """
    left, of_any = in_hand(use), 0
    given = standing(LedgerEntry.objects.filter(use=use, kind=Kind.GIVEN))
    for entry in given.select_related("lot__formulation"):
        if entry.lot is None or entry.lot.number.casefold() != entry.typed_lot.casefold():
            of_any += entry.micrograms
        elif entry.lot in left:
            left[entry.lot] -= entry.micrograms
    return min(left.get(lot, 0), sum(max(each, 0) for each in left.values()) - of_any)


def uses(site: Site) -> QuerySet[Use]:
    return Use.objects.filter(site=site).select_related("patient", "end").order_by("-opened_at")


@dataclass(frozen=True, slots=True)
class UseRow:
    """`has_case`: a case about it is open. `is_kept`: the account had begun, so that it can add up."""

    use: Use
    account: Account
    has_case: bool = False
    is_kept: bool = True

    @property
    def is_over(self) -> bool:
        return hasattr(self.use, "end")

    @property
    def case_opens_at(self) -> datetime | None:
        """When a case opens if nothing is entered; None while it goes on, where it adds up, or has its case."""
        if not self.is_over or not self.is_kept or self.account.adds_up or self.has_case:
            return None
        return self.use.end.at + unexplained_after()


def began_at(site: Site) -> datetime | None:
    """When the first delivery was entered: treatment days before it have no account to add up to."""
    first = LedgerEntry.objects.filter(site=site, kind=Kind.RECEIVED).order_by("number")
    return first.values_list("occurred_at", flat=True).first()


def uses_now(site: Site) -> list[UseRow]:
    """Treatment days of today, of the night before, and of the last weeks that do not add up, the newest first."""
    began = began_at(site)
    if began is None:
        return []
    recent = list(uses(site).filter(opened_at__gte=began)[:RECENT_USES])
    found, with_case = accounts(recent), uses_with_case(recent)
    now = timezone.localtime()
    since = min(now.replace(hour=0, minute=0, second=0, microsecond=0), now - SAME_DAY)
    return [
        UseRow(use, found[use.pk], use.pk in with_case)
        for use in recent
        if use.opened_at >= since or not found[use.pk].adds_up
    ]


def row_of(use: Use) -> UseRow:
    """One treatment day as the first page shows it."""
    began = began_at(use.site)
    return UseRow(use, account(use), bool(uses_with_case([use])), is_kept=began is not None and began <= use.opened_at)


def uses_with_case(uses: Iterable[Use]) -> set[object]:
    """Those of these treatment days about which a case is open. One query."""
    open_now = _not_closed(Discrepancy.objects.filter(use__in=[use.pk for use in uses]))
    return set(open_now.values_list("use", flat=True))


def overdue_uses(site: Site, now: datetime) -> list[UseRow]:
    """Treatment days that have been over for a while, do not add up and have no open case: those of the last weeks, and
    those of any age that an entry was made for lately."""
    began = began_at(site)
    if began is None:
        return []
    last = LedgerEntry.objects.filter(site=site).order_by("-number").values_list("number", flat=True).first() or 0
    newest = LedgerEntry.objects.filter(site=site, number__gt=last - NEWEST_ENTRIES, use__isnull=False).order_by()
    touched = list(newest.values_list("use", flat=True).distinct())
    over = uses(site).filter(
        Q(opened_at__gte=now - LOOKED_THROUGH) | Q(pk__in=touched),
        Q(end__at__lte=now - unexplained_after()) | Q(end__isnull=True, opened_at__lte=now - OVER_AT_LATEST),
        ~Exists(_not_closed(Discrepancy.objects.filter(use=OuterRef("pk")))),
        opened_at__gte=began,
    )
    found = accounts(over)
    return [UseRow(use, found[use.pk]) for use in over if not found[use.pk].adds_up]


def _not_closed(cases: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
    closed = DiscrepancyEvent.objects.filter(discrepancy=OuterRef("pk"), kind=DiscrepancyEvent.Kind.CLOSED)
    return cases.filter(~Exists(closed))


@dataclass(frozen=True, slots=True)
class SmallDifferences:
    """What treatment days left unexplained that is too little for a case of its own, in micrograms."""

    days: int
    missing: int
    too_much: int


def small_differences(site: Site, now: datetime) -> SmallDifferences:
    """Of the treatment days of the last weeks: a little each day is a vial after some time."""
    began = began_at(site) or now
    over = uses(site).filter(opened_at__gte=max(began, now - LOOKED_THROUGH), end__isnull=False)
    found = [each.unexplained for each in accounts(over).values() if each.unexplained and each.adds_up]
    return SmallDifferences(
        len(found), sum(each for each in found if each > 0), -sum(each for each in found if each < 0)
    )


def discrepancies(site: Site) -> QuerySet[Discrepancy]:
    """Every case with `closed`, the open ones first, by deadline."""
    closed = DiscrepancyEvent.objects.filter(discrepancy=OuterRef("pk"), kind=DiscrepancyEvent.Kind.CLOSED)
    rows = Discrepancy.objects.filter(site=site).annotate(closed=Exists(closed))
    related = ("use__patient", "lot__formulation", "location", "owner", "entry__count")
    return rows.select_related(*related).order_by("closed", "due_at", "pk")


def remains(case: Discrepancy) -> int:
    """The difference of a case as it is now, in micrograms: missing above zero, below too much."""
    if case.use:
        return account(case.use).unexplained
    if case.lot is None or case.location is None:
        return case.micrograms
    if case.about == Discrepancy.About.BELOW_ZERO:
        return min(0, balance(case.lot, case.location))
    return difference_at_last_count(case.lot, case.location)


def open_discrepancies(site: Site) -> QuerySet[Discrepancy]:
    return discrepancies(site).filter(closed=False)


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
    rows = list(
        count.entries.select_related("lot__formulation", "counted_in")
        .prefetch_related("discrepancies__owner", "discrepancies__lot")
        .order_by("number")
    )
    if not rows:
        return []
    book = balances(count.site, lot__in=[row.lot_id for row in rows], number__lt=rows[0].number)
    return [CountedLine(row, book.get((row.counted_in_id, row.lot_id), 0)) for row in rows]
