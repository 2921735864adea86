"""A forest plot's trials, and the same as a table; `daybreak.charts.forest_picture` draws it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from daybreak.charts.table import Table
from daybreak.charts.ticks import plain

WIDE: Literal[1080] = 1080
NARROW: Literal[340] = 340


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One trial. `estimate`, `low` and `high` as they are read (a ratio as a ratio); `weight` in per cent.

    `columns` fill the words between the name and the plot. With `link` the name leads there.
    """

    name: str
    estimate: float
    low: float
    high: float
    columns: tuple[str, ...] = ()
    weight: float | None = None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestTotal:
    """All trials together, and where a new trial would lie where that is known."""

    name: str
    estimate: float
    low: float
    high: float
    predicted: tuple[float, float] | None = None
    predicted_name: str = "A new trial would lie here, 95 %"
    short_name: str = "Pooled"  # where there is little room, for both lines
    predicted_short_name: str = "A new trial, 95 %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Trials above each other on one axis.

    Attributes:
        measure: the name of the effect, over its numbers.
        no_effect: where the line of no effect stands: 0 for a difference, 1 for a ratio.
        ratio: a log axis.
        favours: what a value left and right of no effect speaks for.
        headings: over the rows' own columns.
        width: `WIDE` with its columns, or `NARROW`, where name and numbers stand over the plot: it fits a phone.
        total: None where nothing is pooled; `note` then says why, in the place of the diamond.
    """

    title: str
    description: str
    measure: str
    rows: tuple[ForestRow, ...]
    total: ForestTotal | None = None
    note: str = ""
    no_effect: float = 0.0
    ratio: bool = False
    favours: tuple[str, str] = ("favours active", "favours control")
    headings: tuple[str, ...] = ()
    width: Literal[340, 1080] = WIDE

    def __post_init__(self) -> None:
        for row in self.lines:
            if not all(math.isfinite(value) for value in (row.low, row.estimate, row.high)):
                raise ValueError(f"“{row.name}” has a number that cannot be drawn.")
            if not row.low <= row.estimate <= row.high:
                ends = f"{plain(row.low)} to {plain(row.high)}"
                raise ValueError(f"“{row.name}” has its estimate {plain(row.estimate)} outside {ends}.")
            if self.ratio and row.low <= 0:
                raise ValueError(f"“{row.name}” is a ratio and cannot reach {plain(row.low)}.")
        if any(len(row.columns) != len(self.headings) for row in self.rows):
            raise ValueError(f"Every row needs a cell for each of the {len(self.headings)} headings.")

    @property
    def lines(self) -> "tuple[ForestRow | ForestTotal, ...]":
        """Every trial, and all together where that is."""
        return (*self.rows, self.total) if self.total else self.rows


def forest_table(forest: Forest) -> Table:
    """The same as numbers: every trial with its interval and weight, then what is pooled."""
    heads = ("Trial", *forest.headings, forest.measure, "95 % interval", "Weight")
    rows = [
        (row.name, *row.columns, two_decimals(row.estimate), interval_of(row), share_of(row)) for row in forest.rows
    ]
    empty = ("",) * len(forest.headings)
    notes = []
    if forest.total:
        rows.append((forest.total.name, *empty, two_decimals(forest.total.estimate), interval_of(forest.total), ""))
        if forest.total.predicted:
            low, high = forest.total.predicted
            notes.append(f"{forest.total.predicted_name}: {two_decimals(low)} to {two_decimals(high)}")
    return Table(heads, tuple(rows), (*notes, *filter(None, [forest.note])))


def share_of(row: ForestRow) -> str:
    return "" if row.weight is None else f"{row.weight:.0f} %"


def two_decimals(value: float) -> str:
    """Two decimals, none where they say nothing."""
    return plain(value, 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0)


def interval_of(row: ForestRow | ForestTotal) -> str:
    return f"{two_decimals(row.low)} to {two_decimals(row.high)}"


def estimate_of(row: ForestRow | ForestTotal) -> str:
    return f"{two_decimals(row.estimate)} ({interval_of(row)})"


def smaller(forest: Forest, rows: Sequence[ForestRow] | None = None) -> Forest:
    """The same for a narrow place, without columns."""
    kept = tuple(replace(row, columns=()) for row in (forest.rows if rows is None else rows))
    return replace(forest, rows=kept, headings=(), width=NARROW)
