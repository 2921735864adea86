"""A moment in words, whatever moment was typed; and which moments something may have happened at."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from daybreak.clinic.record.refusals import Refusal

CLOCK_AHEAD = timedelta(minutes=2)  # a tablet's clock may run ahead of the server's by this much; ours
LONG_BEFORE = timedelta(hours=12)  # what happened longer before the opening of a session belongs to another day; ours


def said(at: datetime) -> str:
    """A moment as a sentence says it, in the clinic's time: "14:05 on 3 Mar 2026".

    A moment so near the first or the last year that the clinic's time cannot hold it is said as it was written.

    Args:
        at: aware.
    """
    try:
        local = timezone.localtime(at)
    except OverflowError:
        local = at
    return f"{local:%H:%M} on {local.day} {local:%b} {local.year}"


def midnight(day: date) -> datetime:
    """When a day begins, in the clinic's time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def clock(at: datetime, day: date | None) -> str:
    """The clinic's time of day, with the date where it is another than `day`: "23:50 on 27 Nov"."""
    local = timezone.localtime(at)
    date_said = "" if day in (None, local.date()) else f" on {local.day} {local:%b}"
    return f"{local:%H:%M}{date_said}"


def clock_today(at: datetime) -> str:
    """The clinic's time of day as who reads it now understands it: with the date where that is not today's."""
    return clock(at, timezone.localdate())


def away(due: date, now: datetime) -> str:
    """How far off what is due is, as a worklist says it: "in 4 min", "3 min over", "in 2 days".

    Args:
        due: a moment, or a day, which lasts until its end.
        now: aware.
    """
    today = timezone.localtime(now).date()
    if isinstance(due, datetime):
        gap, day = abs(due - now), timezone.localtime(due).date()
        is_over = due < now
    else:
        gap, day = abs(due - today), due
        is_over = due < today
        if due == today:
            return "today"
    if gap < timedelta(hours=1):
        length = f"{gap // timedelta(minutes=1)} min"
    elif gap < timedelta(days=1):
        length = f"{gap // timedelta(hours=1)} h"
    else:
        days = abs(day - today).days
        length = f"{days} day{'' if days == 1 else 's'}"
    return f"{length} over" if is_over else f"in {length}"


def require_past(at: datetime, opened_at: datetime | None = None) -> datetime:
    """The time something happened, if it can be.

    Args:
        opened_at: when the treatment day it belongs to was opened; None where it belongs to none.

    Raises:
        Refusal: for a time without a zone, still to come, or long before the opening.
    """
    if timezone.is_naive(at):
        raise Refusal(f"The time {at:%Y-%m-%d %H:%M} has no time zone. Nothing was saved.")
    if at > timezone.now() + CLOCK_AHEAD:
        raise Refusal(f"{said(at)} is still to come. Check the time. Nothing was saved.")
    if opened_at is not None and at < opened_at - LONG_BEFORE:
        raise Refusal(
            f"{said(at)} lies more than {LONG_BEFORE // timedelta(hours=1)} hours before this session was opened, at "
            f"{said(opened_at)}. Check the day and the clock of this device. Nothing was saved."
        )
    return at
