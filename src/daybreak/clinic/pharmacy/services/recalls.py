"""A lot is recalled: nothing is drawn from it any more, and where it is in hand somebody is told at once."""

from uuid import UUID

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.models import Lot, LotRecall, Use
from daybreak.clinic.pharmacy.services.entries import once
from daybreak.clinic.pharmacy.services.finding import owner_at
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import raise_flag

FLAG = "recalled_lot"


def recall(lot: Lot, reason: str, actor: Actor, *, write_id: UUID) -> LotRecall:
    """From now on nothing is drawn from this lot; each treatment day that goes on and drew from it gets a flag."""
    return _recall(lot, reason, actor, write_id, in_force=True)


def lift_recall(lot: Lot, reason: str, actor: Actor, *, write_id: UUID) -> LotRecall:
    """The lot may be drawn from again."""
    return _recall(lot, reason, actor, write_id, in_force=False)


def _recall(lot: Lot, reason: str, actor: Actor, write_id: UUID, *, in_force: bool) -> LotRecall:
    reason = reason.strip()
    if not reason:
        raise Refusal("Write who recalls the lot or lifts the recall, and why. Nothing was saved.")

    def do() -> None:
        LotRecall.objects.create(id=write_id, lot=lot, in_force=in_force, reason=reason, **actor.stamp)
        audit.record(actor, "lot recalled" if in_force else "recall lifted", subject=lot.number, reason=reason)
        if in_force:
            for use in queries.going_on_with(lot):
                tell_of_recall(use, lot, actor)

    content = {"lot": lot.pk, "reason": reason, "in_force": in_force}
    once(lot.formulation.site, "recall", content, actor, do, write_id=write_id)
    return LotRecall.objects.get(pk=write_id)


def tell_of_recall(use: Use, lot: Lot, actor: Actor) -> Flag:
    """A red flag, due now: what was drawn for this person comes from a lot that is recalled. Within a write."""
    opened_by = use.recorded_by
    owner = opened_by if opened_by and opened_by.allows(Permission.FLAG_ACT) else owner_at(use.site, actor)
    reason = lot.recalls.order_by("-recorded_at").values_list("reason", flat=True).first()
    return raise_flag(
        patient=use.patient, kind=FLAG, level=Flag.Level.ACT, owner=owner, due_at=actor.now, subject=use.pk,
        title=f"The {use.drug} drawn for {use.label} is of lot {lot.number}, which is recalled",
        detail=f"{reason} Give no more of it and keep it apart. If some was given, tell the prescriber.",
        actor=actor,
    )  # fmt: skip
