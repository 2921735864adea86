"""Appointments are booked, moved, cancelled; who did not come is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import planned_session, signed_plan
from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, CourseEvent, Site, Stage, User
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import death, died
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.times import said
from daybreak.clinic.schedule import diary, queries
from daybreak.clinic.schedule.models import Appointment, AppointmentEnd
from daybreak.clinic.treatment_day.models import Chair
from daybreak.treatment.regimen import Regimen

# Further ahead an appointment is a slip of the hand; ours, as for a plan.
FARTHEST_AHEAD = timedelta(days=366)
# An appointment may still be entered for somebody who stands at the door; ours.
LATE_ENTRY = timedelta(hours=1)
# Somebody is late before they did not come; ours.
WAITED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session of the plan that is to be booked."""

    number: int
    starts_at: datetime
    chair: Chair
    nurse: User
    prescriber: User


class Clashing(Refusal):
    """Something stands against one or more appointments; `by_number` says what, by session."""

    def __init__(self, by_number: Mapping[int, str], *, wants_reason: bool = False) -> None:
        several = len(by_number) > 1
        sentences = (f"Session {number}: {text}" if several else text for number, text in by_number.items())
        super().__init__(" ".join([*sentences, "Nothing was saved."]))
        self.by_number = dict(by_number)
        self.wants_reason = wants_reason


@dataclass(frozen=True, slots=True)
class Tried:
    """One wanted appointment held against the calendar."""

    wanted: Wanted
    ends_at: datetime
    answer: diary.Answer


def try_out(
    course: Course, wanted: Sequence[Wanted], now: datetime, *, moving: Appointment | None = None
) -> tuple[Tried, ...]:
    """What stands against each of these appointments, in turn, those before it taken as booked. Nothing is saved.

    Raises:
        Refusal: without a signed plan, after the course ended, for a session the plan has not, that was opened or is
            booked already, for a time that is past or too far ahead, for people who may not do it here.
    """
    plan = _plan_to_book(course)
    site = course.patient.site
    if not wanted:
        return ()
    _require_bookable(course, wanted, now, moving)
    times = [each.starts_at for each in wanted]
    book = queries.diary(site, min(times), max(times), now)
    if moving is not None:
        book = book.without(moving.pk)
    days = queries.days_of(course.patient)
    days |= {(course.pk, each.number): timezone.localdate(each.starts_at) for each in wanted}
    kept = [diary.Kept(number, day, own=of == course.pk) for (of, number), day in days.items()]
    found = []
    for each in wanted:
        length = _length(plan, each.number)
        booking = diary.Booking(
            each.number, course.patient, each.starts_at, each.starts_at + length, each.chair, each.nurse
        )
        this = diary.Kept(each.number, booking.day)
        others = [other for other in kept if other != this]
        near = partial(_near, plan.regimen, each.number, others)
        answer = book.answer(booking, near)
        found.append(Tried(each, booking.ends_at, answer))
        book = book.and_(booking)
    return tuple(found)


def _near(regimen: Regimen, number: int, others: Sequence[diary.Kept], day: date) -> tuple[str, ...]:
    """What the plan asks about this session on this day."""
    return diary.too_near(regimen, diary.Kept(number, day), others)


def book(
    course: Course, wanted: Sequence[Wanted], actor: Actor, *, write_id: UUID, reason: str = ""
) -> list[Appointment]:
    """Book one session of the plan in force, or a whole series: all of it or nothing.

    Args:
        reason: why, although the plan leaves more days between two of them.

    Raises:
        Clashing: where a chair, the person or the nurse is taken, the clinic is closed, or a reason is missing.
        Refusal: see `try_out`.
    """
    content = {"course": course.pk, "wanted": [_content(each) for each in wanted], "reason": reason.strip()}

    def do() -> None:
        _alone_in(course.patient.site, actor)
        plan = _plan_to_book(course)
        if not wanted:
            raise Refusal("No session was chosen. Nothing was saved.")
        tried = try_out(course, wanted, actor.now)
        _require_free(tried, reason)
        for place, each in enumerate(tried):
            identity = write_id if place == 0 else uuid5(write_id, str(each.wanted.number))
            _store(course, plan, each, reason, actor, id=identity)

    writes.once(write_id, "appointments booked", content, actor, do)
    ids = [write_id, *(uuid5(write_id, str(each.number)) for each in wanted[1:])]
    return list(queries.appointments().filter(pk__in=ids).order_by("starts_at"))


