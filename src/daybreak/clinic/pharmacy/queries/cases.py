"""What does not add up, and by how much it still does not."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet, Sum

from daybreak.clinic.pharmacy.models import Discrepancy, DiscrepancyEvent, LedgerEntry, Lot, StorageLocation, Use
from daybreak.clinic.pharmacy.queries.book import Kind, balance, balances, standing
from daybreak.clinic.pharmacy.queries.sums import account
from daybreak.clinic.record.models import Course, Site


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


_OF_A_DOSE = ("dose started", "device given", "dose stopped", "dose not given")  # as the session calls them


def witnessed_in(use: Use) -> set[object]:
    """Who saw something wasted or put back on this treatment day."""
    return set(LedgerEntry.objects.filter(use=use, witness__isnull=False).values_list("witness", flat=True))


def had_a_hand_in(use: Use) -> set[object]:
    """Who made an entry, a dose or an amount of this treatment day."""
    entries = LedgerEntry.objects.filter(use=use).values_list("recorded_by", flat=True)
    doses = Course.objects.filter(sessions=use.pk, sessions__events__kind__in=_OF_A_DOSE)
    return {*entries, *doses.values_list("sessions__events__recorded_by", flat=True)} - {None}
