"""Pages of appointments: those of a course, and one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.record import writes
from daybreak.clinic.record.answered import answered, write_id
from daybreak.clinic.record.forms import NamedWriteForm
from daybreak.clinic.record.models import Course, new_id
from daybreak.clinic.record.pages import actor, course_page, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.queries import banner, died_words
from daybreak.clinic.record.refusals import NotYours, Refusal, WriteConflict
from daybreak.clinic.record.times import said as said_at
from daybreak.clinic.schedule import forms, queries, readiness, services
from daybreak.clinic.schedule.fitting import misfits_of_course
from daybreak.clinic.schedule.models import Appointment, Authorisation
from daybreak.clinic.schedule.queries import CourseRow, Visit
from daybreak.treatment.days import said_day


@course_page(Permission.SCHEDULE_READ, opening="appointments")
def appointments(request: HttpRequest, course: Course) -> HttpResponse:
    """The sessions of the plan with their appointments; one can be booked, or the rest as a series."""
    return _appointments(request, course)


@course_page(Permission.SCHEDULE_READ)
def misfits(request: HttpRequest, course: Course) -> HttpResponse:
    """The appointments of a course that are not in its plan any more: a part of the plan's page."""
    found = misfits_of_course(course, timezone.now())
    return render(request, "schedule/misfits_of_plan.html", {"misfits": found})


@course_page(Permission.SCHEDULE_BOOK)
@require_POST
def book(request: HttpRequest, course: Course) -> HttpResponse:
    """Book one session."""
    form = _book_form(course, queries.course_rows(course), request.POST)

    def do(said: dict[str, Any]) -> str:
        wanted = form.wanted(said["number"])
        (made,) = services.book(course, [wanted], actor(request), write_id=said["write_id"], reason=said["reason"])
        return f"Session {made.number} is booked: {said_at(made.starts_at)}, {made.chair}."

    return answered(
        request, form, do, lambda bound: _appointments(request, course, book=bound), "appointments", course.pk
    )


