"""What every page needs: who asks, which course, and that the opening is recorded."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Course, User
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.services import require_open


def actor(request: HttpRequest) -> Actor:
    """Who asks and from where."""
    user = request.user if isinstance(request.user, User) else None
    return Actor(user=user, address=address(request))


def address(request: HttpRequest) -> str:
    """The other end of the connection, which no header of the request can claim to be."""
    return request.META.get("REMOTE_ADDR") or ""


def course_page(permission: Permission, *, opening: str | None = None) -> Callable[[Callable[..., HttpResponse]], Any]:
    """A view about one course: `course_id` in the URL becomes a `Course` that this user may open.

    `opening` names the page in the audit trail; leave it out for parts of a page that refresh themselves.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Any:
        @requires(permission)
        @wraps(view)
        def wrapped(request: HttpRequest, course_id: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            courses = Course.objects.with_stage().select_related("patient__site", "prescriber", "therapist")
            course = get_object_or_404(courses, pk=course_id)
            open_record(request, course, opening)
            return view(request, course, *args, **kwargs)

        return wrapped

    return decorate


def open_record(request: HttpRequest, course: Course, opening: str | None = None) -> None:
    """Refuse a record that is not this user's; record the opening when the page has a name.

    Raises:
        NotYours: if the record is not open to this user.
    """
    who = actor(request)
    assert who.user is not None  # noqa: S101 - the gate lets nobody else in
    require_open(who.user, course.patient)
    if opening:
        audit.record_opening(who, course.patient, opening)
