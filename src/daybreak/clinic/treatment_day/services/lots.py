"""The lot typed with a dose: what stands against it takes a reason, and a recall is told at once."""

from datetime import datetime

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy import services as pharmacy
from daybreak.clinic.pharmacy.models import Lot
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.models import Session


def against_lot(session: Session, typed: str, at: datetime, reason: str) -> list[str]:
    """What stood against the lot at the time of an entry; nothing where none was typed or it is not known here.

    Raises:
        Refusal: if something does and no reason was written. It may have been given already, so a reason is enough.
    """
    lot = _lot(session, typed)
    against = [each.says for each in pharmacy.standing_against(lot, session.course.patient, at)] if lot else []
    if against and not reason.strip():
        raise Refusal(
            f"Lot {typed.strip()}: {' '.join(against)} Given from it all the same? Write why. Nothing was saved."
        )
    return against


def tell_of_recall(session: Session, typed: str, actor: Actor) -> None:
    """A red flag where the lot is recalled by now, also since it was used: an entry may have waited on a tablet."""
    lot = _lot(session, typed)
    if lot is not None and pharmacy_queries.recalled_lots([lot.pk]):
        pharmacy.tell_whoever_treats(
            lot, session.course.patient, actor,
            session_id=session.pk, label=f"session {session.number}", opened_by=session.opened_by,
        )  # fmt: skip


def _lot(session: Session, typed: str) -> Lot | None:
    if not typed.strip():
        return None
    drug = queries.planned_doses(session)[0].dose.drug
    return pharmacy_queries.typed_lot(session.course.patient.site, drug, typed.strip())
