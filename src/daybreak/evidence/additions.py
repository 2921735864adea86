"""Rows somebody proposes: held to the same checks as the shipped ones, laid over a data set, and what they change."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from daybreak.evidence.contradictions import contradictions, told_before
from daybreak.evidence.dataset import DataSet
from daybreak.evidence.reading import (
    Refused,
    RowProblem,
    read_arms,
    read_results,
    read_trials,
)
from daybreak.evidence.rows import KEYS, arm_row, blank_row, result_row, rows_by_key, trial_row, write
from daybreak.evidence.trials import Arm, Result, Trial

TABLES = ("trials", "arms", "results")
# What the named cells of corrected rows held, by table, row (its key with spaces between) and column.
Were = Mapping[str, Mapping[str, Mapping[str, str]]]
MOST_ROWS = 2000  # in one table; ours: the shipped data set has fewer than a thousand
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")  # an id stands in the address of a page
_PLAIN = "it may have small letters, digits, dots, hyphens and low lines, 80 at most"


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

    def counts(self, base: DataSet) -> tuple[int, int]:
        """How many rows are new to a data set, and how many correct one of its rows."""
        known = [
            *(trial.id in base.trials for trial in self.trials),
            *((arm.trial, arm.id) in base.arms for arm in self.arms),
            *(row.id in {each.id for each in base.results} for row in self.results),
        ]
        return known.count(False), known.count(True)


def check(base: DataSet, texts: Mapping[str, str], were: Were | None = None) -> Addition:
    """Hold proposed tables to every check the shipped ones pass, against the data set they would enter.

    Args:
        texts: CSV text by table ("trials", "arms", "results"), with columns of the shipped files. Those left out
            stay as they are in a correction and are empty in a new row.
        were: of a row that stands here, as `named` gives it, only the cells named here are proposed.

    Raises:
        UnreadableTable: for a table that is no CSV, has a column nobody knows, lacks its id or is too long.
    """
    were = were or {}
    try:
        trials, refused_trials = _trials(base, _complete(base, "trials", texts, were))
        known_trials = {**base.trials, **{trial.id: trial for trial in trials}}
        arms, refused_arms = _arms(base, _complete(base, "arms", texts, were), known_trials)
        known_arms = {**base.arms, **{(arm.trial, arm.id): arm for arm in arms}}
        results, refused_results = _results(base, _complete(base, "results", texts, were), known_arms)
    except csv.Error as error:
        raise UnreadableTable(f"A table is no CSV: {error}. Save it again as CSV in UTF-8.") from error
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


def named(base: DataSet, addition: Addition) -> tuple[dict[str, str], dict[str, dict[str, dict[str, str]]]]:
    """What an addition proposes and no more: new rows whole, of a corrected row the cells that differ.

    Returns:
        The tables as CSV text, cells that are not named empty; and what each named cell of a corrected row holds in
        the data set, for `check` and `changed_since`.
    """
    texts, were = {}, {}
    for table, rows in (
        ("trials", [trial_row(trial) for trial in addition.trials]),
        ("arms", [arm_row(arm) for arm in addition.arms]),
        ("results", [result_row(row) for row in addition.results]),
    ):
        known, kept, of_table = rows_by_key(base, table), [], {}
        for row in rows:
            key = tuple(row[part] for part in KEYS[table])
            told = row
            if old := known.get(key):
                differ = {column: old[column] for column in row if row[column] != old[column]}
                of_table[" ".join(key)] = differ
                told = {column: row[column] if column in (*KEYS[table], *differ) else "" for column in row}
            kept.append(told)
        texts[table], were[table] = write(kept), of_table
    return texts, were


def changed_since(base: DataSet, texts: Mapping[str, str], were: Were) -> list[Refused]:
    """Proposed rows that no longer meet what they were proposed against: taking them would undo another's change."""
    found = []
    for table, text in texts.items():
        known = rows_by_key(base, table)
        reader = csv.DictReader(io.StringIO(text))
        for row in reader:
            key = tuple(row[part] for part in KEYS[table])
            name, now = " ".join(key), known.get(key)
            place = (f"{table}.csv", reader.line_num, name)
            then = were.get(table, {}).get(name)
            if then is None and now is not None:
                reason = "a row with this id came in since it was proposed: propose it again"
                found.append(Refused(*place, KEYS[table][-1], reason))
            elif then is not None and now is None:
                found.append(Refused(*place, KEYS[table][-1], "the row it corrects is gone: propose it again"))
            elif then is not None and now is not None:
                found += [
                    Refused(
                        *place,
                        column,
                        "this number changed since it was proposed "
                        f"({was or 'empty'} then, {now[column] or 'empty'} now): propose it again",
                    )
                    for column, was in then.items()
                    if now[column] != was
                ]
    return found


def version_of(shipped: str, texts: Iterable[Mapping[str, str]]) -> str:
    """The version of a data set with additions: the shipped one, how many were added, and a hash of their content.

    Each addition is its tables, and as "were" which of their cells are named.
    """
    added = list(texts)
    if not added:
        return shipped
    digest = hashlib.sha256()
    for each in added:
        for table in TABLES:
            digest.update(each.get(table, "").encode() + b"\0")
        digest.update(each.get("were", "").encode())
    return f"{shipped}.{len(added)}-{digest.hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class _Complete:
    """A proposed table with every column, a row a line, and where each row stood in what was sent."""

    text: str
    lines: tuple[int, ...]
    refused: tuple[Refused, ...]

    def sent(self, line: int) -> int:
        """The line in what was sent of a line in `text`."""
        return self.lines[line - 2]

    def place(self, refused: Iterable[Refused]) -> list[Refused]:
        """Refused rows, with the lines of what was sent."""
        return [*self.refused, *(replace(row, line=self.sent(row.line)) for row in refused)]


