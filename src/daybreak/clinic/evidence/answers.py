"""Answers ready to be shown, kept in memory: an edition never changes, so the same question has the same answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from django.urls import reverse

from daybreak import charts
from daybreak.clinic.evidence.asking import Asked, comparator_words
from daybreak.clinic.evidence.editions import Edition
from daybreak.evidence.certainty import Judgement, judge
from daybreak.evidence.comparing import MOST_NAMED, Difference, difference, listed
from daybreak.evidence.comparisons import Comparison
from daybreak.evidence.effects import shown
from daybreak.evidence.harms import harms_in_trials
from daybreak.evidence.onset import Onset, letters, onset, onset_chart, onset_names
from daybreak.evidence.pictures import forest_of, title_of
from daybreak.evidence.pooling import Method
from daybreak.evidence.questions import Answer, Question, State, answer
from daybreak.evidence.times import WINDOWS, time_words
from daybreak.evidence.trials import outcomes, scales

HELD = 128  # answers in memory; one takes about 50 kB with its pictures


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its numbers, and a narrow one for a phone.

    What has no room in the narrow one stands under it: `key`, what its letters mean, and `foot`.
    """

    wide: str
    narrow: str
    table: charts.Table
    key: tuple[tuple[str, str], ...] = ()
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Nearby:
    """What the trials say, or leave open, of a question next to the one asked: a sentence, and the question."""

    sentence: str
    address: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer with all a page says of it. `trouble` is a sentence where the numbers could not be computed."""

    asked: Asked
    title: str
    answer: Answer | None
    judgement: Judgement | None
    forest: Picture | None
    trouble: str = ""

    @property
    def result(self) -> str:
        """What is pooled, in one sentence; of one trial its own result; else why there is none."""
        return result_words(self.answer) if self.answer else self.trouble

    @property
    def prediction(self) -> str:
        """Where a new trial would lie, with its convention."""
        pooled = self.answer.pooled if self.answer else None
        if self.answer is None or pooled is None or pooled.prediction_low is None or pooled.prediction_high is None:
            return ""
        low, high = (shown(pooled.measure, end) for end in (pooled.prediction_low, pooled.prediction_high))
        return f"A new trial would lie between {_two(low)} and {_two(high)} (95 %, {pooled.method.prediction})."

    @property
    def spread(self) -> str:
        """How far the trials differ."""
        if self.answer is None or self.answer.pooled is None:
            return ""
        found = self.answer.pooled.heterogeneity
        low, high = _two(found.tau2_low), _two(found.tau2_high)
        return f"τ² {_two(found.tau2)} ({low} to {high}, Q-profile), I² {found.i2:.0f} %."

    @property
    def better_side(self) -> str:
        if self.answer is None:
            return ""
        return f"Better for the active arm: {'left' if self.answer.favours_active_below else 'right'}"


Value = TypeVar("Value")


def computed(compute: Callable[[], Value]) -> tuple[Value | None, str]:
    """A value; or none, and a sentence, where numbers of the data are such that it cannot be computed."""
    try:
        return compute(), ""
    except (ValueError, ArithmeticError) as error:
        return None, f"This could not be computed: {error}"


@lru_cache(maxsize=HELD)
def answered(edition: Edition, question: Question, method: Method) -> Answer:
    """The answer to a question from an edition of the data.

    Raises ValueError or ArithmeticError where numbers of the data cannot be computed with.
    """
    return answer(edition.data, question, method=method)


@lru_cache(maxsize=HELD)
def show(edition: Edition, asked: Asked) -> Shown:
    """An answer with its pictures and its certainty."""

    def compute() -> Shown:
        found = answered(edition, asked.question, asked.method)
        forest = _forest(found) if found.comparisons else None
        return Shown(asked, title_of(found), found, judge(found), forest)

    shown, trouble = computed(compute)
    return shown or Shown(asked, "An answer that could not be computed", None, None, None, trouble)


def _forest(found: Answer) -> Picture:
    wide = linked(forest_of(found), found)
    narrow = charts.render_forest(linked(forest_of(found, small=True), found), key="forest-narrow")
    return Picture(charts.render_forest(wide, key="forest"), narrow, charts.forest_table(wide))


def linked(forest: charts.Forest, found: Answer) -> charts.Forest:
    """A forest plot in which the name of a trial leads to its page."""
    rows = zip(forest.rows, found.comparisons, strict=True)
    addressed = (replace(row, link=reverse("evidence_trial", args=[each.trial.id])) for row, each in rows)
    return replace(forest, rows=tuple(addressed))


@lru_cache(maxsize=64)
def onset_picture(edition: Edition, indication: str) -> Picture | None:
    """How soon and how long, for an indication; None where no trial has a number."""
    found = onset(edition.data, indication)
    if not found.points:
        return None
    wide = onset_chart(found)
    narrow = charts.render(onset_chart(found, narrow=True), key="onset-narrow")
    key = tuple(zip(letters(), onset_names(found), strict=False))
    return Picture(charts.render(wide, key="onset"), narrow, _onset_table(found), key, wide.foot)


def _onset_table(found: Onset) -> charts.Table:
    """Every point as a row: the chart's own table has a column for each of its many marks."""
    rows = [
        (
            point.line,
            time_words(point.time_h),
            _two(point.g),
            f"{_two(point.low)} to {_two(point.high)}",
            point.how.value,
            point.study,
            "not printed" if point.people is None else str(point.people),
        )
        for point in found.points
    ]
    heads = ("Given", "Since the first dose", "Hedges’ g", "95 % interval", "What it is", "Trials", "People")
    return charts.Table(heads, tuple(rows), tuple(f"No trial with numbers: {name}." for name in found.without))


