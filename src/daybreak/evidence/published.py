"""Published pooled results beside ours, with the reason for each difference."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from daybreak.evidence.data import load, text
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.effects import EffectMeasure
from daybreak.evidence.heterogeneity import Tau2Method
from daybreak.evidence.pooling import DEFAULT, Interval, Method, Prediction
from daybreak.evidence.questions import Answer, Question, answer
from daybreak.treatment.sources import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A pooled result as somebody published it. `k` and `people` are None where not printed."""

    id: str
    review: str
    title: str
    year: str
    indication: str
    outcome: str
    comparator: str
    timepoint: str
    k: str
    people: str
    measure: str
    estimate: float | None
    low: float | None
    high: float | None
    method: str
    source: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Theirs and ours, both in our direction, and why they differ."""

    published: Published
    theirs: tuple[float, float, float]
    ours: tuple[float, float, float] | None
    answer: Answer
    reason: str


@cache
def published() -> dict[str, Published]:
    """Every published pooled result, by id."""
    rows = csv.DictReader(text("published.csv").splitlines())
    return {row["id"]: _published(row) for row in rows}


def beside(data: DataSet) -> Iterator[Beside]:
    """Each published result our trials overlap with, beside what our trials give for the nearest question."""
    for entry in load("beside.yaml")["beside"]:
        theirs = published()[entry["published"]]
        asked = dict(entry["question"])
        measure = EffectMeasure(asked.pop("measure"))
        found = answer(_only(data, entry.get("only")), Question(measure=measure, **asked), method=_method(entry))
        yield Beside(
            published=theirs,
            theirs=_in_our_direction(theirs, entry.get("sign", 1)),
            ours=_ours(found),
            answer=found,
            reason=entry["reason"],
        )


def _only(data: DataSet, trials: list[str] | None) -> DataSet:
    """The data set with these trials alone, under the same version."""
    if trials is None:
        return data
    return DataSet(
        version=data.version,
        trials={name: data.trials[name] for name in trials},
        arms={key: arm for key, arm in data.arms.items() if key[0] in trials},
        results=tuple(result for result in data.results if result.trial in trials),
    )


def _method(entry: dict[str, dict[str, str]]) -> Method:
    named = entry.get("method")
    if named is None:
        return DEFAULT
    return Method(
        tau2=Tau2Method(named["tau2"]),
        interval=Interval(named["interval"]),
        prediction=Prediction(named["prediction"]),
    )


def _in_our_direction(theirs: Published, sign: int) -> tuple[float, float, float]:
    if theirs.estimate is None or theirs.low is None or theirs.high is None:
        raise ValueError(f"published.csv {theirs.id} has no estimate with an interval to stand beside ours.")
    ends = sorted((sign * theirs.low, sign * theirs.high))
    return sign * theirs.estimate, ends[0], ends[1]


def _ours(found: Answer) -> tuple[float, float, float] | None:
    """The pooled result, or the one trial's."""
    if found.pooled is not None:
        return found.pooled.shown
    if len(found.comparisons) == 1:
        effect = found.comparisons[0].effect
        return effect.shown, *effect.interval()
    return None


def _published(row: dict[str, str]) -> Published:
    return Published(
        id=row["id"],
        review=row["review"],
        title=row["title"],
        year=row["year"],
        indication=row["indication"],
        outcome=row["outcome"],
        comparator=row["comparator"],
        timepoint=row["timepoint"],
        k=row["k"],
        people=row["people"],
        measure=row["measure"],
        estimate=_number(row["estimate"]),
        low=_number(row["low"]),
        high=_number(row["high"]),
        method=row["method"],
        source=row["source"],
        status=Status(row["status"]),
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