def move(appointment: Appointment, wanted: Wanted, actor: Actor, *, write_id: UUID, reason: str) -> Appointment:
    """Put an appointment at another time, in another chair or into other hands, and say why.

    Raises:
        Clashing: as `book`.
        Refusal: without a reason; into the past; for one that was moved, ended or kept already.
    """
    content = {"appointment": appointment.pk, **_content(wanted), "reason": reason.strip()}

    def do() -> None:
        course = appointment.course
        _alone_in(course.patient.site, actor)
        _require_open(appointment)
        if not reason.strip():
            raise Refusal("Write why it is moved, in a few words. Nothing was saved.")
        (tried,) = try_out(course, [wanted], actor.now, moving=appointment)
        _require_free([tried], reason)
        plan = _plan_to_book(course)
        _store(course, plan, tried, reason, actor, id=write_id, corrects=appointment, correction_reason=reason.strip())

    writes.once(write_id, "appointment moved", content, actor, do)
    return queries.appointments().get(pk=write_id)


def cancel(appointment: Appointment, actor: Actor, *, write_id: UUID, reason: str) -> AppointmentEnd:
    """It will not be kept. The session of the plan can then be booked anew.

    Raises:
        Refusal: without a reason; for one that was moved, ended or kept already. One whose session was held on another
            day is not kept any more.
    """
    return _end(appointment, AppointmentEnd.Kind.CANCELLED, reason, actor, write_id)


def no_show(appointment: Appointment, actor: Actor, *, write_id: UUID, reason: str) -> AppointmentEnd:
    """The person did not come.

    Args:
        reason: what is known of it.

    Raises:
        Refusal: before they were waited for, or without a reason; for somebody who sits in a chair or came that day,
            whatever their session is called; for one that was moved, ended or kept already.
    """
    if not has_waited(appointment, actor.now):
        raise Refusal(
            f"It begins at {said(appointment.starts_at)}. Whether the person comes is known "
            f"{WAITED_FOR // timedelta(minutes=1)} minutes after that. Nothing was saved."
        )
    its_own = queries.session_of(appointment, appointment.course.sessions.all())
    if its_own is not None and not queries.is_of_its_day(appointment, its_own):
        its_own = None
    if came := its_own or queries.came(appointment):
        where = f", {came.chair}" if came.chair else ""
        raise Refusal(
            f"The person came: session {came.number} was opened at {said(came.opened_at)}{where}. Nothing was changed. "
            "If that is another session, cancel or move this appointment."
        )
    return _end(appointment, AppointmentEnd.Kind.NO_SHOW, reason, actor, write_id)


def has_waited(appointment: Appointment, now: datetime) -> bool:
    """Whether it can be said by now that the person did not come."""
    return appointment.starts_at + WAITED_FOR <= now


def _end(
    appointment: Appointment, kind: AppointmentEnd.Kind, reason: str, actor: Actor, write_id: UUID
) -> AppointmentEnd:
    content = {"appointment": appointment.pk, "kind": kind, "reason": reason.strip()}

    def do() -> None:
        _alone_in(appointment.course.patient.site, actor)
        _require_open(appointment)
        if not reason.strip():
            asked = "why it is cancelled" if kind == AppointmentEnd.Kind.CANCELLED else "what is known of it"
            raise Refusal(f"Write {asked}, in a few words. Nothing was saved.")
        AppointmentEnd.objects.create(
            id=write_id, appointment=appointment, kind=kind, reason=reason.strip(), **actor.stamp
        )
        _audit(actor, f"appointment: {kind}", appointment)

    writes.once(write_id, f"appointment: {kind}", content, actor, do)
    return AppointmentEnd.objects.get(pk=write_id)


def may_not_book(course: Course) -> str:
    """Why no session of this course can be booked now, as a sentence; empty when one can."""
    try:
        _plan_to_book(course)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _plan_to_book(course: Course) -> Plan:
    plan = signed_plan(course)
    if plan is None:
        raise Refusal("No plan of this course is signed. The prescriber signs one before a session is booked.")
    latest = CourseEvent.objects.filter(course=course).order_by("-occurred_at", "-id").first()
    if latest is not None and latest.stage == Stage.ENDED:
        raise Refusal(f"This course ended at {said(latest.occurred_at)}. The prescriber takes it up again first.")
    if (found := death(course.patient)) is not None:
        raise Refusal(f"{died(found)} No session is booked.")
    return plan


def _length(plan: Plan, number: int) -> timedelta:
    session = planned_session(plan, number)
    if session is None:
        raise Refusal(f"The plan has no session {number}. Choose one of its sessions, or change the plan.")
    return queries.stay_of(plan, session).length