def _complete(base: DataSet, table: str, texts: Mapping[str, str], were: Were) -> _Complete:
    """A correction keeps what it does not name; a new row is empty there.

    Raises:
        UnreadableTable: for a column no table has, one that is needed, or more than may come at once.
    """
    text, cells_of = texts.get(table, ""), were.get(table, {})
    if not text:
        return _Complete("", (), ())
    name, blank, known = f"{table}.csv", blank_row(table), rows_by_key(base, table)
    if "\0" in text:
        raise UnreadableTable(f"{name} holds a zero byte, so it is no text. Save it again as CSV in UTF-8.")
    reader = csv.DictReader(io.StringIO(text))
    heads = list(reader.fieldnames or ())
    columns = f"Its columns are {', '.join(blank)}."
    if lacking := [part for part in KEYS[table] if part not in heads]:
        raise UnreadableTable(f"{name} lacks the column {lacking[0]}. {columns}")
    if unknown := [head for head in heads if head not in blank and head not in _IGNORED]:
        raise UnreadableTable(f"{name} has no column {unknown[0]!r}. {columns}")
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    refused: list[Refused] = []
    for row in reader:
        if len(rows) == MOST_ROWS:
            raise UnreadableTable(
                f"{name} has more than {MOST_ROWS} rows, which is the most at once. Send it in parts."
            )
        key = tuple((row[part] or "").strip() for part in KEYS[table])
        if None in row or None in row.values():
            reason = "it has more or fewer cells than the heading"
            refused.append(Refused(name, reader.line_num, " ".join(key), "row", reason))
            continue
        told = {head: " ".join(cell.split("\n")) for head, cell in row.items() if head in blank}
        if (cells := cells_of.get(" ".join(key))) is not None:
            told = {head: cell for head, cell in told.items() if head in KEYS[table] or head in cells}
        rows.append(blank | known.get(key, {}) | told)
        lines.append(reader.line_num)
    return _Complete(write(rows), tuple(lines), tuple(refused))


_IGNORED = ("spread_words",)  # words of the shipped results that no computation reads


def _trials(base: DataSet, table: _Complete) -> tuple[list[Trial], list[Refused]]:
    """Proposed trials: their ids plain, their reports none that stands here under another id."""
    if not table.text:
        return [], list(table.refused)
    trials, refused = read_trials(table.text)
    proposed = {trial.id for trial in trials}
    staying = [trial for trial in base.trials.values() if trial.id not in proposed]
    odd = {trial.id: RowProblem("trial", _PLAIN) for trial in trials if not _ID.fullmatch(trial.id)}
    odd |= {trial.id: problem for trial, problem in told_before([*staying, *trials]) if trial.id in proposed}
    at = {row["trial"].strip(): line for line, row in enumerate(csv.DictReader(io.StringIO(table.text)), start=2)}
    refused += [Refused("trials.csv", at[name], name, problem.field, problem.reason) for name, problem in odd.items()]
    return [trial for trial in trials if trial.id not in odd], table.place(refused)


def _arms(base: DataSet, table: _Complete, trials: Mapping[str, Trial]) -> tuple[list[Arm], list[Refused]]:
    """Proposed arms. One that is set against an arm nobody knows, or that is no control, is refused."""
    if not table.text:
        return [], list(table.refused)
    arms, refused = read_arms(table.text, trials.values())
    known = {**base.arms, **{(arm.trial, arm.id): arm for arm in arms}}
    lone = [arm for arm in arms if arm.against and _is_no_control(known.get((arm.trial, arm.against)))]
    rows = enumerate(csv.DictReader(io.StringIO(table.text)), start=2)
    at = {(row["trial"].strip(), row["arm"].strip()): line for line, row in rows}
    for arm in lone:
        reason, place = f"the trial has no control arm {arm.against!r}", at[arm.trial, arm.id]
        refused.append(Refused("arms.csv", place, f"{arm.trial} {arm.id}", "against", reason))
    return [arm for arm in arms if arm not in lone], table.place(refused)


def _is_no_control(arm: Arm | None) -> bool:
    return arm is None or arm.role != "control"


def _results(
    base: DataSet, table: _Complete, arms: Mapping[tuple[str, str], Arm]
) -> tuple[list[Result], list[Refused]]:
    """Proposed results. A correction stays with its arm: an id taken by another would make a row disappear unseen."""
    if not table.text:
        return [], list(table.refused)
    results, refused = read_results(table.text, arms.values())
    known = {row.id: row for row in base.results}
    odd = [row for row in results if not _ID.fullmatch(row.id)]
    refused += [Refused("results.csv", row.line, row.id, "id", _PLAIN) for row in odd]
    results = [row for row in results if row not in odd]
    moved = [
        row for row in results if row.id in known and (known[row.id].trial, known[row.id].arm) != (row.trial, row.arm)
    ]
    for row in moved:
        reason = f"it is a row of {known[row.id].trial}, {known[row.id].arm}; choose another id"
        refused.append(Refused("results.csv", row.line, row.id, "id", reason))
    kept = [replace(row, line=table.sent(row.line)) for row in results if row not in moved]
    return kept, table.place(refused)


def _contradicting(base: DataSet, addition: Addition) -> list[Refused]:
    """Proposed rows that contradict or say again what another does, be it proposed too or one that stays."""
    together = add(base, addition, version="")
    proposed = {row.id: row for row in addition.results}
    staying = [row for row in together.results if row.id not in proposed]
    found = {
        row.id: Refused("results.csv", row.line, row.id, problem.field, problem.reason)
        for row, problem in contradictions([*staying, *proposed.values()], together.arms.values())
        if row.id in proposed
    }
    return list(found.values())
