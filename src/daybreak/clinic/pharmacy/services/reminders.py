"""What was delivered for one person and is still here near its last day: a flag before it and another after it, for the
lead. `daybreak tick` raises them, and closes them once nothing is left.
"""

from datetime import datetime, time, timedelta
from uuid import uuid5

from django.utils import timezone
from django.utils.text import capfirst

from daybreak.clinic.pharmacy import queries
from daybreak.clinic.pharmacy.models import Lot
from daybreak.clinic.pharmacy.services.finding import owner_at
from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.services import answer_flag, raise_flag
from daybreak.treatment.controlled_drug import devices_reminded_on
from daybreak.treatment.days import said_day

USE_BY = "devices_use_by"
# Lots whose last day lies further back are looked at no more: they had both flags. Ours.
LOOKED_BACK = timedelta(days=60)


def remind_of_devices(actor: Actor) -> int:
    """One pass at `actor.now`; the number of flags raised. Carried out again, it raises none."""
    _close_where_nothing_is_left(actor)
    today = timezone.localdate(actor.now)
    named = Lot.objects.filter(patient__isnull=False, use_by__gte=today - LOOKED_BACK)
    lots = [
        lot
        for lot in named.select_related("formulation__site", "patient")
        if devices_reminded_on(lot.last_day) <= today
    ]
    return sum(_remind(lot, actor) for lot in lots if left_of(lot))


def left_of(lot: Lot) -> int:
    """What the book has of a lot in all places, in micrograms."""
    return sum(queries.balances(lot.formulation.site, lot=lot).values())


def _remind(lot: Lot, actor: Actor) -> bool:
    today, last = timezone.localdate(actor.now), lot.last_day
    is_past = today > last
    name = "past" if is_past else "soon"
    day = said_day(last)
    what = f"was to be used by {day}" if is_past else f"is to be used by {day}"

    def do() -> None:
        for flag in _flags(lot):  # what was raised before is said in this one
            answer_flag(flag, FlagEvent.Kind.CLOSED, f"Raised again: it {what}.", actor)
        raise_flag(
            patient=lot.patient, kind=USE_BY, level=Flag.Level.WATCH, owner=owner_at(lot.formulation.site, actor),
            title=f"{capfirst(lot.formulation.says(left_of(lot)))}, lot {lot.number}, for this person only, {what}",
            detail="Send it away or destroy it, with a witness: for nobody else." if is_past else
            "Delivered by a pharmacy for this person by name. Book the session, or send it away by then.",
            rule="controlled_drug.patient_specific", subject=lot.pk, actor=actor,
            due_at=timezone.make_aware(datetime.combine(max(last, today), time(23, 59))),
        )  # fmt: skip

    return writes.once(uuid5(lot.pk, f"use by {name}"), "devices reminder", {"lot": lot.pk, "name": name}, actor, do)


def _flags(lot: Lot) -> list[Flag]:
    return list(open_flags().filter(kind=USE_BY, subject=lot.pk))


def _close_where_nothing_is_left(actor: Actor) -> None:
    waiting = {flag.subject: flag for flag in open_flags().filter(kind=USE_BY)}
    for lot in Lot.objects.filter(pk__in=list(waiting)).select_related("formulation__site"):
        if not left_of(lot):
            answer_flag(waiting[lot.pk], FlagEvent.Kind.CLOSED, "Nothing is left of it.", actor)
