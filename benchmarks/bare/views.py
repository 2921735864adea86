"""The two views Daybreak is measured beside."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from daybreak.clinic.treatment_day.models import Reading, Session

ROWS = 50


@csrf_exempt
@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    """The row that a stored reading is, and nothing else: no sign-in, permission, audit, receipt or limit."""
    said = request.POST
    Reading.objects.create(
        session_id=UUID(said["session"]),
        patient_id=UUID(said["patient"]),
        recorded_by_id=UUID(said["user"]),
        recorded_from=request.META["REMOTE_ADDR"],
        vital=said["vital"],
        value=float(said["value"]),
        measured_at=timezone.now(),
    )
    return HttpResponse(status=204)


@login_required
def five_queries(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Five queries: who is signed in (session, user), a session with its patient, two lists of at most fifty rows."""
    session = Session.objects.select_related("course__patient").get(pk=session_id)
    context = {
        "session": session,
        "patient": session.course.patient,
        "sessions": Session.objects.select_related("chair").order_by("-pk")[:ROWS],
        "readings": session.readings.select_related("recorded_by").order_by("-measured_at")[:ROWS],
    }
    return render(request, "five_queries.html", context)