def _require_bookable(course: Course, wanted: Sequence[Wanted], now: datetime, moving: Appointment | None) -> None:
    numbers = [each.number for each in wanted]
    if twice := {number for number in numbers if numbers.count(number) > 1}:
        raise Refusal(f"Session {min(twice)} is named twice. Name each session once.")
    if opened := course.sessions.filter(number__in=numbers, holds_number=True).order_by("number").first():
        raise Refusal(f"Session {opened.number} was opened already. It needs no appointment any more.")
    booked = queries.standing(queries.appointments()).filter(course=course, number__in=numbers)
    if moving is not None:
        booked = booked.exclude(pk=moving.pk)
    if before := booked.order_by("number").first():
        raise Refusal(
            f"Session {before.number} is booked for {said(before.starts_at)} in {before.chair} already. "
            "Move that appointment instead."
        )
    for each in wanted:
        if each.chair.retired_at is not None:
            raise Refusal(f"{each.chair} is retired. Choose another chair.")
        _require_time(each.starts_at, now)
        if moving is not None:
            _require_to_come(each.starts_at, moving, now)
        _require_people(course.patient.site, each)


def _require_time(starts_at: datetime, now: datetime) -> None:
    if timezone.is_naive(starts_at):
        raise Refusal(f"The time {starts_at:%Y-%m-%d %H:%M} has no time zone. Nothing was saved.")
    if starts_at < now - LATE_ENTRY:
        raise Refusal(f"{said(starts_at)} is past. Choose a time to come.")
    if starts_at > now + FARTHEST_AHEAD:
        raise Refusal(f"{said(starts_at)} is more than a year ahead. Check the year.")


def _require_to_come(starts_at: datetime, moving: Appointment, now: datetime) -> None:
    """Refuse to move into the past, if only by minutes; its chair or its nurse may still change at the time it has."""
    if starts_at != moving.starts_at and starts_at < now.replace(second=0, microsecond=0):
        raise Refusal(
            f"{said(starts_at)} is past. Choose a time to come; for somebody who is here, open the session instead."
        )


def _require_people(site: Site, wanted: Wanted) -> None:
    if wanted.chair.site_id != site.pk:
        raise Refusal(f"{wanted.chair} is at another site. Choose a chair of this one.")
    for person, permission, does in (
        (wanted.nurse, Permission.SESSION_RUN, "watches nobody"),
        (wanted.prescriber, Permission.PLAN_SIGN, "prescribes nothing"),
    ):
        if person.site_id != site.pk or not person.allows(permission):
            raise Refusal(f"{person} {does} at this site. Choose somebody else.")


def _require_free(tried: Sequence[Tried], reason: str) -> None:
    refused = {each.wanted.number: each.answer.refusal for each in tried if each.answer.against}
    if refused:
        raise Clashing(refused)
    near = {each.wanted.number: " ".join(each.answer.near) for each in tried if each.answer.near}
    if near and not reason.strip():
        last = max(near)
        near[last] = f"{near[last]} Booked all the same? Write why."
        raise Clashing(near, wants_reason=True)


def _require_open(appointment: Appointment) -> None:
    now = queries.appointments().select_related("end", "corrected_by").get(pk=appointment.pk)
    if hasattr(now, "corrected_by"):
        raise Refusal(f"It was moved to {said(now.corrected_by.starts_at)} meanwhile. Open the calendar again.")
    if queries.has_ended(now):
        raise Refusal(f"It is “{now.end.get_kind_display().lower()}” already. Nothing was changed.")
    held = now.course.sessions.filter(number=now.number, holds_number=True).first()
    if held is not None and queries.is_of_its_day(now, held):
        raise Refusal(f"Session {now.number} was opened: the person came. Nothing was changed.")


def _alone_in(site: Site, actor: Actor) -> None:
    """Two who book at once are served one after the other."""
    require_site(site, actor)
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def require_site(site: Site, actor: Actor) -> None:
    """Refuse somebody of another site."""
    if actor.user is not None and actor.user.site_id != site.pk:
        raise NotYours("This calendar is that of another site.")


def _store(course: Course, plan: Plan, tried: Tried, reason: str, actor: Actor, **identity: Any) -> None:
    wanted = tried.wanted
    made = Appointment.objects.create(
        course=course, plan=plan, number=wanted.number, starts_at=wanted.starts_at, ends_at=tried.ends_at,
        chair=wanted.chair, nurse=wanted.nurse, prescriber=wanted.prescriber,
        despite=f"{' '.join(tried.answer.near)} {reason.strip()}" if tried.answer.near else "",
        **identity, **actor.stamp,
    )  # fmt: skip
    _audit(actor, "appointment moved" if made.corrects_id else "appointment booked", made)


def _audit(actor: Actor, deed: str, appointment: Appointment, **more: object) -> None:
    audit.record(
        actor, deed, patient=appointment.course.patient, subject=appointment.pk, number=appointment.number,
        starts_at=appointment.starts_at.isoformat(), **more,
    )  # fmt: skip


def _content(wanted: Wanted) -> dict[str, Any]:
    return {
        "number": wanted.number,
        "starts_at": wanted.starts_at.isoformat(),
        "chair": wanted.chair.pk,
        "nurse": wanted.nurse.pk,
        "prescriber": wanted.prescriber.pk,
    }
