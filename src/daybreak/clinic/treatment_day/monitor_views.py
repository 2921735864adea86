"""Pages of the monitors: what each is tied to, and the messages that became no reading."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.record import audit, writes
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.services import require_open
from daybreak.clinic.treatment_day import monitor_queries, services
from daybreak.clinic.treatment_day.makes import title_of
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor
from daybreak.clinic.treatment_day.monitor_forms import (
    AddMonitorForm,
    MappingForm,
    ReleaseForm,
    TieForm,
    mapping_choices,
)
from daybreak.clinic.treatment_day.queries import sessions
from daybreak.formats.hl7v2 import GENERIC

PAGE = 50


@requires(Permission.DAY_READ)
def monitors(request: HttpRequest) -> HttpResponse:
    """The monitors of this site, and the messages that became no reading."""
    site, now = request.user.site, timezone.now()
    kinds = {outcome.value: outcome.label for outcome in monitor_queries.KEPT}
    outcome = request.GET.get("outcome", "")
    kept = monitor_queries.kept_messages(site, [outcome] if outcome in kinds else kinds)
    context = {
        "now": now,
        "rows": monitor_queries.monitors_now(site, now),
        "sessions": monitor_queries.sessions_going_on(site) if request.user.allows(Permission.DEVICE_MANAGE) else (),
        "kinds": [("", "All"), *kinds.items()],
        "outcome": outcome,
        "mappings": mapping_choices(),
        "page": Paginator(kept, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "treatment_day/monitors.html", context)


@requires(Permission.DEVICE_MANAGE)
@require_POST
def monitor_add(request: HttpRequest) -> HttpResponse:
    """Make a monitor known."""
    who, form = actor(request), AddMonitorForm(request.POST)
    if not form.is_valid():
        raise Refusal("Type the name the monitor gives itself in its messages, at most 100 characters.")
    write_id, identifier = form.cleaned_data["write_id"], form.cleaned_data["identifier"]
    site, mapping = request.user.site, form.cleaned_data["mapping"] or GENERIC
    writes.once(
        write_id, "monitor added", {"identifier": identifier, "site": site.pk, "mapping": mapping}, who,
        lambda: services.add_monitor(identifier, site, who, mapping=mapping, monitor_id=write_id),
    )  # fmt: skip
    messages.info(request, f"Monitor {identifier} is known here. Tie it to a session to see its values there.")
    return redirect("monitors")


@requires(Permission.DEVICE_MANAGE)
@require_POST
def monitor_mapping(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Read a monitor by other codes."""
    who, monitor, form = actor(request), _monitor(request, monitor_id), MappingForm(request.POST)
    if not form.is_valid():
        raise Refusal(f"Choose the codes {monitor} speaks.")
    write_id, mapping = form.cleaned_data["write_id"], form.cleaned_data["mapping"]
    writes.once(
        write_id, "monitor mapping", {"monitor": monitor.pk, "mapping": mapping}, who,
        lambda: services.choose_mapping(monitor, mapping, who),
    )  # fmt: skip
    messages.info(request, f"{monitor} is read as {title_of(monitor.mapping)} from its next message on.")
    return redirect("monitors")


@requires(Permission.DEVICE_MANAGE)
@require_POST
def monitor_tie(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Tie a monitor to a session."""
    who, monitor, form = actor(request), _monitor(request, monitor_id), TieForm(request.POST)
    if not form.is_valid():
        raise Refusal(f"Choose the session {monitor} is to be tied to.")
    session = get_object_or_404(sessions(), pk=form.cleaned_data["session"])
    require_open(request.user, session.course.patient)
    write_id = form.cleaned_data["write_id"]
    writes.once(
        write_id, "monitor tied", {"monitor": monitor.pk, "session": session.pk}, who,
        lambda: services.tie_monitor(monitor, session, who, tie_id=write_id),
    )  # fmt: skip
    messages.info(request, f"{monitor} is tied to {session.course.patient}.")
    return redirect("monitors")


@requires(Permission.DEVICE_MANAGE)
@require_POST
def monitor_release(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Release a monitor."""
    who, monitor, form = actor(request), _monitor(request, monitor_id), ReleaseForm(request.POST)
    if not form.is_valid():
        raise Refusal("The form came without its id. Open the page again and release the monitor there.")
    write_id = form.cleaned_data["write_id"]
    writes.once(
        write_id, "monitor released", {"monitor": monitor.pk}, who,
        lambda: services.release_monitor(monitor, who, tie_id=write_id),
    )  # fmt: skip
    messages.info(request, f"{monitor} is tied to nobody.")
    return redirect("monitors")


@requires(Permission.DEVICE_MANAGE)
def device_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One message as it came."""
    rows = DeviceMessage.objects.select_related("monitor__site", "session__course__patient", "kept")
    message = get_object_or_404(rows, pk=message_id)
    if message.monitor and message.monitor.site_id != request.user.site_id:
        raise NotYours("This message came from a monitor of another site.")
    patient = message.session.course.patient if message.session else None
    if patient is not None:
        require_open(request.user, patient)
    audit.record(actor(request), "message opened", patient=patient, subject=message.pk)
    text = message.kept.raw.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return render(request, "treatment_day/device_message.html", {"message": message, "text": text})


def _monitor(request: HttpRequest, monitor_id: UUID) -> Monitor:
    monitor = get_object_or_404(Monitor, pk=monitor_id)
    if monitor.site_id != request.user.site_id:
        raise NotYours(f"{monitor} belongs to another site.")
    return monitor
