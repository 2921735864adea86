"""How sure can one be? Five doubts about an answer, each with its reason in words, and what they leave.

The domains and the four levels are GRADE's (Guyatt 2008, BMJ 336:924). The rules below are ours: they can be read and
argued with, and replace no panel's judgement. Evidence of randomised trials starts high; each doubt takes a level away.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import log
from typing import Literal

from daybreak.evidence.distributions import critical_value
from daybreak.evidence.effects import EffectMeasure
from daybreak.evidence.questions import INERT, Answer, State
from daybreak.evidence.small_study import ENOUGH_TRIALS, egger

MUCH_INCONSISTENCY = 50.0  # I2 in per cent; Higgins 2003, BMJ 327:557 (recalled), calls 50 % moderate
ENOUGH_PEOPLE = 400  # Guyatt 2011, J Clin Epidemiol 64:1283 (recalled): the rule of thumb for a continuous outcome
ENOUGH_EVENTS = 300  # the same for an event
SMALL_G = 0.2  # Cohen 1988 (recalled): a small standardised difference
SMALL_RATIO = 1.25  # Guyatt 2011 (recalled): an appreciable relative benefit or harm
ASYMMETRY_P = 0.1  # Egger 1997, BMJ 315:629 (recalled): because the test is weak, asymmetry is taken from p < 0.1
_BAD = ("high", "high (size)", "some concerns")

Domain = Literal["Risk of bias", "Agreement", "Precision", "Directness", "Missing trials"]


class Certainty(IntEnum):
    """How sure one can be that the truth lies near the answer."""

    VERY_LOW = 1
    LOW = 2
    MODERATE = 3
    HIGH = 4

    @property
    def words(self) -> str:
        return self.name.replace("_", " ").capitalize() + " certainty"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One domain: how many levels it costs (0 to 2) and why, or why not."""

    domain: Domain
    levels: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The certainty of an answer and the five domains behind it."""

    certainty: Certainty
    doubts: tuple[Doubt, ...]

    @property
    def summary(self) -> str:
        """The level and the reasons that cost one."""
        reasons = [f"{doubt.domain.lower()}: {doubt.reason}" for doubt in self.doubts if doubt.levels]
        return f"{self.certainty.words}. " + (" ".join(reasons) if reasons else "No reason to doubt was found.")


def judge(answer: Answer, *, near: bool = False) -> Judgement | None:
    """The certainty of an answer, None where there is no trial. `near`: the trials treated another indication."""
    if answer.state is State.NO_TRIAL:
        return None
    doubts = (
        _risk_of_bias(answer),
        _agreement(answer),
        _precision(answer),
        _directness(answer, near),
        _missing_trials(answer),
    )
    return Judgement(Certainty(max(1, 4 - sum(doubt.levels for doubt in doubts))), doubts)


def _risk_of_bias(answer: Answer) -> Doubt:
    """Blinding, and what reviews recorded. Saline and placebo hide nothing of what ketamine does."""
    total = len(answer.comparisons)
    open_trials = sum(comparison.trial.blinding != "double" for comparison in answer.comparisons)
    unmasked = sum(comparison.control_drug in INERT for comparison in answer.comparisons)
    judged = [
        comparison.trial.risk_of_bias.judgements
        for comparison in answer.comparisons
        if comparison.trial.risk_of_bias.judgements
    ]
    bad = sum(any(judgement in _BAD for judgement in judgements.values()) for judgements in judged)
    parts = []
    if open_trials:
        parts.append(f"{open_trials} of {total} not double-blind.")
    if unmasked:
        parts.append(f"{unmasked} of {total} against an inert control, which does not hide the drug's effects.")
    parts.append(
        f"A published review judged {len(judged)} of {total}, {bad} with concerns."
        if judged
        else "No published judgement was read."
    )
    return Doubt("Risk of bias", min(2, (2 * (open_trials + unmasked) >= total) + (2 * bad > total)), " ".join(parts))


def _agreement(answer: Answer) -> Doubt:
    if answer.pooled is None:
        one = len(answer.comparisons) == 1
        return Doubt("Agreement", int(one), "One trial: nobody has repeated it." if one else "Too few trials to say.")
    found = answer.pooled.heterogeneity
    low, high = answer.pooled.prediction_low, answer.pooled.prediction_high
    tau2, *ends = (
        f"{value:.0f}" if value >= 100 else f"{value:.2g}" for value in (found.tau2, found.tau2_low, found.tau2_high)
    )
    reason = f"I² {found.i2:.0f} %, τ² {tau2} ({ends[0]} to {ends[1]})."
    spans = low is not None and high is not None and low < 0 < high
    if spans:
        reason += " A new trial may find no effect or the opposite."
    return Doubt("Agreement", int(found.i2 > MUCH_INCONSISTENCY and spans), reason)


def _precision(answer: Answer) -> Doubt:
    level = 0
    if answer.pooled is not None:
        low, high = answer.pooled.low, answer.pooled.high
    elif len(answer.comparisons) == 1:
        effect = answer.comparisons[0].effect
        reach = critical_value(0.95) * effect.standard_error
        low, high = effect.estimate - reach, effect.estimate + reach
    else:
        return Doubt("Precision", 1, f"{answer.people} people in {len(answer.comparisons)} trials that are not pooled.")
    parts = []
    if low < 0 < high:
        level += 1
        parts.append("The interval holds no effect.")
    else:
        nearest = min(abs(low), abs(high))
        small = _small(answer.measure, nearest)
        parts.append("The interval excludes no effect" + (", but holds effects that are small." if small else "."))
    size, enough, what = _size(answer)
    if not size:
        level += 1
        parts.append("How many people were compared is not printed.")
    elif size < enough:
        level += 1
        parts.append(f"{size} {what}, fewer than {enough}.")
    else:
        parts.append(f"{size} {what}.")
    return Doubt("Precision", level, " ".join(parts))


def _small(measure: EffectMeasure, distance: float) -> bool:
    if measure is EffectMeasure.HEDGES_G:
        return distance < SMALL_G
    return measure.is_ratio and distance < log(SMALL_RATIO)


def _size(answer: Answer) -> tuple[int, int, str]:
    events = [row.events for comparison in answer.comparisons for row in comparison.rows]
    if events and None not in events:
        return sum(event for event in events if event is not None), ENOUGH_EVENTS, "events"
    return answer.people, ENOUGH_PEOPLE, "people"


def _directness(answer: Answer, near: bool) -> Doubt:
    parts, level = [], 0
    if near:
        level = 1
        parts.append("The trials treated a near indication, not this one.")
    if answer.measure is EffectMeasure.HEDGES_G:
        parts.append("Several scales, put on one.")
    crossovers = sum("correlation" in c.effect.way or "as if of different" in c.effect.way for c in answer.comparisons)
    if crossovers:
        parts.append(f"{crossovers} crossover{'s' if crossovers > 1 else ''} without paired numbers: rather too wide.")
    populations = dict.fromkeys(comparison.trial.population for comparison in answer.comparisons)
    parts.append(f"People: {'; '.join(populations)}.")
    return Doubt("Directness", level, " ".join(parts))


def _missing_trials(answer: Answer) -> Doubt:
    silent = len(answer.left_out)
    said = f" {silent} more without usable numbers." if silent else ""
    if len(answer.comparisons) < ENOUGH_TRIALS:
        return Doubt("Missing trials", 0, f"Too few trials to test (it takes {ENOUGH_TRIALS}).{said}")
    test = egger(answer.measure, answer.estimates, answer.variances)
    larger = test.p < ASYMMETRY_P
    words = "Small trials differ from large ones" if larger else "No sign that small trials differ from large ones"
    return Doubt("Missing trials", int(larger), f"{words} (Egger p {test.p:.2g}). {test.caution}{said}")
