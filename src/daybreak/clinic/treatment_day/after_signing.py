"""What changed in a session after a text about it was signed: a locked note or letter does not say it by itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.queries import SessionRecord
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.clinic.treatment_day.timeline import Moment, moments_recorded_after
from daybreak.treatment.dose_preparation import as_measured

Kind = SessionEvent.Kind
_OF_THE_NOTE = frozenset({Kind.NOTE_SIGNED, Kind.NOTE_AMENDED})
_LEAST_MG = 0.05  # less is not seen in the figures shown; ours


def changed_after(record: SessionRecord, state: SessionState, signed_at: datetime) -> tuple[str, ...]:
    """What was recorded of a session after this moment, as sentences in the order it happened; empty for nothing.

    Signing and amending the note itself are no change, nor are the values a monitor sends by itself.
    """
    return tuple(_sentences(record, state, signed_at))


def changed_since_note(record: SessionRecord, state: SessionState) -> tuple[str, ...]:
    """What neither the signed note nor its last amendment can say; empty without a note."""
    if state.note is None:
        return ()
    return changed_after(record, state, max(each.recorded_at for each in (state.note, *state.amendments)))


def _sentences(record: SessionRecord, state: SessionState, signed_at: datetime) -> Iterator[str]:
    before, now = _given_by(record, state, signed_at), state.given_mg
    if abs(before - now) > _LEAST_MG and as_measured(before) != as_measured(now):
        yield f"The amount given is {as_measured(now)} mg now; it was {as_measured(before)} mg when this was signed."
    later = moments_recorded_after(record, state, signed_at, but=_OF_THE_NOTE)
    yield from (_sentence(moment, state) for moment in later)


def _given_by(record: SessionRecord, state: SessionState, moment: datetime) -> float:
    """What stood as given by what was recorded until then, counted to the same time."""
    known = SessionRecord(record.session, tuple(_recorded_by(record.events, moment)), ())
    return known.state(state.now).given_mg


def _recorded_by(events: Iterable[SessionEvent], moment: datetime) -> Iterator[SessionEvent]:
    return (event for event in events if event.recorded_at <= moment)


def _sentence(moment: Moment, state: SessionState) -> str:
    detail = f" ({moment.detail.rstrip('.')})" if moment.detail else ""
    return f"{state.clock(moment.at)} {moment.what}{detail}"
