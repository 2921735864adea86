"""What comes in, is moved, and leaves the house again."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.pharmacy import chain, queries
from daybreak.clinic.pharmacy.models import FORMS, Formulation, LedgerEntry, Lot, StorageLocation
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
from daybreak.clinic.pharmacy.witness import Witness
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Patient, Site
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.times import said
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG, mg_text, use_by
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import device_mg
from daybreak.treatment.drugs import Drug
from daybreak.treatment.findings import says_too_little

Container = Formulation.Container
WRITE_WHY = "Write why, in a few words. Nothing was saved."
# What one container holds at most, and the years a last day of use can lie in; ours, far beyond any that is sold.
MOST_MG_EACH, MOST_ML_EACH, MOST_MG_PER_ML = 10_000, 500, 1000
LAST_DAYS = date(2000, 1, 1), date(2100, 12, 31)


def add_location(site: Site, name: str, actor: Actor, *, write_id: UUID) -> StorageLocation:
    """Name a place where drug is kept.

    Raises:
        Refusal: for a name that is there already.
    """
    name = " ".join(name.split())

    def do() -> None:
        if not name or StorageLocation.objects.filter(site=site, name__iexact=name).exists():
            raise Refusal(
                f"“{name}” is a place already. Choose another name." if name else "Type the name of the place."
            )
        StorageLocation.objects.create(id=write_id, site=site, name=name, **actor.stamp)

    once(site, "location", {"name": name}, actor, do, write_id=write_id)
    return StorageLocation.objects.get(pk=write_id)


def add_formulation(
    site: Site,
    drug: Drug,
    container: Container,
    actor: Actor,
    *,
    write_id: UUID,
    micrograms_each: int,
    microlitres_each: int | None = None,
    product_code: str = "",
    reason: str = "",
) -> Formulation:
    """Make a formulation known: what one container holds. It stays: a slipped digit would be offered for ever.

    Args:
        reason: why a nasal device of esketamine holds something else than its label says.

    Raises:
        Refusal: for a device unlike its label without a reason; for a volume of what is counted whole, none of a vial
            or a bottle, nothing in it, or a strength that is no whole number of micrograms per mL, or more than any
            container holds.
    """
    if micrograms_each <= 0 or (microlitres_each is not None and microlitres_each <= 0):
        raise Refusal("Type how much one container holds, above zero.")
    if FORMS[container].has_volume != (microlitres_each is not None):
        raise Refusal(
            "A vial, an ampoule and a bottle have a volume in mL. A nasal device, a tablet and a lozenge have none: "
            "they are counted whole."
        )
    if microlitres_each and micrograms_each * 1000 % microlitres_each:
        raise Refusal("The strength is no whole number of micrograms per mL. Check milligrams and millilitres.")
    _require_sold(micrograms_each, microlitres_each)
    is_labelled_device = drug is Drug.ESKETAMINE and container is Container.NASAL_DEVICE
    if is_labelled_device and micrograms_each != device_mg() * MICROGRAMS_PER_MG and says_too_little(reason):
        raise Refusal(
            f"The nasal device of esketamine holds {device_mg()} mg by its label. Look at the device again. If it "
            f"holds {mg_text(micrograms_each)} mg all the same, write why in a few words. Nothing was saved."
        )
    content = {
        "drug": drug, "container": container, "micrograms_each": micrograms_each,
        "microlitres_each": microlitres_each, "product_code": product_code.strip(),
    }  # fmt: skip

    def do() -> None:
        if Formulation.objects.filter(site=site, **content).exists():
            raise Refusal("This is known here already. Receive it under that name. Nothing was added.")
        Formulation.objects.create(id=write_id, site=site, **content, **actor.stamp)

    once(site, "formulation", content | {"reason": reason.strip()}, actor, do, write_id=write_id)
    return Formulation.objects.get(pk=write_id)


def _require_sold(micrograms_each: int, microlitres_each: int | None) -> None:
    """Refuse more than any container holds."""
    most = ""
    if micrograms_each > MOST_MG_EACH * MICROGRAMS_PER_MG:
        most = f"{MOST_MG_EACH} mg"
    elif microlitres_each and microlitres_each > MOST_ML_EACH * 1000:
        most = f"{MOST_ML_EACH} mL"
    elif microlitres_each and micrograms_each > MOST_MG_PER_ML * microlitres_each:
        most = f"{MOST_MG_PER_ML} mg/mL"
    if most:
        raise Refusal(f"One container holds at most {most}. Look at its label again. Nothing was saved.")


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
        Refusal: without lot or supplier, for no container or a truckload, for a last day in another century, for one
            that is past or a delivery received already without a reason, or for a lot known with another last day.
        NotYours: for a place or a patient of another site.
    """
    site, number = formulation.site, lot_number.strip()
    if not number or not supplier.strip():
        raise Refusal("Type the lot and the supplier, as the delivery note has them. Nothing was saved.")
    if location.site_id != site.pk or (patient and patient.site_id != site.pk):
        raise NotYours("The place or the person is of another site.")
    _require_last_day(expires_on)
    micrograms = require_of_stock(formulation, containers * formulation.micrograms_each)
    content = {
        "formulation": formulation.pk, "location": location.pk, "lot": number, "expires_on": expires_on,
        "containers": containers, "supplier": supplier, "document": document,
        "patient": patient.pk if patient else None, "at": at, "reason": reason.strip(),
    }  # fmt: skip

    def do() -> None:
        when = happened_at(at, actor)
        lot = _lot(
            formulation, number, expires_on, patient, today=timezone.localdate(when), actor=actor,
            is_another=bool(reason.strip()),
        )  # fmt: skip
        if not reason.strip():
            _require_not_past(expires_on, timezone.localdate(when))
            _require_new(lot, micrograms, document.strip(), when)
        chain.append(
            site, actor, Kind.RECEIVED, micrograms, id=write_id, lot=lot, to_location=location, occurred_at=when,
            supplier=supplier.strip(), document=document.strip(), words=reason.strip(),
        )  # fmt: skip

    once(site, "received", content, actor, do, write_id=write_id)
    return entry_of(write_id)


