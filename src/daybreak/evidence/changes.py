"""What another version of the data makes of an answer: the pooled result before and after, and which trials moved."""

from collections.abc import Mapping
from dataclasses import dataclass

from daybreak.evidence.comparisons import Comparison
from daybreak.evidence.questions import Answer
from daybreak.evidence.trials import Trial


@dataclass(frozen=True, slots=True)
class Changes:
    """The answer to one question from two versions of the data.

    Attributes:
        came, went: trials in the answer only after, only before.
        changed: trials in both whose effect is another one.
    """

    before: Answer
    after: Answer
    came: tuple[Trial, ...]
    went: tuple[Trial, ...]
    changed: tuple[Trial, ...]

    @property
    def is_none(self) -> bool:
        """Whether both versions give the same answer."""
        return not (self.came or self.went or self.changed)


def changes(before: Answer, after: Answer) -> Changes:
    """Hold two answers to the same question against each other.

    Raises ValueError when the questions differ: then nothing can be said of the data.
    """
    if before.question != after.question:
        raise ValueError("The two answers are to different questions.")
    old, new = _by_trial(before), _by_trial(after)
    same_measure = before.measure is after.measure
    return Changes(
        before=before,
        after=after,
        came=tuple(new[name].trial for name in new if name not in old),
        went=tuple(old[name].trial for name in old if name not in new),
        changed=tuple(
            new[name].trial for name in new if name in old and same_measure and not _same_effect(old[name], new[name])
        ),
    )


def _by_trial(answer: Answer) -> Mapping[str, Comparison]:
    return {comparison.trial.id: comparison for comparison in answer.comparisons}


def _same_effect(one: Comparison, other: Comparison) -> bool:
    a, b = one.effect, other.effect
    return (a.estimate, a.standard_error, one.people) == (b.estimate, b.standard_error, other.people)
