"""A proposed trial or correction: rows laid over the data set, checked as any other row, under a version of their own.

A row with a known id replaces that row (a correction); one with a new id is added. What a second person then accepts
becomes part of the files.
"""

import csv
import io
from dataclasses import dataclass

from daybreak.evidence import data
from daybreak.evidence.dataset import FILES, DataSet, read
from daybreak.evidence.reading import Refused

_KEYS = {"trials": ("trial",), "arms": ("trial", "arm"), "results": ("id",)}


@dataclass(frozen=True, slots=True)
class Tables:
    """The texts of the three CSV files; an empty one proposes nothing."""

    trials: str = ""
    arms: str = ""
    results: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be, were the rows accepted.

    Attributes:
        data: the data set with them; refused rows are not in it.
        tables: its files, to be kept or proposed over again.
        added, corrected: ids of rows that are new or replace one.
        refused: the proposed rows that cannot be, and those of the data set that can no longer be.
    """

    data: DataSet
    tables: Tables
    added: tuple[str, ...]
    corrected: tuple[str, ...]

    @property
    def refused(self) -> tuple[Refused, ...]:
        return self.data.refused


def shipped() -> Tables:
    """The files the project ships."""
    return Tables(*(data.text(f"{name}.csv") for name in _KEYS))


def propose(proposed: Tables, *, over: Tables | None = None, date: str) -> Proposal:
    """Lay proposed rows over a data set and check the whole.

    Args:
        proposed: CSV files with a heading; columns left out stay as they are in a correction and empty in a new row.
        over: the files to lay them over; None for those the project ships.
        date: the day of the proposal, the first part of the new version.

    Raises:
        ValueError: for a column no file has, or a row without its id.
    """
    under = shipped() if over is None else over
    added: list[str] = []
    corrected: list[str] = []
    merged = {}
    for name, key in _KEYS.items():
        merged[name], new, changed = _lay_over(name, key, getattr(under, name), getattr(proposed, name))
        added += new
        corrected += changed
    tables = Tables(**merged)
    known = "\0".join(data.text(file) for file in FILES[3:])
    found = read(trials=tables.trials, arms=tables.arms, results=tables.results, date=date, more=known)
    return Proposal(data=found, tables=tables, added=tuple(added), corrected=tuple(corrected))


def _lay_over(name: str, key: tuple[str, ...], under: str, proposed: str) -> tuple[str, list[str], list[str]]:
    below = csv.DictReader(io.StringIO(under))
    columns = list(below.fieldnames or ())
    rows = {tuple(row[part] for part in key): row for row in below}
    added: list[str] = []
    corrected: list[str] = []
    above = csv.DictReader(io.StringIO(proposed))
    if unknown := set(above.fieldnames or ()) - set(columns):
        raise ValueError(f"{name}.csv has no column {sorted(unknown)[0]!r}. Its columns are {', '.join(columns)}.")
    for row in above:
        place = tuple((row.get(part) or "").strip() for part in key)
        if not all(place):
            raise ValueError(f"Line {above.line_num} of the proposed {name}.csv lacks its {' or '.join(key)}.")
        if None in row or None in row.values():
            raise ValueError(
                f"Line {above.line_num} of the proposed {name}.csv has more or fewer cells than its heading."
            )
        (corrected if place in rows else added).append(" ".join(place))
        rows[place] = {**dict.fromkeys(columns, ""), **rows.get(place, {}), **row}
    written = io.StringIO()
    writer = csv.DictWriter(written, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return written.getvalue(), added, corrected
