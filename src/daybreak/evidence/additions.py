"""Rows somebody proposes: held to the same checks as the shipped ones, laid over a data set, and what they change."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from daybreak.evidence.dataset import DataSet
from daybreak.evidence.reading import Refused, contradictions, read_arms, read_results, read_trials
from daybreak.evidence.trials import Arm, Result, Trial

TABLES = ("trials", "arms", "results")
MOST_ROWS = 2000  # in one table; ours: the shipped data set has fewer than a thousand
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


class UnreadableTable(ValueError):
    """A table of which no row can be read; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What passed of proposed rows, and what did not. A row with a known id corrects that row."""

    trials: tuple[Trial, ...] = ()
    arms: tuple[Arm, ...] = ()
    results: tuple[Result, ...] = ()
    refused: tuple[Refused, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not (self.trials or self.arms or self.results)


def check(base: DataSet, texts: Mapping[str, str]) -> Addition:
    """Hold proposed tables to every check the shipped ones pass, against the data set they would enter.

    Args:
        texts: CSV text by table ("trials", "arms", "results"), each with the columns of the shipped file.

    Raises:
        UnreadableTable: for a table that is no CSV, lacks a column or is too long.
    """
    try:
        trials, refused_trials = _trials(texts.get("trials", ""))
        known_trials = {**base.trials, **{trial.id: trial for trial in trials}}
        arms, refused_arms = _arms(texts.get("arms", ""), known_trials, base)
        known_arms = {**base.arms, **{(arm.trial, arm.id): arm for arm in arms}}
        results, refused_results = _results(texts.get("results", ""), known_arms, base)
    except csv.Error as error:
        raise UnreadableTable(f"A table is no CSV: {error}. Save it again as CSV in UTF-8.") from error
    except ValueError as error:
        raise UnreadableTable(str(error)) from error
    kept = Addition(trials=tuple(trials), arms=tuple(arms), results=tuple(results))
    against_each_other = _contradicting(base, kept)
    out = {row.id for row in against_each_other}
    return replace(
        kept,
        results=tuple(row for row in kept.results if row.id not in out),
        refused=(*refused_trials, *refused_arms, *refused_results, *against_each_other),
    )


def add(base: DataSet, addition: Addition, *, version: str) -> DataSet:
    """The data set with the rows of an addition: new ones behind, corrected ones in the place of what they correct."""
    results = {row.id: row for row in (*base.results, *addition.results)}
    return DataSet(
        version=version,
        trials={**base.trials, **{trial.id: trial for trial in addition.trials}},
        arms={**base.arms, **{(arm.trial, arm.id): arm for arm in addition.arms}},
        results=tuple(results.values()),
        refused=(*base.refused, *addition.refused),
    )


def version_of(shipped: str, texts: Iterable[Mapping[str, str]]) -> str:
    """The version of a data set with additions: the shipped one, how many were added, and a hash of their content."""
    added = list(texts)
    if not added:
        return shipped
    digest = hashlib.sha256()
    for each in added:
        for table in TABLES:
            digest.update(each.get(table, "").encode() + b"\0")
    return f"{shipped}.{len(added)}-{digest.hexdigest()[:8]}"


def _trials(text: str) -> tuple[list[Trial], list[Refused]]:
    """Proposed trials. A trial's id stands in the address of its page, so it is plain."""
    if not text:
        return [], []
    trials, refused = read_trials(_as_text("trials.csv", text))
    lines = _lines(text, "trial")
    odd = [trial for trial in trials if not _ID.fullmatch(trial.id)]
    reason = "it may have small letters, digits, dots and hyphens, 80 at most"
    refused += [Refused("trials.csv", lines[(trial.id,)], trial.id, "trial", reason) for trial in odd]
    return [trial for trial in trials if trial not in odd], refused


def _arms(text: str, trials: Mapping[str, Trial], base: DataSet) -> tuple[list[Arm], list[Refused]]:
    """Proposed arms. One that is set against an arm nobody knows is refused."""
    if not text:
        return [], []
    arms, refused = read_arms(_as_text("arms.csv", text), trials.values())
    lines = _lines(text, "trial", "arm")
    known = {*base.arms, *((arm.trial, arm.id) for arm in arms)}
    lone = [arm for arm in arms if arm.against and (arm.trial, arm.against) not in known]
    for arm in lone:
        reason = f"the trial has no arm {arm.against!r}"
        refused.append(Refused("arms.csv", lines[arm.trial, arm.id], f"{arm.trial} {arm.id}", "against", reason))
    return [arm for arm in arms if arm not in lone], refused


def _results(text: str, arms: Mapping[tuple[str, str], Arm], base: DataSet) -> tuple[list[Result], list[Refused]]:
    """Proposed results. A correction stays with its arm: an id taken by another would make a row disappear unseen."""
    if not text:
        return [], []
    results, refused = read_results(_as_text("results.csv", text), arms.values())
    known = {row.id: row for row in base.results}
    moved = [
        row for row in results if row.id in known and (known[row.id].trial, known[row.id].arm) != (row.trial, row.arm)
    ]
    for row in moved:
        reason = f"it is a row of {known[row.id].trial}, {known[row.id].arm}; choose another id"
        refused.append(Refused("results.csv", row.line, row.id, "id", reason))
    return [row for row in results if row not in moved], refused


def _as_text(name: str, text: str) -> str:
    """The text of a table, once it is short enough and holds nothing that is no text."""
    if "\0" in text:
        raise UnreadableTable(f"{name} holds a zero byte, so it is no text. Save it again as CSV in UTF-8.")
    rows = sum(1 for _ in csv.reader(io.StringIO(text))) - 1
    if rows > MOST_ROWS:
        raise UnreadableTable(f"{name} has {rows} rows; at once {MOST_ROWS} may come. Send it in parts.")
    return text


def _lines(text: str, *key: str) -> dict[tuple[str, ...], int]:
    """Where each row of a table stands, by its identity; the heading is line 1."""
    reader = csv.DictReader(io.StringIO(text))
    return {tuple((row[name] or "").strip() for name in key): reader.line_num for row in reader}


def _contradicting(base: DataSet, addition: Addition) -> list[Refused]:
    """Proposed rows whose printed difference contradicts the means, their own or those of a row that stays."""
    together = add(base, addition, version="")
    proposed = {row.id for row in addition.results}
    return [
        Refused("results.csv", row.line, row.id, problem.field, problem.reason)
        for row, problem in contradictions(together.results, together.arms.values())
        if row.id in proposed
    ]
