"""The parts of a finding's row that are the same for everybody: made once for each rule, since a page has sixty."""

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from daybreak.clinic.record.templatetags.daybreak import stated
from daybreak.clinic.screening.answers import PREGNANCY, Choices
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
