"""The worklist of calls after a session."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.followup import calls as due_calls
from daybreak.clinic.followup import services
from daybreak.clinic.followup.forms import CallForm
from daybreak.clinic.followup.models import Call
from daybreak.clinic.record.pages import actor, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day.queries import sessions
from daybreak.treatment.follow_up import CallKind


@requires(Permission.CALL_READ)
def calls(request: HttpRequest) -> HttpResponse:
    """Whom to call, the earliest deadline first; below them who died, and who was called."""
    site, now = request.user.site, timezone.localtime()
    waiting, settled = due_calls.of_site(site, now)
    context = {
        "now": now,
        "rows": [(due, due.is_overdue(now)) for due in waiting if due.death is None],
        "dead": [due for due in waiting if due.death is not None],
        "overdue": sum(due.is_overdue(now) for due in waiting),
        "settled": settled,
        "outcomes": Call.Outcome.choices,
    }
    return render(request, "followup/calls.html", context)


@requires(Permission.CALL_RECORD)
@require_POST
def call_record(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Keep what became of a call."""
    session = get_object_or_404(sessions(), pk=session_id)
    open_record(request, session.course)
    form = CallForm(request.POST)
    if not form.is_valid():
        raise Refusal(" ".join(str(sentence) for errors in form.errors.values() for sentence in errors))
    said = form.cleaned_data
    kind, outcome = CallKind(said.pop("kind")), Call.Outcome(said.pop("outcome"))
    call = services.record_call(session, kind, outcome, actor(request), **said)
    messages.info(request, f"{session.course.patient}: {call.get_outcome_display().lower()}.")
    return redirect("calls")
