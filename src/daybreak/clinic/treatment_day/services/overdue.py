"""Overdue checks: the clock raises one flag for each, and closes it when the check was done or is asked for no more.

Nobody's click causes this: `daybreak tick` does it. Carried out again, it changes nothing. A flag raised here has the
session as its subject and names its check by its time in `rule`.
"""

import logging
from datetime import date, timedelta
from uuid import uuid5

from django.db import InterfaceError, OperationalError, ProgrammingError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from daybreak.clinic.record import services as record_services
from daybreak.clinic.record import status, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.times import clock
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.services.marks import flag_owner
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.schedule import DueCheck, overdue_rule

log = logging.getLogger(__name__)
OVERDUE_CHECK = "overdue_check"
PART = "tick, overdue checks"  # its name on the status page


def flag_overdue_checks(actor: Actor) -> int:
    """One pass over every session that goes on or has such a flag open, at `actor.now`; the number of flags raised.

    It shows that it ran where every one of them could be looked at.
    """
    raised = [_look_at_alone(session, actor) for session in _sessions()]
    if None in raised:
        status.failed(PART)
    else:
        status.beat(PART)
    return sum(each or 0 for each in raised)


def _sessions() -> QuerySet[Session]:
    started = SessionEvent.objects.filter(session=OuterRef("pk"), kind=SessionEvent.Kind.DOSE_STARTED)
    waiting = open_flags().filter(kind=OVERDUE_CHECK, subject=OuterRef("pk"))
    return queries.sessions().filter(Exists(started) & Q(is_over=False) | Exists(waiting))


def _look_at_alone(session: Session, actor: Actor) -> int | None:
    try:
        return _look_at(session, actor)
    except (InterfaceError, OperationalError, ProgrammingError):
        raise  # the database is lost to all of them
    except Exception:  # one session's trouble is not the next one's
        log.exception("Overdue checks of session %s were not looked for", session.pk)
        return None


def _look_at(session: Session, actor: Actor) -> int:
    now = actor.now
    state = queries.state(session, now)
    late = {_name(check): check for check in state.overdue if check.at + overdue_rule().after <= now}
    fresh = {name: check for name, check in late.items() if now <= check.at + overdue_rule().at_most}
    for flag in _asked(session):
        if flag.rule not in late:
            record_services.answer_flag(
                flag, FlagEvent.Kind.CLOSED, _why_closed(flag, state, timezone.localdate(actor.now)), actor
            )
    asked = set(_asked(session).values_list("rule", flat=True))
    return sum(_raise_once(session, name, check, state, actor) for name, check in fresh.items() if name not in asked)


def _asked(session: Session) -> QuerySet[Flag]:
    """The overdue checks of a session that are asked for now."""
    return open_flags(patients=[session.course.patient]).filter(kind=OVERDUE_CHECK, subject=session.pk)


def _name(check: DueCheck) -> str:
    return f"overdue {check.at:%Y-%m-%dT%H:%M:%S%z}"


def _raise_once(session: Session, name: str, check: DueCheck, state: SessionState, actor: Actor) -> bool:
    def do() -> None:
        record_services.raise_flag(
            patient=session.course.patient,
            course=session.course,
            kind=OVERDUE_CHECK,
            level=Flag.Level.WATCH,
            title=f"The check of {clock(check.at, timezone.localdate(actor.now))} is overdue, {_when(check, state)}",
            detail=f"{check.why}. Measure and enter all of it; the monitor’s own values complete no check.",
            rule=name,
            owner=flag_owner(session, actor),
            due_at=check.at + overdue_rule().within,
            subject=session.pk,
            actor=actor,
        )

    # Once; but what was closed because the person had left is asked for again when that was taken back.
    anew = {"since": state.leaving_taken_back.pk} if state.leaving_taken_back else {}
    key = " ".join([name, *map(str, anew.values())])
    return writes.once(
        uuid5(session.pk, key), "overdue check", {"session": session.pk, "check": name, **anew}, actor, do
    )


def _when(check: DueCheck, state: SessionState) -> str:
    """Its time from where the schedule counts it: the beginning or the end of the dose."""
    since = (state.ends_at if check.from_end else state.started_at) or check.at
    if check.from_end and check.at == since:
        return "at the end of the dose"
    return (
        f"{(check.at - since) / timedelta(minutes=1):.0f} min since the dose {'ended' if check.from_end else 'began'}"
    )


def _why_closed(flag: Flag, state: SessionState, today: date) -> str:
    check = next((each for each in state.due if _name(each) == flag.rule), None)
    done = next((at for at in state.check_times if check is not None and check.counts(at)), None)
    if done is not None:
        return f"Done at {clock(done, today)}."
    if state.left:
        return f"The person left at {clock(state.left.occurred_at, today)}."
    if check is not None and check in state.missed:
        return "Left out: a later check was done."
    return "No longer due: the dose ended at another time, or was not given."