@lru_cache(maxsize=HELD)
def nearby(edition: Edition, asked: Asked) -> tuple[Nearby, ...]:
    """Nearby questions and what they give: the other way to give it, other controls, later times."""
    question = asked.question
    others = [(f"Given {given}", replace(question, given=given)) for given in ("once", "repeated")]
    others += [(f"Against {comparator_words(name)}", replace(question, comparator=name)) for name in _CONTROLS]
    others += [
        (f"At {window.name}", replace(question, time=window.id))
        for window in WINDOWS.values()
        if window.id not in ("any", "untimed") and window.meant_h > question.window.meant_h and question.time != "any"
    ]
    found = []
    for words, other in others:
        if other == question:
            continue
        given, trouble = computed(lambda other=other: answered(edition, other, asked.method))
        said = _in_short(given) if given else trouble
        is_answered = given is not None and given.state in (State.ONE_TRIAL, State.POOLED)
        found.append(Nearby(f"{words}: {said}", replace(asked, question=other).address, is_answered))
    return tuple(found)


_CONTROLS = ("inert", "midazolam", "ect", "quetiapine")


@lru_cache(maxsize=HELD)
def measured(edition: Edition, indication: str) -> tuple[tuple[str, int, str], ...]:
    """What trials of an indication measured: the outcome's name, how many trials, and the question about it."""
    trials = [trial.id for trial in edition.data.trials.values() if trial.indication == indication]
    counts: dict[str, int] = {}
    for trial in trials:
        for outcome in {row.outcome for row in edition.data.by_trial[trial]}:
            counts[outcome] = counts.get(outcome, 0) + 1
    known = outcomes()
    order = sorted(counts, key=lambda name: (known[name].harm, -counts[name], list(known).index(name)))
    return tuple(
        (known[name].name, counts[name], Asked(Question(indication=indication, outcome=name)).address) for name in order
    )


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """Before and after, in sentences."""

    before_version: str
    before: str
    after: str
    moved: tuple[str, ...]
    more: bool  # whether not every trial is named


def in_words(held: Difference) -> ChangeWords:
    """What changed, as a page says it."""
    moved = [("Came in", held.added), ("No longer in", held.removed), ("With other numbers", held.changed)]
    return ChangeWords(
        held.before.version,
        result_words(held.before),
        result_words(held.now),
        tuple(f"{words}: {listed(labels)}." for words, labels in moved if labels) or ("No trial came in or changed.",),
        any(len(labels) > MOST_NAMED for _, labels in moved),
    )


