"""Pages of serious adverse events."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.programme import forms, queries, services
from daybreak.clinic.programme.models import SeriousEvent
from daybreak.clinic.programme.pages import event_of, pdf, programme_page, session_of
from daybreak.clinic.programme.views import contact
from daybreak.clinic.record import paper
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner, on_paper
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment import nasal_programme


@programme_page(Permission.PROGRAMME_RECORD)
def new(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A serious event after a session."""
    session, who = session_of(request, session_id), actor(request)
    if not queries.needs_form(session):
        raise Refusal("No nasal esketamine was given in this session under the programme.")

    today = timezone.localdate()

    def page(form: django_forms.Form) -> HttpResponse:
        context = {
            "session": session, "course": session.course, "banner": banner(session.course), "here": "treatment",
            "form": form, "rule": nasal_programme.rule("event_due"), "contact": contact(),
            "days": (nasal_programme.event_due(today) - today).days,
        }  # fmt: skip
        return render(request, "programme/event_new.html", context)

    if request.method != "POST":
        initial = {"write_id": new_id(), "occurred_at": forms.now(), "known_on": today}
        return page(forms.SeriousEventForm(initial=initial))
    form = forms.SeriousEventForm(request.POST)

    def do(said: dict[str, Any]) -> str:
        services.record_event(session, form.told(), who, write_id=said["write_id"])
        return f"Kept. It was not reported by this: telephone the programme, {nasal_programme.contact('phone')}."

    return answered(request, form, do, page, "programme_form", session.pk)


@programme_page(Permission.PROGRAMME_READ)
def event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """One serious event: what happened, and whether it was reported."""
    return _page(request, event_of(request, event_id, "serious event"))


@programme_page(Permission.PROGRAMME_RECORD)
@require_POST
def correct(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """A better account in place of this one."""
    wrong, who = event_of(request, event_id), actor(request)
    form = forms.SeriousEventForm(request.POST, correcting=True)

    def do(said: dict[str, Any]) -> str:
        services.correct_event(wrong, form.told(), said["reason"], who, write_id=said["write_id"])
        return "Kept. The newer account has to be reported."

    def again(bound: django_forms.Form) -> HttpResponse:
        return _page(request, wrong, correction=bound)

    return answered(request, form, do, again, "programme_event", request.POST.get("write_id", ""))


@programme_page(Permission.PROGRAMME_RECORD)
@require_POST
def sent(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """A person states that it was reported, and how."""
    found, who = event_of(request, event_id), actor(request)
    form = forms.SendingForm(request.POST, site=found.session.course.patient.site)

    def do(said: dict[str, Any]) -> str:
        services.state_event_sent(found, form.sending(), who, write_id=said["write_id"])
        newer = SeriousEvent.objects.filter(corrects=found).exists()
        more = " This account was corrected meanwhile: the newer one has to be reported, too." if newer else ""
        return f"Kept. Daybreak reported nothing: this is your word.{more}"

    def again(bound: django_forms.Form) -> HttpResponse:
        return _page(request, found, sending=bound)

    return answered(request, form, do, again, "programme_event", found.pk)


@programme_page(Permission.PROGRAMME_READ)
def paper_pdf(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """The event on paper, for a report by fax or in person."""
    found = event_of(request, event_id, "serious event on paper")
    site = found.session.course.patient.site
    content = paper.as_pdf(render_to_string("programme/event_body.html", _facts(found)), site)
    return pdf(content, f"serious-event-{timezone.localdate(found.occurred_at)}")


def _facts(found: SeriousEvent) -> dict[str, Any]:
    names = nasal_programme.seriousness()
    return {
        "event": found, "session": found.session, "kinds": [names[each] for each in found.seriousness],
        "sent": queries.sent_of_event(found), "due_on": nasal_programme.event_due(found.known_on),
        "rule": nasal_programme.rule("event_due"), "contact": contact(), "printed_at": timezone.localtime(),
        "on_paper": f"{on_paper(found.session.course.patient)}; serious event after session {found.session.number}",
        "is_letter": paper.is_letter(found.session.course.patient.site),
    }  # fmt: skip


def _page(
    request: HttpRequest,
    found: SeriousEvent,
    correction: django_forms.Form | None = None,
    sending: django_forms.Form | None = None,
) -> HttpResponse:
    course = found.session.course
    how = {"write_id": new_id(), "at": forms.now(), "by": request.user}
    again = {"write_id": new_id(), **forms.SeriousEventForm.of(found)}
    context = {
        **_facts(found), "course": course, "banner": banner(course), "here": "treatment", "today": timezone.localdate(),
        "newer": SeriousEvent.objects.filter(corrects=found).first(),
        "correction": correction or forms.SeriousEventForm(correcting=True, initial=again),
        "sending": sending or forms.SendingForm(site=course.patient.site, initial=how),
    }  # fmt: skip
    return render(request, "programme/event.html", context)
