"""What to expect of a plan, and what else there is: parts that load after the plan's page, and pages without script."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from daybreak import charts
from daybreak.clinic.planning import alternatives, baselines, outlook, outlook_drawings, pain_drawings, queries
from daybreak.clinic.planning.baselines import Baseline
from daybreak.clinic.planning.models import USUAL_CONCENTRATION_MG_PER_ML, Plan
from daybreak.clinic.planning.proposal import PlanRefusal, Proposal, proposal_of, propose
from daybreak.clinic.record.models import Course, PatientFact
from daybreak.clinic.record.own_limits import own_limits
from daybreak.clinic.record.pages import course_page
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner
from daybreak.clinic.record.refusals import NotYours
from daybreak.pharmacology.response.course import HIGHEST_SCORE, weeks_studied
from daybreak.pharmacology.response.pain import HIGHEST_PAIN, WEEKS_OF_PAIN
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import instrument
from daybreak.treatment.limits import limits_with

_REGIMEN = ("version", "text", "weight_kg", "first_day", "medicines")
_SCORES = ("madrs", "pain")
Facts = Sequence[PatientFact]


class OutlookForm(forms.Form):
    """What to look ahead for: a saved version, or words that were not saved, and a score before the first dose.

    `medicines` are those that words not saved say go on.
    """

    version = forms.IntegerField(required=False, min_value=1)
    text = forms.CharField(required=False, max_length=2000)
    weight_kg = forms.FloatField(required=False)
    first_day = forms.DateField(required=False)
    medicines = forms.CharField(required=False, max_length=500)
    madrs = forms.FloatField(
        label="MADRS before the first dose, if it was rated",
        required=False,
        min_value=1,
        max_value=HIGHEST_SCORE,
        widget=forms.NumberInput(attrs={"min": 1, "max": 60, "step": "1", "inputmode": "numeric"}),
        error_messages={
            "invalid": "Write the MADRS total as a number.",
            "min_value": "%(show_value)s is not a MADRS total before treatment. Write 1 to 60.",
            "max_value": "%(show_value)s is not a MADRS total. Write 1 to 60.",
        },
    )
    pain = forms.FloatField(
        label="Pain before the first dose, 0 to 10",
        required=False,
        min_value=1,
        max_value=HIGHEST_PAIN,
        widget=forms.NumberInput(attrs={"min": 1, "max": 10, "step": "1", "inputmode": "numeric"}),
        error_messages={
            "invalid": "Write the pain as a number from 1 to 10.",
            "min_value": "%(show_value)s is no pain to treat. Write 1 to 10.",
            "max_value": "%(show_value)s is not a pain from 0 to 10. Write 1 to 10.",
        },
    )
    writing = forms.BooleanField(required=False)  # asked for by the form of a plan that is being written


@course_page(Permission.PLAN_READ, opening="plan")
def plan_outlook(request: HttpRequest, course: Course) -> HttpResponse:
    """What the model expects of a plan for this person."""
    _require_model(request)
    facts = queries.facts_on_file(course.patient)
    form, proposal, sentence = _asked(request, course, facts)
    if proposal is None:
        return _answer(request, course, "outlook", {"sentence": sentence, "form": form}, status=422)
    own = own_limits(course.patient.site)
    expected = outlook.look_ahead(
        proposal,
        outlook.pressure_among(facts),
        madrs=_baseline(form, "madrs", baselines.MADRS, facts, proposal),
        pain=_baseline(form, "pain", baselines.PAIN, facts, proposal) if proposal.is_for_pain else None,
        own=own,
    )
    context: dict[str, Any] = {
        "form": form,
        "score": form["pain" if proposal.is_for_pain else "madrs"],
        "pain_can_be_drawn": proposal.indication_id in WEEKS_OF_PAIN,
        "asked": _query(form),
        "outlook": expected,
        "proposal": proposal,
        "chances": outlook_drawings.chance_rows(expected),
        "people": outlook.PEOPLE,
        "futures": outlook.FUTURES,
        "weeks_studied": weeks_studied(),
        "trials": outlook.trials_fitted() if expected.course else (),
        "models": outlook.fitted_models(expected),
        "followed_with": _instrument(course),
        "kept": {name: request.GET[name] for name in _REGIMEN if request.GET.get(name)},
    }
    if expected.day and expected.pressure:
        pressure = outlook_drawings.pressure(expected.day, expected.pressure, limits_with(own))
        context["pressure"] = _drawn(pressure, "pressure")
        context["dissociation"] = _drawn(outlook_drawings.dissociation(expected.day), "dissociation")
        context["crossings"] = outlook_drawings.crossing_words(expected.day)
        context["readings"] = int((expected.day.times_h > 0).sum())
    if expected.course:
        context["symptoms"] = _drawn(outlook_drawings.symptoms(expected, expected.course), "symptoms")
    if expected.pain_course:
        context["pain"] = _drawn(pain_drawings.pain(expected.proposal, expected.pain_course), "pain")
    return _answer(request, course, "outlook", context, status=422 if form.errors else 200)


@course_page(Permission.PLAN_READ, opening="plan")
def plan_beside(request: HttpRequest, course: Course) -> HttpResponse:
    """This plan beside other regimens for the same person."""
    _require_model(request)
    form, proposal, sentence = _asked(request, course, queries.facts_on_file(course.patient))
    if proposal is None:
        return _answer(request, course, "beside", {"sentence": sentence, "form": form}, status=422)
    columns = alternatives.side_by_side(proposal)
    context = {
        "columns": columns, "together": alternatives.compared(columns), "writing": form.cleaned_data["writing"],
        "no_course": alternatives.no_course_for_any(columns),
    }  # fmt: skip
    return _answer(request, course, "beside", context)


def _require_model(request: HttpRequest) -> None:
    """Raises NotYours where the model is not for this user."""
    if not request.user.allows(Permission.MODEL_READ):
        raise NotYours("What the model expects is shown to prescribers, nurses and the medical director.")


def _asked(request: HttpRequest, course: Course, facts: Facts) -> tuple[OutlookForm, Proposal | None, str]:
    """The form, and what it asks about or why that cannot be."""
    form = OutlookForm(request.GET)
    form.is_valid()
    said = form.cleaned_data
    wrong = [error for name, errors in form.errors.items() if name not in _SCORES for error in errors]
    if wrong:
        return form, None, " ".join(wrong)
    if not said.get("text"):
        plans = Plan.objects.filter(course=course).select_related("course__patient")
        newest = plans.order_by("-version").first()
        plan = get_object_or_404(plans, version=said["version"]) if said.get("version") else newest
        if plan is None:
            return form, None, "No plan is saved for this course yet."
        taken = queries.medicines_taken(facts, plan.other_medicines)
        return form, queries.with_medicines(proposal_of(plan), taken), ""
    on_file = queries.weight_among(facts)
    weight_kg = said.get("weight_kg") or (on_file.kg if on_file else None)
    try:
        proposal = propose(
            course,
            said["text"],
            said.get("first_day") or timezone.localdate(),
            weight_kg=weight_kg,
            concentration_mg_per_ml=USUAL_CONCENTRATION_MG_PER_ML,
        )
    except PlanRefusal as refusal:
        return form, None, str(refusal)
    taken = (*queries.medicines_taken(facts, ""), said["medicines"])
    return form, queries.with_medicines(proposal, taken), ""


def _baseline(
    form: OutlookForm, field: str, codes: tuple[str, ...], facts: Facts, proposal: Proposal
) -> Baseline | None:
    """The score somebody wrote to draw with, else the one on file."""
    written = form.cleaned_data.get(field)
    return Baseline(written) if written else baselines.score_among(facts, codes, proposal.first_day)


def _query(form: OutlookForm) -> str:
    """The same question again, for the part that comes after this one."""
    return urlencode({name: value for name, value in form.data.items() if value and name not in _SCORES})


def _drawn(chart: charts.Chart, key: str) -> dict[str, Any]:
    return {"svg": charts.render(chart, key=key), "table": charts.table(chart), "says": chart.description}


def _instrument(course: Course) -> str | None:
    name = indication(course.indication).instrument
    return instrument(name).short_name if name else None


def _answer(
    request: HttpRequest, course: Course, part: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The part alone for the page that asks for it, else a page of its own."""
    shared = {"course": course, "part": f"planning/{part}.html", **context}
    if request.htmx:
        return render(request, shared["part"], shared, status=200)  # a sentence, shown where the part would be
    return render(
        request, "planning/outlook_page.html", {**shared, "banner": banner(course), "here": "plan"}, status=status
    )
