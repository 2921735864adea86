"""Pages of the treatment day: the board, a course's sessions, a session, the blank sheet."""

from collections.abc import Iterable
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.pharmacy.witness import witnesses
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.pages import actor, course_page, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.queries import banner, serious_events
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.treatment_day import (
    board,
    chair_queries,
    course_sessions,
    forms,
    planned_today,
    queries,
    services,
    session_page,
    sheet,
)
from daybreak.clinic.treatment_day.models import OBSERVATIONS, ONE_TOUCH, Session
from daybreak.treatment import leaving, time_out
from daybreak.treatment.drugs import Route
from daybreak.treatment.labelling import Jurisdiction, labelling
from daybreak.treatment.regimen import Dose
from daybreak.treatment.suicide_pathway import help_lines

SESSIONS_SHOWN = 20
OF_THE_REST = [(what, OBSERVATIONS[what]) for what in ("swallowed", "spat_out")]


@requires(Permission.DAY_READ)
def today(request: HttpRequest) -> HttpResponse:
    """The chairs of the site now, what waits, and who is expected."""
    context = {
        "board": board.now(request.user.site),
        "expected": planned_today.expected(request.user.site),
        "may_open": request.user.allows(Permission.SESSION_READ),
    }
    return render(request, "treatment_day/today.html", context)


@requires(Permission.DAY_READ)
def today_live(request: HttpRequest) -> HttpResponse:
    """The parts of the board that change; 304 while nothing did."""
    site, seen = request.user.site, board.seen(request.user.site)
    if request.GET.get("version") == seen.token:
        return HttpResponseNotModified()
    return render(request, "treatment_day/today_live.html", {"board": board.shown(site, seen)})


@course_page(Permission.SESSION_READ, opening="sessions")
def sessions(request: HttpRequest, course: Course) -> HttpResponse:
    """The sessions of a course, planned and held; the next one can be opened."""
    return _sessions(request, course)


@course_page(Permission.SESSION_RUN)
@require_POST
def session_open(request: HttpRequest, course: Course) -> HttpResponse:
    """Open a session."""
    form = forms.OpenForm(request.POST, site=course.patient.site)
    still_open = None
    if form.is_valid():
        said = form.cleaned_data
        try:
            session = services.open_session(
                course, said["number"], said["chair"], actor(request), write_id=said["write_id"]
            )
        except WriteConflict:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            still_open = refusal.session if isinstance(refusal, services.StillOpen) else None
        else:
            return redirect("session", session.pk)
    return _sessions(request, course, form, still_open)


def _sessions(
    request: HttpRequest, course: Course, form: forms.OpenForm | None = None, still_open: Session | None = None
) -> HttpResponse:
    numbers = course_sessions.numbers_of(course)
    listed, coming = numbers.all, numbers.next
    # The first page to be seen is the one with the session that comes next; with none to come, the last.
    here = (listed.index(coming) if coming else len(listed) - 1) // SESSIONS_SHOWN + 1
    page = Paginator(listed, SESSIONS_SHOWN).get_page(request.GET.get("page", here))
    if form is None:
        chair = chair_queries.booked_chair(course, coming) if coming else None
        form = forms.OpenForm(site=course.patient.site, initial={"chair": chair})
    rows = course_sessions.rows_of(course, numbers, page.object_list)
    context = {
        "course": course,
        "banner": banner(course),
        "here": "treatment",
        "sessions": rows,
        "off_label": _off_label(course, (dose for row in rows if row.planned for dose in row.planned.doses)),
        "page": page,
        "next": coming,
        "form": form,
        "still_open": still_open,
    }
    return render(request, "treatment_day/sessions.html", context, status=422 if form.errors else 200)


def _off_label(course: Course, doses: Iterable[Dose]) -> list[str]:
    """What the labels say of each drug and route of these doses that is not labelled for this course."""
    uses = dict.fromkeys((dose.drug, dose.route) for dose in doses)
    site = course.patient.site
    found = (labelling(drug, route, course.indication, Jurisdiction(site.jurisdiction)) for drug, route in uses)
    return [each.sentence for each in found if not each.labelled]


@requires(Permission.SESSION_READ)
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The treatment day of one person."""
    found = get_object_or_404(queries.sessions(), pk=session_id)
    open_record(request, found.course, opening=f"session {found.number}")
    page = session_page.build(found, timezone.localtime(), with_model=request.user.allows(Permission.MODEL_READ))
    context = {
        "page": page,
        "session": found,
        "course": found.course,
        "banner": banner(found.course),
        "here": "treatment",
        "off_label": _off_label(found.course, (planned.dose for planned in page.state.planned)),
        "observations": [(what, OBSERVATIONS[what]) for what in ONE_TOUCH],
        "of_the_rest": OF_THE_REST if page.state.route is Route.SUBLINGUAL else [],
        "confirms": time_out.confirms().items(),
        "witnesses": witnesses(request, Permission.SESSION_RUN) if found.wants_time_out else [],
        **_draft(request, found, page),
    }
    return render(request, "treatment_day/session.html", context)


def _draft(request: HttpRequest, found: Session, page: session_page.SessionPage) -> dict[str, str]:
    """The note to be signed, for who may sign one now, and the facts it is held against then."""
    if page.state.note is not None or page.note_waits or not request.user.allows(Permission.SESSION_SIGN):
        return {}
    return {
        "draft": services.note_from(found, page.state, page.moments),
        "drafted": services.facts_of_note(found, page.state, page.moments),
    }


@requires(Permission.SESSION_READ)
def session_live(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The parts of the session page that change; 304 while nothing did."""
    now = timezone.localtime()
    version = queries.version(session_id, request.user)
    if version is not None and request.GET.get("version") == session_page.token(version, now):
        return HttpResponseNotModified()
    found = get_object_or_404(queries.sessions(), pk=session_id)
    open_record(request, found.course)
    page = session_page.build(found, now, with_model=request.user.allows(Permission.MODEL_READ))
    context = {
        "page": page, "session": found, "course": found.course, **_draft(request, found, page), "live": True,
        "serious_events": serious_events(found.course.patient),
    }  # fmt: skip
    return render(request, "treatment_day/session_live.html", context)


@requires(Permission.SESSION_READ)
def leaving_advice(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """What the person takes home on paper: what not to do today, and whom to call."""
    found = get_object_or_404(queries.sessions(), pk=session_id)
    open_record(request, found.course)
    site = found.course.patient.site
    context = {
        "session": found,
        "advice": leaving.advice(),
        "lines": help_lines(site.jurisdiction),
    }
    return render(request, "treatment_day/leaving_advice.html", context)


@requires(Permission.DAY_READ)
def blank_sheet(request: HttpRequest) -> HttpResponse:
    """A session sheet to fill in by hand, for the day the power fails."""
    return render(request, "treatment_day/blank_sheet.html", {"sheet": _sheet(request), "kinds": sheet.KINDS})


@requires(Permission.DAY_READ)
def blank_sheet_pdf(request: HttpRequest) -> HttpResponse:
    """The same as a PDF."""
    response = HttpResponse(sheet.as_pdf(_sheet(request)), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="blank-session-sheet.pdf"'
    return response


def _sheet(request: HttpRequest) -> sheet.Sheet:
    return sheet.blank(request.GET.get("for", "ketamine-iv"), request.user.site)
