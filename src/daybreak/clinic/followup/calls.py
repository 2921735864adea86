"""Whom staff call after a session, by when and who does: computed when read, from facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch
from django.utils import timezone

from daybreak.clinic.followup import flags
from daybreak.clinic.followup.models import Call
from daybreak.clinic.followup.owed import owed_in
from daybreak.clinic.record.models import PatientFact, Site, User
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import deaths, died, staff
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.follow_up import CallKind, call_due_at, call_rule

Kind = SessionEvent.Kind
# Nobody is in treatment for longer than this after their session was opened; ours.
LONGEST_DAY = timedelta(days=2)
_TELLING = (Kind.DOSE_STARTED, Kind.DOSE_NOT_GIVEN, Kind.LEFT)


@dataclass(frozen=True, slots=True)
class Due:
    """One call that is or was to be made. `owner` is None where nobody at the site can own it; `taken_back` are tries
    that were recorded by mistake, each with the fact that says so.
    """

    session: Session
    kind: CallKind
    left: SessionEvent
    first_due_at: datetime
    tries: tuple[Call, ...]
    owner: User | None
    death: PatientFact | None = None
    taken_back: tuple[tuple[Call, Call], ...] = ()

    @property
    def is_settled(self) -> bool:
        return any(call.settles for call in self.tries)

    @property
    def due_at(self) -> datetime:
        """When it is due: as agreed at the last try, else as the rule says."""
        agreed = self.tries[-1].again_at if self.tries else None
        return agreed or self.first_due_at

    def is_overdue(self, now: datetime) -> bool:
        return not self.is_settled and self.death is None and self.due_at < now

    def is_before_its_day(self, now: datetime) -> bool:
        """Whether it is due on another day, which is still to come: reached today, nobody knows how that day is. A call
        back is due within hours, also past midnight.
        """
        is_of_a_day = self.kind is not CallKind.CALL_BACK
        return is_of_a_day and timezone.localdate(now) < timezone.localdate(self.first_due_at)

    @property
    def why(self) -> str:
        """In words, for a list and a flag."""
        number = self.session.number
        if self.kind is CallKind.CALL_BACK:
            marks = self.left.data.get("marks", ())
            return f"Left session {number} with criteria open: call back" + (
                f". Red marks were open: {'; '.join(marks)}" if marks else ""
            )
        if self.kind is CallKind.UNTREATED:
            return f"Left before any dose: session {number} is still owed. Move it, or say why not"
        return f"The day after session {number}"

    @property
    def phone(self) -> str:
        """The number, or what to do without one; of somebody who died, that."""
        if self.death is not None:
            return f"{died(self.death)} Do not call."
        number = self.session.course.patient.phone
        return number or "No phone number is on file: find one."


def of_site(site: Site, now: datetime) -> tuple[list[Due], list[Due]]:
    """The calls of a site nobody has settled, the earliest deadline first; and those settled today and yesterday, the
    newest try first. Seven queries at most, whatever the number of people."""
    found, today = list(every(now, site=site)), timezone.localtime(now).date()
    waiting = sorted(
        (due for due in found if not due.is_settled), key=lambda due: (due.due_at, due.session.pk, due.kind)
    )
    lately = [
        due for due in found if due.is_settled and (today - timezone.localdate(due.tries[-1].called_at)).days <= 1
    ]
    return waiting, sorted(lately, key=lambda due: due.tries[-1].called_at, reverse=True)


def every(now: datetime, *, site: Site | None = None) -> Iterator[Due]:
    """Every call of the sessions left lately, settled or not; after one left before any dose while it is owed."""
    since = now - call_rule().at_most
    # By when they were opened: events are many, and only those of these sessions are read.
    sessions = Session.objects.filter(opened_at__gte=since - LONGEST_DAY, opened_at__lte=now).select_related(
        "course__patient__site", "course__prescriber"
    )
    if site is not None:
        sessions = sessions.filter(course__patient__site=site)
    telling = SessionEvent.objects.filter(kind__in=_TELLING, corrected_by__isnull=True)
    events = telling.select_related("recorded_by").order_by("occurred_at")
    calls = Call.objects.select_related("recorded_by").order_by("called_at", "recorded_at")
    lately = list(sessions.prefetch_related(Prefetch("events", events), Prefetch("calls", calls)).order_by("pk"))
    still = owed_in({session.course_id for session in lately if not session.holds_number})
    people: dict[Site, list[User]] = {}
    dead = deaths({session.course.patient_id for session in lately})
    for session in (each for each in lately if each.holds_number or each.pk in still):
        here = session.course.patient.site
        if here not in people:
            people[here] = list(staff(here, *flags.ACTING))
        found = _of(session, list(session.events.all()), list(session.calls.all()), people[here], dead)
        yield from (due for due in found if since <= due.left.occurred_at <= now)


def of_session(session: Session) -> list[Due]:
    """The calls of one session. Four queries."""
    here, dead = staff(session.course.patient.site, *flags.ACTING), deaths([session.course.patient_id])
    events = session.events.filter(corrected_by__isnull=True).order_by("occurred_at")
    calls = session.calls.select_related("recorded_by").order_by("called_at", "recorded_at")
    return list(_of(session, list(events), list(calls), list(here), dead))


def _of(
    session: Session,
    events: Sequence[SessionEvent],
    calls: Sequence[Call],
    people: Sequence[User],
    dead: Mapping[UUID, PatientFact],
) -> Iterator[Due]:
    """None before the person left. `people` are those of the site who act, by name."""
    left = next((event for event in events if event.kind == Kind.LEFT), None)
    if left is None:
        return
    by = {call.corrects_id: call for call in calls if call.corrects_id}
    made = [call for call in calls if not call.corrects_id and _is_after(left, call)]
    for kind in _kinds(events, left):
        yield Due(
            session=session,
            kind=kind,
            left=left,
            first_due_at=call_due_at(kind, timezone.localtime(left.occurred_at)),
            tries=tuple(call for call in made if call.kind == kind and call.pk not in by),
            taken_back=tuple((call, by[call.pk]) for call in made if call.kind == kind and call.pk in by),
            owner=_coordinator(session, people) if kind is CallKind.UNTREATED else _owner(session, left, people),
            death=dead.get(session.course.patient_id),
        )


def _kinds(events: Sequence[SessionEvent], left: SessionEvent) -> Iterator[CallKind]:
    kinds = [event.kind for event in events]
    if kinds.count(Kind.DOSE_STARTED) <= kinds.count(Kind.DOSE_NOT_GIVEN):
        yield CallKind.UNTREATED
        return
    if left.data.get("with_open_criteria"):
        yield CallKind.CALL_BACK
    yield CallKind.NEXT_DAY


def _is_after(left: SessionEvent, call: Call) -> bool:
    """Not so of a call made after a leaving that was taken back: the person was here, and left later."""
    return call.called_at >= left.occurred_at


def _coordinator(session: Session, people: Sequence[User]) -> User | None:
    """Who books sessions, else who owns the flags of the course."""
    found = next((each for each in people if each.role == Role.COORDINATOR), None)
    return found or flags.owner(session.course, people)


def _owner(session: Session, left: SessionEvent, people: Sequence[User]) -> User | None:
    """Who saw the person leave, if they still make calls; else who owns the flags of the course."""
    saw = left.recorded_by
    if saw is not None and saw.allows(Permission.CALL_RECORD):
        return saw
    return flags.owner(session.course, people)
