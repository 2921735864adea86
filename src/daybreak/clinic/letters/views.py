"""Pages of letters: those of a course, one letter as a draft or signed, on paper."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.letters import forms, queries, services
from daybreak.clinic.letters.models import Kind, Letter
from daybreak.clinic.record import paper as record_paper
from daybreak.clinic.record.amounts import AmountsTypedByHand
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.by_script import is_by_script
from daybreak.clinic.record.models import Course, new_id
from daybreak.clinic.record.pages import actor, course_page, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.queries import banner, on_paper
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.services import require_open
from daybreak.clinic.record.since_draft import ChangedSince


@course_page(Permission.LETTER_READ, opening="letters")
def letters(request: HttpRequest, course: Course) -> HttpResponse:
    """The letters of a course; a new one can be begun."""
    return _letters(request, course)


@course_page(Permission.LETTER_WRITE)
@require_POST
def new(request: HttpRequest, course: Course) -> HttpResponse:
    """Begin a letter with a draft from the facts."""
    form, who = forms.NewLetterForm(request.POST, course=course), actor(request)

    def do(said: dict[str, Any]) -> str:
        services.write_letter(course, Kind(said["kind"]), said["session"], who, write_id=said["write_id"])
        return "Drafted from what was recorded. Read it, edit it, sign it."

    def again(bound: django_forms.Form) -> HttpResponse:
        return _letters(request, course, bound)

    return answered(request, form, do, again, "letter", request.POST.get("write_id", ""))


def _letters(request: HttpRequest, course: Course, form: django_forms.Form | None = None) -> HttpResponse:
    context = {
        **_frame(course),
        "letters": queries.letters(course, request.user),
        "form": form or forms.NewLetterForm(course=course, initial={"write_id": new_id()}),
    }
    return render(request, "letters/letters.html", context)


@requires(Permission.LETTER_READ)
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One letter: a draft to be edited, or the signed text with its amendments."""
    return _letter(request, _of(request, letter_id, "letter"))


@requires(Permission.LETTER_WRITE)
@require_POST
def keep(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Keep the draft."""
    found, who = _of(request, letter_id), actor(request)
    form = forms.LetterForm.of(queries.text(found), request.POST)

    def do(said: dict[str, Any]) -> str:
        services.keep_draft(found, form.words(), who, write_id=said["write_id"], after=said["after"])
        return "The draft is kept. It is not signed."

    return answered(request, form, do, lambda bound: _letter(request, found, bound), "letter", found.pk)


@requires(Permission.LETTER_WRITE)
@require_POST
def sign(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Sign what stands in the boxes."""
    found, who = _of(request, letter_id), actor(request)
    form = forms.LetterForm.of(queries.text(found), request.POST)

    def do(said: dict[str, Any]) -> str:
        try:
            services.sign_letter(
                found, form.words(), who, write_id=said["write_id"], after=said["after"],
                amounts_are_right=said["amounts_are_right"], although=said["although"],
            )  # fmt: skip
        except AmountsTypedByHand:
            form.ask_about_amounts()
            raise
        except ChangedSince as changed:
            form.ask_why(changed.changes)
            if is_by_script(request):
                raise
            raise Refusal(f"{changed.lead} Nothing was signed.") from changed  # each stands above the boxes
        return "Signed and locked. Daybreak sends nothing: print it, and send it."

    return answered(request, form, do, lambda bound: _letter(request, found, bound), "letter", found.pk)


@requires(Permission.LETTER_WRITE)
@require_POST
def amend(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Add to a signed letter, with the reason."""
    found, who = _of(request, letter_id), actor(request)
    form = forms.AmendmentForm(request.POST)

    def do(said: dict[str, Any]) -> str:
        try:
            services.amend_letter(
                found, said["words"], said["reason"], who, write_id=said["write_id"],
                amounts_are_right=said["amounts_are_right"],
            )  # fmt: skip
        except AmountsTypedByHand:
            form.ask_about_amounts()
            raise
        return "The amendment is part of the letter now."

    def again(bound: django_forms.Form) -> HttpResponse:
        return _letter(request, found, amendment=bound)

    return answered(request, form, do, again, "letter", found.pk)


@requires(Permission.LETTER_READ)
def paper(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """The letter on A4."""
    return render(request, "letters/paper.html", _on_paper(_of(request, letter_id, "letter on paper")))


@requires(Permission.LETTER_READ)
def paper_pdf(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """The same as a PDF."""
    found = _of(request, letter_id, "letter on paper")
    site = found.course.patient.site
    content = record_paper.as_pdf(render_to_string("letters/paper_body.html", _on_paper(found)), site)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="letter-{found.number}.pdf"'
    return response


def _of(request: HttpRequest, letter_id: UUID, opening: str | None = None) -> Letter:
    found = get_object_or_404(queries.letter(letter_id))
    if queries.signature(found) is None and not request.user.allows(Permission.LETTER_WRITE):
        require_open(request.user, found.course.patient)
        raise NotYours("This letter is not signed yet. It is open to those who write letters.")
    open_record(request, found.course, opening)
    return found


def _frame(course: Course) -> dict[str, Any]:
    return {"course": course, "banner": banner(course), "here": "followup"}


def _on_paper(found: Letter) -> dict[str, Any]:
    text = queries.text(found)
    return {
        "letter": found, "text": text, "signature": queries.signature(found),
        "sections": [(heading, body) for heading, body in text.sections if body.strip()],
        "patient": found.course.patient, "site": found.course.patient.site, "today": timezone.localdate(),
        "for_patient": found.kind == Kind.FOR_PATIENT, "on_paper": on_paper(found.course.patient),
        "changed": queries.changed(found) if queries.signature(found) else (),
    }  # fmt: skip


def _letter(
    request: HttpRequest,
    found: Letter,
    form: django_forms.Form | None = None,
    amendment: django_forms.Form | None = None,
) -> HttpResponse:
    text = queries.text(found)
    begin = {"write_id": new_id(), "after": text.number, "addressee": text.addressee, "subject": text.subject}
    shown = form or forms.LetterForm.of(text, initial=begin)
    if isinstance(shown, forms.LetterForm) and not shown.since_draft and queries.signature(found) is None:
        shown.ask_why(queries.changed_since_draft(found, timezone.now()))
    context = {
        **_frame(found.course),
        **_on_paper(found),
        "form": shown,
        "signed_although": queries.signed_although(found),
        "amendment": amendment or forms.AmendmentForm(initial={"write_id": new_id()}),
    }
    return render(request, "letters/letter.html", context)
