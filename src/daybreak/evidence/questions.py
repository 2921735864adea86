"""A question to the trials, and the answer: pooled, one trial as one trial, or not enough to pool."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from daybreak.evidence.comparisons import (
    Comparison,
    Pair,
    Prefer,
    best_group,
    compare,
    pairs,
    same_dose,
)
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.effects import EffectMeasure, NotEnough
from daybreak.evidence.pooling import DEFAULT, Method, Pooled, pool
from daybreak.evidence.rare_events import RiskDifference, mantel_haenszel
from daybreak.evidence.times import Window, window
from daybreak.evidence.trials import Arm, Kind, Result, Trial, evidence_indications, outcomes, scales
from daybreak.treatment.sources import Status

FEWEST_TO_POOL = 3  # ours: with two trials t has one degree of freedom and an interval 12.7 standard errors wide
FEW_TRIALS = 6  # below it the coverage table in docs/evidence.md has settings under 94 %
INERT = ("placebo", "saline")
COMPARATORS = {
    "inert": INERT,
    "midazolam": ("midazolam",),
    "control": (*INERT, "midazolam", "remifentanil", "fentanyl", "ketorolac", "lorazepam", "saline_or_midazolam"),
}
"""Named groups of control drugs. Any single control drug is a group by its own name."""
_SCALES_FIRST = ("madrs", "hamd", "qids_sr", "caps_5", "pcl_5", "y_bocs", "bss", "ssi", "madrs_item_10", "pain_100")


class QuestionError(ValueError):
    """A question that cannot be asked: the sentence names what is not known and what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one wants to know.

    Attributes:
        indication: an id of `evidence_indications`.
        drug, route: of the active arm; empty for any.
        comparator: a name in `COMPARATORS`, or one control drug.
        outcome: an id of `outcomes`.
        time: an id of `times.WINDOWS`.
        given: "once", "repeated" or "any".
        dose, dose_unit: only arms that got this dose; None for all.
        measure: None takes the mean difference where every trial used one scale, Hedges' g where not; for an event
            the measure most trials give, the risk ratio first (for relapse the hazard ratio).
        with_recalled: take rows nobody has checked. Off, and the answer says so when on.
    """

    indication: str
    outcome: str
    drug: str = ""
    route: str = ""
    comparator: str = "control"
    time: str = "any"
    given: str = "any"
    dose: float | None = None
    dose_unit: str = "mg"
    measure: EffectMeasure | None = None
    prefer: Prefer = "arms"
    within_person_correlation: float = 0.0
    with_recalled: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("indication", self.indication, evidence_indications()),
            ("outcome", self.outcome, outcomes()),
            ("way of giving", self.given, ("once", "repeated", "any")),
        ):
            if value not in known:
                raise QuestionError(f"{value!r} is no {name} here. Choose one of {', '.join(known)}.")
        try:
            window(self.time)
        except ValueError as unknown:
            raise QuestionError(str(unknown)) from None
        if self.measure is not None and (self.measure in _OF_SCORES) != (outcomes()[self.outcome].kind == "score"):
            raise QuestionError(f"{self.measure.symbol} does not fit {outcomes()[self.outcome].name.lower()}.")

    @property
    def controls(self) -> tuple[str, ...]:
        return COMPARATORS.get(self.comparator, (self.comparator,))

    @property
    def window(self) -> Window:
        return window(self.time)


_OF_SCORES = (EffectMeasure.MEAN_DIFFERENCE, EffectMeasure.HEDGES_G)
_OF_EVENTS = (EffectMeasure.RISK_RATIO, EffectMeasure.ODDS_RATIO, EffectMeasure.RISK_DIFFERENCE)
_FOLLOWED_UP = (EffectMeasure.HAZARD_RATIO,)  # first for relapse: follow-up ends with the event


class State(StrEnum):
    """What the trials give."""

    POOLED = "pooled"
    ONE_TRIAL = "one trial"
    NOT_ENOUGH = "not enough to pool"
    NO_TRIAL = "no trial"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A trial of this question whose numbers are not in the answer, and why."""

    trial: Trial
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the trials say.

    Attributes:
        comparisons: one for each trial, oldest first; shown whether pooled or not.
        pooled: only with three trials or more.
        rare: the Mantel-Haenszel risk difference of an event that is missing in some arm; None otherwise.
        version: of the data.
    """

    question: Question
    state: State
    measure: EffectMeasure
    comparisons: tuple[Comparison, ...]
    left_out: tuple[LeftOut, ...]
    pooled: Pooled | None
    rare: RiskDifference | None
    version: str

    @property
    def people(self) -> int:
        """People in the comparisons, as far as their numbers are printed."""
        return sum(comparison.people or 0 for comparison in self.comparisons)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What must be said beside the numbers, wherever they are shown."""
        said = []
        if self.pooled is not None and self.pooled.k < FEW_TRIALS:
            said.append(f"With {self.pooled.k} trials no interval is known to cover 95 % everywhere.")
        if self.question.with_recalled:
            said.append("Rows that nobody has checked are in it.")
        unpaired = [c.trial.label for c in self.comparisons if "as if of different" in c.effect.way]
        if unpaired:
            said.append(f"People counted as if they were different ones: {', '.join(unpaired)} (rather too wide).")
        return tuple(said)

    @property
    def estimates(self) -> list[float]:
        """Each trial's effect where it is pooled, oldest trial first."""
        return [comparison.effect.estimate for comparison in self.comparisons]

    @property
    def variances(self) -> list[float]:
        """Each trial's variance, in the same order."""
        return [comparison.effect.variance for comparison in self.comparisons]

    @property
    def favours_active_below(self) -> bool:
        """Whether a smaller number is better for the active arm."""
        return better_is_lower(self.question.outcome, self.comparisons)

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        match self.state:
            case State.NO_TRIAL:
                return "No trial with numbers answers this."
            case State.ONE_TRIAL:
                return f"One trial, {self.comparisons[0].trial.label}: shown as one trial, not pooled."
            case State.NOT_ENOUGH:
                return f"{len(self.comparisons)} trials: not enough to pool (it takes {FEWEST_TO_POOL})."
        return f"{len(self.comparisons)} trials, {self.people} people, {self.pooled.method if self.pooled else ''}."


