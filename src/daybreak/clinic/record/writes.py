"""Idempotent writes: a client gives each write its own id; a repeat is harmless, other content is refused."""

import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import WriteReceipt
from daybreak.clinic.record.prepared import insert
from daybreak.clinic.record.refusals import WriteConflict
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.record.turns import turn

log = logging.getLogger(__name__)


def fingerprint(content: Mapping[str, Any]) -> str:
    """A hash of what a write says, the same for the same content in any order."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def once(write_id: uuid.UUID, kind: str, content: Mapping[str, Any], actor: Actor, do: Callable[[], object]) -> bool:
    """Carry out `do` unless the write with this id already was; say whether it was carried out now.

    The receipt and what `do` stores are one transaction: both stand or neither does.

    Raises:
        WriteConflict: if the id was used for another kind, content or person, or collides with what is stored.
    """
    receipt = WriteReceipt(id=write_id, kind=kind, fingerprint=fingerprint(content), user=actor.user)
    try:
        with turn(), transaction.atomic():
            # First the receipt: a repeat fails here, and a second writer with the same id waits here and then fails.
            insert([receipt])
            do()
    except IntegrityError as error:
        if not is_kept(write_id):
            log.exception("A write collided with what is stored: %s %s", kind, write_id)
            raise WriteConflict(
                "This does not fit what was saved meanwhile. Nothing was changed. Load the page again."
            ) from error
        _require_same(receipt)
        return False
    return True


def is_kept(write_id: uuid.UUID) -> bool:
    """Whether the write with this id was carried out before."""
    return WriteReceipt.objects.filter(pk=write_id).exists()


def _require_same(repeat: WriteReceipt) -> None:
    first = WriteReceipt.objects.get(pk=repeat.pk)
    if (first.kind, first.fingerprint, first.user_id) != (repeat.kind, repeat.fingerprint, repeat.user_id):
        raise WriteConflict(
            f"The entry {repeat.pk} was already saved with other content at {clock_today(first.recorded_at)}. "
            "Nothing was changed. To correct a saved entry, use its correction."
        )
