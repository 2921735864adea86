"""The treatment days of a site: which go on, which are over and do not add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from daybreak.clinic.pharmacy.models import Discrepancy, LedgerEntry, Lot, Use, UseEnd
from daybreak.clinic.pharmacy.queries.book import Kind, balances, standing
from daybreak.clinic.pharmacy.queries.cases import not_closed, uses_with_case
from daybreak.clinic.pharmacy.queries.sums import Account, account, accounts
from daybreak.clinic.record.models import Site, User
from daybreak.treatment.controlled_drug import unexplained_after, unexplained_micrograms

# So many treatment days are looked through for the first page, and those opened so lately for new cases; ours. What
# does not add up has a case by then.
SAME_DAY = timedelta(hours=12)  # midnight ends no treatment day
RECENT_USES = 40
LOOKED_THROUGH = timedelta(days=31)
# So many of the newest entries are looked at, too, whatever day they belong to: what is done to an old treatment day
# would be seen by nobody. And a treatment day that nobody ended is over after so long. Both ours.
NEWEST_ENTRIES, OVER_AT_LATEST = 1000, timedelta(hours=24)


def going_on_with(lots: Iterable[Lot]) -> QuerySet[Use]:
    """The treatment days that are not over and for which something was drawn or given from these lots."""
    taken = standing(LedgerEntry.objects.filter(lot__in=[lot.pk for lot in lots], kind__in=(Kind.DRAWN, Kind.GIVEN)))
    going_on = Use.objects.filter(~ended(), pk__in=taken.values("use"))
    return going_on.select_related("patient", "site", "recorded_by").order_by("opened_at")


def ended(**when: datetime) -> Exists:
    """Whether a treatment day is over; with `at__lte`, by then."""
    standing_ends = UseEnd.objects.filter(corrects__isnull=True, corrected_by__isnull=True, **when)
    return Exists(standing_ends.filter(use=OuterRef("pk")))


def under_treatment(site: Site, now: datetime) -> QuerySet[Use]:
    """The treatment days that go on."""
    return Use.objects.filter(~ended(), site=site, opened_at__gt=now - OVER_AT_LATEST).order_by("opened_at")


def uses(site: Site) -> QuerySet[Use]:
    return Use.objects.filter(site=site).select_related("patient").prefetch_related("ends").order_by("-opened_at")


@dataclass(frozen=True, slots=True)
class UseRow:
    """`has_case`: a case about it is open. `is_kept`: the account had begun, so that it can add up."""

    use: Use
    account: Account
    has_case: bool = False
    is_kept: bool = True

    @property
    def is_over(self) -> bool:
        return self.use.end is not None

    @property
    def case_opens_at(self) -> datetime | None:
        """When a case opens if nothing is entered; None while it goes on, where it adds up, or has its case."""
        end = self.use.end
        if end is None or not self.is_kept or self.account.adds_up or self.has_case:
            return None
        return end.at + unexplained_after()


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
        ended(at__lte=now - unexplained_after()) | ~ended() & Q(opened_at__lte=now - OVER_AT_LATEST),
        ~Exists(not_closed(Discrepancy.objects.filter(use=OuterRef("pk")))),
        opened_at__gte=began,
    )
    found = accounts(over)
    return [UseRow(use, found[use.pk]) for use in over if not found[use.pk].adds_up]


def _small(site: Site, now: datetime) -> dict[object, int]:
    """By treatment day of the last weeks, what it left unexplained that is too little for a case."""
    began = began_at(site) or now
    over = uses(site).filter(ended(), opened_at__gte=max(began, now - LOOKED_THROUGH))
    return {use: each.unexplained for use, each in accounts(over).items() if each.unexplained and each.adds_up}


@dataclass(frozen=True, slots=True)
class SmallDifferences:
    """What treatment days left unexplained that is too little for a case of its own, in micrograms."""

    days: int
    missing: int
    too_much: int


def small_differences(site: Site, now: datetime) -> SmallDifferences:
    """Of the treatment days of the last weeks: a little each day is a vial after some time."""
    found = list(_small(site, now).values())
    return SmallDifferences(
        len(found), sum(each for each in found if each > 0), -sum(each for each in found if each < 0)
    )


@dataclass(frozen=True, slots=True)
class SmallOfOne:
    """What is too little for a case each day, of the days for which one person drew: on `shared` of them not alone."""

    user: User
    days: int
    shared: int
    micrograms: int


@dataclass(frozen=True, slots=True)
class SmallAtCounts:
    """What the last counts saw less of than the book has, each too little for a case: of one drug, in micrograms."""

    drug: str
    lots: int
    micrograms: int


def small_at_counts(site: Site, now: datetime) -> list[SmallAtCounts]:
    """Drugs of which the last counts of these weeks together miss more than one may: a little of every vial."""
    counted = LedgerEntry.objects.filter(site=site, kind=Kind.COUNTED, occurred_at__gte=now - LOOKED_THROUGH)
    same = counted.filter(lot=OuterRef("lot"), counted_in=OuterRef("counted_in")).order_by("-number")
    newest = counted.filter(pk=Subquery(same.values("pk")[:1])).select_related("lot__formulation").order_by("number")
    off: dict[str, dict[object, int]] = {}
    for _, rows in groupby(newest, lambda row: row.count_id):
        seen = list(rows)
        book = balances(site, number__lt=seen[0].number)
        for row in seen:
            less = book.get((row.counted_in_id, row.lot_id), 0) - row.micrograms
            if less and abs(less) < unexplained_micrograms():
                of_drug = off.setdefault(row.lot.formulation.drug, {})
                of_drug[row.lot_id] = of_drug.get(row.lot_id, 0) + less
    return [
        SmallAtCounts(drug, len(lots), sum(lots.values()))
        for drug, lots in sorted(off.items())
        if sum(lots.values()) >= unexplained_micrograms()
    ]


def small_by_person(site: Site, now: datetime) -> list[SmallOfOne]:
    """Whose treatment days of the last weeks together leave more missing than a single one may, the most first.

    What is too much on one day makes up for what is missing on another: a syringe's lines are read either way.
    """
    off = _small(site, now)
    drawn = standing(LedgerEntry.objects.filter(use__in=list(off), kind=Kind.DRAWN, recorded_by__isnull=False))
    of: dict[object, set[object]] = {}
    who: dict[object, set[object]] = {}
    for user, use in drawn.order_by().values_list("recorded_by", "use").distinct():
        of.setdefault(user, set()).add(use)
        who.setdefault(use, set()).add(user)
    missing = {user: sum(off[use] for use in days) for user, days in of.items()}
    people = User.objects.in_bulk([user for user, sum_of in missing.items() if sum_of > unexplained_micrograms()])
    rows = [
        SmallOfOne(person, len(of[user]), sum(len(who[use]) > 1 for use in of[user]), missing[user])
        for user, person in people.items()
    ]
    return sorted(rows, key=lambda row: row.micrograms, reverse=True)
