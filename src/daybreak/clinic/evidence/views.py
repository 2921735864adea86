"""Pages of the evidence: a question and its answer, the trials behind it, harms."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from daybreak.clinic.evidence import answers, queries
from daybreak.clinic.evidence.asking import QuestionForm, active_words, usual, usual_address
from daybreak.clinic.evidence.editions import Edition, current_edition
from daybreak.clinic.evidence.forms import HarmsForm, TrialsForm
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.evidence.harms import KINDS, known_harms
from daybreak.evidence.onset import main_outcome
from daybreak.evidence.trials import evidence_indications, outcomes

TRIALS_ON_A_PAGE = 25


@requires(Permission.EVIDENCE_READ)
def evidence(request: HttpRequest) -> HttpResponse:
    """What the trials found for one question; a usual one where nothing was asked."""
    edition = current_edition(request.user.site)
    form = QuestionForm(request.GET, edition=edition)
    if not form.is_valid():
        return _page(request, "evidence/evidence.html", edition, status=422, form=form)
    asked = form.cleaned_data["asked"]
    indication = asked.question.indication
    onset, no_onset = answers.computed(lambda: answers.onset_picture(edition, indication))
    changes, no_changes = answers.computed(lambda: answers.changes_in_words(edition, asked))
    return _page(
        request,
        "evidence/evidence.html",
        edition,
        form=form,
        asked=asked,
        shown=answers.show(edition, asked),
        nearby=answers.nearby(edition, asked),
        measured=answers.measured(edition, indication),
        onset=onset,
        no_onset=no_onset,
        onset_outcome=outcomes()[main_outcome(indication)].name,
        indication=evidence_indications()[indication],
        usual_address="" if asked.question == usual(edition, indication) else usual_address(indication),
        changes=changes,
        no_changes=no_changes,
    )


@requires(Permission.EVIDENCE_READ)
def evidence_trials(request: HttpRequest) -> HttpResponse:
    """Every trial, found by words and kind."""
    edition = current_edition(request.user.site)
    form = TrialsForm(request.GET, edition=edition)
    found = queries.find_trials(edition, form.cleaned_data) if form.is_valid() else []
    page = Paginator([queries.in_a_line(edition, trial) for trial in found], TRIALS_ON_A_PAGE)
    status = 200 if form.is_valid() else 422
    context = {"form": form, "page": page.get_page(request.GET.get("page")), "all": len(edition.data.trials)}
    return _page(request, "evidence/trials.html", edition, status=status, **context)


@requires(Permission.EVIDENCE_READ)
def evidence_trial(request: HttpRequest, trial_id: str) -> HttpResponse:
    """One trial: its arms, its numbers with source and status, and what is missing."""
    edition = current_edition(request.user.site)
    found = queries.trial_page(edition, trial_id)
    if found is None:
        return _page(request, "evidence/no_trial.html", edition, status=404, asked=trial_id)
    return _page(request, "evidence/trial.html", edition, found=found, trial=found.trial)


@requires(Permission.EVIDENCE_READ)
def evidence_harms(request: HttpRequest) -> HttpResponse:
    """Harms and the long run, each with how many people and for how long."""
    edition = current_edition(request.user.site)
    form = HarmsForm(request.GET, edition=edition)
    if not form.is_valid():
        return _page(request, "evidence/harms.html", edition, status=422, form=form)
    told = form.cleaned_data
    known = known_harms(drug=told["drug"], route=told["route"])
    counted, not_counted = answers.computed(
        lambda: answers.harms_counted(edition, told["indication"], told["drug"], told["route"])
    )
    return _page(
        request,
        "evidence/harms.html",
        edition,
        form=form,
        known=[(KINDS[kind], found) for kind, found in known.items()],
        counted=counted,
        not_counted=not_counted,
        indication=evidence_indications()[told["indication"]],
        active=active_words(f"{told['drug']}/{told['route']}"),
    )


def _page(
    request: HttpRequest, template: str, edition: Edition, *, status: int = 200, **context: object
) -> HttpResponse:
    return render(request, template, {"data_version": edition.version, "edition": edition, **context}, status=status)
