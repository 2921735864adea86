"""A moment in words, whatever moment was typed."""

from datetime import datetime

from django.utils import timezone


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
