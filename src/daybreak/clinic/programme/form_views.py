"""Pages of a session's form: filled from the record, completed by a person, on paper, and whether it was sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.programme import forms, queries, services
from daybreak.clinic.programme.against_record import contradiction, same
from daybreak.clinic.programme.filling import Filled, filled
from daybreak.clinic.programme.models import SessionForm
from daybreak.clinic.programme.pages import pdf, programme_page, session_of, submission_of
from daybreak.clinic.programme.since_sent import sent_with
from daybreak.clinic.programme.views import contact
from daybreak.clinic.record import paper as record_paper
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.models import Site, new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner, on_paper
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries as day
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment import nasal_programme
from daybreak.treatment.nasal_programme import Form


@programme_page(Permission.PROGRAMME_READ)
def session_form(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The form as it stands: the newest version, or what the record holds for a first one."""
    return _page(request, session_of(request, session_id, "nasal programme form"))


@programme_page(Permission.PROGRAMME_RECORD)
@require_POST
def complete(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A person read and completed it: the next version."""
    session, who = session_of(request, session_id), actor(request)
    newest = _newest(session)
    asked = _asked(newest)
    form = forms.MonitoringForm(request.POST, form=asked)

    def do(said: dict[str, Any]) -> str:
        made = services.complete_form(
            session, asked, form.answers(), who, write_id=said["write_id"], after=said["after"], reason=said["reason"]
        )
        return f"Version {made.number} is kept. It was not sent by this: send it, then state how."

    return answered(request, form, do, lambda bound: _page(request, session, bound), "programme_form", session.pk)


@programme_page(Permission.PROGRAMME_RECORD)
@require_POST
def sent(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A person states that a version was sent, and how."""
    session, who = session_of(request, session_id), actor(request)
    versions = queries.versions(session)
    if not versions:
        raise Refusal("Read and complete the form first.")
    form = forms.FormSendingForm(request.POST, site=session.course.patient.site, versions=len(versions))

    def do(said: dict[str, Any]) -> str:
        services.state_form_sent(
            versions[said["version"] - 1], form.sending(), who, write_id=said["write_id"],
            incomplete=said["incomplete"], kept_later=said["kept_later"], newest=said["newest"],
        )  # fmt: skip
        return f"Kept: version {said['version']} was sent. Daybreak sent nothing: this is your word."

    def again(bound: django_forms.Form) -> HttpResponse:
        return _page(request, session, sending=bound)

    return answered(request, form, do, again, "programme_form", session.pk)


@programme_page(Permission.PROGRAMME_RECORD)
@require_POST
def told(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A person states that the programme was told what the record says otherwise than what was sent."""
    session, who = session_of(request, session_id), actor(request)
    form = forms.TellingForm(request.POST, site=session.course.patient.site)

    def do(said: dict[str, Any]) -> str:
        services.state_told(session, said["told"], form.sending(), who, write_id=said["write_id"])
        return "Kept. Daybreak told nobody: this is your word."

    def again(bound: django_forms.Form) -> HttpResponse:
        return _page(request, session, telling=bound)

    return answered(request, form, do, again, "programme_form", session.pk)


@programme_page(Permission.PROGRAMME_RECORD)
def take_back(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """It was not sent after all."""
    submission, who = submission_of(request, submission_id), actor(request)
    session = submission.about.session
    onward = ("programme_form", session.pk) if submission.form_id else ("programme_event", submission.event_id)

    def page(form: django_forms.Form) -> HttpResponse:
        verb, button = ("Corrected", "It was not told") if submission.told else ("Submitted", "It was not sent")
        context = {
            "submission": submission, "session": session, "form": form, "button": button,
            "said": queries.sent_words(submission, verb),
        }  # fmt: skip
        return render(request, "programme/take_back.html", context)

    if submission.corrects_id or submission.channel == submission.Channel.NOT_SENT:
        raise Refusal("This says already that it was not sent.")
    if request.method != "POST":
        return page(forms.TakeBackForm(initial={"write_id": new_id()}))

    def do(said: dict[str, Any]) -> str:
        services.take_back(submission, said["reason"], who, write_id=said["write_id"])
        return "Kept: it counts as not sent."

    return answered(request, forms.TakeBackForm(request.POST), do, page, *onward)


@programme_page(Permission.PROGRAMME_READ)
def paper(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """A version in the order of the form, to be printed: the newest, or the one asked for by its number."""
    session = session_of(request, session_id, "nasal programme form on paper")
    return render(request, "programme/paper.html", _on_paper(session, request.GET.get("version", "")))


@programme_page(Permission.PROGRAMME_READ)
def paper_pdf(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The same as a PDF."""
    session = session_of(request, session_id, "nasal programme form on paper")
    shown, site = _on_paper(session, request.GET.get("version", "")), session.course.patient.site
    content = record_paper.as_pdf(render_to_string("programme/paper_body.html", shown), site)
    return pdf(content, f"programme-form-{queries.treated_on(session)}-version-{shown['version'].number}")


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the form on paper, in the form's words. `held`: what the record has, where that is something
    else; `reason`: why.
    """

    label: str
    answer: str
    required: bool
    held: str
    reason: str


def _on_paper(session: Session, number: str = "") -> dict[str, Any]:
    every, now, patient = queries.versions(session), timezone.localtime(), session.course.patient
    if not every:
        raise Refusal("Nobody has read and completed this form yet. Complete it first, then print it.")
    if number and number not in {str(each.number) for each in every}:
        raise Refusal("There is no such version of this form.")
    versions = [each for each in every if not number or each.number <= int(number)]
    version = versions[-1]
    sent = sent_with(session, every, now) if len(versions) == len(every) else queries.sent_of_forms(versions)
    form, holds = nasal_programme.form(version.form), _held_for(version, every, session, now)
    of = f"session {session.number}, {queries.treated_on(session):%m/%d/%Y}, form version {version.number}"
    return {
        "session": session, "version": version, "newest": every[-1], "form": form, "contact": contact(),
        "printed_at": now,
        "sections": [(each.title, [_line(field, versions, holds) for field in each.fields]) for each in form.sections],
        "sent": sent, "due_on": nasal_programme.form_due(queries.treated_on(session)),
        "on_paper": f"{on_paper(patient)}; {of}", "is_letter": record_paper.is_letter(patient.site),
    }  # fmt: skip


def _held_for(version: SessionForm, every: list[SessionForm], session: Session, now: datetime) -> Filled:
    """What the record held when a version was kept, where it was sent or is an older one: the paper stays what it was.
    What changed since then is said above it. Of one that is still to be sent: what the record holds now.
    """
    is_past = queries.is_stated(version) or version is not every[-1]
    if is_past and version.held is not None:
        return Filled(version.held, {})
    return filled(day.record(session), now)


def _line(field: nasal_programme.Field, versions: list[SessionForm], holds: Filled) -> Line:
    answer = versions[-1].answers.get(field.id, "")
    against = contradiction(field, answer, holds)
    held = field.in_words(against.held) if against else ""
    reason = _reason(field, versions) if against else ""
    return Line(field.label, field.in_words(answer), bool(field.required), held, reason)


def _reason(field: nasal_programme.Field, versions: list[SessionForm]) -> str:
    """Why an answer differs from the record: said with the version that began to answer so."""
    answer, reason = versions[-1].answers.get(field.id, ""), ""
    for version in reversed(versions):
        if version.answers.get(field.id, "") != answer:
            break
        if version.held is None or not same(field, answer, version.held.get(field.id, "")):
            reason = version.correction_reason or reason
    return reason


def _newest(session: Session) -> SessionForm | None:
    versions = queries.versions(session)
    return versions[-1] if versions else None


def _asked(newest: SessionForm | None) -> Form:
    """The version of the form that a record was begun with; for a new one the current."""
    return nasal_programme.form(newest.form) if newest else nasal_programme.current_form()


def _page(
    request: HttpRequest,
    session: Session,
    form: django_forms.Form | None = None,
    sending: django_forms.Form | None = None,
    telling: django_forms.Form | None = None,
) -> HttpResponse:
    now, versions, site = timezone.localtime(), queries.versions(session), session.course.patient.site
    if not versions and not queries.needs_form(session):
        raise Refusal("No nasal esketamine was given in this session under the programme, so it has no form.")
    sent = sent_with(session, versions, now)
    newest = versions[-1] if versions else None
    asked, holds = _asked(newest), filled(day.record(session), now)
    begun = newest.answers if newest else holds.answers
    fresh = {"write_id": new_id(), "after": newest.number if newest else 0, **begun}
    shown = form or forms.MonitoringForm(form=asked, initial=fresh)
    how = {"write_id": new_id(), "at": forms.now(), "by": request.user}
    context = {
        "session": session, "course": session.course, "banner": banner(session.course), "here": "treatment",
        "asked": asked, "versions": versions[::-1], "newest": newest, "form": shown,
        "sections": [
            (section.title, [_row(shown, each, holds) for each in section.fields]) for section in asked.sections
        ],
        "answered": [] if shown.is_bound or not sent.is_newest else [
            (each.title, [_line(field, versions, holds) for field in each.fields]) for each in asked.sections
        ],
        "missing": asked.missing(newest.answers) if newest else asked.missing(begun),
        "sent": sent, "sending": sending or _sending(site, versions, how),
        "telling": telling or forms.TellingForm(site=site, initial={**how, "told": sent.record_says}),
        "due_on": nasal_programme.form_due(queries.treated_on(session)), "today": timezone.localdate(),
        "due_rule": nasal_programme.rule("form_due"), "events": queries.events(session), "contact": contact(),
    }  # fmt: skip
    return render(request, "programme/form.html", context)


def _sending(site: Site, versions: list[SessionForm], how: dict[str, Any]) -> forms.FormSendingForm:
    """Begins with the newest version; that number is what the person is taken to have seen."""
    count = len(versions)
    return forms.FormSendingForm(site=site, versions=count, initial={**how, "version": count, "newest": count})


@dataclass(frozen=True, slots=True)
class Row:
    """One question as the page shows it. `now`: what the record holds where the box says something else."""

    field: django_forms.BoundField
    beside: str
    now: str
    is_missing: bool


def _row(form: django_forms.Form, field: nasal_programme.Field, holds: Filled) -> Row:
    held, shown = holds.answers.get(field.id, ""), str(form[field.id].value() or "")
    against = contradiction(field, shown, holds)
    now = against.held if against else held if held != shown else ""
    return Row(form[field.id], holds.beside.get(field.id, field.note), now, field.required and not shown.strip())
