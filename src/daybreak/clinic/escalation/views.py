"""The page of escalation, and what the board and a session show of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.escalation import forms, queries, services
from daybreak.clinic.escalation.calls import Call, by_chair, by_message
from daybreak.clinic.escalation.mail import NO_SERVER, may_send
from daybreak.clinic.escalation.models import DutyPeriod, OnCallMessage
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.models import Flag, Site, new_id
from daybreak.clinic.record.pages import actor, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.queries import sessions


@requires(Permission.DAY_READ)
def escalation(request: HttpRequest) -> HttpResponse:
    """Whether marks climb, who is on call, what went out and who answered."""
    return _page(request)


def _page(request: HttpRequest, **bound: django_forms.Form) -> HttpResponse:
    site, now = request.user.site, timezone.localtime()
    newest = queries.switch(site)
    # On or off is chosen each time: a choice made beforehand read like the state, and was its opposite.
    fresh = {"minutes": newest.minutes if newest else None}
    context = {
        "now": now,
        "switch": newest,
        "stands_still": queries.what_stands_still(now),
        "something_else": queries.something_else_stands_still(now),
        "may_send": may_send(),
        "no_server": NO_SERVER,
        "nobody_is_called": queries.nobody_is_called(site),
        "on_call": queries.on_call(site, now),
        "gaps": queries.gaps(site, now),
        "roster": queries.tested_roster(site, now),
        "sent": _newest_messages(site),
        "mine": _unanswered(request),
        "duty_form": forms.DutyForm(site=site, initial={"write_id": new_id()}),
        "switch_form": forms.SwitchForm(initial={"write_id": new_id(), **fresh}),
    }
    return render(request, "escalation/escalation.html", context | bound, status=422 if bound else 200)


def _newest_messages(site: Site) -> list[Call]:
    rows = list(queries.newest_messages(site))
    return by_message(rows, queries.sessions_of(row.flag for row in rows if row.flag))[: queries.SHOWN]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One message for its reader to answer: about what, and in which session; a test is about nothing."""

    message: OnCallMessage
    flags: tuple[Flag, ...]
    session: Session | None


def _unanswered(request: HttpRequest) -> list[_Asked]:
    """The messages this person was sent and has not answered, the newest first, each with what of it still waits."""
    rows = OnCallMessage.objects.filter(person=request.user, answer__isnull=True, site=request.user.site)
    rows = rows.exclude(Q(flag__isnull=True) & ~Q(trouble=""))  # a test that never left
    rows = rows.select_related("flag__patient").order_by("-recorded_at", "-pk")
    is_open = {flag.pk for flag in queries.waiting_flags(request.user.site)}
    together: dict[UUID, list[OnCallMessage]] = {}
    for row in rows[: queries.SHOWN]:
        if row.flag_id is None or row.flag_id in is_open:
            together.setdefault(row.mail or row.pk, []).append(row)
    sessions = queries.sessions_of(row.flag for of_one in together.values() for row in of_one if row.flag)
    return [_asked(of_one, sessions.get(of_one[0].flag_id)) for of_one in together.values()]


def _asked(of_one: list[OnCallMessage], session: Session | None) -> _Asked:
    flags = sorted((row.flag for row in of_one if row.flag), key=lambda flag: -queries.rank(flag, session))
    return _Asked(of_one[0], tuple(flags), session)


@requires(Permission.ESCALATION_SWITCH)
@require_POST
def escalation_switch(request: HttpRequest) -> HttpResponse:
    """The director switches it on or off."""
    form, site, who = forms.SwitchForm(request.POST), request.user.site, actor(request)

    def do(said: dict[str, Any]) -> str:
        made = services.set_switch(site, who, **said)
        return f"Escalation is {'on' if made.is_on else 'off'}."

    return answered(request, form, do, lambda bound: _page(request, switch_form=bound), "escalation", kept=True)


