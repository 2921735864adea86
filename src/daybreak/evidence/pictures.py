"""Answers as pictures: what `daybreak.charts` draws."""

from daybreak.charts.forest import Forest, ForestRow, ForestTotal, smaller
from daybreak.evidence.comparisons import Comparison
from daybreak.evidence.effects import shown
from daybreak.evidence.questions import Answer
from daybreak.evidence.times import time_words
from daybreak.evidence.trials import evidence_indications, outcomes, scales

DRUG_NAMES = {
    "ketamine": "ketamine",
    "esketamine": "esketamine",
    "ketamine_unspecified": "ketamine",
    "ect": "ECT",
    "usual_care": "usual care",
    "saline_or_midazolam": "saline or midazolam",
}


def drug_name(drug: str) -> str:
    """A drug or other control as people say it."""
    return DRUG_NAMES.get(drug, drug.replace("_", " "))


def title_of(answer: Answer) -> str:
    """What was asked, as a heading."""
    question = answer.question
    drug = drug_name(question.drug) or "ketamine or esketamine"
    route = f" {question.route}" if question.route else ""
    given = {"once": ", once", "repeated": ", repeated"}.get(question.given, "")
    against = {"control": "any control", "inert": "placebo or saline"}.get(
        question.comparator, drug_name(question.comparator)
    )
    when = "" if question.time == "any" else f", {question.window.name}"
    indication = evidence_indications()[question.indication].name
    return f"{indication}: {drug}{route}{given}, against {against}. {outcomes()[question.outcome].name}{when}"


def forest_of(answer: Answer, *, small: bool = False) -> Forest:
    """A forest plot of an answer; `small` for a narrow one without columns. Raises ValueError without a trial."""
    if not answer.comparisons:
        raise ValueError("There is no trial to draw.")
    measure, pooled = answer.measure, answer.pooled
    weights = pooled.weights if pooled else (None,) * len(answer.comparisons)
    rows = tuple(_row(comparison, weight) for comparison, weight in zip(answer.comparisons, weights, strict=True))
    total = None
    if pooled:
        estimate, low, high = pooled.shown
        ends = pooled.prediction_low, pooled.prediction_high
        predicted = None if None in ends else tuple(shown(measure, end) for end in ends if end is not None)
        total = ForestTotal(
            name="Pooled, random effects",
            estimate=estimate,
            low=low,
            high=high,
            predicted=(predicted[0], predicted[1]) if predicted else None,
        )
    active = drug_name(answer.question.drug) or "active"
    favours = (f"favours {active}", "favours control")
    forest = Forest(
        title=title_of(answer),
        description=_description(answer),
        measure=_measure_name(answer),
        rows=rows,
        total=total,
        note="" if pooled else answer.sentence,
        no_effect=measure.no_effect,
        ratio=measure.is_ratio,
        favours=favours if answer.favours_active_below else (favours[1], favours[0]),
        headings=("People", "Against", "Time"),
    )
    return smaller(forest) if small else forest


def _row(comparison: Comparison, weight: float | None) -> ForestRow:
    low, high = comparison.effect.interval()
    people = "?" if comparison.people is None else f"{comparison.people}"
    return ForestRow(
        name=comparison.trial.label,
        estimate=comparison.effect.shown,
        low=low,
        high=high,
        columns=(
            people,
            drug_name(comparison.control_drug),
            time_words(comparison.time_h),
        ),
        weight=weight,
    )


def _measure_name(answer: Answer) -> str:
    used = {comparison.scale for comparison in answer.comparisons if comparison.scale}
    if answer.measure == "mean_difference" and len(used) == 1:
        return f"Points on {scales()[used.pop()].name}"
    return answer.measure.symbol


def _description(answer: Answer) -> str:
    side = "Below" if answer.favours_active_below else "Above"
    parts = [answer.sentence]
    if answer.pooled:
        estimate, low, high = answer.pooled.shown
        parts.append(f"{answer.measure.symbol} {estimate:.2f}, 95 % interval {low:.2f} to {high:.2f}.")
    parts.append(f"{side} {answer.measure.no_effect:g} favours the active arm. Data {answer.version}.")
    return " ".join(parts)
