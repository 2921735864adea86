"""A blind count: what is seen is kept first; only then is it compared with the book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from daybreak.clinic.pharmacy import chain, papers, queries
from daybreak.clinic.pharmacy.models import Count, Discrepancy, Formulation, LedgerEntry, Lot, StorageLocation
from daybreak.clinic.pharmacy.services.entries import (
    MOST_CONTAINERS,
    happened_at,
    once,
    require_amount,
    require_here,
    witnessed,
)
from daybreak.clinic.pharmacy.services.finding import count_differs
from daybreak.clinic.pharmacy.services.stock import lot_of, require_last_day
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.times import said
from daybreak.treatment.findings import says_too_little

MOST_COUNTED = 100_000  # containers of one lot in one place; ours, far above any store


@dataclass(frozen=True, slots=True)
class Seen:
    """What lay in a place of one lot; `opened`: so much of it in opened containers."""

    lot: Lot
    location: StorageLocation
    micrograms: int
    opened: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What lay in a place and stands on no sheet: as its label says, whether or not its lot is known here."""

    formulation: Formulation
    number: str
    expires_on: date
    location: StorageLocation
    micrograms: int
    opened: int = 0


def count(
    site: Site,
    location: StorageLocation | None,
    seen: Sequence[Seen],
    actor: Actor,
    *,
    write_id: UUID,
    found: Sequence[Found] = (),
    witness: Witness | None = None,
    business: Count.Business = Count.Business.DURING,
    reason: str = "",
    at: datetime | None = None,
) -> Count:
    """Keep a count of one place, or of all of them (`location` None: an inventory, which takes two people).

    A difference of a milligram or more, or of one piece, opens a case, unless one is open about what is missing (or too
    much) of the same lot in the same place: then this count is what that case goes by. A count changes no balance.

    Args:
        found: what lay there and is on no sheet. Of a lot the book has nothing of there, all of it is too much.
        reason: what the count says of itself where it is unusual.

    Raises:
        Refusal: if something the book has, or had been expected to be empty of, was left out, or is on the sheet and
            among what was found as well; for an inventory without a witness or without saying whether business opened
            or closed; for less than nothing, or more than any store has; for a time since when something of it came or
            went; without a reason for more than one delivery can bring, more in opened ones than one of them holds, and
            for an inventory that saw nothing at all.
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
    for one in found:
        _require_can_be(one, site, location)
    proof = witnessed(witness, actor) if witness else {}
    content = {
        "location": location.pk if location else None, "business": business, "at": at,
        "witness": witness.user.pk if witness else None,
        "seen": sorted([str(each.lot.pk), str(each.location.pk), each.micrograms] for each in seen),
        **({"reason": reason.strip()} if reason.strip() else {}),
        **({"found": [_as_typed(each) for each in found]} if found else {}),
    }  # fmt: skip

    def do() -> None:
        when = happened_at(at, actor)
        _require_meant(location, seen, found, reason)
        everything = [*seen, *(_seen(each, seen, actor, reason) for each in found)]
        _require_all(site, location, everything)
        if at is not None:
            _require_unmoved(everything, at)
        made = Count(
            id=write_id, site=site, location=location, business=business, counted_at=when,
            witness=witness.user if witness else None, **actor.stamp,
        )  # fmt: skip
        papers.keep(made, site, actor, occurred_at=when)
        for each in everything:
            _keep(made, each, actor, when, proof | {"words": reason.strip()})

    once(site, "count", content, actor, do, write_id=write_id)
    return Count.objects.get(pk=write_id)


def _require_can_be(found: Found, site: Site, location: StorageLocation | None) -> None:
    if found.formulation.site_id != site.pk or found.location.site_id != site.pk:
        raise NotYours("This product or this place is of another site.")
    if location is not None and found.location != location:
        raise Refusal(f"Only what lies in {location} is counted now. Count {found.location} by itself.")
    if not found.number.strip():
        raise Refusal("Type the lot of what is not listed, as its label has it. Nothing was saved.")
    require_last_day(found.expires_on)
    require_amount(found.formulation, found.micrograms)
    if found.micrograms > MOST_COUNTED * found.formulation.micrograms_each:
        raise Refusal(f"More than {MOST_COUNTED} containers of lot {found.number}? Count again. Nothing was saved.")


def _as_typed(found: Found) -> list[str]:
    values = (found.formulation.pk, found.number.strip(), found.expires_on, found.location.pk, found.micrograms)
    return [str(value) for value in values]


def _require_meant(location: StorageLocation | None, seen: Sequence[Seen], found: Sequence[Found], reason: str) -> None:
    """Ask about what is rather a slip. The book is not looked at: a question would tell what it has."""
    asked = [
        f"{each.lot.formulation.says(each.micrograms)} of {each.lot} in {each.location}?"
        for each in seen
        if each.micrograms > MOST_CONTAINERS * each.lot.formulation.micrograms_each
    ]
    asked += [
        f"{each.formulation.says(each.micrograms)} of lot {each.number} in {each.location}?"
        for each in found
        if each.micrograms > MOST_CONTAINERS * each.formulation.micrograms_each
    ]
    asked += [_more_than_one_holds(each.lot.formulation, each.lot.number, each) for each in seen]
    asked += [_more_than_one_holds(each.formulation, each.number, each) for each in found]
    if location is None and seen and not found and not any(each.micrograms for each in seen):
        asked.append("Nothing of anything was seen in the whole clinic?")
    if any(asked) and says_too_little(reason):
        raise Refusal(
            f"{' '.join(filter(None, asked))} Look again. If it is so, write it in a few words. Nothing was saved."
        )


def _more_than_one_holds(formulation: Formulation, number: str, counted: Seen | Found) -> str:
    """That the opened ones hold more than one does, as a question: several are opened, or a point slipped."""
    if counted.opened <= formulation.micrograms_each:
        return ""
    says, one = formulation.says, formulation.form.one
    return (
        f"{says(counted.opened)} in opened ones of lot {number} in {counted.location}? One {one} holds "
        f"{says(formulation.micrograms_each)}."
    )


def _seen(found: Found, seen: Sequence[Seen], actor: Actor, reason: str) -> Seen:
    """What was found, as one row of the count. The lot is made known if it is not: with nothing in the book."""
    number = found.number.strip()
    alike = queries.same_number(Lot(formulation=found.formulation, number=number))
    known = [lot for lot in alike if (lot.formulation_id, lot.expires_on) == (found.formulation.pk, found.expires_on)]
    listed = {(each.lot.pk, each.location.pk) for each in seen}
    for lot in known:
        if (lot.pk, found.location.pk) in listed:
            raise Refusal(f"{lot} in {found.location} stands on the sheet. Type all of it there. Nothing was saved.")
    lot = min(known, key=lambda each: each.patient_id is not None) if known else lot_of(
        found.formulation, number, found.expires_on, None, today=timezone.localdate(actor.now), actor=actor,
        is_another=not says_too_little(reason),
    )  # fmt: skip
    return Seen(lot, found.location, found.micrograms)


def expected(site: Site, location: StorageLocation | None) -> list[tuple[Lot, StorageLocation]]:
    """What is to be counted: every lot the book has in this place, or in any, and what a case about a count is open of,
    though the book has none. Amounts are left out on purpose."""
    rows = [(row.lot, row.location) for row in queries.stock(site)]
    cases = queries.open_discrepancies(site).filter(about=Discrepancy.About.COUNT, lot__isnull=False)
    looked_into = [(case.lot, case.location) for case in cases if case.lot and case.location]
    rows += [row for row in dict.fromkeys(looked_into) if row not in rows]
    return [row for row in rows if location is None or row[1] == location]


def _require_all(site: Site, location: StorageLocation | None, seen: Sequence[Seen]) -> None:
    counted = {(each.lot.pk, each.location.pk) for each in seen}
    left_out = [f"{lot} in {place}" for lot, place in expected(site, location) if (lot.pk, place.pk) not in counted]
    if left_out:
        raise Refusal(f"Not counted: {', '.join(left_out)}. Count it, or type 0. Nothing was saved.")
    if not seen:
        raise Refusal("Nothing was counted: the book has no drug in this place. If some lies there, write it down.")


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
