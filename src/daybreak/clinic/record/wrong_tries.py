"""Wrong passwords, codes and PINs in the audit trail: who was named, when, from where, never the secret that was typed.

A flood of them must not fill the disk. Of each person the first tries of a quarter of an hour are an entry each, then
the 16th, the 32nd and so on, with their number; all names that nobody has count as one. Each process counts for itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from logging import getLogger
from threading import Lock
from uuid import UUID

from django.db import DatabaseError, transaction

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User

# Both ours: as long as sign-in pauses after six wrong tries, and more than those six.
COUNTED_ANEW_AFTER, EACH_UNTIL = timedelta(minutes=15), 8
NOBODY = "a name nobody has"  # what was typed is not kept: some type the password there

_counts: dict[tuple[str, UUID | None], tuple[datetime, int]] = {}
_one_at_a_time = Lock()


def record_wrong_try(actor: Actor, action: str, username: str, **detail: object) -> None:
    """Append that somebody typed this name and not its secret, unless there were too many of late."""
    named = User.objects.filter(username__iexact=username.strip()[:150]).only("username", "site_id").first()
    times = _count(action, named.pk if named else None, actor.now)
    if times > EACH_UNTIL and times & (times - 1):  # neither of the first, nor a power of two
        return
    if named and actor.user is None:
        detail["site"] = str(named.site_id)
    with never_in_the_way():
        audit.record(actor, action, subject=named.username if named else NOBODY, times=times, **detail)


@contextmanager
def never_in_the_way() -> Iterator[None]:
    """An entry about a sign-in that cannot be written is no reason to keep anybody out: the log has it."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError:
        getLogger(__name__).exception("An entry about a sign-in could not be written to the audit trail.")


def _count(action: str, named: UUID | None, now: datetime) -> int:
    with _one_at_a_time:
        since, times = _counts.get((action, named), (now, 0))
        since, times = (since, times + 1) if since <= now < since + COUNTED_ANEW_AFTER else (now, 1)
        _counts[action, named] = since, times
        return times
