"""The drug account is told what a session did, once the session's own facts stand.

The pharmacy comes before this stage, so this stage tells it. It does so after the commit: no trouble in the account can
refuse, roll back or hold up a dose, a note or going home. What could not be told then is told by the next `tick`.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy import services as pharmacy
from daybreak.clinic.pharmacy.asked_of_sessions import Running
from daybreak.clinic.pharmacy.chain import alone_in
from daybreak.clinic.pharmacy.models import Use
from daybreak.clinic.record.actor import SYSTEM, Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.times import said
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.doses import DoseRun
from daybreak.clinic.treatment_day.models import NOT_COUNTED, TAKEN_BACK, Session, SessionEvent
from daybreak.treatment.controlled_drug import micrograms

Kind = SessionEvent.Kind
CHANGES_THE_ACCOUNT = frozenset(
    {Kind.DOSE_STARTED, Kind.DOSE_NOT_GIVEN, Kind.DEVICE_GIVEN, Kind.DOSE_STOPPED, Kind.LEFT}
)
LONGEST_WAIT_S = 2  # for the account, before telling it is left to the clock's work; ours
# How far the clock's work looks for what was not told: sessions opened, and what was recorded in them; ours.
SESSIONS_OF, RECORDED_SINCE = timedelta(days=3), timedelta(hours=1)

log = logging.getLogger(__name__)


def tell(session: Session, actor: Actor) -> None:
    """Tell the account after the commit. A history told afterwards, as the demonstration is, tells it at once."""
    if actor.at is not None:
        tell_now(session.pk, actor, actor.at)
    else:
        transaction.on_commit(lambda: tell_now(session.pk, actor, timezone.now()), robust=True)


@transaction.atomic
def tell_now(session_id: UUID, actor: Actor, now: datetime) -> None:
    """Bring the account of one session into line with its facts as they are now. Carried out again, nothing changes."""
    session = queries.sessions().get(pk=session_id)
    if connection.vendor == "postgresql":  # whoever holds the account for long does not hold up an answer to a tablet
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT_S}s'")
    # First the lock, then the facts: of two who tell at once, the second tells what is true by then.
    alone_in(session.course.patient.site)
    # What happened at a time that is still to come, since the clock was set back, has happened.
    now = max(now, session.events.aggregate(Max("occurred_at"))["occurred_at__max"] or now)
    state = queries.state(session, now)
    planned = [dose.mg for dose in state.planned]
    use = pharmacy.announce(
        session.pk, session.course.patient, actor, label=f"session {session.number}", drug=state.drug,
        planned_micrograms=None if None in planned else micrograms(sum(filter(None, planned))),
        ways=[planned.dose.way for planned in state.planned], at=session.opened_at,
    )  # fmt: skip
    lots = _lots_typed(session)
    given = [
        each
        for run in state.runs
        if run.end_is_recorded or state.left
        for each in _given(run, lots, state.left.occurred_at if state.left else now)
    ]
    pharmacy.state_given(use, given, actor, state.stopped_at or now)
    for event_id, words in _not_counted(session):
        pharmacy.ask_what_was_given(use, event_id, words, actor)
    pharmacy.end_use(use, actor, state.left.occurred_at if state.left else None)


def runs_now(use: Use, now: datetime, **_: object) -> list[Running]:
    """The account asks what has run in of doses whose end nobody recorded: it is told of them at their end."""
    session = queries.with_doses(Session.objects.filter(pk=use.pk)).first()
    state = queries.doses_of(session, now) if session else None
    runs = [run for run in state.runs if not run.end_is_recorded] if state and not state.left else []
    lots = _lots_typed(session) if session and runs else {}
    return [Running(lots[run.entries[0]][0], micrograms(run.given_mg(now))) for run in runs]


_IN_WORDS = {Kind.DEVICE_GIVEN: "A nasal device", Kind.DOSE_STARTED: "The start of a dose"}


def _not_counted(session: Session) -> Iterator[tuple[UUID, str]]:
    """What a tablet kept without a network and the session does not count: it may have been given all the same. Why it
    is not counted, which may be about the person, stays in the session."""
    kept = session.events.filter(kind=Kind.OBSERVATION, data__what=NOT_COUNTED).order_by("recorded_at")
    for event in kept:
        what = _IN_WORDS.get(event.data.get("instead_of"))
        if what is None:
            continue
        lot = f", lot {event.data['lot']}," if event.data.get("lot") else ""
        words = (
            f"{what}{lot} typed at {said(event.occurred_at)} on a tablet without network is not counted by the "
            "session. Count what is empty. If it was given, correct “Amount given” in the session and enter the draw "
            "where it is missing; if not, write here how you know."
        )
        yield event.pk, words


def _lots_typed(session: Session) -> dict[UUID, tuple[str, str]]:
    """The lot as it was typed, and why none was, by the entry of the dose or the device: two may bear one time."""
    events = SessionEvent.objects.filter(session=session, kind__in=(Kind.DOSE_STARTED, Kind.DEVICE_GIVEN))
    return {each.pk: (each.data.get("lot", ""), each.data.get("no_lot", "")) for each in events}


def _given(run: DoseRun, lots: dict[UUID, tuple[str, str]], now: datetime) -> Iterator[pharmacy.Given]:
    """What one dose took: an infusion or an injection in one amount, devices one by one."""
    amount = micrograms(run.given_mg(now))
    entries = run.entries[: sum(at <= now for at in run.device_times)] or run.entries[:1]
    for place, entry in enumerate(entries):
        # The parts add up to the whole, to the microgram.
        part = amount * (place + 1) // len(entries) - amount * place // len(entries)
        yield pharmacy.Given(part, *lots[entry])


def catch_up(now: datetime) -> int:
    """Tell the account what it was not told, and open a case for each session that does not add up; how many."""
    by_clock = replace(SYSTEM, at=now)
    changes = Q(kind__in=CHANGES_THE_ACCOUNT) | Q(kind=Kind.OBSERVATION, data__what=TAKEN_BACK)
    recent = SessionEvent.objects.filter(changes, session=OuterRef("pk"), recorded_at__gt=now - RECORDED_SINCE)
    ended = Exists(Use.objects.filter(pharmacy_queries.ended(), pk=OuterRef("pk")))
    is_told = Q(is_over=True) & Q(ended) | Q(is_over=False) & ~Q(ended)
    untold = ~is_told | ~Exists(Use.objects.filter(pk=OuterRef("pk"))) | Exists(recent)
    sessions = Session.objects.filter(untold, opened_at__gt=now - SESSIONS_OF)
    for session_id in sessions.values_list("pk", flat=True):
        try:
            tell_now(session_id, by_clock, now)
        except Exception:  # one session's trouble is not the next one's
            log.exception("The drug account could not be told of session %s", session_id)
    return sum(_open_cases(site, by_clock, now) for site in Site.objects.all())


def _open_cases(site: Site, actor: Actor, now: datetime) -> int:
    try:
        return len(pharmacy.open_due_cases(site, actor, now))
    except Exception:
        log.exception("No case could be opened at %s", site)
        return 0
