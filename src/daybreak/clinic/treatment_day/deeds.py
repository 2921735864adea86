"""What a person does in a session: one small view for each verb, all answered alike.

A script's request (`Accept: application/json`) gets `{"saved": id}`, a form without a script the page again. The
script says who typed the entry; under another sign-in it is not saved but kept on the tablet.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST

from daybreak.clinic.pharmacy.witness import prove
from daybreak.clinic.record import times
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.amounts import AmountsTypedByHand
from daybreak.clinic.record.by_script import is_by_script, typed_by_another, waited
from daybreak.clinic.record.models import Flag
from daybreak.clinic.record.pages import actor, open_record
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.queries import banner
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.treatment_day import forms, queries, services
from daybreak.clinic.treatment_day.models import NOT_COUNTED, Reading, Session, SessionEvent

LONGEST_SHOWN = 4000  # characters of what was refused; ours
LONGEST_TYPED = 1000  # characters of what an entry says; ours
Deed = Callable[[HttpRequest, Session, Actor], forms.WriteForm | HttpResponse]


class IfRefused(StrEnum):
    """What becomes of an entry that waited without a network, when the record refuses it: nobody reads that it did.

    `TOLD`: it is about the dose or a value, so it is kept, not counted, and a red flag says so. `KEPT`: kept, not
    counted. `READ`: it has words of its own or a password, and stays on the tablet until whoever typed it reads why.
    """

    TOLD = "told"
    KEPT = "kept"
    READ = "read"


def deed(
    permission: Permission = Permission.SESSION_RUN, *, if_refused: IfRefused = IfRefused.KEPT
) -> Callable[[Deed], Any]:
    """A view that carries out one verb, which gives back the form it read, or a page of its own."""

    def decorate(do: Deed) -> Any:
        @requires(permission)
        @require_POST
        @wraps(do)
        def view(request: HttpRequest, session_id: UUID) -> HttpResponse:
            session = queries.SESSION.first(session_id)
            if session is None:
                raise Http404
            open_record(request, session.course)
            if (kept := typed_by_another(request)) is not None:
                return kept
            request.refused_leads_to = reverse_lazy("session", args=[session.pk])  # type: ignore[attr-defined]
            request.refused_words = request.POST.get("words", "")  # type: ignore[attr-defined]
            try:
                form = _after_what_was_shown(do, request, session)
            except Refusal as refusal:
                if if_refused is IfRefused.READ or isinstance(refusal, NotYours) or not waited(request):
                    raise
                form = _kept(request, session, refusal, is_told=if_refused is IfRefused.TOLD)
            if isinstance(form, HttpResponse):
                return form
            if is_by_script(request):
                saved = {"saved": str(form.cleaned_data["write_id"])}
                return JsonResponse(saved | _of_before(form, session) | _of_what_was_done(request, form))
            return redirect("session", session.pk)

        return view

    return decorate


def _kept(request: HttpRequest, session: Session, refusal: Refusal, *, is_told: bool) -> forms.WriteForm:
    """Keep an entry that waited and was refused as it was typed: the tablet sends the words of its list along."""
    form = forms.WriteForm(request.POST)
    form.require()
    words = request.POST.get("typed", "")[:LONGEST_TYPED] or "An entry"
    services.keep_refused(session, actor(request), words, refusal, is_told=is_told, **_when(form, session))
    return form


def _after_what_was_shown(do: Deed, request: HttpRequest, session: Session) -> forms.WriteForm | HttpResponse:
    """Carry out a deed. What is refused was shown to this person in this browser, until the deed is done."""
    name = _shown_name(do.__name__, request, session)
    try:
        form = do(request, session, actor(request))
    except Refusal as refusal:
        request.session[name] = f"{request.session.get(name, '')} {refusal}"[-LONGEST_SHOWN:]
        raise
    request.session.pop(name, None)
    return form


def _shown_name(deed_name: str, request: HttpRequest, session: Session) -> str:
    return f"shown {deed_name} {session.pk} {request.user.pk}"


def _shown(deed_name: str, request: HttpRequest, session: Session) -> str:
    """What this person read before: what the page listed beside the form, and what was refused."""
    listed = request.POST.get("shown", "")[:LONGEST_SHOWN]
    return f"{listed} {request.session.get(_shown_name(deed_name, request, session), '')}"


def _when(form: forms.WriteForm, session: Session) -> dict[str, Any]:
    return {"write_id": form.cleaned_data["write_id"], "at": form.require_within(session.opened_at)}


def _of_before(form: forms.WriteForm, session: Session) -> dict[str, str]:
    """What is said of values from before the session or of another day: their date, which is easily taken for today."""
    if form.happened_at is None or not isinstance(form, forms.ReadingsForm):
        return {}
    saved = f"Saved as of {times.said(form.happened_at)}"
    if form.is_of_before(session.opened_at):
        return {"said": f"{saved}, before this session was opened."}
    return {"said": f"{saved}."} if form.day_said else {}


def _of_what_was_done(request: HttpRequest, form: forms.WriteForm) -> dict[str, str]:
    """What is said of an entry that waited without a network, was done, and would have been refused."""
    event = SessionEvent.objects.filter(pk=form.cleaned_data["write_id"]).first() if waited(request) else None
    if event is None:
        return {}
    read = "Read the red flag here: it says what to do."
    if event.data.get("what") == NOT_COUNTED:
        return {"said": f"Kept in the record, not counted. {event.data['words']} If a red flag stands here, read it."}
    return {"said": f"Recorded as typed. {event.data['against'][0]} {read}"} if event.data.get("unasked") else {}


@deed(if_refused=IfRefused.TOLD)
def readings(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.ReadingsForm(request.POST)
    form.require()
    services.record_readings(
        session, form.entries(), who, write_id=form.cleaned_data["write_id"], timed=form.happened_at is not None,
        why_outside=form.why_outside(session.opened_at),
        shown=None if waited(request) else _shown("readings", request, session),
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.TOLD)
def correct(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.CorrectionForm(request.POST)
    said = form.require()
    reading = get_object_or_404(Reading, pk=said["reading"], session=session)
    services.correct_reading(reading, said["value"], said["reason"], who, write_id=said["write_id"])
    return form


@deed()
def mark(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.MarkForm(request.POST)
    said = form.require()
    flags = [get_object_or_404(Flag, pk=each, patient=session.course.patient_id) for each in said["flag"]]
    services.answer_marks(
        flags, services.MarkAnswer(said["answer"]), who, reason=said["reason"], **_when(form, session)
    )
    return form


@deed()
def check(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.CheckForm(request.POST)
    said = form.require()
    services.answer_check(
        session, said["about"], form.yes, who, detail=said["detail"], applies=form.applies, **_when(form, session)
    )
    return form


@deed(Permission.PLAN_SIGN, if_refused=IfRefused.READ)
def reason(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.ReasonForm(request.POST)
    said = form.require()
    services.give_reason(session, said["about"], said["reason"], who, **_when(form, session))
    return form


@deed(if_refused=IfRefused.TOLD)
def start(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.StartForm(request.POST)
    said = form.require()
    services.start_dose(
        session, who, **_when(form, session), lot=said["lot"], no_lot=said["no_lot"],
        concentration_mg_per_ml=said["concentration_mg_per_ml"], pump_ml_per_h=said["pump_ml_per_h"],
        weight_kg=said["weight_kg"], reason=said["reason"], shown=_shown("start", request, session),
        waited=waited(request),
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.READ)
def time_out(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.TimeOutForm(request.POST)
    said = form.require()
    second = prove(request, said["witness"], said["password"])
    services.record_time_out(
        session, second, said["confirmed"], who, **_when(form, session),
        concentration_mg_per_ml=said["concentration_mg_per_ml"],
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.TOLD)
def device(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.DeviceForm(request.POST)
    said = form.require()
    services.give_device(
        session, who, lot=said["lot"], no_lot=said["no_lot"], reason=said["reason"],
        shown=_shown("device", request, session), waited=waited(request), **_when(form, session),
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.TOLD)
def pause(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.WriteForm(request.POST)
    form.require()
    services.pause(session, who, time_said=form.time_said and not waited(request), **_when(form, session))
    return form


@deed(if_refused=IfRefused.TOLD)
def resume(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.ResumeForm(request.POST)
    said = form.require()
    services.resume(
        session, who, reason=said["reason"], shown=_shown("resume", request, session), waited=waited(request),
        **_when(form, session),
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.TOLD)
def rate(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.RateForm(request.POST)
    said = form.require()
    services.change_rate(
        session, who, ml_per_h=said["ml_per_h"], reason=said["reason"], shown=_shown("rate", request, session),
        waited=waited(request), **_when(form, session),
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.TOLD)
def stop(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.WordsForm(request.POST)
    said = form.require()
    services.stop(
        session, who, reason=said["words"], time_said=form.time_said and not waited(request),
        shown=_shown("stop", request, session), **_when(form, session),
    )  # fmt: skip
    return form


@deed(if_refused=IfRefused.TOLD)
def mistake(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.WordsForm(request.POST)
    said = form.require()
    services.take_back_start(session, who, reason=said["words"], **_when(form, session))
    return form


@deed(if_refused=IfRefused.TOLD)
def amount(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.AmountForm(request.POST)
    said = form.require()
    services.correct_amount(
        session, who, mg=said["mg"], reason=said["words"], shown=_shown("amount", request, session),
        **_when(form, session),
    )  # fmt: skip
    return form


@deed()
def observe(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.WordsForm(request.POST)
    said = form.require()
    services.observe(
        session, said["what"], who, words=said["words"], reason=said["reason"], time_said=form.time_said,
        # What waited on a tablet has the time at which it was typed there, and nobody can be asked for another.
        day_said=form.day_said or waited(request), waited=waited(request),
        # Of the evening before too: the verb asks why.
        write_id=said["write_id"], at=form.happened_at,
    )  # fmt: skip
    return form


@deed()
def take_back(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.TakeBackForm(request.POST)
    said = form.require()
    services.take_back(
        session, said["of"], who, reason=said["reason"], shown=_shown("take_back", request, session),
        waited=waited(request), **_when(form, session),
    )  # fmt: skip
    return form


@deed()
def criterion(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.AnswerForm(request.POST)
    said = form.require()
    services.check_criterion(session, said["about"], form.yes, who, detail=said["detail"], **_when(form, session))
    return form


@deed()
def leave(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm:
    form = forms.LeaveForm(request.POST)
    said = form.require()
    services.leave(
        session, who, reason=said["reason"], goes_with=said["goes_with"], waited=waited(request),
        time_said=form.time_said and not waited(request), shown=_shown("leave", request, session),
        **_when(form, session),
    )  # fmt: skip
    return form


@deed(Permission.SESSION_SIGN, if_refused=IfRefused.READ)
def note(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm | HttpResponse:
    form = forms.NoteForm(request.POST)
    said = form.require()
    try:
        services.sign_note(
            session, said["words"], who, **_when(form, session), drafted=said["drafted"] or None,
            although=said["although"], amounts_are_right=said["amounts_are_right"],
        )  # fmt: skip
    except services.CameSince as came:
        if is_by_script(request):
            raise
        words = "\n".join([said["words"], *came.lines])
        return _note_again(request, session, came, words=words, drafted=came.drafted, although=said["although"])
    except AmountsTypedByHand as amounts:
        if is_by_script(request):
            raise
        shown = {name: said[name] for name in ("words", "drafted", "although")}
        return _note_again(request, session, amounts, **shown)
    return form


def _note_again(request: HttpRequest, session: Session, refused: Refusal, **shown: object) -> HttpResponse:
    """The note or an amendment as it was typed, with what came since at its end, to be kept or taken out, or with
    amounts to be held against the record; and signed.
    """
    context = {
        "session": session, "course": session.course, "banner": banner(session.course), "here": "treatment",
        "came": getattr(refused, "lines", ()), "gone": getattr(refused, "gone", ()),
        "amounts": getattr(refused, "points", ()), "lead": refused.lead, **shown,
    }  # fmt: skip
    return render(request, "treatment_day/note_again.html", context, status=refused.status)


@deed(Permission.SESSION_SIGN, if_refused=IfRefused.READ)
def amend(request: HttpRequest, session: Session, who: Actor) -> forms.WriteForm | HttpResponse:
    form = forms.AmendForm(request.POST)
    said = form.require()
    try:
        services.amend_note(
            session, said["words"], who, **_when(form, session), amounts_are_right=said["amounts_are_right"]
        )
    except AmountsTypedByHand as amounts:
        if is_by_script(request):
            raise
        return _note_again(request, session, amounts, words=said["words"], is_amendment=True)
    return form
