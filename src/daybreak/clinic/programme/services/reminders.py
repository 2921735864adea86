"""Reminders of forms: a flag two days before the deadline, another when it has passed. `daybreak tick` raises them."""

from dataclasses import replace
from datetime import date, datetime, time
from uuid import uuid5

from django.db.models import QuerySet
from django.utils import timezone

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import SeriousEvent, SessionForm
from daybreak.clinic.record import services as record_services
from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import SYSTEM, Actor
from daybreak.clinic.record.models import Flag, FlagEvent, Site, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import open_flags, staff
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.nasal_programme import exists_in, reminded_on

FORM_DUE = "programme_form"
EVENT_DUE = "serious_event"


def remind(actor: Actor) -> int:
    """One pass over every form that was not sent, at `actor.now`; the number of flags raised.

    Only where a certification is recorded: before that the list itself says what is missing.
    """
    sites = [
        site
        for site in Site.objects.filter(programme_enrolments__isnull=False).distinct()
        if exists_in(site.jurisdiction)
    ]
    return sum(_remind(waiting, actor) for site in sites for waiting in queries.worklist(site, actor.now))


def _remind(waiting: queries.Waiting, actor: Actor) -> bool:
    today = timezone.localdate(actor.now)
    if waiting.event is not None or today < reminded_on(waiting.due_on):
        return False
    late = waiting.is_late(today)
    owner = _owner(waiting)
    if owner is None:
        return False
    session, due = waiting.session, waiting.due_on
    name = f"{FORM_DUE} {due} {'late' if late else 'soon'} {waiting.sent.said}"
    what = f"was due on {due.day} {due:%b}" if late else f"is due on {due.day} {due:%b}"

    def do() -> None:
        for flag in _flags(session):  # what was raised before is said in this one
            record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, f"Raised again: the form {what}.", actor)
        record_services.raise_flag(
            patient=session.course.patient, course=session.course, kind=FORM_DUE, level=Flag.Level.WATCH,
            title=f"The nasal programme’s form of session {session.number} {what}",
            detail=f"{waiting.sent.sentence} Read and complete it, send it, and state how it was sent.",
            rule=name, owner=owner, due_at=end_of(max(due, today)), subject=session.pk, actor=actor,
        )  # fmt: skip

    return writes.once(uuid5(session.pk, name), "programme reminder", {"session": session.pk, "name": name}, actor, do)


def _owner(waiting: queries.Waiting) -> User | None:
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


def _flags(about: Session | SeriousEvent) -> QuerySet[Flag]:
    kind = EVENT_DUE if isinstance(about, SeriousEvent) else FORM_DUE
    return open_flags().filter(kind=kind, subject=about.pk)


def close_flags(about: SessionForm | SeriousEvent, actor: Actor, said: str) -> None:
    """Close what asked for this to be sent. The clock does it: whoever states that it was sent need not own a flag."""
    by_clock = replace(SYSTEM, at=actor.at)
    for flag in _flags(about if isinstance(about, SeriousEvent) else about.session):
        record_services.answer_flag(flag, FlagEvent.Kind.CLOSED, said, by_clock)
