"""For exactly one decision: what the trials found for this indication, drug and route, in at most three lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from daybreak.evidence.certainty import Judgement, judge
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.effects import EffectMeasure
from daybreak.evidence.pictures import drug_name, title_of
from daybreak.evidence.questions import Answer, Question, State, answer
from daybreak.evidence.times import time_words
from daybreak.evidence.trials import EvidenceIndication, evidence_indications, outcomes, scales
from daybreak.treatment.indications import indication as treated

MOST_LINES = 3
_SOON = ("day", "4h", "2h", "3d", "1wk")
_LATER = ("4wk", "2wk", "8wk", "12wk", "6mo", "12mo", "untimed")
_OTHER_TREATMENTS = ("ect", "quetiapine", "ketamine")
_DEPRESSION = ("depression", "depression_response", "depression_remission")
_IDEATION = ("suicidal_ideation", "ideation_remission", "ideation_response")
_PAIN = ("pain", "pain_response", "function")
_OUTCOMES = {
    "suicidal_ideation": (*_IDEATION, *_DEPRESSION),
    "depression_with_suicidal_ideation": (*_DEPRESSION, *_IDEATION),
    "ptsd": ("ptsd", "ptsd_response"),
    "ocd": ("ocd", "ocd_response"),
    "social_anxiety": ("anxiety", "anxiety_response"),
    "generalised_anxiety": ("anxiety", "anxiety_response", "functioning"),
    "alcohol_use_disorder": ("abstinent_days", "abstinence", "relapse", "substance_use"),
    **dict.fromkeys(
        ("fibromyalgia", "neuropathic_pain", "complex_regional_pain_syndrome", "chronic_pain", "phantom_limb_pain"),
        _PAIN,
    ),
}
_STATES = (State.POOLED, State.NOT_ENOUGH, State.ONE_TRIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """One answer of at most three. `near`: from trials of another indication, and the page must say which.

    Attributes:
        about: "within a week", "after two weeks or more" or "against another treatment, or after stopping".
        every_dose: the trials gave other doses than the one asked for.
    """

    about: str
    answer: Answer
    judgement: Judgement
    near: bool
    every_dose: bool

    @property
    def words(self) -> str:
        """The line: outcome, time, comparator, numbers, how many trials and people, how sure."""
        found = self.answer
        first = found.comparisons[0]
        what = outcomes()[found.question.outcome].name
        scale = f" ({scales()[first.scale].name})" if found.measure is EffectMeasure.MEAN_DIFFERENCE else ""
        controls = ", ".join(dict.fromkeys(drug_name(c.control_drug) for c in found.comparisons))
        times = ", ".join(dict.fromkeys(time_words(c.time_h) for c in found.comparisons if c.time_h is not None))
        parts = [f"{what}{scale}", *([f"at {times}"] if times else []), f"against {controls}: {numbers(found)}."]
        if found.state is not State.POOLED:
            parts.append(found.sentence)
        else:
            parts.append(f"{len(found.comparisons)} trials, {found.people} people.")
        parts.append(f"{self.judgement.certainty.words}.")
        if self.near:
            parts.append(f"From trials of {evidence_indications()[found.question.indication].name.lower()}.")
        if self.every_dose:
            parts.append("No trial gave this dose; every dose is in it.")
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the trials say to one decision, what they do not, and the data's version."""

    indication: str
    drug: str
    route: str
    lines: tuple[DecisionLine, ...]
    missing: tuple[str, ...]
    version: str


def numbers(found: Answer) -> str:
    """The pooled effect with its interval, or each trial's where they are not pooled."""
    symbol = "" if found.measure is EffectMeasure.MEAN_DIFFERENCE else f"{found.measure.symbol.lower()} "
    if found.measure is EffectMeasure.HEDGES_G:
        symbol = "g "
    if found.pooled:
        estimate, low, high = found.pooled.shown
        return f"{symbol}{_signed(estimate)} ({_signed(low)} to {_signed(high)})"
    each = []
    for comparison in found.comparisons:
        low, high = comparison.effect.interval()
        each.append(f"{symbol}{_signed(comparison.effect.shown)} ({_signed(low)} to {_signed(high)})")
    return "; ".join(each)


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


