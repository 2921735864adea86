"""The list of open flags, held against the facts: a flag that calls to act and stands on no list is seen by nobody."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, OpenFlag
from daybreak.clinic.record.turns import turn

log = logging.getLogger(__name__)


def put_right(actor: Actor) -> list[str]:
    """Put back on the list what nobody closed, take off it what is closed; a sentence for each.

    Two queries where all agrees. What parted them is not known, so it also stands in the log and the audit trail.
    """
    closed = Exists(FlagEvent.objects.filter(flag=OuterRef("pk"), kind=FlagEvent.Kind.CLOSED))
    listed = Exists(OpenFlag.objects.filter(pk=OuterRef("pk")))
    flags = Flag.objects.select_related("patient").order_by("due_at", "pk")
    done = [_carried_out(flag, actor, _put_back) for flag in flags.filter(~closed, ~listed)]
    done += [_carried_out(flag, actor, _take_off) for flag in flags.filter(closed, listed)]
    return [sentence for sentence in done if sentence]


def _carried_out(flag: Flag, actor: Actor, do: Callable[[Flag], str]) -> str:
    """What was done with a flag; empty where another pass was faster."""
    with turn(), transaction.atomic():
        if said := do(flag):
            audit.record(actor, "flag list put right", patient=flag.patient, subject=flag.pk, said=said)
            log.error("%s (%s)", said, flag.pk)
    return said


def _put_back(flag: Flag) -> str:
    place = {"patient": flag.patient, "site_id": flag.patient.site_id}
    _, added = OpenFlag.objects.get_or_create(flag=flag, defaults=place)
    return "A flag was open and stood on no list. It is back on the list of open flags." if added else ""


def _take_off(flag: Flag) -> str:
    taken, _ = OpenFlag.objects.filter(pk=flag.pk).delete()
    return "A flag was closed and stood on the list of open flags. It is off the list." if taken else ""
