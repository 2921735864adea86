"""What changed between two versions of the data, for one question: trials that came, went or changed; the result."""

from collections.abc import Sequence
from dataclasses import dataclass

from daybreak.evidence.comparisons import Comparison
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.pooling import DEFAULT, Method
from daybreak.evidence.questions import Answer, Question, answer

MOST_NAMED = 12  # in a sentence; the JSON names all


def listed(labels: Sequence[str]) -> str:
    """Labels in a sentence, with how many are not named in it."""
    more = len(labels) - MOST_NAMED
    return ", ".join(labels[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One question answered from two data sets. The tuples hold labels of trials."""

    before: Answer
    now: Answer
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether the same trials give the same numbers."""
        return not (self.added or self.removed or self.changed)

    @property
    def shift(self) -> float | None:
        """How far the pooled estimate moved, on the pooling scale; None where one of them is not pooled."""
        if self.before.pooled is None or self.now.pooled is None or self.before.measure != self.now.measure:
            return None
        return self.now.pooled.estimate - self.before.pooled.estimate

    @property
    def words(self) -> str:
        """The difference in a sentence or two."""
        versions = f"Data {self.before.version} and {self.now.version}"
        if self.is_none:
            return f"{versions}: the same trials, the same numbers."
        named = (("new", self.added), ("gone", self.removed), ("changed", self.changed))
        parts = [f"{word}: {listed(labels)}" for word, labels in named if labels]
        results = f"Before: {_result(self.before)} Now: {_result(self.now)}"
        return f"{versions}: {'; '.join(parts)}. {results}"


def difference(before: DataSet, now: DataSet, question: Question, *, method: Method = DEFAULT) -> Difference:
    """Answer a question from both data sets and say what differs."""
    old, new = answer(before, question, method=method), answer(now, question, method=method)
    old_trials, new_trials = _by_trial(old), _by_trial(new)
    return Difference(
        before=old,
        now=new,
        added=tuple(c.trial.label for name, c in new_trials.items() if name not in old_trials),
        removed=tuple(c.trial.label for name, c in old_trials.items() if name not in new_trials),
        changed=tuple(
            c.trial.label
            for name, c in new_trials.items()
            if name in old_trials and _numbers(c) != _numbers(old_trials[name])
        ),
    )


def _by_trial(found: Answer) -> dict[str, Comparison]:
    return {comparison.trial.id: comparison for comparison in found.comparisons}


def _numbers(comparison: Comparison) -> tuple[object, ...]:
    effect = comparison.effect
    return effect.measure, effect.estimate, effect.standard_error, comparison.time_h, comparison.people


def _result(found: Answer) -> str:
    if found.pooled is None:
        return found.sentence
    estimate, low, high = found.pooled.shown
    return f"{found.measure.symbol} {estimate:.2f} ({low:.2f} to {high:.2f}), {found.pooled.k} trials."
