"""How something that happens in a session becomes a fact: once, in turn, and every open page looks again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from daybreak.clinic.record import writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.prepared import as_parameter
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import CLOCK_AHEAD, require_past
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.dose_lines import GOES_ON
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.charting import minute_of
from daybreak.treatment.days import said_day

# As SQL: every entry does it, and Django takes longer to find the words than SQLite to count.
_COUNT = "UPDATE treatment_day_session SET version = version + 1, recorded = recorded + 1 WHERE id = %s"


def in_turn(session: Session, do: Callable[[], object]) -> Callable[[], object]:
    """`do` alone in its session: two people on one chair are served one after the other."""

    def alone() -> object:
        # First the counter: whoever comes second waits here until the first is done.
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [as_parameter(session.pk, connection)])
        return do()

    return alone


def happened(
    session: Session,
    kind: SessionEvent.Kind,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None,
    data: Mapping[str, Any] | None = None,
    check: Callable[[SessionState], Mapping[str, Any] | None] | None = None,
    also: Callable[[datetime], object] | None = None,
    shown: str | None = None,
    corrects: UUID | None = None,
    otherwise: Callable[[datetime, Refusal], Mapping[str, Any]] | None = None,
) -> SessionEvent:
    """Append an event of a session.

    Args:
        check: looks at the state at that time; refuses, or gives further data to keep.
        also: what comes with it at that time; both are done or neither is.
        shown: what this person was told before about the same entry; None where nobody asks. A reason counts only
            against what was read before it was given; of what happened a while ago that is said, and no longer asked.
        corrects: the event this one takes back, with the reason under `words`.
        otherwise: of what was done already, what is kept as an observation in its place where `check` refuses it.

    Raises:
        Refusal: what `check` refuses; what stands "against" it and was not shown; a time that is still to come.
        WriteConflict: if the id was used for something else.
    """
    said = dict(data or {})

    def do() -> None:
        typed = require_past(at or timezone.now(), session.opened_at)
        when = within_the_dose(session, kind, typed)
        moved = {} if when == typed else {"typed_at": typed.isoformat()}
        try:
            more = check(queries.state(session, when)) if check else None
        except Refusal as refused:
            if otherwise is None:
                raise
            instead = {**otherwise(when, refused), "instead_of": str(kind)}
            append(session, SessionEvent.Kind.OBSERVATION, actor, at=when, data=instead, event_id=write_id)
            return
        if more and shown is not None and not more.get("unasked"):
            more = _read_before(more, shown, is_done=otherwise is not None or came_late(when))
        kept = {**said, **(more or {}), **moved}
        append(session, kind, actor, at=when, data=kept, event_id=write_id, corrects=corrects)
        if also:
            also(when)

    writes.once(write_id, f"session: {kind}", {"session": session.pk, "at": at, **said}, actor, in_turn(session, do))
    if kind in drug_account.CHANGES_THE_ACCOUNT:
        drug_account.tell(session, actor)
    return SessionEvent.objects.select_related("recorded_by").get(pk=write_id)


def has_ended(left_at: datetime) -> str:
    """That a session is over, as a sentence with its day: who reads it may believe to stand in today's."""
    return f"This session ended on {said_day(timezone.localtime(left_at))} at {timezone.localtime(left_at):%H:%M}."


def came_late(when: datetime) -> bool:
    """Whether an entry tells of what happened a while ago: it waited on a tablet, or was typed with its time. It is
    done, and to refuse it would lose its time.
    """
    return timezone.now() - when > CLOCK_AHEAD


def _read_before(more: Mapping[str, Any], shown: str, *, is_done: bool) -> Mapping[str, Any]:
    """Refuse a reason that was written before somebody read what it is to answer; of what is done already, say so."""
    against = [*more.get("against", ())]
    if unseen := [each for each in against if each.rstrip(".") not in shown]:
        if is_done:
            return {**more, "against": [*against, "The reason was written before this was read."]}
        raise Refusal(
            f"{' '.join(unseen)} The reason was written before this was read. Look again; if all is right as typed, "
            "send it once more with its reason. Nothing was recorded."
        )
    return more


