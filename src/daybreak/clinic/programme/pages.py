"""What the pages of the programme share: only where there is one, only about one's own people."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from daybreak.clinic.programme.models import SeriousEvent, Submission
from daybreak.clinic.programme.services.enrolling import require_programme
from daybreak.clinic.record.pages import open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.treatment_day import queries as day
from daybreak.clinic.treatment_day.models import Session


def programme_page(permission: Permission) -> Callable[[Callable[..., HttpResponse]], Any]:
    """A view of the programme: refused with a sentence where there is none."""

    def decorate(view: Callable[..., HttpResponse]) -> Any:
        @requires(permission)
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require_programme(request.user.site)
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def session_of(request: HttpRequest, session_id: UUID, opening: str | None = None) -> Session:
    session = get_object_or_404(day.sessions(), pk=session_id)
    open_record(request, session.course, opening)
    return session


def event_of(request: HttpRequest, event_id: UUID, opening: str | None = None) -> SeriousEvent:
    related = ("session__course__patient__site", "session__plan", "recorded_by", "corrects")
    event = get_object_or_404(SeriousEvent.objects.select_related(*related), pk=event_id)
    open_record(request, event.session.course, opening)
    return event


def submission_of(request: HttpRequest, submission_id: UUID) -> Submission:
    related = ("form__session__course__patient__site", "event__session__course__patient__site", "by", "recorded_by")
    submission = get_object_or_404(Submission.objects.select_related(*related), pk=submission_id)
    open_record(request, submission.about.session.course)
    return submission


def pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
