"""The last session of a course in a few lines, for whoever sees the person next: a therapist, a prescriber, a nurse."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from daybreak.clinic.treatment_day import queries
from daybreak.clinic.treatment_day.after_signing import changed_since_note
from daybreak.clinic.treatment_day.folding import standing_observations
from daybreak.clinic.treatment_day.models import OBSERVATIONS, Session, SessionEvent
from daybreak.clinic.treatment_day.queries import Held, SessionRecord
from daybreak.clinic.treatment_day.services.notes import given_words
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.vitals import Reading, Vital


@dataclass(frozen=True, slots=True)
class LastSession:
    """What happened in it, as far as it was recorded.

    Attributes:
        dissociation: the strongest that was typed since the dose; None where nobody typed one.
        seen: what was noted, in words, in order of time.
        crossed: the limits that were crossed since the dose began, each once.
    """

    session: Session
    state: SessionState
    dissociation: Reading | None
    seen: tuple[str, ...]
    crossed: tuple[str, ...]
    changed: tuple[str, ...]  # what the signed note does not say

    @property
    def given(self) -> str:
        return given_words(self.state)

    @property
    def goes_on(self) -> bool:
        return self.state.left is None

    @property
    def note(self) -> SessionEvent | None:
        """The signed note. One that is still being written is nobody's to read but its writer's."""
        return self.state.note


def last_session(held: Held, now: datetime | None = None) -> LastSession | None:
    """The session opened last; None before the first. Two queries."""
    now = timezone.localtime(now)
    opened = [session for session in held.sessions if session.opened_at <= now]
    if not opened:
        return None
    session = max(opened, key=lambda session: session.opened_at)
    record = queries.record_in_brief(session)
    state = record.state(now)
    since = [each for each in state.readings if state.started_at and each.at >= state.started_at]
    return LastSession(
        session=session,
        state=state,
        dissociation=max(
            (each for each in since if each.vital is Vital.DISSOCIATION), key=lambda each: each.value, default=None
        ),
        seen=tuple(_words(event) for event in standing_observations(record.events, now)),
        crossed=tuple(dict.fromkeys(mark.headline for each in since if (mark := state.mark_of(each)))),
        changed=_changed(record, state),
    )


def _changed(record: SessionRecord, state: SessionState) -> tuple[str, ...]:
    """What the signed note does not say. Who typed a value is read only where one was typed since: hardly ever."""
    if state.note and any(row.recorded_at > state.note.recorded_at for row in record.readings):
        record = queries.record(record.session)
    return changed_since_note(record, state)


def _words(event: SessionEvent) -> str:
    return ": ".join(filter(None, [OBSERVATIONS[event.data["what"]], event.data["words"]]))
