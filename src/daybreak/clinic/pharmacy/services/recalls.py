"""A lot is recalled: nothing is drawn from it any more, and where it is in hand somebody is told at once."""

from dataclasses import replace
from uuid import UUID

from django.dispatch import Signal

from daybreak.clinic.pharmacy import papers, queries
from daybreak.clinic.pharmacy.models import Lot, LotRecall, Use
from daybreak.clinic.pharmacy.services.entries import once
from daybreak.clinic.pharmacy.services.finding import owner_at
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import SYSTEM, Actor
from daybreak.clinic.record.models import Course, Flag, FlagEvent, Patient, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import answer_flag, raise_flag
from daybreak.treatment.findings import says_too_little

FLAG = "recalled_lot"
# Sent with `lot` and `actor`, within the write: a dose that runs is told here at its end only, so the treatment day,
# which comes after this stage, looks for the lot typed in sessions that go on.
recalled = Signal()


def recall(lot: Lot, reason: str, actor: Actor, *, write_id: UUID) -> LotRecall:
    """From now on nothing is drawn from this lot of the maker, whichever record of it; each treatment day that goes on
    and drew, typed or gave it gets a flag."""
    return _recall(lot, reason, actor, write_id, in_force=True)


def lift_recall(lot: Lot, reason: str, actor: Actor, *, write_id: UUID) -> LotRecall:
    """The lot may be drawn from again, and its red flags are closed."""
    return _recall(lot, reason, actor, write_id, in_force=False)


def _recall(lot: Lot, reason: str, actor: Actor, write_id: UUID, *, in_force: bool) -> LotRecall:
    reason = reason.strip()
    if says_too_little(reason):
        raise Refusal("Write who recalls the lot or lifts the recall, and why, in a few words. Nothing was saved.")

    def do() -> None:
        word = LotRecall(id=write_id, lot=lot, in_force=in_force, reason=reason, **actor.stamp)
        papers.keep(word, lot.formulation.site, actor)
        audit.record(actor, "lot recalled" if in_force else "recall lifted", subject=lot.number, reason=reason)
        if in_force:
            for use in queries.going_on_with(queries.same_number(lot)):
                tell_of_recall(use, lot, actor)
            recalled.send(Lot, lot=lot, actor=actor)
        else:
            _lift_the_others(lot, reason, actor)
            _close_flags(lot, reason, actor)

    content = {"lot": lot.pk, "reason": reason, "in_force": in_force}
    once(lot.formulation.site, "recall", content, actor, do, write_id=write_id)
    return LotRecall.objects.get(pk=write_id)


def _lift_the_others(lot: Lot, reason: str, actor: Actor) -> None:
    """Each record of the number may have been recalled by itself."""
    while word := queries.recall_in_force(lot):
        papers.keep(LotRecall(lot=word.lot, in_force=False, reason=reason, **actor.stamp), lot.formulation.site, actor)


def _close_flags(lot: Lot, reason: str, actor: Actor) -> None:
    """Nobody is told any more to give none of it. The clock closes them: who lifts a recall need not own a flag."""
    by_clock = replace(SYSTEM, at=actor.at)
    begins = tuple(_named(each) for each in queries.same_number(lot))
    who = f" by {actor.user.display_name}" if actor.user else ""
    for flag in open_flags(site=lot.formulation.site).filter(kind=FLAG):
        if flag.title.startswith(begins):
            answer_flag(flag, FlagEvent.Kind.CLOSED, f"The recall of this lot was lifted{who}: {reason}", by_clock)


def tell_of_recall(use: Use, lot: Lot, actor: Actor) -> None:
    """What was drawn or given on this treatment day is of a recalled lot: a red flag, due now. Within a write."""
    tell_whoever_treats(lot, use.patient, actor, session_id=use.pk, label=use.label, opened_by=use.recorded_by)


def tell_whoever_treats(
    lot: Lot, patient: Patient, actor: Actor, *, session_id: UUID, label: str, opened_by: User | None, typed: str = ""
) -> None:
    """The same for a session the account may know nothing of. Told again while the flag is open, it changes nothing.

    Args:
        typed: the lot as it was typed there.
    """
    rule = f"lot {lot.number}"
    if open_flags(patients=[patient]).filter(kind=FLAG, subject=session_id, rule=rule).exists():
        return
    raise_flag(
        patient=patient, course=Course.objects.filter(sessions=session_id).first(), kind=FLAG, level=Flag.Level.ACT,
        title=f"{_named(lot)} {label}, is recalled",
        detail=" ".join(filter(None, [
            _reason(lot), _typed(lot, typed),
            "Give no more of it and keep it apart. If some was given, tell the prescriber.",
        ])),
        owner=opened_by if opened_by and opened_by.allows(Permission.FLAG_ACT) else owner_at(patient.site, actor),
        due_at=actor.now, subject=session_id, rule=rule, actor=actor,
    )  # fmt: skip


def _typed(lot: Lot, typed: str) -> str:
    otherwise = queries.typed_otherwise(lot.number, [typed])
    return f"In the session it was {otherwise}." if otherwise else ""


def _named(lot: Lot) -> str:
    """How the title of its flag begins, by which it is found again."""
    return f"Lot {lot.number} of {lot.formulation.drug}, in use in"


def _reason(lot: Lot) -> str:
    word = queries.recall_in_force(lot)
    return word.reason if word else ""
