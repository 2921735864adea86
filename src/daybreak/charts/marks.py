"""What a chart is made of: axes, marks and the chart itself, as plain frozen values.

Positions across (`x`) are numbers, dates or timezone-aware datetimes, as the chart's x axis says. Values
(`y`) are numbers; `None` and NaN are gaps, and no line is drawn through a gap. Series may be lists, tuples or
NumPy arrays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, tzinfo
from typing import Literal, Protocol, TypeVar

Item_co = TypeVar("Item_co", covariant=True)


class Series(Protocol[Item_co]):
    """Anything with a length that can be walked: a list, a tuple, a NumPy array."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Item_co]: ...


Position = float | date  # a datetime is a date
Value = float | None
Tone = Literal["ink", "accent"]
Signal = Literal["watch", "act"]


class _Mark:
    """Keeps every series as a tuple, so that a mark can neither change nor be used up after it is made."""

    __slots__ = ()

    def __post_init__(self) -> None:
        lengths = {}
        for field in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, field.name)
            if isinstance(value, str) or not hasattr(value, "__len__"):
                continue
            object.__setattr__(self, field.name, tuple(value))
            lengths[field.name] = len(value)
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{count} in {name}" for name, count in lengths.items())
            raise ValueError(f"Every series of a mark must have the same length, found {found}.")


@dataclass(frozen=True, slots=True)
class Line(_Mark):
    """A measured line (ink) or the model's middle (accent).

    `label` stands at its end; None stands for the name.
    """

    x: Series[Position]
    y: Series[Value]
    name: str
    label: str | None = None
    tone: Tone = "ink"
    dash: Literal["solid", "broken", "guess"] = "solid"
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Band(_Mark):
    """What is expected or uncertain, from `low` to `high`. A band is never a limit."""

    x: Series[Position]
    low: Series[Value]
    high: Series[Value]
    name: str
    inner: bool = False
    tone: Tone = "accent"


@dataclass(frozen=True, slots=True)
class Points(_Mark):
    """Single values. A signal draws them as triangles in its colour, whatever the shape.

    `aside` draws them so many units to the right of their place (left, if negative): equal values of two series at
    one place are then both seen.
    """

    x: Series[Position]
    y: Series[Value]
    name: str
    shape: Literal["round", "square", "triangle"] = "round"
    hollow: bool = False
    signal: Signal | None = None
    tone: Tone = "ink"
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class Steps(_Mark):
    """A value that holds until the next one, such as a dose rate."""

    x: Series[Position]
    y: Series[Value]
    name: str


@dataclass(frozen=True, slots=True)
class Bars(_Mark):
    """Columns that stand on zero."""

    x: Series[Position]
    y: Series[Value]
    name: str
    look: Literal["full", "soft", "plan", "past"] = "full"


@dataclass(frozen=True, slots=True)
class Limit:
    """A level across the chart: amber (look), red (act), base (before) or goal (response, remission)."""

    value: float
    label: str
    kind: Literal["amber", "red", "base", "goal"] = "amber"


@dataclass(frozen=True, slots=True)
class Missing:
    """A hatched stretch without data, and the word that says why."""

    start: Position
    end: Position
    word: str = "missing"


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch with another ground, such as the forecast."""

    start: Position
    end: Position
    label: str = ""


@dataclass(frozen=True, slots=True)
class Sessions(_Mark):
    """Half suns on the time line, filled when given or chosen, empty when still to come.

    With a `name` the time line moves below the plot and carries the name; `label` then stands at its end.
    """

    x: Series[Position]
    given: Series[bool]
    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Checks(_Mark):
    """Round marks on the time line, filled when done, hollow when still due."""

    x: Series[Position]
    done: Series[bool]
    name: str = "Check"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch on the time line, such as an infusion: filled up to `until`, pale from there to its end."""

    start: Position
    end: Position
    name: str
    until: Position | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """One bar of a lane. `ended` draws it as past; `note` stands after it."""

    start: Position
    end: Position
    name: str
    note: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """Bars below the time line under one heading, such as other medicines.

    Bars that overlap take a row each.
    """

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Now:
    """The present: a line through the plot and a half sun on the time line. Without a label only the line."""

    at: Position
    label: str = "Now"


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place in the plot; `point` marks the place with a large point.

    `near` lets the chart choose: next to the place, where no other words, line or point is.
    """

    x: Position
    y: float
    text: str
    look: Literal["plain", "strong", "accent", "watch", "act"] = "strong"
    place: Literal["above", "below", "right", "left", "near"] = "above"
    point: bool = False


Mark = Line | Band | Points | Steps | Bars | Limit | Missing | Shade | Sessions | Checks | Stretch | Lane | Now | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One direction of a chart.

    `name` stands over the y axis; that of the x axis heads the table. Without `low` or `high` the data
    decide, and a linear y axis then contains zero. `ticks` are places with their words and replace the usual
    ones; an empty tuple draws none. `unit` follows the last tick of an x axis. A datetime is shown by the
    wall clock of `zone`.
    """

    name: str = ""
    low: Position | None = None
    high: Position | None = None
    scale: Literal["linear", "log", "dates", "minutes"] = "linear"
    unit: str = ""
    ticks: tuple[tuple[Position, str], ...] | None = None
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One picture: a title, a sentence that says what it shows, two axes and the marks.

    `width` and `height` are units of the viewBox. `gutter` is the least room for words at the right: the same in charts
    set one above the other, they share their time line. `foot` is a line of words below; `empty` is said when there
    is no data.
    """

    title: str
    description: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    width: Literal[340, 520, 620, 1080] = 620
    height: int = 300
    gutter: float = 20
    foot: str = ""
    empty: str = "Nothing recorded yet."

    @property
    def series(self) -> tuple[tuple[Value, ...], ...]:
        """Every series of values in the chart."""
        found: list[tuple[Value, ...]] = []
        for mark in self.marks:
            match mark:
                case Line() | Points() | Steps() | Bars():
                    found.append(tuple(mark.y))
                case Band():
                    found += [tuple(mark.low), tuple(mark.high)]
        return tuple(found)