def better_is_lower(outcome: str, comparisons: Sequence[Comparison]) -> bool:
    """Whether a smaller effect favours the active arm: from the event, or from the scale."""
    better = outcomes()[outcome].better
    if better is None:
        used = [scales()[comparison.scale].better for comparison in comparisons if comparison.scale]
        better = used[0] if used else "lower"
    return better in ("lower", "fewer")


def answer(data: DataSet, question: Question, *, method: Method = DEFAULT) -> Answer:
    """Answer a question from a data set."""
    candidates = _candidates(data, question)
    measure = question.measure or _usual_measure(candidates, question)
    found, left_out = _comparisons(candidates, question, measure)
    found, overlapping = _independent(found)
    left_out += overlapping
    found.sort(key=lambda comparison: (comparison.trial.year or 0, comparison.trial.label))
    state = (
        State.NO_TRIAL
        if not found
        else State.ONE_TRIAL
        if len(found) == 1
        else State.NOT_ENOUGH
        if len(found) < FEWEST_TO_POOL
        else State.POOLED
    )
    bare = Answer(
        question=question,
        state=state,
        measure=measure,
        comparisons=tuple(found),
        left_out=tuple(left_out),
        pooled=None,
        rare=None,
        version=data.version,
    )
    if state is not State.POOLED:
        return bare
    return replace(bare, pooled=pool(measure, bare.estimates, bare.variances, method=method), rare=_rare(found))


Candidates = list[tuple[Trial, list[Pair]]]


def _usual_measure(candidates: Candidates, question: Question) -> EffectMeasure:
    """See `Question.measure`: of an event the measure that most trials give, of a score by the scales used."""
    if outcomes()[question.outcome].kind == "event":
        order = (*_FOLLOWED_UP, *_OF_EVENTS) if question.outcome == "relapse" else (*_OF_EVENTS, *_FOLLOWED_UP)
        return max(order, key=lambda measure: len(_comparisons(candidates, question, measure)[0]))
    found, _ = _comparisons(candidates, question, EffectMeasure.MEAN_DIFFERENCE)
    standard, _ = _comparisons(candidates, question, EffectMeasure.HEDGES_G)
    one_scale = len({comparison.scale for comparison in found}) <= 1
    return EffectMeasure.MEAN_DIFFERENCE if one_scale and len(found) >= len(standard) else EffectMeasure.HEDGES_G


