"""A day of the calendar as a grid: chairs across, quarters of an hour down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from daybreak.clinic.schedule.queries import Shown
from daybreak.clinic.treatment_day.models import Chair

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the day's grid: empty, or a visit that fills `rows` of them."""

    visit: Shown | None = None
    rows: int = 1


@dataclass(frozen=True, slots=True)
class GridRow:
    """A quarter of an hour over all chairs. `hour` is set where a full one begins; a cell covered from above is left
    out."""

    at: time
    hour: int | None
    hour_rows: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A day. `chairs`: each with how many columns it takes, more than one where visits overlap in it."""

    chairs: tuple[tuple[Chair, int], ...]
    rows: tuple[GridRow, ...]


def grid(chairs: Sequence[Chair], shown: Iterable[Shown], opens: time, closes: time) -> Grid:
    """The day as chairs across and quarters of an hour down, wide enough for everything on it."""
    visits_of: dict[UUID, list[Shown]] = {chair.pk: [] for chair in chairs}
    for visit in shown:
        if visit.chair is not None:  # a session may be opened without one
            visits_of.setdefault(visit.chair.pk, []).append(visit)
    every = [visit for found in visits_of.values() for visit in found]
    first = min([opens.hour, *(visit.starts_at.hour for visit in every)])
    ends = [24 if visit.ends_at.date() > visit.starts_at.date() else _up(visit.ends_at.time()) for visit in every]
    last = max([_up(closes), first + 1, *ends])
    count = (last - first) * QUARTERS
    lanes = [_lanes(visits_of[chair.pk]) for chair in chairs]
    columns = [_column(lane, first, count) for of_chair in lanes for lane in of_chair]
    rows = tuple(
        GridRow(
            at=time(first + row // QUARTERS, row % QUARTERS * 15),
            hour=first + row // QUARTERS if row % QUARTERS == 0 else None,
            hour_rows=QUARTERS,
            cells=tuple(column[row] for column in columns if row in column),
        )
        for row in range(count)
    )
    return Grid(tuple((chair, len(of_chair)) for chair, of_chair in zip(chairs, lanes, strict=True)), rows)


def _lanes(visits: Iterable[Shown]) -> list[list[Shown]]:
    """One chair's visits side by side where they overlap: somebody stayed longer, or came where another is booked."""
    lanes: list[list[Shown]] = [[]]
    for visit in sorted(visits, key=lambda each: each.starts_at):
        free = (lane for lane in lanes if not lane or lane[-1].ends_at <= visit.starts_at)
        if (lane := next(free, None)) is None:
            lanes.append(lane := [])
        lane.append(visit)
    return lanes


def _up(at: time) -> int:
    return at.hour + bool(at.minute or at.second)


def _column(visits: Sequence[Shown], first: int, count: int) -> dict[int, Cell]:
    """One lane's cells by row. What begins in the quarter in which the one above ended stands below it."""
    cells: dict[int, Cell] = {}
    row = 0
    for visit in sorted(visits, key=lambda each: each.starts_at):
        start = max(row, min(count - 1, _row(visit.starts_at, first)))
        length = max(1, -(-(visit.ends_at - visit.starts_at) // timedelta(minutes=15)))
        cells |= {each: Cell() for each in range(row, start)}
        rows = min(length, count - start)
        if rows > 0:
            cells[start] = Cell(visit, rows)
            row = start + rows
    return cells | {each: Cell() for each in range(row, count)}


def _row(at: datetime, first: int) -> int:
    return (at.hour - first) * QUARTERS + at.minute // 15
