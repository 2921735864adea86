"""What does not add up, and by how much it still does not."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum

from daybreak.clinic.pharmacy.models import (
    WRITTEN_AT_AN_END,
    WRITTEN_BY,
    Count,
    Discrepancy,
    DiscrepancyEvent,
    LedgerEntry,
    Lot,
    StorageLocation,
    Use,
)
from daybreak.clinic.pharmacy.queries.book import Kind, balance, balances, standing
from daybreak.clinic.pharmacy.queries.sums import account
from daybreak.clinic.record.models import Course, Site


def last_counted(lot: Lot, location: StorageLocation) -> LedgerEntry | None:
    """What was seen of a lot when it was last counted in this place."""
    counted = LedgerEntry.objects.filter(lot=lot, kind=Kind.COUNTED, counted_in=location)
    return counted.order_by("-number").first()


def newest_count(location: StorageLocation) -> Count | None:
    """The newest count of this place, or of the whole site with it."""
    here = Q(location=location) | Q(location=None, site=location.site_id)
    return Count.objects.filter(here).order_by("-counted_at").first()


def is_before_count(at: datetime, counted_at: datetime) -> bool:
    """Whether what happened at this time was over when it was counted. Times are typed to the minute."""
    return at < _minute(counted_at)


def _minute(counted_at: datetime) -> datetime:
    return counted_at.replace(second=0, microsecond=0)


def entered_after(counted: LedgerEntry) -> QuerySet[LedgerEntry]:
    """What was entered since for before this count, of its lot in its place: what the count was taken without."""
    here = Q(from_location=counted.counted_in) | Q(to_location=counted.counted_in)
    late = LedgerEntry.objects.filter(
        here, lot=counted.lot, number__gt=counted.number, occurred_at__lt=_minute(counted.occurred_at)
    )
    return standing(late).order_by("number")


def entered_since(count: Count) -> list[LedgerEntry]:
    """What was entered since for before this count, of what was counted in it. Two queries."""
    rows = list(count.entries.values_list("lot", "counted_in", "number", "occurred_at"))
    if not rows:
        return []
    lots, places, numbers, times = (set(column) for column in zip(*rows, strict=True))
    here = Q(from_location__in=places) | Q(to_location__in=places)
    late = LedgerEntry.objects.filter(here, lot__in=lots, number__gt=max(numbers), occurred_at__lt=_minute(min(times)))
    counted = {(lot, place) for lot, place, _, _ in rows}
    related = ("lot__formulation", "from_location", "to_location", "counted_in", "use__patient")
    return [
        each
        for each in standing(late).select_related(*related).order_by("number")
        if {(each.lot_id, each.from_location_id), (each.lot_id, each.to_location_id)} & counted
    ]


def difference_at_last_count(lot: Lot, location: StorageLocation) -> int:
    """What the book had beyond what was seen when this lot was last counted in this place, with what was entered since
    for before that count, less what was written off or found since."""
    here = LedgerEntry.objects.filter(lot=lot)
    last = last_counted(lot, location)
    if last is None:
        return 0
    book = balances(location.site, lot=lot, number__lt=last.number).get((location.pk, lot.pk), 0)
    late = sum(
        each.micrograms * ((each.to_location_id == location.pk) - (each.from_location_id == location.pk))
        for each in entered_after(last)
    )
    since = standing(here.filter(number__gt=last.number, kind__in=WRITTEN_AT_AN_END))
    off = since.filter(from_location=location).aggregate(Sum("micrograms"))["micrograms__sum"] or 0
    found = since.filter(to_location=location).aggregate(Sum("micrograms"))["micrograms__sum"] or 0
    return int(book + late - last.micrograms - off + found)


def uses_with_case(uses: Iterable[Use]) -> set[object]:
    """Those of these treatment days about which a case is open. One query."""
    open_now = not_closed(Discrepancy.objects.filter(use__in=[use.pk for use in uses]))
    return set(open_now.values_list("use", flat=True))


def not_closed(cases: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
    closed = DiscrepancyEvent.objects.filter(discrepancy=OuterRef("pk"), kind=DiscrepancyEvent.Kind.CLOSED)
    return cases.filter(~Exists(closed))


def discrepancies(site: Site) -> QuerySet[Discrepancy]:
    """Every case with `closed`, the open ones first, by deadline."""
    closed = DiscrepancyEvent.objects.filter(discrepancy=OuterRef("pk"), kind=DiscrepancyEvent.Kind.CLOSED)
    rows = Discrepancy.objects.filter(site=site).annotate(closed=Exists(closed))
    related = ("use__patient", "lot__formulation", "location", "owner", "entry__count")
    return rows.select_related(*related).order_by("closed", "due_at", "pk")


def remains(case: Discrepancy) -> int:
    """The difference of a case as it is now, in micrograms: missing above zero, below too much. No more is missing than
    the book still has there: what left since the count had been there.
    """
    if case.use:
        return account(case.use).unexplained
    if case.lot is None or case.location is None:
        return case.micrograms
    if case.about == Discrepancy.About.BELOW_ZERO:
        return min(0, balance(case.lot, case.location))
    now = at_last_count(case)
    return min(now, max(balance(case.lot, case.location), 0)) if now > 0 else now


def at_last_count(case: Discrepancy) -> int:
    """What the last count says of such a case; 0 where it says the opposite, which is another case (`of_count`)."""
    if case.about != Discrepancy.About.COUNT or case.lot is None or case.location is None:
        return 0
    now = difference_at_last_count(case.lot, case.location)
    return now if now * case.micrograms > 0 else 0


def figure(case: Discrepancy) -> int:
    """What a case is told by: what it still is about; once it ended, what its end wrote into the book; where neither is
    anything, what was found first."""
    if case.events.filter(kind=DiscrepancyEvent.Kind.CLOSED).exists():
        written = written_at_end(case)
        now = sum(each.micrograms if each.kind == Kind.WRITTEN_OFF else -each.micrograms for each in written)
    else:
        now = account(case.use).off if case.use else remains(case)
    return now or case.micrograms


def written_at_end(case: Discrepancy) -> list[LedgerEntry]:
    """What the end of a case wrote into the book, also what was reversed since."""
    of = {"use": case.use} if case.use else {"lot": case.lot}
    rows = LedgerEntry.objects.filter(site=case.site, kind__in=WRITTEN_AT_AN_END, document=f"{WRITTEN_BY}{case.pk}")
    return list(rows.filter(**of).select_related("lot__formulation", "corrected_by").order_by("number"))


def count_cases(lots: Iterable[Lot]) -> list[Discrepancy]:
    """The cases about counts of these lots, as they were found, with when each `ended_at`. One query."""
    ends = DiscrepancyEvent.objects.filter(discrepancy=OuterRef("pk"), kind=DiscrepancyEvent.Kind.CLOSED)
    cases = Discrepancy.objects.filter(about=Discrepancy.About.COUNT, lot__in=[lot.pk for lot in lots])
    found = cases.annotate(ended_at=Subquery(ends.values("recorded_at")[:1])).order_by("entry__number")
    return list(found.select_related("lot__formulation", "location", "owner", "entry"))


def of_count(
    cases: Iterable[Discrepancy], lot: Lot, location: StorageLocation, missing: int, entry: LedgerEntry
) -> Discrepancy | None:
    """Which of these cases goes by a count of one lot in one place: it was open at this entry, or was opened by it.

    What is missing and what is too much are told apart: who mistypes a surplus, or makes one up, hides no later loss.
    """
    alike = [
        case
        for case in cases
        if (case.lot_id, case.location_id) == (lot.pk, location.pk)
        and case.micrograms * missing > 0
        and case.entry.number <= entry.number
        and (case.ended_at is None or case.ended_at >= entry.recorded_at)
    ]
    return alike[-1] if alike else None


def open_discrepancies(site: Site) -> QuerySet[Discrepancy]:
    return discrepancies(site).filter(closed=False)


_OF_A_DOSE = ("dose started", "device given", "dose stopped", "dose not given")  # as the session calls them


def witnessed_in(use: Use) -> set[object]:
    """Who saw something wasted or put back on this treatment day."""
    return set(LedgerEntry.objects.filter(use=use, witness__isnull=False).values_list("witness", flat=True))


def who_counted(case: Discrepancy) -> set[object]:
    """Who counted what a case is about, the last time before it was found or since, and who made the entry by which it
    was found."""
    by = {case.entry.recorded_by_id} if case.entry else set()
    return {*by, *_counts_of(case).values_list("recorded_by", flat=True)} - {None}


def counted_beside(case: Discrepancy) -> set[object]:
    """The second person of those counts."""
    return set(_counts_of(case).values_list("witness", flat=True)) - {None}


def _counts_of(case: Discrepancy) -> QuerySet[LedgerEntry]:
    counted = LedgerEntry.objects.filter(kind=Kind.COUNTED, lot=case.lot, counted_in=case.location)
    if case.lot is None or case.location is None or case.entry is None:
        return counted.none()
    before = counted.filter(number__lte=case.entry.number).order_by("-number").values_list("number", flat=True).first()
    return counted.filter(number__gte=before if before is not None else case.entry.number)


def had_a_hand_in(use: Use) -> set[object]:
    """Who made an entry, a dose or an amount of this treatment day."""
    entries = LedgerEntry.objects.filter(use=use).values_list("recorded_by", flat=True)
    doses = Course.objects.filter(sessions=use.pk, sessions__events__kind__in=_OF_A_DOSE)
    return {*entries, *doses.values_list("sessions__events__recorded_by", flat=True)} - {None}
