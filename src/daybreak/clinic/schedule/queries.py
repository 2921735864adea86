"""Reads of the calendar."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import PlannedSession, planned_session, planned_sessions, signed_plan
from daybreak.clinic.record.models import Course, Patient, Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import staff
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.schedule.diary import Booking, Diary
from daybreak.clinic.schedule.models import Appointment, AppointmentEnd, Closing, SiteHours
from daybreak.clinic.treatment_day.board import Expected
from daybreak.clinic.treatment_day.models import Chair, Session, SessionEvent
from daybreak.clinic.treatment_day.queries import chairs_in_use
from daybreak.treatment.booking import Stay, searched_days, stay, usual_hours, usual_people_per_nurse
from daybreak.treatment.schedule import UnknownScheduleError


def appointments() -> QuerySet[Appointment]:
    """With all that a page names of one."""
    named = ("course__patient__site", "course__prescriber", "plan", "chair", "nurse", "prescriber", "recorded_by")
    return Appointment.objects.select_related(*named)


def standing(appointments: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Neither moved nor cancelled nor missed."""
    return appointments.filter(corrected_by__isnull=True, end__isnull=True)


def hours_in_force(site: Site) -> SiteHours:
    """The site's own, else what it starts from (not saved)."""
    own = SiteHours.objects.filter(site=site).order_by("-recorded_at", "-pk").first()
    if own is not None:
        return own
    usual = usual_hours()
    return SiteHours(
        site=site, opens=usual.opens, closes=usual.closes, weekdays=sorted(usual.weekdays),
        people_per_nurse=usual_people_per_nurse(),
    )  # fmt: skip


def closings(site: Site, first: date) -> QuerySet[Closing]:
    """What closes a site on this day or later, and was not taken back."""
    standing = Closing.objects.filter(site=site, corrected_by__isnull=True, is_open=False)
    return standing.filter(last_day__gte=first).order_by("first_day", "pk")


