"""What every verb of the account shares: one write, one entry, amounts that can be, a witness who is somebody else."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from daybreak.clinic.pharmacy import chain, queries
from daybreak.clinic.pharmacy.models import (
    WRITTEN_AT_AN_END,
    Formulation,
    LedgerEntry,
    Lot,
    StorageLocation,
    Use,
)
from daybreak.clinic.pharmacy.services.finding import book_below_zero, count_differs
from daybreak.clinic.pharmacy.services.late import hold_against_counts
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.times import require_past, said
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG, mg_text

Kind = LedgerEntry.Kind
LONG_AGO = timedelta(days=366)  # ours: a year typed wrongly is caught, an account entered late is not
# Of one entry; ours, far above what a clinic handles: a slipped point and a repeated key are caught.
MOST_MG_OF_A_DAY, MOST_CONTAINERS = 10_000, 1000


def once(
    site: Site, kind: str, content: Mapping[str, Any], actor: Actor, do: Callable[[], object], *, write_id: UUID
) -> None:
    """Carry out a write of this site's account once, alone in it.

    Raises:
        NotYours: for somebody of another site.
        WriteConflict: if the id was used for something else.
    """
    if actor.user and actor.user.site_id != site.pk:
        raise NotYours("This drug account is that of another site.")

    def alone() -> object:
        chain.alone_in(site)
        return do()

    writes.once(write_id, f"drug: {kind}", {"site": site.pk, **content}, actor, alone)


def entry_of(write_id: UUID) -> LedgerEntry:
    """The entry a write made."""
    return LedgerEntry.objects.select_related("lot__formulation", "use__patient").get(pk=write_id)


def require_amount(formulation: Formulation, micrograms: int, *, is_waste: bool = False) -> int:
    """Refuse nothing, less than nothing, and parts of what is counted whole; but the rest of a broken one is wasted."""
    if micrograms <= 0:
        raise Refusal("Type an amount above zero. Nothing was saved.")
    form, is_part = formulation.form, bool(micrograms % formulation.micrograms_each)
    rest = "; what is left of a broken one is wasted" if form.breaks else ""
    if formulation.is_counted_whole and is_part and not (is_waste and form.breaks):
        raise Refusal(
            f"{mg_text(micrograms)} mg is no whole number of {form.many} of {mg_text(formulation.micrograms_each)} mg. "
            f"{form.many.capitalize()} are counted whole{rest}."
        )
    return micrograms


def require_of_a_day(formulation: Formulation, micrograms: int, *, is_waste: bool = False) -> int:
    """An amount of one treatment day: as `require_amount`, and no more than any day takes."""
    most = MOST_MG_OF_A_DAY * MICROGRAMS_PER_MG
    if micrograms > most:
        raise Refusal(
            f"{mg_text(micrograms)} mg is more than an entry of a treatment day holds, at most {mg_text(most)} mg. "
            "Check the amount and its unit. Nothing was saved."
        )
    return require_amount(formulation, micrograms, is_waste=is_waste)


def require_of_stock(formulation: Formulation, micrograms: int) -> int:
    """An amount that comes, moves or leaves: as `require_amount`, and no more than so many containers hold."""
    if micrograms > MOST_CONTAINERS * formulation.micrograms_each:
        raise Refusal(
            f"{mg_text(micrograms)} mg, {mg_text(micrograms * 1000 // formulation.micrograms_each)} containers, are "
            f"more than one entry holds, at most {MOST_CONTAINERS} containers. Check the number and its unit. "
            "Nothing was saved."
        )
    return require_amount(formulation, micrograms)


def happened_at(at: datetime | None, actor: Actor, use: Use | None = None) -> datetime:
    """The time something happened; now without one. Asked within the write: what was saved is not refused when it
    comes again, even if the clock jumped back meanwhile.

    Raises:
        Refusal: for a time still to come, long before the session of this use, or, without one, long ago.
    """
    if at is None:
        return actor.now
    require_past(at, use.opened_at if use else None)
    if use is None and at < actor.now - LONG_AGO:
        raise Refusal(f"{said(at)} lies more than a year back. Check the year. Nothing was saved.")
    return at


def witnessed(witness: Witness, actor: Actor) -> dict[str, Any]:
    """The fields of an entry about its witness.

    Raises:
        Refusal: if the witness is who writes, or may not witness.
    """
    if actor.user is not None and witness.user.pk == actor.user.pk:
        raise Refusal("The witness is somebody else than who makes the entry. Nothing was saved.")
    if not witness.user.allows(Permission.LEDGER_WITNESS) or (
        actor.user is not None and witness.user.site_id != actor.user.site_id
    ):
        raise Refusal(f"{witness.user} may not witness here. Nothing was saved.")
    return {"witness": witness.user, "witness_proof": witness.proof}


def take(lot: Lot, location: StorageLocation, actor: Actor, kind: Kind, micrograms: int, **fields: Any) -> LedgerEntry:
    """Append an entry that takes from a place. What the book did not have there opens a case: the hand is right."""
    entry = chain.append(location.site, actor, kind, micrograms, lot=lot, from_location=location, **fields)
    book_below_zero(lot, location, entry, actor)
    hold_against_counts(entry, actor)
    return entry


def require_here(lot: Lot, *locations: StorageLocation) -> None:
    """Refuse lots and places of another site."""
    if {lot.formulation.site_id} != {location.site_id for location in locations}:
        raise NotYours("This lot and this place are not of the same site.")


def takes_two(entry: LedgerEntry) -> bool:
    """Whether two people reverse it: what came into the house or was drawn from it, and what two people had done. Else
    one person alone could book away what another has seen, or keep what was drawn."""
    return entry.kind in (Kind.RECEIVED, Kind.DRAWN) or entry.witness_id is not None


def reverse(
    entry: LedgerEntry, reason: str, actor: Actor, witness: Witness | None = None, *, write_id: UUID
) -> LedgerEntry:
    """Undo a wrong entry by another that names it. Then make the right one.

    Raises:
        Refusal: without a reason; without a witness where it takes two; for a reversal, a count, or what is reversed
            already.
    """
    if not reason.strip():
        raise Refusal("Write why the entry is wrong, in a few words. Nothing was reversed.")
    if entry.kind in (Kind.REVERSED, Kind.COUNTED, Kind.NOTED):
        raise Refusal(f"Entry {entry.number} {_NEVER_REVERSED[Kind(entry.kind)]} Nothing was reversed.")
    if entry.kind == Kind.GIVEN:
        raise Refusal("What was given is told by the session. Correct “Amount given” there; the account follows.")

    if takes_two(entry) and witness is None:
        raise Refusal(f"Entry {entry.number} is reversed by two people. Nothing was reversed.")
    proof = witnessed(witness, actor) if witness else {}

    def do() -> None:
        require_not_reversed(entry)
        undone = opposite(entry, reason.strip(), actor, write_id=write_id, **proof)
        if entry.lot and entry.to_location:
            book_below_zero(entry.lot, entry.to_location, entry, actor)
        place = entry.from_location or entry.to_location
        if entry.kind in WRITTEN_AT_AN_END and entry.lot and place:  # two people had closed it: it is open again
            missing = queries.difference_at_last_count(entry.lot, place)
            count_differs(entry.lot, place, missing, undone, actor)

    content = {"entry": entry.pk, "reason": reason, "witness": witness.user.pk if witness else None}
    once(entry.site, "reversed", content, actor, do, write_id=write_id)
    return entry_of(write_id)


_NEVER_REVERSED = {
    Kind.REVERSED: "undoes another, and is not undone itself. Make the right entry anew.",
    Kind.COUNTED: "is what somebody saw, and is not undone. Count again: the newest count holds.",
    Kind.NOTED: "only notes a case, a count or a recall, and moves nothing.",
}


def require_not_reversed(entry: LedgerEntry) -> None:
    if LedgerEntry.objects.filter(corrects=entry).exists():
        raise Refusal(f"Entry {entry.number} is reversed already. Nothing was changed.")


def opposite(entry: LedgerEntry, reason: str, actor: Actor, **fields: Any) -> LedgerEntry:
    """Append the entry that undoes another: what went from a place goes back to it."""
    if "write_id" in fields:
        fields["id"] = fields.pop("write_id")
    return chain.append(
        entry.site, actor, Kind.REVERSED, entry.micrograms, lot=entry.lot, use=entry.use,
        from_location=entry.to_location, to_location=entry.from_location, corrects=entry, correction_reason=reason,
        **fields,
    )  # fmt: skip