def changes_in_words(edition: Edition, asked: Asked) -> ChangeWords | None:
    """What changed since the version a reader named; None where they named none."""
    held = changed(edition, asked)
    return in_words(held) if held else None


@lru_cache(maxsize=HELD)
def changed(edition: Edition, asked: Asked) -> Difference | None:
    """The answer held against that of the version a reader named; None where they named none."""
    if not asked.since:
        return None
    return difference(edition.data_of(asked.since), edition.data, asked.question, method=asked.method)


@dataclass(frozen=True, slots=True)
class HarmCounted:
    """A harm the trials counted in both arms: how many people had it, and the effect."""

    name: str
    result: str
    rows: tuple[tuple[str, str, str, str, str], ...]  # trial's id, its label, active, control, time
    address: str


@lru_cache(maxsize=128)
def harms_counted(edition: Edition, indication: str, drug: str, route: str) -> tuple[HarmCounted, ...]:
    """Every harm counted against a control in the trials of an indication."""
    found = harms_in_trials(edition.data, indication=indication, drug=drug, route=route)
    return tuple(
        HarmCounted(
            outcomes()[each.question.outcome].name,
            result_words(each),
            tuple(_counted(comparison) for comparison in each.comparisons),
            Asked(each.question).address,
        )
        for each in found
    )


def _counted(comparison: Comparison) -> tuple[str, str, str, str, str]:
    active = "; ".join(f"{arm.events} of {arm.n}" for arm, _ in comparison.tables) or "not printed"
    control = "; ".join(f"{arm.events} of {arm.n}" for _, arm in comparison.tables) or "not printed"
    return comparison.trial.id, comparison.trial.label, active, control, time_words(comparison.time_h)


def result_words(found: Answer) -> str:
    """What an answer says in one sentence, with its numbers."""
    name = measure_words(found)
    if found.pooled:
        estimate, low, high = (_two(value) for value in found.pooled.shown)
        return f"{name} {estimate} (95 % interval {low} to {high}), {_trials(found)}, {_people(found)}."
    if found.state is State.ONE_TRIAL:
        one = found.comparisons[0]
        low, high = (_two(value) for value in one.effect.interval())
        people = f", {one.people} people" if one.people else ""
        when = "no time printed" if one.time_h is None else f"at {time_words(one.time_h)}"
        return f"One trial, {one.trial.label}, {when}: {name} {_two(one.effect.shown)} ({low} to {high}){people}."
    return found.sentence


def measure_words(found: Answer) -> str:
    """The effect's name; points of the scale where every trial used the same."""
    used = {each.scale for each in found.comparisons if each.scale}
    if found.measure == "mean_difference" and len(used) == 1:
        return f"Difference in points on {scales()[used.pop()].name}"
    return {"g": "Hedges’ g"}.get(found.measure.symbol, found.measure.symbol)


def _in_short(found: Answer) -> str:
    if found.state is State.NO_TRIAL:
        silent = len(found.left_out)
        return "no trial with numbers" + (f", {silent} without" if silent else "") + "."
    if found.state is State.NOT_ENOUGH:
        return f"{_trials(found)}, not enough to pool."
    words = result_words(found)
    return words[0].lower() + words[1:] if found.state is State.ONE_TRIAL else f"pooled. {words}"


def _trials(found: Answer) -> str:
    count = len(found.comparisons)
    return "1 trial" if count == 1 else f"{count} trials"


def _people(found: Answer) -> str:
    """How many people, and in how many trials nobody printed it."""
    silent = sum(comparison.people is None for comparison in found.comparisons)
    return f"{found.people} people" + (f" and those of {silent} that printed no number" if silent else "")


def _two(value: float) -> str:
    """Two decimals with a true minus sign, fewer where they say nothing."""
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{decimals}f}".replace("-", "−")
