"""Where things stand in a picture: margins, the plot, the time line, words apart from each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from daybreak.charts import marks as m
from daybreak.charts.scales import Scale, across, known, measure, upward
from daybreak.charts.svg import shorten, text_width, words

HEAD = 36.0  # above the plot: the y axis's name, the label of now, the words over missing stretches
LANE_OF_SESSIONS = 50.0
LANE_HEADING = 20.0
LANE_ROW = 32.0
LINE_OF_TEXT = 17.0
_LEAST_LEFT = 38.0
OUTSIDE = 10.0  # from the plot to the words at its right
_AT_THE_EDGE = 0.98  # a line that ends beyond this part of the axis is named outside the plot


@dataclass(frozen=True, slots=True)
class EndLabel:
    """Words that belong to a height: the name of a limit or of the end of a line."""

    x: float
    y: float
    text: str
    look: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The laid-out picture that every mark is drawn into. `line_y` is the height of the time line."""

    chart: m.Chart
    key: str
    x: Scale
    y: Scale
    line_y: float
    end_labels: list[EndLabel] = field(default_factory=list)

    @property
    def left(self) -> float:
        return self.x.start

    @property
    def right(self) -> float:
        return self.x.end

    @property
    def top(self) -> float:
        return self.y.end

    @property
    def bottom(self) -> float:
        return self.y.start

    @property
    def clip(self) -> str:
        return f"url(#{self.key}-plot)"

    @property
    def hatch(self) -> str:
        return f"url(#{self.key}-hatch)"


def lay_out(chart: m.Chart, key: str) -> Frame:
    """Margins and scales of a chart.

    Raises ValueError when the height leaves no plot.
    """
    below = _room_below(chart)
    bottom = chart.height - below
    if bottom - HEAD < 20:
        raise ValueError(f"A height of {chart.height} leaves no room to plot. Use {HEAD + below + 20:.0f} or more.")
    y = upward(chart, bottom - HEAD)
    left = max(_LEAST_LEFT, 14 + max((text_width(tick.label) for tick in y.ticks), default=0))
    right = chart.width - _gutter(chart, across(chart, chart.width - left), y)
    x = across(chart, right - left)
    return Frame(
        chart,
        key,
        Scale(x.axis, x.low, x.high, x.ticks, left, right),
        Scale(y.axis, y.low, y.high, y.ticks, bottom, HEAD),
        bottom + (LANE_OF_SESSIONS if _sessions_have_a_lane(chart) else 0),
    )


def _sessions_have_a_lane(chart: m.Chart) -> bool:
    return any(isinstance(mark, m.Sessions) and mark.name for mark in chart.marks)


def _room_below(chart: m.Chart) -> float:
    lanes = [mark for mark in chart.marks if isinstance(mark, m.Lane)]
    sessions = LANE_OF_SESSIONS if _sessions_have_a_lane(chart) else 0
    ticks = 8 if chart.x.ticks == () else 28
    rows = sum(lane_height(lane, chart.x) for lane in lanes)
    return sessions + ticks + rows + (LINE_OF_TEXT if chart.foot else 0)


def lane_height(lane: m.Lane, axis: m.Axis) -> float:
    """How much room a lane takes with its heading."""
    return LANE_HEADING + LANE_ROW * (1 + max(rows_of(lane, axis), default=-1))


def rows_of(lane: m.Lane, axis: m.Axis) -> list[int]:
    """The row of every span of a lane: the first that is free. A note keeps its row to the end."""
    rows: list[int] = []
    free_from: list[float] = []
    for span in lane.spans:
        start = measure(span.start, axis)
        row = next((index for index, free in enumerate(free_from) if free <= start), len(free_from))
        free_from[row:] = [float("inf") if span.note else measure(span.end, axis), *free_from[row + 1 :]]
        rows.append(row)
    return rows


def _gutter(chart: m.Chart, x: Scale, y: Scale) -> float:
    """Room at the right for the words that stand outside the plot, at most 40 of 100 of the picture."""
    outside = [text_width(limit_label(mark, y)) for mark in chart.marks if isinstance(mark, m.Limit)]
    outside += [text_width(mark.label) for mark in chart.marks if isinstance(mark, m.Sessions)]
    outside += [
        text_width(end_label_of(mark), strong=True)
        for mark in chart.marks
        if isinstance(mark, m.Line) and ends_at_edge(mark, x)
    ]
    needed = OUTSIDE + max(outside, default=0) + 4
    return max(chart.gutter, min(0.4 * chart.width, needed))


def limit_label(mark: m.Limit, y: Scale) -> str:
    """The name of a limit, with an arrow to it where it lies outside the axis."""
    if y.holds(mark.value):
        return mark.label
    return f"{mark.label} {'↑' if y.part(mark.value) > 1 else '↓'}"


def end_label_of(mark: m.Line) -> str:
    return mark.name if mark.label is None else mark.label


def ends_at_edge(mark: m.Line, x: Scale) -> bool:
    """Whether the last known value of a line lies at the right edge of the plot."""
    last = next(
        (at for at, y in zip(reversed(tuple(mark.x)), reversed(tuple(mark.y)), strict=True) if known(y) is not None),
        None,
    )
    return last is not None and x.place(last) >= x.start + _AT_THE_EDGE * (x.end - x.start)


def spread(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights in rising order, moved as little as needed to stand `gap` apart between low and high.

    Where they cannot all fit they run on below `high`.
    """
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap if placed else low))
    ceiling = max(high, low + gap * (len(placed) - 1))
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed


def end_labels_apart(frame: Frame) -> list[EndLabel]:
    """The words at the ends of lines and limits, moved apart where they would lie on each other."""
    found = []
    labels = sorted(frame.end_labels, key=attrgetter("x", "y", "text"))
    for x, group in groupby(labels, key=attrgetter("x")):
        column = list(group)
        room = frame.chart.width - x
        heights = spread([label.y for label in column], LINE_OF_TEXT, frame.top, frame.bottom)
        found += [
            replace(label, y=height, text=shorten(label.text, room))
            for label, height in zip(column, heights, strict=True)
        ]
    return found


def draw_end_labels(frame: Frame) -> list[str]:
    """The words at the ends of lines and limits."""
    return [words(label.text, label.x, label.y + 4.5, label.look) for label in end_labels_apart(frame)]
