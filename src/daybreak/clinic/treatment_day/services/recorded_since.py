"""A stop typed as of before what is recorded of the infusion: whoever types it reads that first."""

from datetime import datetime, timedelta

from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.dose_lines import GOES_ON
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.charting import minute_of
from daybreak.treatment.findings import says_too_little


def recorded_since(
    session: Session, typed: datetime, state: SessionState, reason: str, shown: str | None
) -> dict[str, list[str]]:
    """The pauses, resumes and rates of the infusion that are on record after this minute, as the stop keeps them.

    Args:
        shown: what this person was told before about this stop; None where nobody asks.

    Raises:
        Refusal: until they were read, and a few words say why it ended before them.
    """
    later = _later(session, typed, state)
    if not later:
        return {}
    named = ", ".join(f"{event.get_kind_display()} {clock_today(event.occurred_at)}" for event in later)
    against = f"Recorded after {clock_today(typed)}: {named}."
    if says_too_little(reason) or (shown is not None and against.rstrip(".") not in shown):
        or_now = "" if state.left else "If it ended now, leave the time empty. "
        raise Refusal(
            f"{against} {or_now}If it ended at another time, type that. If it did end at {clock_today(typed)}, write "
            "in a few words how you know, and send it once more. Nothing was recorded."
        )
    return {"against": [against]}


def _later(session: Session, typed: datetime, state: SessionState) -> list[SessionEvent]:
    """In order, and of no later dose."""
    if state.run is None or not state.run.is_infusion:
        return []
    kinds = (SessionEvent.Kind.DOSE_PAUSED, *GOES_ON)
    events = session.events.filter(kind__in=kinds, occurred_at__gte=minute_of(typed) + timedelta(minutes=1))
    if next_runs := queries.runs_recorded(session)[len(state.runs) :]:
        events = events.filter(occurred_at__lt=next_runs[0].started_at)
    return list(events.order_by("occurred_at", "recorded_at"))
