"""Which question about an indication is shown to whoever asked no other: the one the trials say most about."""

from collections.abc import Sequence
from functools import lru_cache

from daybreak.evidence.dataset import DataSet
from daybreak.evidence.questions import FEWEST_TO_POOL, Answer, Question, answer
from daybreak.evidence.times import WINDOWS
from daybreak.evidence.trials import Kind, outcomes


@lru_cache(maxsize=64)
def usual_question(data: DataSet, indication: str) -> Question:
    """A benefit of a drug by a route at a time, against a blinded control.

    Of those that can be pooled the one with most trials is taken, then with most people, then the first of `outcomes`.
    Where none can be pooled, times are taken together; where that does not help either, it is the one with most
    trials. Drugs and routes are never taken together, but where no trial has numbers: then it is the benefit that
    most trials measured.
    """
    at_a_time = _rows_about(data, indication, [each for each in WINDOWS if each not in ("any", "untimed")])
    found = (
        _most(data, at_a_time, at_least=FEWEST_TO_POOL)
        or _most(data, _rows_about(data, indication, ["any"]), at_least=FEWEST_TO_POOL)
        or _most(data, at_a_time, at_least=1)
    )
    return found.question if found else Question(indication=indication, outcome=_most_measured(data, indication))


def _rows_about(data: DataSet, indication: str, times: Sequence[str]) -> dict[Question, set[str]]:
    """The questions that the data have rows about, each with the trials that have one."""
    trials: dict[Question, set[str]] = {}
    for trial in data.by_indication.get(indication, ()):
        for row in data.by_trial[trial.id]:
            arm = data.arms[trial.id, row.arm]
            if arm.role != "active" or outcomes()[row.outcome].harm or row.kind in (Kind.BASELINE, Kind.PEOPLE_ONLY):
                continue
            for time in times:
                if WINDOWS[time].holds(row.time_h):
                    question = Question(
                        indication=indication, outcome=row.outcome, drug=arm.drug, route=arm.route, time=time
                    )
                    trials.setdefault(question, set()).add(trial.id)
    return trials


def _most(data: DataSet, asked: dict[Question, set[str]], *, at_least: int) -> Answer | None:
    """The answer with most trials, then most people, then the first outcome; none where all have fewer than asked for.

    An answer has no more trials than have a row about it, so those that cannot win are not worked out.
    """
    best: Answer | None = None
    order = list(outcomes())
    for question, trials in sorted(asked.items(), key=lambda each: (-len(each[1]), order.index(each[0].outcome))):
        if len(trials) < max(at_least, len(best.comparisons) if best else 0):
            break
        found = answer(data, question)
        size = len(found.comparisons), found.people
        if size[0] >= at_least and (best is None or size > (len(best.comparisons), best.people)):
            best = found
    return best


def _most_measured(data: DataSet, indication: str) -> str:
    """The benefit that most trials measured, with numbers or without."""
    order = list(outcomes())
    measured: dict[str, set[str]] = {}
    for trial in data.by_indication.get(indication, ()):
        for row in data.by_trial[trial.id]:
            if not outcomes()[row.outcome].harm:
                measured.setdefault(row.outcome, set()).add(trial.id)
    return max(measured, key=lambda name: (len(measured[name]), -order.index(name)), default=order[0])