@course_page(Permission.SCHEDULE_BOOK)
def series(request: HttpRequest, course: Course) -> HttpResponse:
    """The rest of the plan at once: looked at first, then saved whole with each row as it then stands."""
    posted = request.method == "POST"
    saves = posted and "look" not in request.POST
    repeated = saves and _is_kept(request)
    sessions = [row.planned for row in queries.course_rows(course) if row.can_be_booked or repeated]
    site = course.patient.site
    fresh = {} if posted else forms.starting(course, sessions, queries.hours_in_force(site))
    form = forms.SeriesForm(request.POST if posted else None, site=site, sessions=sessions, initial=fresh)
    tried: tuple[services.Tried, ...] = ()
    if form.is_valid():
        wanted = form.every_wanted()
        try:
            if saves:
                said = form.cleaned_data
                made = services.book(
                    course, wanted, actor(request), write_id=said["write_id"] or new_id(), reason=said["reason"]
                )
                messages.info(request, f"{len(made)} sessions are booked, the last for {said_at(made[-1].starts_at)}.")
                return redirect("appointments", course.pk)
            tried = services.try_out(course, wanted, timezone.now())
        except (NotYours, WriteConflict):
            raise
        except services.Clashing as clashing:
            form.add_error(None, "Write why." if clashing.wants_reason else "Nothing was saved: see what clashes.")
            tried = services.try_out(course, wanted, timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {
        **_frame(course),
        "form": form,
        "tried": tried,
        "clashes": sum(bool(each.answer.against) for each in tried),
        "near": sum(bool(each.answer.near) for each in tried),
        "chairs": form.fields["chair"].queryset,
    }
    return render(request, "schedule/series.html", context, status=422 if form.errors else 200)


def _is_kept(request: HttpRequest) -> bool:
    """Whether this very form was saved before: its sessions are then booked, by it."""
    sent = write_id(request)
    return sent is not None and writes.is_kept(sent)


@course_page(Permission.SCHEDULE_BOOK)
@require_POST
def authorisation(request: HttpRequest, course: Course) -> HttpResponse:
    """Keep what the payer answered."""

    def do(said: dict[str, Any]) -> str:
        made = services.record_authorisation(
            course, Authorisation.Answer(said["answer"]), actor(request), write_id=said["write_id"],
            reference=said["reference"], expires_on=said["expires_on"],
        )  # fmt: skip
        return f"Authorisation: {made}."

    form = forms.AuthorisationForm(request.POST)
    return answered(
        request, form, do, lambda bound: _appointments(request, course, cover=bound), "appointments", course.pk
    )


def _appointments(request: HttpRequest, course: Course, **bound: NamedWriteForm) -> HttpResponse:
    rows = queries.course_rows(course)
    free = [row.planned for row in rows if row.can_be_booked]
    fresh = forms.starting(course, free, queries.hours_in_force(course.patient.site))
    context = {
        **_frame(course),
        "rows": rows,
        "free": free,
        "misfits": misfits_of_course(course, timezone.now()),
        "may_not": services.may_not_book(course),
        "stay": next((row.stay for row in rows if row.can_be_booked), None),
        "authorisation": course.authorisations.order_by("-recorded_at", "-pk").first(),
        "book": _book_form(course, rows, initial={"write_id": new_id(), **fresh}),
        "cover": forms.AuthorisationForm(initial={"write_id": new_id()}),
    }
    if isinstance(refused := bound.get("book"), forms.BookForm):
        refused.show_again([row.planned for row in rows], free)
    return render(request, "schedule/appointments.html", context | bound)


def _book_form(course: Course, rows: tuple[CourseRow, ...], *args: Any, **kwargs: Any) -> forms.BookForm:
    """Every session of the plan can be chosen: one that was booked meanwhile is refused in words."""
    sessions = [row.planned for row in rows if args or row.can_be_booked]
    return forms.BookForm(*args, site=course.patient.site, sessions=sessions, **kwargs)


@requires(Permission.SCHEDULE_READ)
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment: where and with whom, what is ready, what it was before."""
    return _appointment(request, _found(request, appointment_id, opening="appointment"))


@requires(Permission.SCHEDULE_BOOK)
@require_POST
def move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Put it elsewhere."""
    found = _found(request, appointment_id)
    form = forms.MoveForm(request.POST, site=found.course.patient.site)

    def do(said: dict[str, Any]) -> str:
        made = services.move(
            found, form.wanted(found.number), actor(request), write_id=said["write_id"], reason=said["reason"]
        )
        return f"Moved to {said_at(made.starts_at)}, {made.chair}."

    return answered(request, form, do, _again(request, found, "move"), "appointments", found.course_id)


@requires(Permission.SCHEDULE_BOOK)
@require_POST
def cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """It will not be kept."""
    found = _found(request, appointment_id)

    def do(said: dict[str, Any]) -> str:
        services.cancel(found, actor(request), **said)
        then = _opened_otherwise(found) or "It can be booked anew."
        return f"Session {found.number} of {said_at(found.starts_at)} is cancelled. {then}"

    form = forms.ReasonForm(request.POST)
    return answered(request, form, do, _again(request, found, "cancel"), "appointments", found.course_id)


@requires(Permission.SCHEDULE_BOOK)
@require_POST
def missed(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """The person did not come."""
    found = _found(request, appointment_id)

    def do(said: dict[str, Any]) -> str:
        services.no_show(found, actor(request), **said)
        anew = _opened_otherwise(found) or "Call them, and book the session anew."
        next_step = died_words(found.course.patient) or anew
        return f"Kept: {found.course.patient} did not come. {next_step}"

    form = forms.MissedForm(request.POST)
    return answered(request, form, do, _again(request, found, "missed"), "appointments", found.course_id)


@requires(Permission.SCHEDULE_BOOK)
@require_POST
def ride(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Who takes the person home."""
    found = _found(request, appointment_id)

    def do(said: dict[str, Any]) -> str:
        made = services.record_ride(found, actor(request), **said)
        return f"Ride home: {made}."

    form = forms.RideForm(request.POST)
    return answered(request, form, do, _again(request, found, "ride"), "appointment", found.pk)


def _opened_otherwise(found: Appointment) -> str:
    """That the session needs no appointment any more, since it was opened on another day; empty where it does."""
    opened = found.course.sessions.filter(number=found.number, holds_number=True).first()
    return f"It was opened on {said_day(timezone.localtime(opened.opened_at))}." if opened else ""


def _again(request: HttpRequest, found: Appointment, name: str) -> Callable[[NamedWriteForm], HttpResponse]:
    return lambda bound: _appointment(request, found, **{name: bound})


def _appointment(request: HttpRequest, found: Appointment, **bound: NamedWriteForm) -> HttpResponse:
    site, day = found.course.patient.site, timezone.localdate(found.starts_at)
    session = queries.session_of(found, found.course.sessions.order_by("-opened_at"))
    later = getattr(found, "corrected_by", None)
    ended = found.end if queries.has_ended(found) else None
    came = session if session and queries.is_of_its_day(found, session) else None
    is_open = later is None and ended is None
    stands = is_open and not (session and session.holds_number)
    (ready,) = readiness.of(site, day, [Visit(found, session, missed=ended is not None)])
    context = {
        **_frame(found.course),
        "appointment": found,
        "session": session,
        "later": later,
        "ended": ended,
        "stands": stands,
        "came": came,
        "may_cancel": stands or (is_open and came is None),
        "begun": came is None and services.has_waited(found, timezone.now()),
        "ready": ready,
        "stay": queries.known_stay(found.plan, ready.planned) if ready.planned else None,
        "history": queries.history(found),
        "move": forms.MoveForm(site=site, initial={"write_id": new_id(), **forms.as_booked(found)}),
        "cancel": forms.ReasonForm(initial={"write_id": new_id()}),
        "missed": forms.MissedForm(initial={"write_id": new_id()}),
        "ride": forms.RideForm(initial={"write_id": new_id()}),
    }
    return render(request, "schedule/appointment.html", context | bound)


def _found(request: HttpRequest, appointment_id: UUID, opening: str | None = None) -> Appointment:
    known = queries.appointments().select_related("end__recorded_by", "corrected_by", "course__therapist")
    found = get_object_or_404(known, pk=appointment_id)
    open_record(request, found.course, opening)
    return found


def _frame(course: Course) -> dict[str, Any]:
    return {"course": course, "banner": banner(course), "here": "treatment"}