@requires(Permission.ESCALATION_MANAGE)
@require_POST
def escalation_duty(request: HttpRequest) -> HttpResponse:
    """Somebody comes on the roster."""
    form, site, who = forms.DutyForm(request.POST, site=request.user.site), request.user.site, actor(request)

    def do(said: dict[str, Any]) -> str:
        write_id = said.pop("write_id")
        made = services.add_duty(site, services.Duty(**said), who, write_id=write_id)
        return f"{made.person.display_name} is on the roster. Send a test message."

    return answered(request, form, do, lambda bound: _page(request, duty_form=bound), "escalation", kept=True)


@requires(Permission.ESCALATION_MANAGE)
@require_POST
def escalation_withdraw(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """A row is taken off the roster."""
    duty, said = _duty(request, duty_id), _words(request)
    services.withdraw_duty(duty, said["words"], actor(request), write_id=said["write_id"])
    messages.info(request, f"{duty.person.display_name} was taken off the roster for this time.")
    return redirect("escalation")


@requires(Permission.ESCALATION_MANAGE)
@require_POST
def escalation_test(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """A test message goes out."""
    duty, said = _duty(request, duty_id), _words(request)
    sent = services.send_test(duty, actor(request), write_id=said["write_id"])
    handed = f"A test message to {sent.address} was handed to the mail server. It counts once it is answered."
    messages.info(request, sent.trouble or handed)
    return redirect("escalation")


@requires(Permission.FLAG_ACT)
@require_POST
def escalation_answer(request: HttpRequest, on_call_id: UUID) -> HttpResponse:
    """The person called answers."""
    message = get_object_or_404(OnCallMessage.objects.select_related("flag__patient"), pk=on_call_id)
    if message.site_id != request.user.site_id:
        raise NotYours("This message is of another site.")
    said = _words(request)
    services.answer(message, said["words"], actor(request), write_id=said["write_id"])
    messages.info(
        request, "Answered. The mark itself waits for its answer at the chair." if message.flag else "Answered."
    )
    return redirect("escalation")


@requires(Permission.DAY_READ)
def escalation_board(request: HttpRequest) -> HttpResponse:
    """What climbs at this site, for the board; nothing while it is off."""
    site = request.user.site
    flags = queries.waiting_flags(site) if queries.is_on(site) else []
    return _part(request, flags, "escalation_board")


@requires(Permission.SESSION_READ)
def escalation_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """What climbs of a session, for its page; nothing while it is off."""
    session = get_object_or_404(sessions(), pk=session_id)
    open_record(request, session.course)
    is_on = queries.is_on(session.course.patient.site)
    return _part(request, queries.flags_of(session) if is_on else [], "escalation_session", session_id)


def _part(request: HttpRequest, flags: list[Any], name: str, *arguments: UUID) -> HttpResponse:
    site, now = request.user.site, timezone.localtime()
    newest = queries.switch(site)
    context = {
        "name": name,
        "nobody_is_called": queries.nobody_is_called(site),
        "arguments": arguments[0] if arguments else None,
        "switch": newest if newest and newest.is_on else None,
        "chairs": by_chair(queries.messages_about(flags), queries.sessions_of(flags)) if flags else (),
        "first": _first(site, now),
        "stands_still": queries.what_stands_still(now),
    }
    return render(request, "escalation/part.html", context)


def _first(site: Any, now: datetime) -> DutyPeriod | None:
    return next(iter(queries.on_call(site, now)), None)


def _duty(request: HttpRequest, duty_id: UUID) -> DutyPeriod:
    duty = get_object_or_404(DutyPeriod.objects.select_related("person", "site"), pk=duty_id)
    if duty.site_id != request.user.site_id:
        raise NotYours("This roster is of another site.")
    return duty


def _words(request: HttpRequest) -> dict[str, Any]:
    form = forms.WordsForm(request.POST)
    if not form.is_valid():
        raise Refusal("The form came without its id, or with more than 500 letters. Open the page again.")
    said: dict[str, Any] = form.cleaned_data
    return said
