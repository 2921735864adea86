"""Days on which a site is closed although its week would have it open are entered, and taken back."""

from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.schedule.models import Closing
from daybreak.clinic.schedule.services.booking import FARTHEST_AHEAD, require_site
from daybreak.treatment.days import said_day

# A clinic that closes for longer sets its opening hours; ours.
LONGEST_CLOSED = timedelta(days=60)


def close_days(site: Site, actor: Actor, *, write_id: UUID, first: date, last: date | None, words: str) -> Closing:
    """Nobody can be booked from the first to the last of these days. What is booked already is left as it is.

    Args:
        last: None for one day.
        words: what it is, as a refusal says it: "Christmas".

    Raises:
        Refusal: for whom the hours are not to set, for days that are past, too many or too far ahead, without words.
    """
    until = last or first
    content = {"site": site.pk, "first": first, "last": last, "words": words.strip()}

    def do() -> None:
        _require_setter(site, actor)
        today = timezone.localdate(actor.now)
        if not words.strip():
            raise Refusal("Write what it is, as “Christmas”. Nothing was saved.")
        if until < first:
            raise Refusal(
                f"{said_day(until)} lies before {said_day(first)}. Write the earlier day first. Nothing was saved."
            )
        if until < today:
            raise Refusal(f"{said_day(until)} is past. Nothing was saved.")
        if first > today + FARTHEST_AHEAD or until - first > LONGEST_CLOSED:
            raise Refusal(
                f"{said_day(first)} to {said_day(until)}: check the year. Closed for more than "
                f"{LONGEST_CLOSED.days} days? Set the opening hours instead. Nothing was saved."
            )
        Closing.objects.create(
            id=write_id, site=site, first_day=first, last_day=until, words=words.strip(), **actor.stamp
        )
        audit.record(actor, "days closed", subject=site.pk, first=first.isoformat(), last=until.isoformat())

    writes.once(write_id, "days closed", content, actor, do)
    return Closing.objects.get(pk=write_id)


def open_again(closing: Closing, actor: Actor, *, write_id: UUID, reason: str) -> Closing:
    """The days are no closed days after all. Both stay in the record.

    Raises:
        Refusal: for whom the hours are not to set, without a reason, for days that were opened again already.
    """
    content = {"closing": closing.pk, "reason": reason.strip()}

    def do() -> None:
        _require_setter(closing.site, actor)
        if not reason.strip():
            raise Refusal("Write why, in a few words. Nothing was saved.")
        if Closing.objects.filter(corrects=closing).exists():
            raise Refusal(f"{closing} is taken back already. Nothing was changed.")
        Closing.objects.create(
            id=write_id, site=closing.site, first_day=closing.first_day, last_day=closing.last_day, words=closing.words,
            is_open=True, corrects=closing, correction_reason=reason.strip(), **actor.stamp,
        )  # fmt: skip
        audit.record(actor, "days opened again", subject=closing.site_id, said=reason.strip())

    writes.once(write_id, "days opened again", content, actor, do)
    return Closing.objects.get(pk=write_id)


def _require_setter(site: Site, actor: Actor) -> None:
    require_site(site, actor)
    if actor.user is None or not actor.user.allows(Permission.SCHEDULE_SET):
        raise Refusal("Only the medical director of the site sets its hours.")
