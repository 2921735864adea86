"""Whom staff call after a session, by when and who does: computed when read, from facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from daybreak.clinic.followup import flags
from daybreak.clinic.followup.models import Call
from daybreak.clinic.record.models import Course, Site, Stage, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import staff
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.follow_up import CallKind, call_due_at, call_rule

Kind = SessionEvent.Kind
# Nobody is in treatment for longer than this after their session was opened; ours.
LONGEST_DAY = timedelta(days=2)
_TELLING = (Kind.DOSE_STARTED, Kind.DOSE_NOT_GIVEN, Kind.LEFT)


@dataclass(frozen=True, slots=True)
class Due:
    """One call that is or was to be made. `owner` is None where nobody at the site can own it."""

    session: Session
    kind: CallKind
    left: SessionEvent
    first_due_at: datetime
    tries: tuple[Call, ...]
    owner: User | None

    @property
    def is_settled(self) -> bool:
        return any(call.settles for call in self.tries)

    @property
    def due_at(self) -> datetime:
        """When it is due: as agreed at the last try, else as the rule says."""
        agreed = self.tries[-1].again_at if self.tries else None
        return agreed or self.first_due_at

    def is_overdue(self, now: datetime) -> bool:
        return not self.is_settled and self.due_at < now

    @property
    def why(self) -> str:
        """In words, for a list and a flag."""
        number = self.session.number
        if self.kind is CallKind.CALL_BACK:
            return f"Left session {number} with criteria open: call back"
        if self.kind is CallKind.UNTREATED:
            return f"Left before any dose: session {number} is still owed. Move it, or say why not"
        return f"The day after session {number}"

    @property
    def phone(self) -> str:
        """The number, or what to do without one."""
        number = self.session.course.patient.phone
        return number or "No phone number is on file: find one."


def waiting(site: Site, now: datetime) -> list[Due]:
    """The calls of a site nobody has settled, the earliest deadline first. Three queries, and one for each owner that
    is not who saw the person leave."""
    found = [due for due in every(now, site=site) if not due.is_settled]
    return sorted(found, key=lambda due: (due.due_at, due.session.pk, due.kind))


def settled(site: Site, now: datetime) -> list[Due]:
    """Those of today and yesterday that are settled, the newest try first."""
    recent = timezone.localtime(now).date()
    found = [due for due in every(now, site=site) if due.is_settled]
    lately = [due for due in found if (recent - timezone.localdate(due.tries[-1].called_at)).days <= 1]
    return sorted(lately, key=lambda due: due.tries[-1].called_at, reverse=True)


def every(now: datetime, *, site: Site | None = None) -> Iterator[Due]:
    """Every call of the sessions left lately, settled or not. Nobody is owed a session that was held since, or opened
    again, or of a course that ended."""
    since = now - call_rule().at_most
    # By when they were opened: events are many, and only those of these sessions are read.
    sessions = Session.objects.filter(opened_at__gte=since - LONGEST_DAY, opened_at__lte=now).select_related(
        "course__patient__site", "course__prescriber"
    )
    same = Session.objects.filter(course=OuterRef("course"), number=OuterRef("number"))
    again = same.filter(Q(holds_number=True) | Q(opened_at__gt=OuterRef("opened_at")))
    ended = Course.objects.with_stage().filter(stage=Stage.ENDED, pk=OuterRef("course"))
    sessions = sessions.exclude(Q(holds_number=False) & (Exists(again) | Exists(ended)))
    if site is not None:
        sessions = sessions.filter(course__patient__site=site)
    events = SessionEvent.objects.filter(kind__in=_TELLING).select_related("recorded_by").order_by("occurred_at")
    calls = Call.objects.select_related("recorded_by").order_by("called_at", "recorded_at")
    for session in sessions.prefetch_related(Prefetch("events", events), Prefetch("calls", calls)).order_by("pk"):
        found = of_session(session, list(session.events.all()), list(session.calls.all()))
        yield from (due for due in found if since <= due.left.occurred_at <= now)


def of_session(session: Session, events: Sequence[SessionEvent], calls: Sequence[Call]) -> Iterator[Due]:
    """The calls of one session: none before the person left."""
    left = next((event for event in events if event.kind == Kind.LEFT), None)
    if left is None:
        return
    for kind in _kinds(events, left):
        yield Due(
            session=session,
            kind=kind,
            left=left,
            first_due_at=call_due_at(kind, timezone.localtime(left.occurred_at)),
            tries=tuple(call for call in calls if call.kind == kind),
            owner=_coordinator(session) if kind is CallKind.UNTREATED else _owner(session, left),
        )


def _kinds(events: Sequence[SessionEvent], left: SessionEvent) -> Iterator[CallKind]:
    kinds = [event.kind for event in events]
    if kinds.count(Kind.DOSE_STARTED) <= kinds.count(Kind.DOSE_NOT_GIVEN):
        yield CallKind.UNTREATED
        return
    if left.data.get("with_open_criteria"):
        yield CallKind.CALL_BACK
    yield CallKind.NEXT_DAY


def _coordinator(session: Session) -> User | None:
    """Who books sessions, else who owns the flags of the course."""
    found = staff(session.course.patient.site, Role.COORDINATOR).first()
    return found or flags.owner(session.course)


def _owner(session: Session, left: SessionEvent) -> User | None:
    """Who saw the person leave, if they still make calls; else who owns the flags of the course."""
    saw = left.recorded_by
    if saw is not None and saw.allows(Permission.CALL_RECORD):
        return saw
    return flags.owner(session.course)
