"""When somebody left, as a person types it: held against what is recorded, since letter, call and form rest on it."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.folding import standing_observations, true_readings
from daybreak.clinic.treatment_day.models import OBSERVATIONS, Session, SessionEvent
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.charting import minute_of
from daybreak.treatment.findings import says_too_little
from daybreak.treatment.leaving import Criterion

Kind = SessionEvent.Kind
_ENDED = "the infusion ended"
# What shows beside values and observations that a person was still here.
_HANDLED = (Kind.CRITERION_CHECKED, Kind.DOSE_PAUSED, Kind.DOSE_RESUMED, Kind.RATE_CHANGED)
_WATCHED = "observation"  # the criterion of the clock


def require_possible(session: Session, typed: datetime) -> None:
    """Refuse a time of leaving before the session, its last dose or device, or the recorded end of it."""
    at, what = max(_not_before(session))
    if minute_of(at) <= typed:
        return
    if_wrong = " If that end is wrong, take the stop back first." if what == _ENDED else ""
    raise Refusal(
        f"{clock_today(typed)} is before {what}, at {clock_today(at)}. Type the time again; it is "
        f"{clock_today(timezone.now())} now.{if_wrong} Nothing was recorded."
    )


def _not_before(session: Session) -> Iterator[tuple[datetime, str]]:
    yield session.opened_at, "this session was opened"
    for run in queries.runs_recorded(session):
        yield run.last_begun
        if run.over_at:
            yield run.over_at, _ENDED


def against_time(session: Session, typed: datetime, reason: str, shown: str) -> list[str]:
    """What is recorded of after a time of leaving, where the reason answers it.

    Args:
        shown: what this person read before about the same entry.

    Raises:
        Refusal: until it was read and a reason is given.
    """
    later = [each for each in _seen(session) if minute_of(each[0]) > typed]
    if not later:
        return []
    at, what = max(later)
    against = f"{what} of {clock_today(at)} is recorded, later than {clock_today(typed)}."
    if against not in shown or says_too_little(reason):
        raise Refusal(
            f"{against} If this person had left by then, write why it is of later, and touch Leaves again; else type "
            "the time again. Nothing was recorded."
        )
    return [against]


def _seen(session: Session) -> Iterator[tuple[datetime, str]]:
    """When somebody measured, saw or handled this person, and how a sentence names that."""
    record = queries.record_in_brief(session)
    for row in true_readings(record.readings):
        yield row.measured_at, "A value"
    for event in standing_observations(record.events, timezone.now()):
        yield event.occurred_at, f"“{OBSERVATIONS[event.data['what']]}”"
    for event in record.events:
        if event.kind in _HANDLED:
            yield event.occurred_at, f"“{event.get_kind_display()}”"


def criteria_on_file(session: Session, state: SessionState) -> tuple[Criterion, ...]:
    """The criteria at this time. Values and answers on file of later count too: whoever reads what was open when this
    person left would else read as unknown what is known. How long they were watched does not grow by it.
    """
    record = queries.record_in_brief(session)
    measured = [row.measured_at for row in true_readings(record.readings)]
    answered = [event.occurred_at for event in record.events if event.kind == Kind.CRITERION_CHECKED]
    last = max([state.now, *measured, *answered])
    if last == state.now:
        return state.criteria
    on_file = {each.id: each for each in record.state(last).criteria}
    return tuple(each if each.id == _WATCHED else on_file.get(each.id, each) for each in state.criteria)
