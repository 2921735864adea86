"""The lot a dose is given from: what stands against it takes a reason, and a recall is told at once."""

from datetime import datetime

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy import services as pharmacy
from daybreak.clinic.pharmacy.models import Lot, Use
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.findings import Effect


def against_lot(session: Session, typed: str, at: datetime, reason: str) -> list[str]:
    """What stood against the lot of a dose at the time of an entry.

    That is the lot typed, if it is known here. Where none was typed it is what is in hand, and only what forbids it
    counts: the rest was asked when it was drawn.

    Raises:
        Refusal: if something does and no reason was written. It may have been given already, so a reason is enough.
    """
    against = [
        f"Lot {lot.number}: {each.says}"
        for lot in _lots(session, typed)
        for each in pharmacy.standing_against(lot, session.course.patient, at)
        if typed or each.effect is Effect.BLOCK
    ]
    if against and not reason.strip():
        raise Refusal(f"{' '.join(against)} Given from it all the same? Write why. Nothing was saved.")
    return against


def tell_of_recall(session: Session, typed: str, actor: Actor) -> None:
    """A red flag where the lot is recalled by now, also since it was used: an entry may have waited on a tablet."""
    for lot in _lots(session, typed):
        if pharmacy_queries.recalled_lots([lot.pk]):
            pharmacy.tell_whoever_treats(
                lot, session.course.patient, actor,
                session_id=session.pk, label=f"session {session.number}", opened_by=session.opened_by,
            )  # fmt: skip


def _lots(session: Session, typed: str) -> list[Lot]:
    if typed:
        drug = queries.planned_doses(session)[0].dose.drug
        lot = pharmacy_queries.typed_lot(session.course.patient.site, drug, typed)
        return [lot] if lot else []
    use = Use.objects.filter(pk=session.pk).first()
    return [lot for lot, left in pharmacy_queries.in_hand(use).items() if left > 0] if use else []
