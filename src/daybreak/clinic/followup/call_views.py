"""The worklist of calls after a session."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.followup import calls as due_calls
from daybreak.clinic.followup import services
from daybreak.clinic.followup.forms import CallForm, CallTakenBackForm
from daybreak.clinic.followup.models import Call
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.pages import actor, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import sessions
from daybreak.treatment.follow_up import CallKind


@requires(Permission.CALL_READ)
def calls(request: HttpRequest) -> HttpResponse:
    """Whom to call, the earliest deadline first; below them who died, and who was called."""
    return _page(request)


@requires(Permission.CALL_RECORD)
@require_POST
def call_record(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Keep what became of a call."""
    session = _session(request, session_id)

    def do(said: dict[str, Any]) -> str:
        kind, outcome = CallKind(said.pop("kind")), Call.Outcome(said.pop("outcome"))
        call = services.record_call(session, kind, outcome, actor(request), **said)
        return f"{session.course.patient}: {call.get_outcome_display().lower()}."

    again = _again(request, lambda due: due.session == session and due.kind == request.POST.get("kind"))
    return answered(request, CallForm(request.POST), do, again, "calls")


@requires(Permission.CALL_RECORD)
@require_POST
def call_take_back(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Take back a try to call that was recorded by mistake."""
    session = _session(request, session_id)

    def do(said: dict[str, Any]) -> str:
        call = get_object_or_404(Call, pk=said["of"], session=session)
        services.take_back_call(call, actor(request), write_id=said["write_id"], reason=said["reason"])
        return f"{session.course.patient}: the call of {clock_today(call.called_at)} is taken back."

    again = _again(request, lambda due: request.POST.get("of") in {str(call.pk) for call in due.tries})
    return answered(request, CallTakenBackForm(request.POST), do, again, "calls")


def _session(request: HttpRequest, session_id: UUID) -> Session:
    session = get_object_or_404(sessions(), pk=session_id)
    open_record(request, session.course)
    return session


def _again(request: HttpRequest, is_about: Callable[[due_calls.Due], bool]) -> Callable[[Form], HttpResponse]:
    """The page with a form that was refused, in its place; above all where that is no longer on the page."""
    return lambda form: _page(request, form, is_about)


def _page(
    request: HttpRequest, refused: Form | None = None, is_about: Callable[[due_calls.Due], bool] = lambda due: False
) -> HttpResponse:
    now = timezone.localtime()
    waiting, settled = due_calls.of_site(request.user.site, now)
    rows = [(due, due.is_overdue(now), due.is_before_its_day(now)) for due in waiting if due.death is None]
    about = next((due for due in (*(due for due, *_ in rows), *settled) if refused and is_about(due)), None)
    if isinstance(refused, CallForm) and about in settled:  # somebody else was faster: there is no form any more
        about = None
    context = {
        "now": now,
        "rows": rows,
        "dead": [due for due in waiting if due.death is not None],
        "overdue": sum(late for _, late, _ in rows),
        "settled": settled,
        "outcomes": [(each.value, each.label) for each in Call.OF_A_TRY],
        "refused": refused,
        "about": about,
        "takes_back": isinstance(refused, CallTakenBackForm),
        "typed": refused.data.get("words") or refused.data.get("reason") if refused else "",
    }
    return render(request, "followup/calls.html", context)
