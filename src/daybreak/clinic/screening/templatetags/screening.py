"""The parts of a finding's row that are the same for everybody: made once for each rule, since a page has sixty."""

from dataclasses import dataclass
from functools import cache

from django import forms, template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from daybreak.clinic.record.models import PatientFact
from daybreak.clinic.record.templatetags.daybreak import stated
from daybreak.clinic.screening.answers import PREGNANCY, Choices
from daybreak.clinic.screening.facts import NOT_SAID
from daybreak.clinic.screening.table import NOTHING, Row, Unsaved
from daybreak.treatment.findings import Effect, Finding, Verdict
from daybreak.treatment.sources import Provenance

register = template.Library()


# The shape beside each word.
_SHAPES = {
    Verdict.AGAINST: ("not-met", "cross"),
    Verdict.TO_BE_WEIGHED: ("weigh", "watch"),
    Verdict.NOTHING_AGAINST: ("met", "tick"),
    Verdict.NOT_MET: ("not-met", "cross"),
    Verdict.MET: ("met", "tick"),
    Verdict.UNKNOWN: ("unknown", "what"),
    Verdict.NOT_APPLICABLE: ("soft", "info"),
}


@register.simple_tag
def finding_state(verdict: Verdict) -> SafeString:
    """The state of a finding as it is told, with its shape."""
    css, symbol = _SHAPES[verdict]
    return stated(css, symbol, verdict)


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing a form lacks. Without a field it is about the whole."""

    sentence: str
    field_id: str = ""


@register.filter
def problems(form: forms.Form) -> list[Lacking]:
    """Everything a form lacks, in the order of the page. What is hidden and wrong has no field to go to."""
    found = [Lacking(str(sentence)) for sentence in form.non_field_errors()]
    found += [
        Lacking(f"The page was not sent whole ({one.name}). Open it again.")
        for one in form.hidden_fields()
        if one.errors
    ]
    for one in form.visible_fields():
        found += [Lacking(str(sentence), one.id_for_label) for sentence in one.errors]
    return found


@register.filter
def still_taken(medicine: PatientFact) -> str:
    """What the record says of whether a medicine is taken now, in its own word."""
    return medicine.state if medicine.state not in NOT_SAID else "not said whether it is taken now"


@register.simple_tag
def rule_and_sources(finding: Finding) -> SafeString:
    """The rule of a finding, what it does, and where it comes from."""
    return _rule_and_sources(finding.rule_id, finding.effect, finding.provenance, finding.recalled_parts)


@cache
def _rule_and_sources(rule_id: str, effect: Effect, provenance: Provenance, recalled: tuple[str, ...]) -> SafeString:
    context = {"rule_id": rule_id, "effect": effect, "provenance": provenance, "recalled": recalled}
    return render_to_string("screening/rule.html", context | {"sources": provenance.sources})


@register.simple_tag
def answer_controls(row: Row) -> SafeString:
    """The question of a rule with its answers, and what was picked and not saved."""
    if row.has_unsaved:
        return _controls(row.finding.rule_id, row.question, row.choices, row.unsaved)
    return _blank_controls(row.finding.rule_id, row.question, row.choices)


@cache
def _blank_controls(rule_id: str, question: str, choices: Choices) -> SafeString:
    return _controls(rule_id, question, choices, NOTHING)


def _controls(rule_id: str, question: str, choices: Choices, unsaved: Unsaved) -> SafeString:
    context = {"rule_id": rule_id, "question": question, "choices": choices, "unsaved": unsaved}
    return render_to_string("screening/answer.html", context | {"takes_a_day": choices == PREGNANCY})
