"""Pages of living evidence: what was proposed, proposing, checking."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from daybreak.clinic.evidence import proposed, queries, services
from daybreak.clinic.evidence.editions import current_edition
from daybreak.clinic.evidence.forms import CorrectionForm, DecisionForm, FilesForm, NewTrialForm, ProposalForm
from daybreak.clinic.evidence.models import Proposal
from daybreak.clinic.record import writes
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.evidence.reading import Refused

PROPOSALS_ON_A_PAGE = 25
ROWS_ON_A_PAGE = 50

# Set by the upload handler of the web room when a body was too long to be read.
TOO_LARGE = "daybreak.upload_too_large"


@requires(Permission.EVIDENCE_READ)
def evidence_proposals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and what was decided."""
    edition = current_edition(request.user.site)
    page = Paginator(queries.proposals(request.user.site), PROPOSALS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "data_version": edition.version, "left_out": edition.data.refused}
    return render(request, "evidence/proposals.html", context)


@requires(Permission.EVIDENCE_READ)
def evidence_proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """One proposal: its rows, what it changes, and the decision."""
    return _proposal(request, _found(request, proposal_id), DecisionForm())


@requires(Permission.EVIDENCE_CHECK)
@require_POST
def evidence_decide(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """A second person accepts or refuses."""
    proposal, form = _found(request, proposal_id), DecisionForm(request.POST)
    if not form.is_valid():
        return _proposal(request, proposal, form, status=422)
    told, who = form.cleaned_data, actor(request)
    accepted = told["decision"] == "accept"
    try:
        writes.once(
            told["write_id"],
            "evidence decision",
            {"proposal": proposal.pk, "accepted": accepted, "reason": told["reason"]},
            who,
            lambda: services.decide(
                proposal, who, accepted=accepted, reason=told["reason"], decision_id=told["write_id"]
            ),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _proposal(request, _found(request, proposal_id), form, status=refusal.status)
    messages.info(
        request,
        f"Accepted. The data are now {current_edition(request.user.site).version}." if accepted else "Refused.",
    )
    return redirect("evidence_proposal", proposal.pk)


@requires(Permission.EVIDENCE_PROPOSE)
def evidence_propose_files(request: HttpRequest) -> HttpResponse:
    """Rows as CSV files."""
    form = FilesForm(request.POST or None, request.FILES or None)
    size = request.META.get(TOO_LARGE)
    if size:
        form = FilesForm({})
        form.errors.clear()
        form.add_error(None, f"The files have about {size / 1e6:,.0f} MB; a table may have 1 MB. Nothing was read.")
    elif request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        texts = {table: told[table] for table in ("trials", "arms", "results") if told[table]}
        answer = _proposed(request, form, texts, told["title"])
        if isinstance(answer, HttpResponse):
            return answer
        return _form(request, "evidence/propose_files.html", form, refused=answer)
    return _form(request, "evidence/propose_files.html", form)


@requires(Permission.EVIDENCE_PROPOSE)
def evidence_propose_trial(request: HttpRequest) -> HttpResponse:
    """A trial, typed."""
    form = NewTrialForm(request.POST or None, edition=current_edition(request.user.site))
    if request.method == "POST" and form.is_valid():
        title = f"New trial: {form.cleaned_data['label']}"
        answer = _proposed(request, form, services.texts_of(form.rows), title, whole=True)
        if isinstance(answer, HttpResponse):
            return answer
        form.place(answer)
    return _form(request, "evidence/propose_trial.html", form)


@requires(Permission.EVIDENCE_PROPOSE)
def evidence_correct(request: HttpRequest, result_id: str) -> HttpResponse:
    """One number of the data, put right or put in doubt."""
    data = current_edition(request.user.site).data
    row = next((each for each in data.results if each.id == result_id), None)
    if row is None:
        raise Http404
    form = CorrectionForm(request.POST or None, row=row)
    trial = data.trials[row.trial]
    if request.method == "POST" and form.is_valid():
        if form.changes_nothing and not form.is_kept:
            form.add_error(None, "Nothing was changed, so there is nothing to propose.")
        else:
            title = f"Correction: {trial.label[:100]}, {row.id}"
            answer = _proposed(request, form, services.texts_of(form.rows), title, whole=True)
            if isinstance(answer, HttpResponse):
                return answer
            form.place(answer)
    context = {"row": row, "trial": trial, "arm": data.arms[row.trial, row.arm]}
    return _form(request, "evidence/correct.html", form, **context)


def _proposed(
    request: HttpRequest, form: ProposalForm, texts: Mapping[str, str], title: str, *, whole: bool = False
) -> HttpResponse | tuple[Refused, ...]:
    """Save a proposal and lead to it; else the refused rows, with the sentence already at the form.

    `whole`: what was typed belongs together, so one refused row refuses all of it.
    """
    told, who, site = form.cleaned_data, actor(request), request.user.site
    try:
        writes.once(
            told["write_id"],
            "evidence proposal",
            {"title": title, "reason": told["reason"], **texts},
            who,
            lambda: services.propose(
                site, texts, who, title=title, reason=told["reason"], proposal_id=told["write_id"], whole=whole
            ),
        )
    except services.NothingLeft as nothing:
        if not whole:
            form.refuse(nothing)
        return nothing.refused
    except Refusal as refusal:
        form.refuse(refusal)
        return ()
    messages.info(request, "Proposed. It changes nothing until a second person has held it against its source.")
    return redirect("evidence_proposal", told["write_id"])


def _found(request: HttpRequest, proposal_id: UUID) -> Proposal:
    return get_object_or_404(queries.proposals(request.user.site).select_related("site"), pk=proposal_id)


def _proposal(request: HttpRequest, proposal: Proposal, form: DecisionForm, *, status: int = 200) -> HttpResponse:
    rows, refused = proposed.rows(proposal), proposal.refused
    # Rows taken and rows not taken go on together from page to page.
    page = Paginator(range(max(len(rows), len(refused))), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = slice(page.start_index() - 1, page.end_index()) if page.object_list else slice(0)
    context: dict[str, Any] = {
        "proposal": proposal,
        "page": page,
        "rows": rows[shown],
        "rows_count": len(rows),
        "refused": refused[shown],
        "refused_count": len(refused),
        "most_questions": proposed.MOST_QUESTIONS,
        "consequences": proposed.consequences(proposal),
        "may_not_decide": services.may_not_decide(proposal, request.user),
        "form": form,
    }
    return render(request, "evidence/proposal.html", context, status=status)


def _form(request: HttpRequest, template: str, form: ProposalForm, **context: Any) -> HttpResponse:
    status = form.status if form.is_bound and form.errors else 200
    refused = context.get("refused") or ()
    context |= {"refused": refused[:ROWS_ON_A_PAGE], "refused_count": len(refused)}
    return render(request, template, {"form": form, **context}, status=status)
