"""Where a flag is looked into: the page of what raised it. Later rooms raise flags, so their pages are named, as the
pages of the stages are."""

from typing import NamedTuple

from django.urls import reverse

from daybreak.clinic.record.models import Flag, User
from daybreak.clinic.record.permissions import Permission


class _Page(NamedTuple):
    """`takes`: what of the flag its address names."""

    name: str
    permission: Permission
    takes: tuple[str, ...] = ("subject",)


_MEASURE = _Page("measure", Permission.FOLLOWUP_READ, ("course_id", "subject"))
_SESSION = _Page("session", Permission.SESSION_READ)
_SESSIONS = _Page("sessions", Permission.SESSION_READ, ("course_id",))
_FORM = _Page("programme_form", Permission.PROGRAMME_READ)
_EVENT = _Page("programme_event", Permission.PROGRAMME_READ)

PLACES = {
    "suicide answer": _MEASURE,
    "worse": _MEASURE,
    "answers missing": _Page("course", Permission.FOLLOWUP_READ, ("course_id",)),
    "call overdue": _Page("calls", Permission.CALL_READ, ()),
    "overdue_check": _SESSION,
    "more_than_planned": _SESSION,
    "went_on_after_the_stop": _SESSION,
    "left_with_open": _SESSION,
    "done_without_network": _SESSION,
    "dose_against_checks": _SESSION,
    "another_drug_given": _SESSION,
    "recalled_lot": _SESSIONS,
    "limit_crossed": _SESSIONS,
    "two_devices": _SESSIONS,
    "programme_form": _FORM,
    "programme_differs": _FORM,
    "serious_event": _EVENT,
    "serious_event_read": _EVENT,
    "drug_discrepancy": _Page("pharmacy_case", Permission.LEDGER_READ),
    "devices_use_by": _Page("pharmacy_lot", Permission.LEDGER_READ),
}


def flag_place(flag: Flag, user: User) -> str:
    """The address of the page where this user looks into a flag; empty where they may open none."""
    page = PLACES.get(flag.kind)
    names = [getattr(flag, each) for each in page.takes] if page else []
    return reverse(page.name, args=names) if page and all(names) and user.allows(page.permission) else ""