def closed_days(site: Site, first: date, last: date) -> dict[date, str]:
    """The closed days from the first to the last of these, each with what it is. One query."""
    return {
        day: closing.words
        for closing in closings(site, first).filter(first_day__lte=last)
        for day in _days(max(first, closing.first_day), min(last, closing.last_day))
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def booked_between(site: Site, first: date, last: date) -> int:
    """How many appointments stand on these days. One query."""
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    rows = standing(Appointment.objects.filter(course__patient__site=site, starts_at__gte=begin, starts_at__lt=end))
    return rows.count()


def diary(site: Site, first: datetime, last: datetime, now: datetime) -> Diary:
    """The site's bookings from the first of these times to three weeks after the last, and who sits there. Six
    queries."""
    rules = hours_in_force(site)
    until = last + timedelta(days=searched_days() + 1)
    # By when they begin, which is indexed: no stay is as long as a day.
    since = first - timedelta(days=1)
    booked = standing(appointments()).filter(course__patient__site=site, starts_at__gt=since, starts_at__lt=until)
    opened = Session.objects.filter(course=OuterRef("course"), number=OuterRef("number"), holds_number=True)
    found = list(booked.annotate(opened=Exists(opened)))
    came = list(_with_stay(Session.objects.filter(course__patient__site=site, opened_at__gt=since)))
    watching = {(each.course_id, each.number): each.nurse for each in found}
    return Diary(
        hours=rules.hours,
        people_per_nurse=rules.people_per_nurse,
        closed=closed_days(site, timezone.localdate(since), timezone.localdate(until)),
        chairs=tuple(chairs_in_use(site)),
        bookings=(
            *(booking_of(each) for each in found if not each.opened and not session_of(each, came)),
            *_held(came, watching, now),
        ),
    )


# Who should have left and has not sits there for a while yet; ours.
OVERSTAYS = timedelta(minutes=15)
_Kind = SessionEvent.Kind


def _held(sessions: Iterable[Session], watching: Mapping[tuple[UUID, int], User], now: datetime) -> Iterator[Booking]:
    """Sessions as stays: until the person left, else until they are expected to."""
    for session in sessions:
        yield Booking(
            number=session.number,
            patient=session.course.patient,
            starts_at=session.opened_at,
            ends_at=_leaves(session, list(session.events.all()), now),
            chair=session.chair,
            nurse=watching.get((session.course_id, session.number), session.opened_by),
        )


def _with_stay(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """With what says how long each lasts. Two queries."""
    told = SessionEvent.objects.filter(kind__in=(_Kind.DOSE_STARTED, _Kind.DOSE_NOT_GIVEN, _Kind.LEFT))
    named = sessions.select_related("course__patient", "plan", "chair", "opened_by")
    return named.prefetch_related(Prefetch("events", told.order_by("occurred_at")))


def _leaves(session: Session, events: Sequence[SessionEvent], now: datetime) -> datetime:
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


def session_of(appointment: Appointment, sessions: Iterable[Session]) -> Session | None:
    """The session that was opened for an appointment: it has its course and number. One that was left before any dose
    is that of the appointment of its day, as it stood then; its number may be booked and opened anew.
    """
    same = [each for each in sessions if (each.course_id, each.number) == (appointment.course_id, appointment.number)]
    day = timezone.localdate(appointment.starts_at)
    left = [
        each
        for each in same
        if not each.holds_number
        and timezone.localdate(each.opened_at) == day
        and each.opened_at >= appointment.recorded_at
    ]
    held = [each for each in same if each.holds_number]
    return next(iter((*held, *left)), None)


def booking_of(appointment: Appointment) -> Booking:
    """An appointment as the diary holds it."""
    return Booking(
        number=appointment.number,
        patient=appointment.course.patient,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        chair=appointment.chair,
        nurse=appointment.nurse,
        id=appointment.pk,
    )


def days_of(patient: Patient) -> dict[tuple[UUID, int], date]:
    """The day of each session of a person that is booked, or was held, by course and number. Two queries."""
    booked = standing(Appointment.objects.filter(course__patient=patient))
    opened = Session.objects.filter(course__patient=patient, holds_number=True)
    rows = (*booked.values_list("course", "number", "starts_at"), *opened.values_list("course", "number", "opened_at"))
    return {(course, number): timezone.localdate(at) for course, number, at in rows}


def sessions_on(day: date, people: Iterable[UUID]) -> dict[UUID, set[tuple[UUID, int]]]:
    """By person the sessions, each its course and number, that are booked for a day or were opened on it. One query."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    booked = standing(Appointment.objects.filter(course__patient__in=people, starts_at__gte=begin, starts_at__lt=end))
    opened = Session.objects.filter(course__patient__in=people, opened_at__gte=begin, opened_at__lt=end)
    named = ("course__patient", "course", "number")
    found: dict[UUID, set[tuple[UUID, int]]] = {}
    for patient, course, number in booked.values_list(*named).union(opened.values_list(*named)):
        found.setdefault(patient, set()).add((course, number))
    return found


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


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A session of the plan beside its appointment and the session that was held."""

    planned: PlannedSession
    stay: Stay | None
    appointment: Appointment | None
    session: Session | None
    left: tuple[Session, ...]  # before any dose
    ended: tuple[Appointment, ...]  # cancelled or missed, the newest last

    @property
    def can_be_booked(self) -> bool:
        return self.appointment is None and self.session is None


def course_rows(course: Course) -> tuple[CourseRow, ...]:
    """Every session of the plan in force; none without a signed one. Four queries."""
    plan = signed_plan(course)
    if plan is None:
        return ()
    rows = list(
        appointments().filter(course=course, corrected_by__isnull=True).select_related("end").order_by("starts_at")
    )
    opened = list(course.sessions.order_by("opened_at"))
    held = {session.number: session for session in opened if session.holds_number}
    return tuple(
        CourseRow(
            planned=each,
            stay=known_stay(plan, each),
            appointment=next((row for row in rows if row.number == each.number and not has_ended(row)), None),
            session=held.get(each.number),
            left=tuple(row for row in opened if row.number == each.number and not row.holds_number),
            ended=tuple(row for row in rows if row.number == each.number and has_ended(row)),
        )
        for each in planned_sessions(plan)
    )


def has_ended(appointment: Appointment) -> bool:
    """Whether it was cancelled or missed."""
    return hasattr(appointment, "end")


def history(appointment: Appointment) -> list[Appointment]:
    """What it was before it was moved, the newest first. One query for each move."""
    found, earlier = [], appointment.corrects_id
    while earlier:
        before = appointments().get(pk=earlier)
        found.append(before)
        earlier = before.corrects_id
    return found


def without_appointment(expected: Iterable[Expected]) -> list[Expected]:
    """Those whose plan names a day and whose session is booked for no day. One query."""
    people = list(expected)
    rows = standing(Appointment.objects.filter(course__in=[each.course for each in people]))
    booked = set(rows.values_list("course", "number"))
    return [each for each in people if (each.course, each.number) not in booked]


def next_appointment(course: Course, now: datetime, opened: Sequence[Session]) -> Appointment | None:
    """The next that stands and for which nobody came yet. One query.

    Args:
        opened: the sessions of the course.
    """
    coming = standing(Appointment.objects.filter(course=course, ends_at__gt=now)).select_related("chair", "nurse")
    return next((each for each in coming.order_by("starts_at") if session_of(each, opened) is None), None)


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment on the calendar: with the session that was opened for it, and whether it was missed."""

    appointment: Appointment
    session: Session | None
    missed: bool

    @property
    def starts_at(self) -> datetime:
        return timezone.localtime(self.appointment.starts_at)

    @property
    def ends_at(self) -> datetime:
        return timezone.localtime(self.appointment.ends_at)

    @property
    def person(self) -> Patient:
        return self.appointment.course.patient

    @property
    def number(self) -> int:
        return self.appointment.number

    @property
    def chair(self) -> Chair | None:
        """Where they sit or sat; until they came, where they are booked."""
        return (self.session and self.session.chair) or self.appointment.chair

    @property
    def watched_by(self) -> User | None:
        return self.appointment.nurse

    @property
    def became(self) -> str:
        """What became of it, in words; empty while nobody came and nobody said that they did not."""
        if self.missed:
            return "Did not come"
        if self.session is None:
            return ""
        return "Came" if self.session.holds_number else "Came, left before any dose"


@dataclass(frozen=True, slots=True)
class WalkIn:
    """A session that was opened on a day without an appointment on it."""

    session: Session
    starts_at: datetime
    ends_at: datetime
    missed: bool = False
    appointment: None = None

    @property
    def person(self) -> Patient:
        return self.session.course.patient

    @property
    def number(self) -> int:
        return self.session.number

    @property
    def chair(self) -> Chair | None:
        return self.session.chair

    @property
    def watched_by(self) -> User | None:
        return self.session.opened_by

    @property
    def became(self) -> str:
        """What became of it, in words. Who left before any dose may have been booked, and moved since."""
        return "No appointment" if self.session.holds_number else "Left before any dose"


Shown = Visit | WalkIn


def walk_ins(site: Site, day: date, booked: Iterable[Visit], now: datetime) -> list[WalkIn]:
    """Who sat or sits in a chair on this day without being among those booked for it. Three queries."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    known = {visit.session.pk for visit in booked if visit.session}
    lately = Session.objects.filter(opened_at__gte=begin, opened_at__lt=end).values_list("pk", flat=True)
    # Of every site, and ids alone: a database asked for the site first sifts every session there ever was.
    opened = Session.objects.filter(pk__in=list(lately), course__patient__site=site)
    return [
        WalkIn(
            session,
            timezone.localtime(session.opened_at),
            timezone.localtime(_leaves(session, list(session.events.all()), now)),
        )
        for session in _with_stay(opened.order_by("opened_at"))
        if session.pk not in known
    ]


def visits(site: Site, first: date, days: int = 1) -> list[Visit]:
    """What the calendar shows from this day on: what stands and who did not come. Two queries."""
    begin, end = midnight(first), midnight(first + timedelta(days=days))
    shown = Q(end__isnull=True) | Q(end__kind=AppointmentEnd.Kind.NO_SHOW)
    rows = list(
        appointments()
        .filter(shown, course__patient__site=site, corrected_by__isnull=True)
        .filter(starts_at__gte=begin, starts_at__lt=end)
        .select_related("end")
        .order_by("starts_at", "chair__name")
    )
    opened: dict[tuple[UUID, int], list[Session]] = {}
    for session in Session.objects.filter(course__in=[row.course_id for row in rows]).order_by("-opened_at"):
        opened.setdefault((session.course_id, session.number), []).append(session)
    return [Visit(row, session_of(row, opened.get((row.course_id, row.number), ())), has_ended(row)) for row in rows]


def midnight(day: date) -> datetime:
    """When a day begins, by the clinic's clock."""
    return timezone.make_aware(datetime.combine(day, time.min))


def watchers(site: Site) -> QuerySet[User]:
    """Who may watch a person: nurses and prescribers."""
    return staff(site, Role.NURSE, Role.PRESCRIBER)


def prescribers(site: Site) -> QuerySet[User]:
    return staff(site, Role.PRESCRIBER)
