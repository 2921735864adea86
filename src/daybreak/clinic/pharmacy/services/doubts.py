"""What is asked about a draw, a waste or what goes back: early, late, while a dose runs, or the same twice at once,
which may be one entered again by somebody who did not see the answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.asked_of_sessions import running_in
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, StorageLocation, Use
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import CLOCK_AHEAD, said
from daybreak.treatment.controlled_drug import mg_text
from daybreak.treatment.findings import says_too_little

Kind = LedgerEntry.Kind
AT_ONCE = timedelta(minutes=2)  # ours

_PLACE = {Kind.DRAWN: "from_location", Kind.RETURNED: "to_location"}
_UNDOES = {Kind.DRAWN: Kind.RETURNED, Kind.WASTED: Kind.DRAWN, Kind.RETURNED: Kind.DRAWN}  # then it may be done anew
_AGAIN = {
    Kind.DRAWN: ("drawn", "taken out", "draw it again"),
    Kind.WASTED: ("wasted", "wasted", "waste it again"),
    Kind.RETURNED: ("put back", "put back", "put it back again"),
}


def entered_at_once(
    kind: Kind, use: Use, lot: Lot, *, micrograms: int, when: datetime, place: StorageLocation | None = None
) -> LedgerEntry | None:
    """What was drawn, wasted or put back in the same words about this time, and stands. What went back since may be
    drawn anew, and the other way round.
    """
    same = LedgerEntry.objects.filter(
        kind=kind, use=use, lot=lot, micrograms=micrograms, occurred_at__range=(when - AT_ONCE, when + AT_ONCE)
    )
    if place is not None:
        same = same.filter(**{_PLACE[kind]: place})
    last = queries.standing(same).select_related("lot__formulation", "from_location", "to_location")
    entry = last.order_by("number").last()
    undone = LedgerEntry.objects.filter(kind=_UNDOES[kind], use=use, lot=lot)
    return None if entry is None or queries.standing(undone).filter(number__gt=entry.number).exists() else entry


def is_entered(same: LedgerEntry | None) -> str:
    """That it is in the book already, as a sentence; empty for none."""
    if same is None:
        return ""
    done, as_much, again = _AGAIN[Kind(same.kind)]
    places = (("from", same.from_location), ("into", same.to_location))
    place = "".join(f" {word} {each}" for word, each in places if each)
    return (
        f"{same.lot.formulation.says(same.micrograms)} of {same.lot}{place} are in the book already, {done} at "
        f"{said(same.occurred_at)}. If as much was {as_much} a second time, write “{again}”."
    )


def more_than_runs_leaves(use: Use, lot: Lot, micrograms: int, now: datetime) -> str:
    """That less than this can be left in hand, since a dose runs that the account is told at its end, as a sentence."""
    running = running_in(use, now)
    if not running or micrograms <= (left := max(0, queries.left_in_hand(use, lot, running))):
        return ""
    says = lot.formulation.says
    return (
        f"A dose of {use.label} is running: {mg_text(sum(each.micrograms for each in running))} mg have run in so far, "
        f"so of {lot} {says(left)} can be left, and {says(micrograms)} are more. If the dose was stopped, record that "
        "in the session first."
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


def require_meant(asked: Sequence[str], done: str, reason: str) -> None:
    """Refuse what is asked about, all of it together, without a reason."""
    if any(asked) and says_too_little(reason):
        words = " ".join(filter(None, asked))
        raise Refusal(f"{words} {done} all the same? Write why, in a few words. Nothing was saved.")
