"""How long a person stays: as planned, and in a session as it goes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_session
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import midnight
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.booking import Stay, stay
from daybreak.treatment.schedule import UnknownScheduleError

# Who should have left and has not sits there for a while yet; ours.
OVERSTAYS = timedelta(minutes=15)
_Kind = SessionEvent.Kind


def with_stay(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """With what says how long each lasts. Two queries."""
    kinds = (_Kind.DOSE_STARTED, _Kind.DOSE_NOT_GIVEN, _Kind.LEFT)
    told = SessionEvent.objects.filter(kind__in=kinds, corrected_by__isnull=True)
    named = sessions.select_related("course__patient", "plan", "chair", "opened_by")
    return named.prefetch_related(Prefetch("events", told.order_by("occurred_at")))


def leaves(session: Session, events: Sequence[SessionEvent], now: datetime) -> datetime:
    """When a person left, or is expected to: never before now. The whole day where nobody knows how long it takes."""
    if left := next((event for event in events if event.kind == _Kind.LEFT), None):
        return left.occurred_at
    session_planned = planned_session(session.plan, session.number)
    needs = known_stay(session.plan, session_planned) if session_planned else None
    if needs is None:
        return max(midnight(timezone.localdate(session.opened_at) + timedelta(days=1)), now + OVERSTAYS)
    dosed_at = _first_dose(events)
    begun = dosed_at - timedelta(minutes=needs.preparation_min) if dosed_at else session.opened_at
    return max(begun + needs.length, now + OVERSTAYS)


def _first_dose(events: Iterable[SessionEvent]) -> datetime | None:
    """When the first dose began. A start that was taken back is none."""
    starts: list[datetime] = []
    for event in events:
        if event.kind == _Kind.DOSE_STARTED:
            starts.append(event.occurred_at)
        elif starts:
            starts.pop()
    return starts[0] if starts else None


def stay_of(plan: Plan, session: PlannedSession) -> Stay:
    """How long a person is booked for a session of a plan.

    Raises:
        Refusal: where nobody knows how long this drug by this route is watched.
    """
    try:
        return stay(session.doses, plan.weight_kg)
    except UnknownScheduleError as error:
        raise Refusal(f"{error} It is not booked before that.") from error


def known_stay(plan: Plan, session: PlannedSession) -> Stay | None:
    """The same; None where nobody knows."""
    try:
        return stay(session.doses, plan.weight_kg)
    except UnknownScheduleError:
        return None
