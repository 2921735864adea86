"""The plan of a course: read, write, check while writing, sign."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from daybreak import charts
from daybreak.clinic.evidence.for_plan import evidence_for
from daybreak.clinic.planning import drawings, queries, services
from daybreak.clinic.planning.expectation import expect
from daybreak.clinic.planning.forms import PlanForm, SignPlanForm
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.proposal import PlanRefusal, Proposal, jurisdiction_of, proposal_of
from daybreak.clinic.planning.sources import cited
from daybreak.clinic.record import writes
from daybreak.clinic.record.models import Course, PatientFact, User
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner
from daybreak.clinic.record.refusals import Refusal
from daybreak.pharmacology.body import KineticsError
from daybreak.treatment.dose_templates import templates
from daybreak.treatment.dosing import PAST_START


@course_page(Permission.PLAN_READ, opening="plan")
def plan(request: HttpRequest, course: Course) -> HttpResponse:
    """The newest version or the one asked for; the form where there is none or a change is wanted."""
    versions = queries.versions(course, drafts=request.user.allows(Permission.PLAN_DRAFT_READ))
    asked = request.GET.get("version")
    shown = next((each for each in versions if asked in (None, str(each.version))), None)
    if request.user.allows(Permission.PLAN_WRITE) and (not versions or "change" in request.GET):
        facts = queries.facts_on_file(course.patient)
        newest, words = (versions[0] if versions else None), request.GET.get("text", "")
        return _writing(request, course, PlanForm.of(newest, words=words, course=course, facts=facts))
    if shown is None:
        return _page(request, course, "planning/none.html", status=404 if asked else 200, asked=asked)
    return _reading(request, course, shown, versions)


def _reading(
    request: HttpRequest,
    course: Course,
    shown: Plan,
    versions: Sequence[Plan],
    *,
    sign_form: SignPlanForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_not_sign = services.may_not_sign(shown, request.user)
    facts = queries.facts_on_file(course.patient)
    weight = queries.weight_among(facts)
    taken = queries.medicines_taken(facts, shown.other_medicines)
    proposal = queries.with_medicines(proposal_of(shown), taken)
    return _page(
        request,
        course,
        "planning/plan.html",
        status=status,
        plan=shown,
        versions=versions,
        weight=weight,
        other_weight=weight if weight and weight.kg != shown.weight_kg else None,
        weight_reason=shown.reasons.get(queries.WEIGHT_CHANGE),
        start_reason=shown.reasons.get(PAST_START),
        may_not_sign=may_not_sign,
        lacking=services.lacks(shown),
        sign_form=sign_form or SignPlanForm(),
        statement="" if may_not_sign else services.statement(shown, request.user),
        held_conditions=queries.held_conditions(proposal, taken),
        outlook_address=_outlook_address(course, version=shown.version),
        not_screened=queries.not_what_was_screened(course, shown.regimen) if shown == versions[0] else None,
        **_shown(facts, proposal, request.user, review_on=shown.review_on, answers=shown.reasons),
    )


@course_page(Permission.PLAN_WRITE)
@require_POST
def plan_preview(request: HttpRequest, course: Course) -> HttpResponse:
    """The form with what it was understood to say. Nothing is saved. The page takes its live parts from here."""
    data = request.POST.copy()
    chosen = next((each for each in templates(course.indication) if each.id == data.get("template")), None)
    if chosen:
        data["text"] = chosen.text
    form = PlanForm(data, course=course, facts=queries.facts_on_file(course.patient))
    form.is_valid()
    return _writing(request, course, form)


@course_page(Permission.PLAN_WRITE)
@require_POST
def plan_save(request: HttpRequest, course: Course) -> HttpResponse:
    """Save what was written as a new version."""
    form = PlanForm(request.POST, course=course, facts=queries.facts_on_file(course.patient))
    status = Refusal.status
    if form.is_valid():
        try:
            _save(request, course, form)
        except Refusal as refusal:
            form.refuse(refusal)
            status = refusal.status
        else:
            messages.info(request, "The plan is saved. It is in force once a prescriber has signed it.")
            return redirect("plan", course.pk)
    return _writing(request, course, form, status=status, unsaved=True)


def _save(request: HttpRequest, course: Course, form: PlanForm) -> None:
    who, written = actor(request), form.written
    write_id, measured_kg = form.cleaned_data["write_id"], form.cleaned_data["weight_kg"]

    def save() -> None:
        # The plan first: it holds the weight against the one on file before.
        services.draft_plan(course, actor=who, weight_kg=form.used_weight_kg, plan_id=write_id, **written)
        if measured_kg is not None:
            services.record_weight(course.patient, measured_kg, who)

    content = {**written, "reasons": form.reasons_sent, "course": course.pk, "measured_kg": measured_kg}
    writes.once(write_id, "plan", content, who, save)


@course_page(Permission.PLAN_SIGN)
@require_POST
def plan_sign(request: HttpRequest, course: Course) -> HttpResponse:
    """A prescriber signs the version they read."""
    form = SignPlanForm(request.POST)
    if not form.is_valid():
        raise Refusal("Open the plan again and sign it there. Nothing was signed.")
    who, write_id = actor(request), form.cleaned_data["write_id"]
    chosen = get_object_or_404(
        Plan.objects.select_related("course__patient__site"), pk=form.cleaned_data["plan"], course=course
    )
    reason = form.cleaned_data["reason"]
    try:
        writes.once(
            write_id,
            "plan signature",
            {"plan": chosen.pk, "reason": reason},
            who,
            lambda: services.sign_plan(chosen, who, reason=reason, signature_id=write_id),
        )
    except PlanRefusal as refusal:
        form.add_error("reason", refusal.by_field["reason"])
        return _reading(request, course, chosen, queries.versions(course), sign_form=form, status=refusal.status)
    messages.info(request, f"Version {chosen.version} of the plan is signed.")
    return redirect("plan", course.pk)


def _writing(
    request: HttpRequest, course: Course, form: PlanForm, *, status: int = 200, unsaved: bool = False
) -> HttpResponse:
    jurisdiction = jurisdiction_of(course.patient.site.jurisdiction)
    context: dict[str, Any] = {
        "form": form,
        "unsaved": unsaved,
        "weight": form.weight,
        "templates": templates(course.indication, jurisdiction=jurisdiction),
    }
    if form.proposal:
        taken = queries.medicines_taken(form.facts, form["other_medicines"].value() or "")
        proposal = queries.with_medicines(form.proposal, taken)
        context["held_conditions"] = queries.held_conditions(proposal, taken)
        context["not_screened"] = queries.not_what_was_screened(course, proposal.regimen)
        context |= _shown(form.facts, proposal, request.user, review_on=form.review_day, answers=form.reason_fields)
        said = {"text": proposal.text, "weight_kg": proposal.weight_kg, "first_day": proposal.first_day}
        if proposal.medicines:
            said["medicines"] = ", ".join(proposal.known_medicines)
        context["outlook_address"] = _outlook_address(course, **said, writing="on")
    return _page(request, course, "planning/write.html", status=status, **context)


def _shown(
    facts: Sequence[PatientFact],
    proposal: Proposal,
    user: User,
    *,
    review_on: date | None,
    answers: Mapping[str, object],
) -> dict[str, Any]:
    """What both pages show of a proposal. `answers` to the remarks, by their id: reasons, or fields for them."""
    calendar = drawings.calendar(proposal, review_on)
    shown: dict[str, Any] = {
        "proposal": proposal,
        "weights": queries.weights(facts, proposal),
        "doses_in_mg": drawings.doses_in_mg(proposal),
        "calendar": charts.render_calendar(calendar, key="calendar"),
        "remarks": [(remark, answers.get(remark.id)) for remark in proposal.remarks],
    }
    if user.allows(Permission.EVIDENCE_READ):
        shown["evidence"] = evidence_for(user.site, proposal.indication_id, proposal.regimen)
    if not user.allows(Permission.MODEL_READ):
        return {**shown, "cited": cited(proposal, None)}
    try:
        expected = expect(proposal)
    except KineticsError as error:
        return {**shown, "cited": cited(proposal, None), "not_expected": str(error)}
    chart = drawings.concentration(expected)
    return {
        **shown,
        "cited": cited(proposal, expected),
        "expected": expected,
        "expected_summary": drawings.summary(expected),
        "concentration": charts.render(chart, key="concentration"),
        "concentration_table": charts.table(chart),
    }


def _outlook_address(course: Course, **asked: object) -> str:
    """Where the slow part of what to expect is computed, for a version or for words that were not saved."""
    known = {name: value for name, value in asked.items() if value is not None}
    return f"{reverse('plan_outlook', args=[course.pk])}?{urlencode(known)}"


def _page(request: HttpRequest, course: Course, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    shared = {"course": course, "banner": banner(course), "here": "plan"}
    return render(request, template, {**shared, **context}, status=status)