def _require_last_day(day: date) -> None:
    if not LAST_DAYS[0] <= day <= LAST_DAYS[1]:
        raise Refusal(
            f"{said_day(day)} is no last day of a drug. Look at the last day of use again. Nothing was saved."
        )


def _require_not_past(last_day: date, today: date) -> None:
    if last_day < today:
        raise Refusal(
            f"The last day of use, {said_day(last_day)}, was past when it came. Look at the containers again. Received "
            "all the same? Write why. Nothing was saved."
        )


def _require_new(lot: Lot, micrograms: int, document: str, when: datetime) -> None:
    """Refuse the same delivery again: of one delivery note, or, where none was typed, as much within a day."""
    came = queries.standing(LedgerEntry.objects.filter(lot__formulation=lot.formulation, kind=Kind.RECEIVED))
    came = came.filter(lot__number__iexact=lot.number, document__iexact=document)
    if not document:
        day = timedelta(days=1)
        came = came.filter(micrograms=micrograms, occurred_at__gt=when - day, occurred_at__lt=when + day)
    before = came.order_by("number").last()
    if before is not None:
        of = f"of delivery {document}" if document else "as much of it"
        raise Refusal(
            f"Lot {lot.number}, {of}, was received already: entry {before.number}, "
            f"{lot.formulation.says(before.micrograms)}, {said(before.occurred_at)}. Another delivery? Write why it is "
            "received again. Nothing was saved."
        )


def _lot(
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
        Refusal: from a place to itself, for an amount that cannot be, or of more than the book has there without a
            reason.
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
        if micrograms > there and says_too_little(reason):
            raise Refusal(f"{_more_than_booked(lot, origin, micrograms, there)} Moved all the same? {WRITE_WHY}")
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
    says = lot.formulation.says
    return f"The book has {says(there)} of {lot} in {place}, not {says(micrograms)}."


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
    said = f"{words.strip()} More than the book had: {reason.strip()}" if reason.strip() else words.strip()
    fields: dict[str, Any] = {"id": write_id, "words": said, **proof}

    def do() -> None:
        there = queries.balance(lot, location)
        if micrograms > there and says_too_little(reason):
            raise Refusal(f"{_more_than_booked(lot, location, micrograms, there)} Out all the same? {WRITE_WHY}")
        take(lot, location, actor, kind, micrograms, occurred_at=_when_it_was_here(lot, at, actor), **fields)

    once(lot.formulation.site, str(kind), content, actor, do, write_id=write_id)
    return entry_of(write_id)
