"""The lot a dose is given from, and what stands against it."""

from datetime import datetime

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy.models import Lot, Use
from daybreak.clinic.pharmacy.services import standing_against
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.findings import Effect


def lots_given_from(session: Session, typed: str = "") -> list[Lot]:
    """The lot typed, if it is known here; where none was typed, what was drawn and neither wasted nor put back."""
    if typed:
        drug = queries.planned_doses(session)[0].dose.drug
        lot = pharmacy_queries.typed_lot(session.course.patient.site, drug, typed)
        return [lot] if lot else []
    use = Use.objects.filter(pk=session.pk).first()
    return [lot for lot, left in pharmacy_queries.in_hand(use).items() if left > 0] if use else []


def standing_against_lot(session: Session, at: datetime, typed: str = "") -> tuple[str, ...]:
    """Why nothing is given from it at this time without a reason, as sentences.

    Of what is in hand only what forbids it counts: the rest was asked when it was drawn.
    """
    lots = lots_given_from(session, typed)
    if typed and not lots and pharmacy_queries.began_at(session.course.patient.site) is not None:
        return (f"Lot {typed} is not known to the drug account: look at the container again.",)
    ways = [queries.planned_doses(session)[0].dose.way]
    return tuple(
        f"Lot {lot.number}: {each.says}"
        for lot in lots
        for each in standing_against(lot, session.course.patient, at, ways)
        if typed or each.effect is Effect.BLOCK
    )
