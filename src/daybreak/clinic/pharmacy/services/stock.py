"""What comes in, is moved, and leaves the house again."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.pharmacy import chain, queries
from daybreak.clinic.pharmacy.models import Formulation, LedgerEntry, Lot, StorageLocation
from daybreak.clinic.pharmacy.services.entries import (
    Kind,
    entry_of,
    happened_at,
    once,
    require_here,
    require_of_stock,
    take,
    witnessed,
)
from daybreak.clinic.pharmacy.services.late import against_count, hold_against_counts
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.times import said
from daybreak.treatment.controlled_drug import last_day_is_far, use_by
from daybreak.treatment.days import said_day
from daybreak.treatment.findings import says_too_little

WRITE_WHY = "Write why, in a few words. Nothing was saved."
LAST_DAYS = date(2000, 1, 1), date(2100, 12, 31)  # in which a last day can lie; ours, far beyond any that is sold


def receive(
    formulation: Formulation,
    location: StorageLocation,
    actor: Actor,
    *,
    write_id: UUID,
    lot_number: str,
    expires_on: date,
    containers: int,
    supplier: str,
    document: str = "",
    patient: Patient | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> LedgerEntry:
    """Whole containers come in.

    Args:
        patient: for whom alone a pharmacy delivered them; they are then to be used within the days the law gives.

    Raises:
        Refusal: without lot or supplier, for no container or a truckload, for a last day in another century, or for a
            lot known with another last day; without a reason for a last day that is past or far ahead, a delivery
            received already, one of a recalled lot, or one of before a count that saw none of it.
        NotYours: for a place or a patient of another site.
    """
    site, number = formulation.site, lot_number.strip()
    if not number or not supplier.strip():
        raise Refusal("Type the lot and the supplier, as the delivery note has them. Nothing was saved.")
    if location.site_id != site.pk or (patient and patient.site_id != site.pk):
        raise NotYours("The place or the person is of another site.")
    require_last_day(expires_on)
    micrograms = require_of_stock(formulation, containers * formulation.micrograms_each)
    content = {
        "formulation": formulation.pk, "location": location.pk, "lot": number, "expires_on": expires_on,
        "containers": containers, "supplier": supplier, "document": document,
        "patient": patient.pk if patient else None, "at": at, "reason": reason.strip(),
    }  # fmt: skip

    def do() -> None:
        when = happened_at(at, actor)
        today, has_reason = timezone.localdate(when), not says_too_little(reason)
        lot = lot_of(formulation, number, expires_on, patient, today=today, actor=actor, is_another=has_reason)
        asked = (
            _is_recalled(lot),
            _odd_last_day(expires_on, today),
            _received_already(lot, micrograms, document.strip(), when),
            against_count(lot, location, -micrograms, when),
        )
        if any(asked) and not has_reason:
            raise Refusal(f"{' '.join(filter(None, asked))} Received all the same? {WRITE_WHY}")
        entry = chain.append(
            site, actor, Kind.RECEIVED, micrograms, id=write_id, lot=lot, to_location=location, occurred_at=when,
            supplier=supplier.strip(), document=document.strip(), words=reason.strip(),
        )  # fmt: skip
        hold_against_counts(entry, actor)

    once(site, "received", content, actor, do, write_id=write_id)
    return entry_of(write_id)


def require_last_day(day: date) -> None:
    if not LAST_DAYS[0] <= day <= LAST_DAYS[1]:
        raise Refusal(
            f"{said_day(day)} is no last day of a drug. Look at the last day of use again. Nothing was saved."
        )


def _odd_last_day(last_day: date, today: date) -> str:
    """That it was past when it came, or lies further ahead than a drug is made to last, as a sentence."""
    if last_day < today:
        return f"The last day of use, {said_day(last_day)}, was past when it came. Look at the containers again."
    if last_day_is_far(last_day, today):
        years = last_day.year - today.year
        return f"The last day of use, {said_day(last_day)}, is {years} years ahead. Look at the year again."
    return ""


def _is_recalled(lot: Lot) -> str:
    """That it is of a recalled lot, however either is written, as a sentence."""
    word = queries.recall_in_force(lot)
    if word is None:
        return ""
    return f"Lot {word.lot.number} is recalled: “{word.reason}” Set it apart and call the supplier."


def _received_already(lot: Lot, micrograms: int, document: str, when: datetime) -> str:
    """That the same delivery came before, as a sentence: of one delivery note, or, where none was typed, as much within
    a day."""
    came = queries.standing(LedgerEntry.objects.filter(lot__formulation=lot.formulation, kind=Kind.RECEIVED))
    came = came.filter(lot__in=queries.same_number(lot), document__iexact=document)
    if not document:
        day = timedelta(days=1)
        came = came.filter(micrograms=micrograms, occurred_at__gt=when - day, occurred_at__lt=when + day)
    before = came.order_by("number").last()
    if before is None:
        return ""
    of = f"of delivery {document}" if document else "as much of it"
    return (
        f"Lot {lot.number}, {of}, was received already: entry {before.number}, "
        f"{lot.formulation.says(before.micrograms)}, {said(before.occurred_at)}."
    )


def lot_of(
    formulation: Formulation,
    number: str,
    expires_on: date,
    patient: Patient | None,
    *,
    today: date,
    actor: Actor,
    is_another: bool,
) -> Lot:
    """The lot of this number, made if it is new; each delivery for a named patient is one of its own.

    What stands between letters and figures makes no other lot, but where its last day differs and somebody says so
    (`is_another`).
    """
    new = Lot(
        formulation=formulation, number=number, expires_on=expires_on, patient=patient,
        use_by=use_by(today) if patient else None, **actor.stamp,
    )  # fmt: skip
    known = [lot for lot in queries.same_number(new) if lot.formulation_id == formulation.pk]
    for lot in known:
        is_alike = lot.number.casefold() != number.casefold()
        if lot.expires_on != expires_on and not (is_alike and is_another):
            otherwise = f"Is {number} another lot all the same? Write why. " if is_alike else ""
            raise Refusal(
                f"Lot {lot.number} is here already and expires on {said_day(lot.expires_on)}, not on "
                f"{said_day(expires_on)}. Look at the containers again. {otherwise}Nothing was saved."
            )
    of_it = (expires_on, patient, new.use_by)
    same = next((lot for lot in known if (lot.expires_on, lot.patient, lot.use_by) == of_it), None)
    if same is None:
        new.save(force_insert=True)
    return same or new


def move(
    lot: Lot,
    origin: StorageLocation,
    to: StorageLocation,
    micrograms: int,
    actor: Actor,
    *,
    write_id: UUID,
    reason: str = "",
    at: datetime | None = None,
) -> LedgerEntry:
    """From one place to another.

    Raises:
        Refusal: from a place to itself, for an amount that cannot be; without a reason of more than the book has
            there, or of before a count that saw it otherwise.
    """
    require_here(lot, origin, to)
    require_of_stock(lot.formulation, micrograms)
    if origin == to:
        raise Refusal(f"It lies in {origin} already. Choose another place.")
    content = {
        "lot": lot.pk, "from": origin.pk, "to": to.pk, "micrograms": micrograms, "at": at, "reason": reason.strip()
    }  # fmt: skip

    def do() -> None:
        when, there = _when_it_was_here(lot, at, actor), queries.balance(lot, origin)
        asked = (
            _more_than_booked(lot, origin, micrograms, there),
            against_count(lot, origin, micrograms, when),
            against_count(lot, to, -micrograms, when),
        )
        if any(asked) and says_too_little(reason):
            raise Refusal(f"{' '.join(filter(None, asked))} Moved all the same? {WRITE_WHY}")
        take(
            lot, origin, actor, Kind.MOVED, micrograms, id=write_id, to_location=to, occurred_at=when,
            words=reason.strip(),
        )  # fmt: skip

    once(lot.formulation.site, "moved", content, actor, do, write_id=write_id)
    return entry_of(write_id)


def _when_it_was_here(lot: Lot, at: datetime | None, actor: Actor) -> datetime:
    """The time something of a lot was taken; refuses one before any of it came."""
    when = happened_at(at, actor)
    came = queries.standing(LedgerEntry.objects.filter(lot=lot, kind=Kind.RECEIVED)).order_by("occurred_at").first()
    if came is not None and when < came.occurred_at.replace(second=0, microsecond=0):  # times are typed to the minute
        raise Refusal(
            f"{lot} came into the house at {said(came.occurred_at)}, after {said(when)}. Check the "
            "time. Nothing was saved."
        )
    return when


def _more_than_booked(lot: Lot, place: StorageLocation, micrograms: int, there: int) -> str:
    """That the book has less there, as a sentence; empty where it has enough."""
    says = lot.formulation.says
    return "" if micrograms <= there else f"The book has {says(there)} of {lot} in {place}, not {says(micrograms)}."


def waste_stock(
    lot: Lot,
    location: StorageLocation,
    micrograms: int,
    actor: Actor,
    witness: Witness,
    *,
    write_id: UUID,
    words: str,
    reason: str = "",
    at: datetime | None = None,
) -> LedgerEntry:
    """What broke or was spilled in store, with a witness. What is left after a dose is `waste`."""
    return _out(
        Kind.WASTED, lot, location, micrograms, actor=actor, witness=witness, write_id=write_id, words=words,
        reason=reason, at=at,
    )  # fmt: skip


def send_away(
    lot: Lot,
    location: StorageLocation,
    micrograms: int,
    actor: Actor,
    witness: Witness,
    *,
    write_id: UUID,
    words: str,
    reason: str = "",
    at: datetime | None = None,
) -> LedgerEntry:
    """To a reverse distributor or the supplier, or destroyed here by two authorised people; `words` say which."""
    return _out(
        Kind.SENT_AWAY, lot, location, micrograms, actor=actor, witness=witness, write_id=write_id, words=words,
        reason=reason, at=at,
    )  # fmt: skip


def _out(
    kind: Kind,
    lot: Lot,
    location: StorageLocation,
    micrograms: int,
    *,
    actor: Actor,
    witness: Witness,
    write_id: UUID,
    words: str,
    reason: str,
    at: datetime | None,
) -> LedgerEntry:
    require_here(lot, location)
    require_of_stock(lot.formulation, micrograms)
    if says_too_little(words):
        raise Refusal(
            "Write what became of it, in a few words: broken, returned to whom, destroyed how. Nothing was saved."
        )
    proof = witnessed(witness, actor)
    content = {
        "lot": lot.pk, "location": location.pk, "micrograms": micrograms, "words": words, "at": at,
        "witness": witness.user.pk, **({"reason": reason.strip()} if reason.strip() else {}),
    }  # fmt: skip
    both = f"{words.strip()} All the same: {reason.strip()}" if reason.strip() else words.strip()
    fields: dict[str, Any] = {"id": write_id, "words": both, **proof}

    def do() -> None:
        when, there = _when_it_was_here(lot, at, actor), queries.balance(lot, location)
        asked = (
            _more_than_booked(lot, location, micrograms, there),
            against_count(lot, location, micrograms, when),
        )
        if any(asked) and says_too_little(reason):
            raise Refusal(f"{' '.join(filter(None, asked))} Out all the same? {WRITE_WHY}")
        take(lot, location, actor, kind, micrograms, occurred_at=when, **fields)

    once(lot.formulation.site, str(kind), content, actor, do, write_id=write_id)
    return entry_of(write_id)
