"""The data set: what loaded, what was refused, and its version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from daybreak.evidence import data
from daybreak.evidence.contradictions import contradictions
from daybreak.evidence.reading import Refused, read_arms, read_results, read_trials
from daybreak.evidence.trials import Arm, Result, Trial

FILES = ("trials.csv", "arms.csv", "results.csv", "scales.yaml", "outcomes.yaml", "indications.yaml")


@dataclass(frozen=True, eq=False)
class DataSet:
    """Trials, arms and results that passed every check; `refused` are the rows that did not.

    `version` is the day of the last change and the first twelve digits of a SHA-256 over every file's content.
    """

    version: str
    trials: dict[str, Trial]
    arms: dict[tuple[str, str], Arm]
    results: tuple[Result, ...]
    refused: tuple[Refused, ...] = field(default=())

    @cached_property
    def by_trial(self) -> dict[str, list[Result]]:
        """The results of each trial, in the order of the file."""
        grouped: dict[str, list[Result]] = {identifier: [] for identifier in self.trials}
        for result in self.results:
            grouped[result.trial].append(result)
        return grouped

    @cached_property
    def by_indication(self) -> dict[str, list[Trial]]:
        """The trials of each indication, in the order of the file."""
        grouped: dict[str, list[Trial]] = {}
        for trial in self.trials.values():
            grouped.setdefault(trial.indication, []).append(trial)
        return grouped

    @cached_property
    def _arms_by_trial(self) -> dict[str, list[Arm]]:
        grouped: dict[str, list[Arm]] = {}
        for arm in self.arms.values():
            grouped.setdefault(arm.trial, []).append(arm)
        return grouped

    def arms_of(self, trial: str) -> list[Arm]:
        """The arms of a trial, in the order of the file."""
        return self._arms_by_trial.get(trial, [])


def read(*, trials: str, arms: str, results: str, date: str, more: str = "") -> DataSet:
    """A data set from the texts of its three tables. `more` is whatever else its version depends on.

    Raises ValueError when a table lacks a column.
    """
    read_in, refused = read_trials(trials)
    taken_arms, refused_arms = read_arms(arms, read_in)
    taken, refused_results = read_results(results, taken_arms)
    against_each_other = [
        Refused("results.csv", result.line, result.id, problem.field, problem.reason)
        for result, problem in contradictions(taken, taken_arms)
    ]
    out = {row.id for row in against_each_other}
    digest = hashlib.sha256("\0".join((trials, arms, results, more)).encode()).hexdigest()
    return DataSet(
        version=f"{date}+{digest[:12]}",
        trials={trial.id: trial for trial in read_in},
        arms={(arm.trial, arm.id): arm for arm in taken_arms},
        results=tuple(result for result in taken if result.id not in out),
        refused=(*refused, *refused_arms, *refused_results, *against_each_other),
    )


def read_files(tables: Mapping[str, str], *, date: str) -> DataSet:
    """A data set from the texts of `FILES`: its version is the date with a hash of all of them.

    Raises ValueError when a table lacks a column.
    """
    return read(
        trials=tables["trials.csv"],
        arms=tables["arms.csv"],
        results=tables["results.csv"],
        date=date,
        more="\0".join(tables[name] for name in FILES[3:]),
    )


@cache
def dataset() -> DataSet:
    """The data set the project ships."""
    return read_files({name: data.text(name) for name in FILES}, date=str(data.load("about.yaml")["date"]))
