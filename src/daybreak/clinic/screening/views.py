"""Pages of screening."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from daybreak.clinic.record import writes
from daybreak.clinic.record.models import Course
from daybreak.clinic.record.pages import actor, course_page
from daybreak.clinic.record.permissions import Permission
from daybreak.clinic.record.queries import banner
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.screening import queries, services, table
from daybreak.clinic.screening.forms import (
    AllergiesForm,
    AnswerForm,
    AnswersForm,
    DecisionForm,
    MeasureForm,
    RequestForm,
    TrialForm,
    reason_field,
)
from daybreak.clinic.screening.models import AntidepressantTrial
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Effect, State, refusals
from daybreak.treatment.patient_facts import Setting
from daybreak.treatment.resistance import assess_resistance, definition_in


@course_page(Permission.SCREENING_READ, opening="screening")
def screening(request: HttpRequest, course: Course) -> HttpResponse:
    """What the rules find, what is missing, and the decision."""
    return _page(request, course)


def _page(
    request: HttpRequest, course: Course, *, typed: Mapping[str, str] | None = None, **forms_in_error: Any
) -> HttpResponse:
    """The page, with what was typed where something was not saved."""
    found = queries.review(course)
    treatment = found.request
    decisions = list(queries.decisions(course))
    stands = table.in_the_way(found)
    context = {
        "course": course,
        "banner": banner(course),
        "here": "screening",
        "review": found,
        "counts": table.counts(found),
        "stands": stands,
        "groups": table.groups(found, typed or {}),
        "only_open": request.GET.get("only") == "open" or request.POST.get("only") == "open",
        "resistance": _resistance(found),
        "antidepressants_listed": queries.antidepressants_listed(found),
        "decisions": decisions,
        "request_form": RequestForm(
            auto_id="treatment-%s",
            initial={"treatment": f"{treatment.drug} {treatment.route}", "setting": treatment.setting},
        ),
        "measure_form": MeasureForm(auto_id="measure-%s"),
        "allergies_form": AllergiesForm(auto_id="allergies-%s"),
        "trial_form": _trial_form(request.GET.get("trial"), found),
        "decision_form": _decision_form(None, found),
    } | forms_in_error
    return render(request, "screening/screening.html", context, status=422 if forms_in_error else 200)


def _resistance(found: queries.Review) -> Any:
    """The antidepressants weighed one by one, where they matter here or some are recorded."""
    applies = any(
        queries.rules()[one.rule_id].evaluator == "resistance" and one.state is not State.NOT_APPLICABLE
        for one in found.findings
    )
    if not applies and not found.trials:
        return None
    definition = definition_in(found.request.jurisdiction)
    weighed = assess_resistance(found.facts.trials, definition, episode_severity=found.facts.episode_severity)
    return {"definition": definition, "found": weighed, "trials": list(zip(found.trials, weighed.trials, strict=True))}


def _trial_form(wanted: str | None, found: queries.Review) -> TrialForm | None:
    """The form for a new trial, or for the one whose id is wanted; none until somebody asks for it."""
    corrects = next((trial for trial in found.trials if str(trial.pk) == wanted), None)
    return TrialForm(auto_id="trial-%s", corrects=corrects) if corrects or wanted == "new" else None


def _decision_form(data: Mapping[str, Any] | None, found: queries.Review) -> DecisionForm:
    need_reason = [finding for finding in refusals(found.findings) if finding.effect is Effect.REASON]
    return DecisionForm(data, auto_id="decision-%s", need_reason=need_reason, initial={"read": found.fingerprint})


def _saved(
    request: HttpRequest, form: forms.Form, kind: str, content: Mapping[str, Any], do: Callable[[], object]
) -> bool:
    """Carry out the write of a form once. A refusal becomes an error of the form."""
    try:
        writes.once(form.cleaned_data["write_id"], kind, content, actor(request), do)
    except WriteConflict:
        raise
    except services.DecisionRefused as refusal:
        for problem in refusal.problems:
            field = problem.about if problem.about in form.fields else reason_field(problem.about)
            form.add_error(field, problem.sentence)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    return not form.errors


def _back(course: Course, part: str, form: forms.Form, **query: str) -> HttpResponse:
    """Back to the page, with the id of what is saved: what the tab kept of it (`record/kept.js`) may go."""
    said = urlencode(query | {"saved": form.cleaned_data["write_id"]})
    return redirect(f"{reverse('screening', args=[course.pk])}?{said}#{part}")


@course_page(Permission.SCREENING_DECIDE)
@require_POST
def screening_request(request: HttpRequest, course: Course) -> HttpResponse:
    """Choose the treatment that is considered."""
    form = RequestForm(request.POST, auto_id="treatment-%s")
    if form.is_valid():
        said, who = form.cleaned_data, actor(request)
        drug, route = form.drug_and_route
        content = {"course": course.pk, "treatment": said["treatment"], "setting": said["setting"]}
        if _saved(request, form, "treatment considered", content, lambda: _consider(course, drug, route, said, who)):
            return _back(course, "main", form)
    return _page(request, course, request_form=form)


def _consider(course: Course, drug: Drug, route: Route, said: Mapping[str, Any], who: Any) -> None:
    services.consider(course, drug, route, who, request_id=said["write_id"], setting=Setting(said["setting"]))


@course_page(Permission.SCREENING_ANSWER)
@require_POST
def screening_answers(request: HttpRequest, course: Course) -> HttpResponse:
    """Keep every answer that was picked: all of them or none."""
    picked = [rule_id for rule_id in queries.rules() if table.unsaved(request.POST, rule_id) != table.NOTHING]
    try:
        form = AnswersForm(request.POST)
        if not picked or not form.is_valid():
            raise Refusal("No answer was picked. Pick one, then save.")
        with transaction.atomic():
            for rule_id in picked:
                _answer(request, course, rule_id, form.answer_id(rule_id))
    except WriteConflict:
        raise
    except AnswerRefused as refusal:
        return _page(request, course, answers_refused=str(refusal), refused_at=refusal.rule_id, typed=request.POST)
    except Refusal as refusal:
        return _page(request, course, answers_refused=str(refusal), typed=request.POST)
    messages.info(request, f"{len(picked)} answer{'s are' if len(picked) > 1 else ' is'} in the record.")
    only_open = {"only": "open"} if request.POST.get("only") == "open" else {}
    return _back(course, _next_open(course, picked), form, **only_open)


class AnswerRefused(Refusal):
    """An answer that was not kept, with the rule it is about: the page leads there."""

    def __init__(self, rule_id: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule_id = rule_id


def _answer(request: HttpRequest, course: Course, rule_id: str, answer_id: UUID) -> None:
    form = AnswerForm(request.POST, prefix=rule_id)
    if not form.is_valid():
        sentence = next(iter(form.errors.values()))[0]
        raise AnswerRefused(rule_id, f"The answer to {rule_id} was not complete: {sentence}")
    said, who = form.cleaned_data, actor(request)
    content = {"course": course.pk, "rule": rule_id, **{name: said[name] for name in ("value", "note", "on")}}
    try:
        writes.once(
            answer_id, "screening answer", content, who,
            lambda: services.answer(course, rule_id, said["value"], said["note"], who, answer_id=answer_id, at=form.at),
        )  # fmt: skip
    except WriteConflict:
        raise
    except Refusal as refusal:
        raise AnswerRefused(rule_id, str(refusal)) from refusal


def _next_open(course: Course, picked: list[str]) -> str:
    """The row after the last answered one where something is still open: there the reader goes on."""
    groups = table.groups(queries.review(course), {})
    rows = [row for group in groups for row in group.rows]
    places = [place for place, row in enumerate(rows) if row.finding.rule_id in picked]
    after = rows[max(places, default=-1) + 1 :]
    return next((row.finding.rule_id for row in after if row.asks), "findings")


@course_page(Permission.SCREENING_ANSWER)
@require_POST
def screening_vitals(request: HttpRequest, course: Course) -> HttpResponse:
    """Keep what was measured."""
    form = MeasureForm(request.POST, auto_id="measure-%s")
    if form.is_valid():
        who, at, entry_id = actor(request), form.cleaned_data["at"], form.cleaned_data["write_id"]
        content = {"course": course.pk, "at": at, **form.values}
        if _saved(
            request, form, "screening measurements", content,
            lambda: services.record_vitals(course, form.values, who, entry_id=entry_id, at=at),
        ):  # fmt: skip
            return _back(course, "measure", form)
    return _page(request, course, measure_form=form)


@course_page(Permission.SCREENING_ANSWER)
@require_POST
def screening_allergies(request: HttpRequest, course: Course) -> HttpResponse:
    """Keep allergies, or that none is known."""
    form = AllergiesForm(request.POST, auto_id="allergies-%s")
    if form.is_valid():
        who, entry_id = actor(request), form.cleaned_data["write_id"]
        if _saved(
            request, form, "allergies", {"course": course.pk, "names": form.listed},
            lambda: services.record_allergies(course, form.listed, who, entry_id=entry_id),
        ):  # fmt: skip
            return _back(course, "allergies", form)
    return _page(request, course, allergies_form=form)


@course_page(Permission.SCREENING_ANSWER)
@require_POST
def screening_trial(request: HttpRequest, course: Course) -> HttpResponse:
    """Keep one antidepressant as it was taken, or correct one."""
    earlier = _corrected(request, course)
    form = TrialForm(request.POST, auto_id="trial-%s", corrects=earlier)
    if form.is_valid():
        who, said = actor(request), form.cleaned_data
        content = {"course": course.pk, "corrects": earlier and earlier.pk, "trial": said["trial"]}

        def keep() -> None:
            if earlier is None:
                services.record_trial(course, said["trial"], who, trial_id=said["write_id"])
            else:
                services.correct_trial(earlier, said["trial"], said["reason"], who, trial_id=said["write_id"])

        if _saved(request, form, "antidepressant trial", content, keep):
            return _back(course, "trials", form)
    return _page(request, course, trial_form=form)


def _corrected(request: HttpRequest, course: Course) -> AntidepressantTrial | None:
    """The trial a form corrects: None when it adds one."""
    try:
        wanted = UUID(request.POST.get("corrects", ""))
    except ValueError:
        return None
    return get_object_or_404(AntidepressantTrial, course=course, pk=wanted)


@course_page(Permission.SCREENING_DECIDE)
@require_POST
def screening_decide(request: HttpRequest, course: Course) -> HttpResponse:
    """Sign the decision."""
    form = _decision_form(request.POST, queries.review(course))
    if form.is_valid():
        said, who = form.cleaned_data, actor(request)
        content = {"course": course.pk, "reasons": form.reasons_sent} | {
            name: said[name] for name in ("outcome", "explanation", "review_on", "read")
        }
        if _saved(
            request, form, "screening decision", content,
            lambda: services.decide(
                course, said["outcome"], who, decision_id=said["write_id"], reasons=form.reasons,
                explanation=said["explanation"], review_on=said["review_on"], read=said["read"],
            ),
        ):  # fmt: skip
            messages.info(request, "The decision is signed and kept with every finding as it stands.")
            return _back(course, "decision", form)
    return _page(request, course, decision_form=form)


@course_page(Permission.SCREENING_READ, opening="screening decision")
def screening_decision(request: HttpRequest, course: Course, decision_id: UUID) -> HttpResponse:
    """One decision with every finding as it stood."""
    decision = get_object_or_404(queries.decisions(course), pk=decision_id)
    context = {
        "course": course,
        "banner": banner(course),
        "here": "screening",
        "decision": decision,
        "findings": queries.kept_findings(decision),
    }
    return render(request, "screening/decision.html", context)
