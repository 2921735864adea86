"""A blind count: what is seen is kept first; only then is it compared with the book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from daybreak.clinic.pharmacy import chain, papers, queries
from daybreak.clinic.pharmacy.models import Count, LedgerEntry, Lot, StorageLocation
from daybreak.clinic.pharmacy.services.entries import happened_at, once, require_here, witnessed
from daybreak.clinic.pharmacy.services.finding import count_differs
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import said

MOST_COUNTED = 100_000  # containers of one lot in one place; ours, far above any store


@dataclass(frozen=True, slots=True)
class Seen:
    """What lay in a place of one lot."""

    lot: Lot
    location: StorageLocation
    micrograms: int


def count(
    site: Site,
    location: StorageLocation | None,
    seen: Sequence[Seen],
    actor: Actor,
    *,
    write_id: UUID,
    witness: Witness | None = None,
    business: Count.Business = Count.Business.DURING,
    at: datetime | None = None,
) -> Count:
    """Keep a count of one place, or of all of them (`location` None: an inventory, which takes two people).

    A difference of a milligram or more, or of one piece, opens a case, unless one is open about what is missing (or too
    much) of the same lot in the same place: then this count is what that case goes by. A count changes no balance.

    Raises:
        Refusal: if something the book has, or had been expected to be empty of, was left out; for an inventory without
            a witness or without saying whether business opened or closed; for less than nothing, or more than any
            store has; for a time since when something of it came or went.
    """
    if location is None and (witness is None or not business):
        raise Refusal("An inventory has two names, and says whether business opened or closed. Nothing was saved.")
    for each in seen:
        require_here(each.lot, each.location)
        if each.micrograms < 0 or each.location.site_id != site.pk:
            raise Refusal("A count is zero or more. Nothing was saved.")
        if each.micrograms > MOST_COUNTED * each.lot.formulation.micrograms_each:
            raise Refusal(
                f"More than {MOST_COUNTED} containers of {each.lot} in {each.location}? Count again. Nothing was saved."
            )
    proof = witnessed(witness, actor) if witness else {}
    content = {
        "location": location.pk if location else None, "business": business, "at": at,
        "witness": witness.user.pk if witness else None,
        "seen": sorted([str(each.lot.pk), str(each.location.pk), each.micrograms] for each in seen),
    }  # fmt: skip

    def do() -> None:
        when = happened_at(at, actor)
        _require_all(site, location, seen)
        if at is not None:
            _require_unmoved(seen, at)
        made = Count(
            id=write_id, site=site, location=location, business=business, counted_at=when,
            witness=witness.user if witness else None, **actor.stamp,
        )  # fmt: skip
        papers.keep(made, site, actor, occurred_at=when)
        for each in seen:
            _keep(made, each, actor, when, proof)

    once(site, "count", content, actor, do, write_id=write_id)
    return Count.objects.get(pk=write_id)


def expected(site: Site, location: StorageLocation | None) -> list[tuple[Lot, StorageLocation]]:
    """What is to be counted: every lot the book has in this place, or in any. Amounts are left out on purpose."""
    return [(row.lot, row.location) for row in queries.stock(site) if location is None or row.location == location]


def _require_all(site: Site, location: StorageLocation | None, seen: Sequence[Seen]) -> None:
    counted = {(each.lot.pk, each.location.pk) for each in seen}
    left_out = [f"{lot} in {place}" for lot, place in expected(site, location) if (lot.pk, place.pk) not in counted]
    if left_out:
        raise Refusal(f"Not counted: {', '.join(left_out)}. Count it, or type 0. Nothing was saved.")
    if not seen:
        raise Refusal("There is nothing to count here: the book has no drug in this place.")


def _require_unmoved(seen: Sequence[Seen], since: datetime) -> None:
    """Refuse a count of earlier that cannot be compared: the book is compared as it stands now."""
    moved = LedgerEntry.objects.filter(lot__in=[each.lot for each in seen], occurred_at__gt=since)
    first = moved.filter(Q(from_location__isnull=False) | Q(to_location__isnull=False)).order_by("occurred_at").first()
    if first is not None:
        raise Refusal(
            f"Since {said(since)} something of it came or went (entry {first.number}, {said(first.occurred_at)}), so "
            "the book cannot be compared with what was seen then. Count again now. Nothing was saved."
        )


def _keep(made: Count, each: Seen, actor: Actor, when: datetime, proof: dict[str, object]) -> None:
    book = queries.balance(each.lot, each.location)
    entry = chain.append(
        made.site, actor, LedgerEntry.Kind.COUNTED, each.micrograms, lot=each.lot, counted_in=each.location,
        count=made, occurred_at=when, **proof,
    )  # fmt: skip
    count_differs(each.lot, each.location, book - each.micrograms, entry, actor)
