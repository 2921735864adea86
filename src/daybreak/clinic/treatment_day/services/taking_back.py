"""What was recorded by mistake is taken back: both stay in the record, the first struck through."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today, said
from daybreak.clinic.treatment_day import monitor_queries, queries
from daybreak.clinic.treatment_day.dose_lines import at_once, stops_again
from daybreak.clinic.treatment_day.models import (
    LEAVING,
    OBSERVATIONS,
    ONE_TOUCH,
    STOP,
    TAKEN_BACK,
    WITH_REASON,
    MonitorTie,
    Session,
    SessionEvent,
)
from daybreak.clinic.treatment_day.services import drug_account
from daybreak.clinic.treatment_day.services.events import append, happened
from daybreak.clinic.treatment_day.services.marks import ask_again, close_left_with_open, close_what_went_on
from daybreak.clinic.treatment_day.services.numbers import settle_number
from daybreak.clinic.treatment_day.services.running_on import RunsOn
from daybreak.clinic.treatment_day.services.sessions import require_no_other
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.findings import says_too_little

# A wrong touch is seen while the person sits there, or by the next who looks for them. After that the call of the next
# day, the programme's form and the drug account rest on the leaving: what was wrong is said in the note. Ours.
AT_LATEST = timedelta(hours=12)


def take_back(
    session: Session,
    event_id: UUID,
    actor: Actor,
    *,
    write_id: UUID,
    at: datetime | None = None,
    reason: str = "",
    shown: str | None = None,
    waited: bool = False,
) -> SessionEvent:
    """Take back what one touch noted; with a reason, a call for help, a medicine, a stop and that the person left.

    A leaving or a stop that is taken back did not happen: the session, or the dose, goes on as before; with a stop all
    that are one line with it. A monitor that was released stays so, since it may measure somebody else by now, and a
    chair that was given to somebody else is theirs. A mark that was answered with a call asks again. That an infusion
    ran on with a red mark open takes ten words, as to resume it does.

    Args:
        waited: it waited on a tablet without a network: nobody can be asked for ten words, and the prescriber hears.

    Raises:
        Refusal: for anything else; of what takes a reason without one, a second time or after 12 hours; of a leaving
            where the same session was opened anew since, or another one is open; of a stop once what was given is
            settled.
    """
    noted = session.events.filter(pk=event_id).first()
    what = _what(noted)
    takes_reason = what not in ONE_TOUCH
    with_it: list[SessionEvent] = []
    runs_on = RunsOn(session, actor, reason, waited)

    def taken_back(event_id: UUID) -> dict[str, str]:
        return {"what": TAKEN_BACK, "of": str(event_id), "words": reason.strip()}

    def check(state: SessionState) -> Mapping[str, Any]:
        if noted is None or not what:
            names = ", ".join(OBSERVATIONS[each] for each in (*ONE_TOUCH, *WITH_REASON))
            raise Refusal(f"Only {names}, a stop and leaving are taken back so. Correct anything else with a note.")
        if takes_reason:
            _require_open_to_it(noted, actor, reason)
        if what == STOP:
            _require_unsettled(session, noted)
            with_it.extend(_in_one_line(session, noted, state))
            if _lets_run_on(session, [noted, *with_it], state):
                more = runs_on.against(state.now, "Did the pump run on?", "Nothing was taken back.")
                return {"was": what, **more}
        return {"was": what, **(_goes_on_without(session) if what == LEAVING else {})}

    def also(at: datetime) -> None:
        if what == LEAVING:
            _go_on(session, actor, at)
        for each in with_it:
            more = {**taken_back(each.pk), "was": STOP}
            append(session, SessionEvent.Kind.OBSERVATION, actor, at=at, data=more, corrects=each.pk)
        if what == STOP:
            close_what_went_on(session, f"The stop was taken back, {clock_today(at)}: the dose went on.", actor)
            runs_on.tell("Stop taken back", at)
        if noted and noted.data.get("flags"):
            ask_again(session, noted.data["flags"], reason.strip(), actor)

    event = happened(
        session, SessionEvent.Kind.OBSERVATION, actor, write_id=write_id, at=at, check=check,
        also=also, shown=shown,
        corrects=event_id if takes_reason else None,
        data=taken_back(event_id),
    )  # fmt: skip
    if what in (LEAVING, STOP):
        drug_account.tell(session, actor)
    return event


def _in_one_line(session: Session, stop: SessionEvent, state: SessionState) -> list[SessionEvent]:
    """The other stops that are told in one line with this one: two people touched at once."""
    events = session.events.order_by("occurred_at", "recorded_at")
    again = stops_again(events, state)
    first = again.get(stop.pk, stop)
    line = [first, *(each for each in at_once(again, events) if again[each.pk] == first)]
    return [each for each in line if each != stop] if stop in line else []


def _lets_run_on(session: Session, stops: Sequence[SessionEvent], state: SessionState) -> bool:
    """Whether an infusion has no other end than these stops."""
    ends = session.events.filter(kind=SessionEvent.Kind.DOSE_STOPPED, corrected_by__isnull=True)
    other = ends.filter(occurred_at__gt=stops[0].occurred_at).exclude(pk__in=[each.pk for each in stops])
    return state.run is not None and state.run.is_infusion and not other.exists()


def _what(noted: SessionEvent | None) -> str:
    """What is to be taken back, as the record names it; empty for what cannot be."""
    if noted is None:
        return ""
    if noted.kind == SessionEvent.Kind.LEFT:
        return LEAVING
    if noted.kind == SessionEvent.Kind.DOSE_STOPPED and "given_mg" not in noted.data:
        return STOP
    is_seen = noted.kind == SessionEvent.Kind.OBSERVATION and noted.data["what"] in (*ONE_TOUCH, *WITH_REASON)
    return str(noted.data["what"]) if is_seen else ""


def _require_open_to_it(noted: SessionEvent, actor: Actor, reason: str) -> None:
    if (before := SessionEvent.objects.filter(corrects=noted).first()) is not None:
        raise Refusal(f"It was taken back at {clock_today(before.occurred_at)} already. Nothing was changed.")
    if says_too_little(reason):
        raise Refusal("Write in a few words how it came to be recorded. Nothing was taken back.")
    if actor.now - noted.recorded_at > AT_LATEST:
        raise Refusal(
            f"It was recorded at {said(noted.recorded_at)}, more than {AT_LATEST / timedelta(hours=1):.0f} hours ago, "
            "and others acted on it since. Say in an amendment of the note what was wrong. Nothing was taken back."
        )


def _require_unsettled(session: Session, stop: SessionEvent) -> None:
    """Refuse to take back a stop once the record rests on what was given."""
    newest = next(reversed(queries.runs_recorded(session)), None)
    settled = queries.is_settled(session)
    if not settled and (newest is None or stop.occurred_at < newest.started_at):
        settled = "That dose was taken back, or another was begun since."
    if not settled and newest.stated_mg is not None:
        settled = f"{newest.stated_mg:g} mg were stated as given since."
    if settled:
        raise Refusal(f"{settled} If another amount was given, correct it under Amount given. Nothing was taken back.")


def _goes_on_without(session: Session) -> dict[str, Any]:
    """The monitors that were released with the leaving, and the chair where somebody else sits in it by now.

    Raises:
        Refusal: where the same session was opened anew, which goes on in its place, or another one is open.
    """
    anew = Session.objects.filter(course=session.course_id, number=session.number, holds_number=True)
    if (other := anew.exclude(pk=session.pk).first()) is not None:
        raise Refusal(
            f"Session {session.number} was opened anew at {said(other.opened_at)}. Go on there. Nothing was taken back."
        )
    require_no_other(session.course, "Go on there. Nothing was taken back.", but=session.pk)
    tied_once = MonitorTie.objects.filter(session=session).values_list("monitor__identifier", flat=True)
    still = monitor_queries.tied_monitors(session).values_list("identifier", flat=True)
    chair = {"chair": str(session.chair)} if _another_sits_there(session) else {}
    return {"released": sorted({*tied_once} - {*still}), **chair}


def _another_sits_there(session: Session) -> bool:
    going_on = Session.objects.filter(chair__isnull=False, chair=session.chair_id, is_over=False)
    return going_on.exclude(pk=session.pk).exists()


def _go_on(session: Session, actor: Actor, at: datetime) -> None:
    chair = {"chair": None} if _another_sits_there(session) else {}
    Session.objects.filter(pk=session.pk).update(is_over=False, **chair)
    settle_number(session)
    close_left_with_open(session, at, actor)
