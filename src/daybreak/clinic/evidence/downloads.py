"""Downloads: the data and an answer, as CSV, JSON and RIS. Each names the version of the data."""

import json

from django.http import Http404, HttpRequest, HttpResponse

from daybreak.clinic.evidence.answers import answered, changed
from daybreak.clinic.evidence.asking import QuestionForm
from daybreak.clinic.evidence.editions import Edition, current_edition
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal
from daybreak.evidence.exporting import answer_as_csv, answer_as_json, trials_as_ris
from daybreak.evidence.rows import tables, to_csv

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "ris": "application/x-research-info-systems; charset=utf-8",
}


@requires(Permission.EVIDENCE_READ)
def evidence_data(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """A table of the data as CSV, or all of it as JSON, or its trials as RIS."""
    edition = current_edition(request.user.site)
    data = edition.data
    if kind == "csv" and name in ("trials", "arms", "results"):
        return _file(edition, name, kind, to_csv(tables(data)[name]))
    if (name, kind) == ("data", "json"):
        whole = {"data_version": data.version, **tables(data)}
        return _file(edition, name, kind, json.dumps(whole, ensure_ascii=False, indent=1))
    if (name, kind) == ("trials", "ris"):
        return _file(edition, name, kind, trials_as_ris(data.trials.values()))
    raise Http404


@requires(Permission.EVIDENCE_READ)
def evidence_result(request: HttpRequest, kind: str) -> HttpResponse:
    """The answer to the question in the address."""
    edition = current_edition(request.user.site)
    form = QuestionForm(request.GET, edition=edition)
    if not form.is_valid():
        raise Refusal(" ".join(str(error) for errors in form.errors.values() for error in errors))
    asked = form.cleaned_data["asked"]
    try:
        found, since = answered(edition, asked.question, asked.method), changed(edition, asked)
    except (ValueError, ArithmeticError) as error:
        raise Refusal(f"The numbers could not be pooled: {error} Try another method.") from error
    text = {
        "csv": answer_as_csv,
        "json": lambda answer: answer_as_json(answer, since),
        "ris": lambda answer: trials_as_ris([each.trial for each in answer.comparisons]),
    }.get(kind)
    if text is None:
        raise Http404
    return _file(edition, "result", kind, text(found))


def _file(edition: Edition, name: str, kind: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=_TYPES[kind])
    version = edition.version.replace("+", "-")
    response["Content-Disposition"] = f'attachment; filename="daybreak-{name}-{version}.{kind}"'
    return response
