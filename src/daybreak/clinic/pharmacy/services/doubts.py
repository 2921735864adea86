"""What is asked about a draw because of its time: early, late, or the same twice at once, which may be one draw
entered by somebody who did not see the answer."""

from datetime import datetime, timedelta

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, StorageLocation, Use
from daybreak.clinic.record.times import CLOCK_AHEAD, said

AT_ONCE = timedelta(minutes=2)  # ours


def drawn_at_once(use: Use, lot: Lot, location: StorageLocation, micrograms: int, when: datetime) -> LedgerEntry | None:
    """What was drawn in the same words about this time, and stands. What went back since may be drawn anew."""
    same = LedgerEntry.objects.filter(
        kind=LedgerEntry.Kind.DRAWN, use=use, lot=lot, from_location=location, micrograms=micrograms,
        occurred_at__range=(when - AT_ONCE, when + AT_ONCE),
    )  # fmt: skip
    last = queries.standing(same).select_related("lot__formulation", "from_location").order_by("number").last()
    back = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.RETURNED, use=use, lot=lot)
    return None if last is None or queries.standing(back).filter(number__gt=last.number).exists() else last


def is_drawn(same: LedgerEntry) -> str:
    """That it is drawn already, as a sentence."""
    amount = same.lot.formulation.says(same.micrograms)
    return (
        f"{amount} of {same.lot} from {same.from_location} are in the book already, drawn at {said(same.occurred_at)}. "
        "If as much was taken out a second time, write “draw it again”."
    )


def before_it_was_opened(use: Use, when: datetime) -> str:
    """That it was drawn before anybody was under treatment that day: drawn up early, a wrong time, or something that is
    missing since. It is asked and not refused: who is sent away types a time that is not true."""
    if when >= use.opened_at - CLOCK_AHEAD:
        return ""
    return f"{said(when)} is before {use.label} was opened, at {said(use.opened_at)}. Check the time."


def left_before(use: Use, when: datetime) -> str:
    """That it was drawn for a day on which nobody is treated any more."""
    ended = use.end
    if ended is None or when <= ended.at:
        return ""
    return f"{use.patient} left at {said(ended.at)}. Was it drawn before that, type the time."