@lru_cache(maxsize=256)
def for_decision(
    data: DataSet,
    indication: str,
    drug: str,
    route: str,
    *,
    dose: float | None = None,
    dose_unit: str = "mg",
    given: str = "any",
) -> Decision:
    """What the trials found for a decision; at most three lines, the surest first in each place.

    Args:
        indication: an id of `daybreak.treatment.indications`.
        drug, route: as in `daybreak.treatment.drugs`.
        dose, dose_unit: one administration; where no trial gave it, every dose is taken and the line says so.
        given: "once", "repeated" or "any".

    Raises:
        IndicationError: for an indication that is not known.
    """
    treated(indication)
    asked = Question(
        indication=next(iter(evidence_indications())),
        outcome="depression",
        drug=drug,
        route=route,
        given=given,
        dose=dose,
        dose_unit=dose_unit,
    )
    places = {
        "within a week": _best(data, indication, asked, "soon"),
        "after two weeks or more": _best(data, indication, asked, "later"),
        "against another treatment, or after stopping": _best(data, indication, asked, "other"),
    }
    lines = tuple(replace(line, about=about) for about, line in places.items() if line is not None)
    missing = [f"No trial with numbers {about}." for about, line in places.items() if line is None]
    return Decision(
        indication=indication,
        drug=drug,
        route=route,
        lines=lines,
        missing=(*missing, *_left_out(lines)),
        version=data.version,
    )


def _best(data: DataSet, indication: str, asked: Question, place: str) -> DecisionLine | None:
    """The best line for a place: with this dose before every dose, this indication before a near one, pooled first."""
    doses = [(asked.dose, False), (None, True)] if asked.dose is not None else [(None, False)]
    for wanted, every_dose in doses:
        for near in (False, True):
            found = [
                found
                for question in _questions(indication, asked, place, near=near)
                if (found := answer(data, replace(question, dose=wanted))).comparisons
            ]
            if not found:
                continue
            best = min(found, key=lambda one: _STATES.index(one.state))
            judgement = judge(best, near=near)
            if judgement is not None:
                return DecisionLine(about="", answer=best, judgement=judgement, near=near, every_dose=every_dose)
    return None


def _questions(indication: str, asked: Question, place: str, *, near: bool) -> Iterator[Question]:
    """The questions that fit a place, the first choice first."""
    for of in evidence_indications().values():
        if indication not in (of.near if near else of.treated_as):
            continue
        yield from _of_one(of, asked, place)


def _of_one(of: EvidenceIndication, asked: Question, place: str) -> Iterator[Question]:
    outcomes_of = _OUTCOMES.get(of.id, _DEPRESSION)
    if place == "other":
        for comparator in _OTHER_TREATMENTS:
            for outcome in (*outcomes_of[1:], "sustained_remission"):
                yield replace(asked, indication=of.id, outcome=outcome, comparator=comparator, time="any")
        yield replace(asked, indication=of.id, outcome="relapse", comparator="control", time="any")
        return
    for outcome in outcomes_of:
        for time in _SOON if place == "soon" else _LATER:
            yield replace(asked, indication=of.id, outcome=outcome, comparator="control", time=time)


def _left_out(lines: tuple[DecisionLine, ...]) -> Iterator[str]:
    """What was left out of the lines' answers, each trial once."""
    said = dict.fromkeys(
        f"{left.trial.label} is not in it: {left.reason.rstrip('.')}."
        for line in lines
        for left in line.answer.left_out
    )
    yield from said


def headline(line: DecisionLine) -> str:
    """What was asked, as a heading over the small forest."""
    return title_of(line.answer)
