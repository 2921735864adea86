"""Words at a place in the plot: where the chart puts them, or near it, where no other words, line or point is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from daybreak.charts import marks as m
from daybreak.charts.frame import Frame, end_labels_apart
from daybreak.charts.scales import ordered
from daybreak.charts.series import places, runs, thinned
from daybreak.charts.svg import element, line, text_width, words

ASCENT, DESCENT = 12.0, 4.0  # of words at 14 px, from the line they stand on
_POINT = 7.0  # half the room a point takes
_AROUND = 2.0  # words keep this far from what they must not touch
_NEAREST = 10.0  # from a point to its name; one further off is led to it by a line
_REACHES = (_NEAREST, 24.0, 40.0, 58.0, 80.0, 105.0, 135.0, 170.0, 210.0)
# Right, left, above, below, then between them: first to the right, as one reads.
_WAYS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1), (1, -2), (1, 2), (-1, -2), (-1, 2))

Pixel = tuple[float, float]
Stroke = tuple[Pixel, Pixel]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the picture, in units of the viewBox."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two boxes lie on each other."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_crossed_by(self, stroke: Stroke) -> bool:
        """Whether a straight line passes through."""
        (x, y), (to_x, to_y) = stroke
        enters, leaves = 0.0, 1.0
        for start, end, low, high in ((x, to_x, self.left, self.right), (y, to_y, self.top, self.bottom)):
            if start == end:
                if not low < start < high:
                    return False
                continue
            first, last = sorted(((low - start) / (end - start), (high - start) / (end - start)))
            enters, leaves = max(enters, first), min(leaves, last)
        return enters < leaves

    def holds(self, other: "Box") -> bool:
        """Whether another box lies wholly inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def nearest(self, x: float, y: float) -> Pixel:
        """The place on or in the box that is nearest to another."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


def words_box(text: str, x: float, y: float, anchor: str = "", *, strong: bool = False) -> Box:
    """The room words take that stand on the line y, and at x begin, or end (`end`), or have their middle (`mid`)."""
    width = text_width(text, strong=strong)
    left = x - {"end": width, "mid": width / 2}.get(anchor, 0.0)
    return Box(left, y - ASCENT, left + width, y + DESCENT)


@dataclass(slots=True)
class _Taken:
    """What is drawn already: words must not lie on it."""

    boxes: list[Box] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)

    def hits(self, box: Box) -> int:
        """How much of it a box would lie on."""
        return sum(box.meets(each) for each in self.boxes) + sum(map(box.is_crossed_by, self.strokes))

    def hides(self, leader: Iterable[Stroke]) -> int:
        """How many words and points a line to a name would strike through, its own point left out."""
        return sum(
            box.is_crossed_by(stroke) for stroke in leader for box in self.boxes if not box.meets(_dot(*stroke[0]))
        )


def draw_labels(frame: Frame) -> list[str]:
    """Every label of the chart. Call it when the names at the ends of lines are known: labels keep clear of them."""
    labels = [mark for mark in frame.chart.marks if isinstance(mark, m.Label)]
    parts, free, said = [], [], []
    for label in labels:
        if label.place == "near":
            free.append(label)
            continue
        drawn, box = _set(label, frame)
        parts += drawn
        said.append(box)
    if free:
        taken = _taken(frame)
        taken.boxes += said
        for label in free:
            parts += _near(label, frame, taken)
    return parts


def _set(mark: m.Label, frame: Frame) -> tuple[list[str], Box]:
    """A label where the chart puts it, moved until all its words are in the picture."""
    x, y = frame.x.place(mark.x), frame.y.at(mark.y)
    point = [element("circle", class_="c-point a", cx=x, cy=y, r=6)] if mark.point else []
    dx, dy, anchor = _LABEL_PLACES[mark.place]
    width = text_width(mark.text, strong=mark.look != "plain")
    start = x + dx - (width if anchor else 0)
    if not 0 <= start <= frame.chart.width - width:
        start, anchor = max(0.0, min(start, frame.chart.width - width)), ""
    look = " ".join(filter(None, ["" if mark.look == "plain" else mark.look, anchor, "halo"]))
    at = start + width if anchor else start
    box = Box(start, y + dy - ASCENT, start + width, y + dy + DESCENT)
    return [*point, words(mark.text, at, y + dy, look)], box


_LABEL_PLACES = {
    "above": (2, -14, ""),
    "below": (2, 26, ""),
    "right": (10, 4.5, ""),
    "left": (-10, 4.5, "end"),
}


def _near(mark: m.Label, frame: Frame, taken: _Taken) -> list[str]:
    """A label at the nearest place that is free, led to its point where that is far; else at the least covered one."""
    x, y = frame.x.place(mark.x), frame.y.at(mark.y)
    room = Box(frame.left + 4, frame.top - 8, frame.chart.width, frame.bottom - 2)
    inside = [each for each in _around(mark, x, y) if room.holds(each)]

    def covered(box: Box) -> int:
        return taken.hits(box) + taken.hides(_leader(box, x, y))

    box = next((each for each in inside if not covered(each)), None)
    if box is None:
        box = min(inside or [_pushed(words_box(mark.text, x, y, strong=True), room)], key=covered)
    leader = _leader(box, x, y)
    taken.boxes.append(box)
    taken.strokes += leader
    look = " ".join(filter(None, ["" if mark.look == "plain" else mark.look, "halo"]))
    return [
        *(line("c-leader", *start, *end) for start, end in leader),
        words(mark.text, box.left + _AROUND, box.bottom - _AROUND - DESCENT, look),
    ]


def _leader(box: Box, x: float, y: float) -> list[Stroke]:
    """The line from a point to its name, where the name is too far off to be known as its own."""
    to = box.nearest(x, y)
    return [((x, y), to)] if abs(to[0] - x) + abs(to[1] - y) > 2 * _NEAREST else []


def _around(mark: m.Label, x: float, y: float) -> Iterator[Box]:
    """The places for a name near a point, the best first."""
    width = text_width(mark.text, strong=mark.look != "plain") + 2 * _AROUND
    height = ASCENT + DESCENT + 2 * _AROUND
    for reach in _REACHES:
        for across, down in _WAYS:
            slope = max(abs(across), abs(down))
            dx, dy = across * reach / slope, down * reach / slope
            left = x + dx - (0 if across > 0 else width if across < 0 else width / 2)
            top = y + dy - (0 if down > 0 else height if down < 0 else height / 2)
            yield Box(left, top, left + width, top + height)


def _pushed(box: Box, room: Box) -> Box:
    """A box moved into the room."""
    left = max(room.left, min(box.left, room.right - (box.right - box.left)))
    top = max(room.top, min(box.top, room.bottom - (box.bottom - box.top)))
    return Box(left, top, left + box.right - box.left, top + box.bottom - box.top)


def _taken(frame: Frame) -> _Taken:
    """What words near a place must not lie on: lines, points, levels, the line of zero, names of ends."""
    taken = _Taken()
    if frame.y.low < 0 < frame.y.high:
        zero = frame.y.at(0)
        taken.strokes.append(((frame.left, zero), (frame.right, zero)))
    for label in end_labels_apart(frame):
        taken.boxes.append(words_box(label.text, label.x, label.y + 4.5, strong=True))
    for mark in frame.chart.marks:
        match mark:
            case m.Line() | m.Steps():
                taken.strokes += (stroke for run in _drawn(mark, frame) for stroke in pairwise(run))
            case m.Points() | m.Bars():
                taken.boxes += (_at(*pixel) for run in _drawn(mark, frame) for pixel in run)
            case m.Limit():
                level = frame.y.at(mark.value)
                taken.strokes.append(((frame.left, level), (frame.right, level)))
    return taken


def _drawn(mark: m.Line | m.Steps | m.Points | m.Bars, frame: Frame) -> Iterable[list[Pixel]]:
    series = thinned(places(ordered(mark.x, frame.chart.x, mark.name), mark.y), frame.x)
    return ([(frame.x.at(x), frame.y.at(y)) for x, y in run] for run in runs(series))


def _dot(x: float, y: float) -> Box:
    return Box(x - 0.1, y - 0.1, x + 0.1, y + 0.1)


def _at(x: float, y: float) -> Box:
    return Box(x - _POINT, y - _POINT, x + _POINT, y + _POINT)
