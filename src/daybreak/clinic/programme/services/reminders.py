"""Reminders of forms: a flag two days before the deadline, another when it has passed, and one when the record of what
was sent changed. `daybreak tick` raises them, amber like everything about a form (`Waiting.calls_to_act`).
"""

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.programme.models import SeriousEvent, SessionForm
from daybreak.clinic.programme.worklist import EVENT_DUE, Waiting, worklist
from daybreak.clinic.record import services as record_services
from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import SYSTEM, Actor
from daybreak.clinic.record.models import Flag, FlagEvent, Site, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import open_flags, staff
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.nasal_programme import exists_in, reminded_on

FORM_DUE = "programme_form"
FORM_DIFFERS = "programme_differs"


def remind(actor: Actor) -> int:
    """One pass over every form that was not sent, or of which the record says otherwise now, at `actor.now`; the number
    of flags raised.

    Only where a certification is recorded: before that the list itself says what is missing.
    """
    sites = [
        site
        for site in Site.objects.filter(programme_enrolments__isnull=False).distinct()
        if exists_in(site.jurisdiction)
    ]
    waiting = [each for site in sites for each in worklist(site, actor.now) if each.event is None]
    _close_settled({each.session.pk for each in waiting if each.sent.differs}, actor)
    return sum(_remind(each, actor) + _remind_of_change(each, actor) for each in waiting)


def _remind(waiting: Waiting, actor: Actor) -> bool:
    today = timezone.localdate(actor.now)
    if today < reminded_on(waiting.due_on) or waiting.is_to_be_corrected:
        return False
    late, due = waiting.is_late(today), waiting.due_on
    what = f"was due on {due.day} {due:%b}" if late else f"is due on {due.day} {due:%b}"
    return _raise(
        waiting, actor, FORM_DUE, f"{FORM_DUE} {due} {'late' if late else 'soon'} {waiting.sent.said}",
        title=f"The nasal programme’s form of session {waiting.session.number} {what}",
        detail=f"{waiting.sent.sentence} Read and complete it, send it, and state how it was sent.",
        again=f"Raised again: the form {what}.",
    )  # fmt: skip


def _remind_of_change(waiting: Waiting, actor: Actor) -> bool:
    """What was sent is no longer what the record says: at once, and anew when it changes again."""
    if not waiting.sent.differs:
        return False
    session, differs = waiting.session, " ".join(map(str, waiting.sent.differs))
    which = f"{waiting.sent.said} {session.recorded} {uuid5(session.pk, differs).hex[:12]}"
    return _raise(
        waiting, actor, FORM_DIFFERS, f"{FORM_DIFFERS} {which}",
        title=f"What the nasal programme was sent of session {session.number} is not what the record says now",
        detail=f"{differs} Tell the programme and state how, or keep a new version of the form and send it.",
        again="Raised again: more was recorded since.",
    )  # fmt: skip


def _raise(waiting: Waiting, actor: Actor, kind: str, name: str, *, title: str, detail: str, again: str) -> bool:
    """Raise a flag of this name once, in place of those of its kind."""
    session, owner = waiting.session, _owner(waiting)
    if owner is None:
        return False

    def do() -> None:
        for flag in _flags(session, kind):  # what was raised before is said in this one
            record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, again, actor)
        record_services.raise_flag(
            patient=session.course.patient, course=session.course, kind=kind, level=Flag.Level.WATCH, title=title,
            detail=detail, rule=name, owner=owner, due_at=end_of(max(waiting.due_on, timezone.localdate(actor.now))),
            subject=session.pk, actor=actor,
        )  # fmt: skip

    return writes.once(uuid5(session.pk, name), "programme reminder", {"session": session.pk, "name": name}, actor, do)


def _close_settled(differing: set[UUID], actor: Actor) -> None:
    """Close what was raised because the record said otherwise, where it says again what was sent."""
    for flag in open_flags().filter(kind=FORM_DIFFERS).exclude(subject__in=differing):
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, "The record says what was sent.", actor)


def _owner(waiting: Waiting) -> User | None:
    """A named person who may act: the owner of the form, else a coordinator, a nurse or a prescriber of the site."""
    site = waiting.session.course.patient.site
    candidates = [
        waiting.owner,
        *staff(site, Role.COORDINATOR),
        *staff(site, Role.NURSE),
        *staff(site, Role.PRESCRIBER),
    ]
    able = (person for person in candidates if person is not None and person.allows(Permission.FLAG_ACT))
    return next(able, None)


def end_of(day: date) -> datetime:
    """The last minute of a day in the clinic's time."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def _flags(about: Session | SeriousEvent, *kinds: str) -> QuerySet[Flag]:
    return open_flags().filter(kind__in=kinds, subject=about.pk)


def close_flags(about: SessionForm | SeriousEvent, actor: Actor, said: str, *kinds: str) -> None:
    """Close what asked for this to be sent, or the flags of these kinds. The clock does it: whoever states that it was
    sent need not own a flag."""
    by_clock = replace(SYSTEM, at=actor.at)
    asked = (
        _flags(about, *(kinds or (EVENT_DUE,)))
        if isinstance(about, SeriousEvent)
        else _flags(about.session, FORM_DUE, FORM_DIFFERS)
    )
    for flag in asked:
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, by_clock)
