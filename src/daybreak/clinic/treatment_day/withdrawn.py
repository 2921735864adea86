"""Amounts that were recorded as given and corrected since. They stand in timeline and draft with their correction; in
somebody's own words they would read as given."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from django.utils import timezone

from daybreak.clinic.record.amounts import Withdrawn
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day.folding import fold
from daybreak.clinic.treatment_day.models import STOP, Session, SessionEvent
from daybreak.clinic.treatment_day.queries import doses_of, planned_doses
from daybreak.treatment.dose_preparation import as_measured

Kind = SessionEvent.Kind


def withdrawn(sessions: Iterable[Session], now: datetime | None = None) -> tuple[Withdrawn, ...]:
    """What these sessions once said was given and no longer say, each amount once, with its last correction."""
    at, every = timezone.localtime(now), tuple(sessions)
    stands = {text for session in every for text in _standing(session, at)}
    found = {each.amount: each for session in every for each in _corrected(session, at)}
    return tuple(each for amount, each in found.items() if amount not in stands)


def _standing(session: Session, now: datetime) -> Iterator[str]:
    """Every amount the record has as given: of each dose, and of each way in all."""
    state = doses_of(session, now)
    amounts = [run.given_mg(now) for run in state.runs]
    return chain.from_iterable(map(_written, [*amounts, *state.given_by_way.values()]))


def _corrected(session: Session, now: datetime) -> Iterator[Withdrawn]:
    """What each dose had come to before each correction, with what it comes to now."""
    events = sorted(session.events.all(), key=lambda event: (event.occurred_at, event.recorded_at))
    stands = _by_dose(session, events, now)
    for place, event in enumerate(events):
        if not _corrects(event):
            continue
        before = _by_dose(session, events[:place], now)
        if event.kind == Kind.DOSE_NOT_GIVEN and before:
            before[-1] = event.data["mg"]
        for dose, mg in enumerate(before):
            instead = as_measured(stands[dose]) if dose < len(stands) else None
            for amount in _written(mg):
                yield Withdrawn(amount, instead, clock_today(event.occurred_at))


def _corrects(event: SessionEvent) -> bool:
    """Whether an event says another amount than stood before it: a stated one, a start or a stop taken back."""
    is_stated = event.kind == Kind.DOSE_STOPPED and "given_mg" in event.data
    return is_stated or event.kind == Kind.DOSE_NOT_GIVEN or event.data.get("was") == STOP


def _by_dose(session: Session, events: Iterable[SessionEvent], now: datetime) -> list[float]:
    return [run.given_mg(now) for run in fold(planned_doses(session), "", events, (), now).runs]


def _written(mg: float) -> set[str]:
    """An amount as the pages write it: as measured, and as it was stated."""
    return {as_measured(mg), f"{mg:g}"}