def _candidates(data: DataSet, question: Question) -> Candidates:
    """The pairs of arms a question is about, trial by trial; trials without one are not in it."""
    found = []
    for trial in data.by_indication.get(question.indication, ()):
        rows = [row for row in data.by_trial[trial.id] if row.outcome == question.outcome]
        if asked := [pair for pair in pairs(rows, data.arms_of(trial.id)) if _asked(pair, question)]:
            found.append((trial, asked))
    return found


def _comparisons(
    candidates: Candidates, question: Question, measure: EffectMeasure
) -> tuple[list[Comparison], list[LeftOut]]:
    found, left_out = [], []
    for trial, asked in candidates:
        comparison, reason = _compare_one(trial, asked, question, measure)
        if comparison is not None:
            found.append(comparison)
        else:
            left_out.append(LeftOut(trial, reason))
    return found, left_out


def _asked(pair: Pair, question: Question) -> bool:
    """Whether a pair is about the drug, route, dose, control, course and time of the question."""
    arm, control = pair.active_arm, pair.control_arm
    return (
        question.drug in ("", arm.drug)
        and question.route in ("", arm.route)
        and control.drug in question.controls
        and question.window.holds(pair.active.time_h)
        and _given(arm, question.given)
        and (question.dose is None or same_dose(arm, question.dose, question.dose_unit))
        and pair.active.kind is not Kind.BASELINE
    )


def _given(arm: Arm, given: str) -> bool:
    if given == "any" or arm.doses is None:
        return given == "any" or (given == "once") == arm.schedule.startswith("single")
    return (arm.doses == 1) == (given == "once")


def _compare_one(
    trial: Trial, candidates: Sequence[Pair], question: Question, measure: EffectMeasure
) -> tuple[Comparison | None, str]:
    if not trial.design.is_randomised:
        return None, "not randomised"
    kept = [pair for pair in candidates if not _distrust(pair, question)]
    if not kept:
        return None, next(iter(dict.fromkeys(_distrust(pair, question) for pair in candidates)))
    reason = "only the number of people could be read" if all(_bare(pair) for pair in kept) else ""
    for group in best_group(kept, meant_h=question.window.meant_h, scales_first=_SCALES_FIRST):
        try:
            return (
                compare(
                    trial,
                    group,
                    measure,
                    prefer=question.prefer,
                    within_person_correlation=question.within_person_correlation,
                ),
                "",
            )
        except NotEnough as missing:
            reason = reason or str(missing)
    return None, reason or "only a part of the trial's people is reported"


def _bare(pair: Pair) -> bool:
    return pair.active.kind is Kind.PEOPLE_ONLY


def _distrust(pair: Pair, question: Question) -> str:
    """Why a pair may not be used, or nothing."""
    rows: list[Result] = [row for row in (pair.active, pair.control) if row is not None]
    if not question.with_recalled and any(row.status is Status.RECALLED for row in rows):
        return "rests on recalled numbers, which nobody has checked"
    doubts = [row.doubt for row in rows if row.doubt]
    return f"doubtful: {doubts[0]}" if doubts else ""


def _independent(found: Iterable[Comparison]) -> tuple[list[Comparison], list[LeftOut]]:
    """Without comparisons that share people with another one that stays."""
    held = list(found)
    inside = {comparison.trial.id for comparison in held}
    kept, left_out = [], []
    for comparison in held:
        shared = sorted({name for row in comparison.rows for name in row.overlaps} & inside)
        if shared:
            left_out.append(LeftOut(comparison.trial, f"shares people with {', '.join(shared)}, which is in"))
        else:
            kept.append(comparison)
    return kept, left_out


def _rare(found: Sequence[Comparison]) -> RiskDifference | None:
    """The pooled risk difference without corrections, where some arm has no event or nothing but events."""
    tables = [table for comparison in found for table in comparison.tables]
    cells = [cell for a, c in tables for cell in (a.events, a.n - a.events, c.events, c.n - c.events)]
    if not all(comparison.tables for comparison in found) or 0 not in cells:
        return None
    try:
        return mantel_haenszel(tables)
    except NotEnough:
        return None