def append(
    session: Session,
    kind: SessionEvent.Kind,
    actor: Actor,
    *,
    at: datetime,
    data: Mapping[str, Any],
    event_id: UUID | None = None,
    corrects: UUID | None = None,
) -> SessionEvent:
    """The row itself, within a write that is already under way."""
    identity = {"id": event_id} if event_id else {}
    correction = {"corrects_id": corrects, "correction_reason": data["words"]} if corrects else {}
    return SessionEvent.objects.create(
        session=session, kind=kind, occurred_at=at, data=dict(data), **identity, **correction, **actor.stamp
    )


_ENDS = (
    SessionEvent.Kind.DOSE_PAUSED,
    SessionEvent.Kind.DOSE_STOPPED,
    SessionEvent.Kind.DOSE_NOT_GIVEN,
    SessionEvent.Kind.LEFT,
)
_OF_ONE_DOSE = (SessionEvent.Kind.DOSE_PAUSED, SessionEvent.Kind.DOSE_STOPPED)
_BEGINS = (SessionEvent.Kind.DOSE_STARTED, SessionEvent.Kind.DEVICE_GIVEN)
# A time is typed to the minute: within it what happens to a dose follows what happened to it, and leaving the end. What
# is typed of a dose that was stopped in that minute came before the stop.
_OF_A_RUNNING_DOSE = (SessionEvent.Kind.DOSE_STARTED, SessionEvent.Kind.DOSE_PAUSED, *GOES_ON)
_FOLLOWS = {
    SessionEvent.Kind.DEVICE_GIVEN: _BEGINS,
    SessionEvent.Kind.RATE_CHANGED: _OF_A_RUNNING_DOSE,
    SessionEvent.Kind.DOSE_PAUSED: _OF_A_RUNNING_DOSE,
    SessionEvent.Kind.DOSE_RESUMED: _OF_A_RUNNING_DOSE,
    SessionEvent.Kind.DOSE_STOPPED: (SessionEvent.Kind.DOSE_PAUSED, *GOES_ON),
    SessionEvent.Kind.LEFT: (SessionEvent.Kind.DOSE_STOPPED,),
}


def within_the_dose(session: Session, kind: SessionEvent.Kind, at: datetime) -> datetime:
    """A pause, a stop, a start taken back and leaving come after the dose, whatever a wrong clock says, and leaving
    after the opening; a pause and a stop after the dose that was begun last at their time, and no later one. What is
    typed to the minute comes after what it follows in that minute.
    """
    at = _after_its_minute(session, kind, at)
    if kind not in _ENDS:
        return at
    rows = SessionEvent.objects.filter(session=session, kind__in=_BEGINS).order_by("occurred_at")
    began = list(rows.values_list("occurred_at", "kind"))
    if kind in _OF_ONE_DOSE:
        starts = [each for each, what in began if what == SessionEvent.Kind.DOSE_STARTED]
        following = next((each for each in starts[1:] if each > at), None)
        began = [(each, what) for each, what in began if following is None or each < following]
    opened = [session.opened_at] if kind == SessionEvent.Kind.LEFT else []
    return max([at, *opened, *(each for each, _ in began)])


def _after_its_minute(session: Session, kind: SessionEvent.Kind, at: datetime) -> datetime:
    """A time typed to the minute, just after what it follows in that minute: the last that was set, or touched, counts.
    Any other time as it is."""
    if kind not in _FOLLOWS or at != minute_of(at):
        return at
    same_minute = {"occurred_at__gte": at, "occurred_at__lt": at + timedelta(minutes=1)}
    before = SessionEvent.objects.filter(session=session, kind__in=_FOLLOWS[kind], **same_minute)
    last = before.aggregate(Max("occurred_at"))["occurred_at__max"]
    return at if last is None else last + timedelta.resolution
