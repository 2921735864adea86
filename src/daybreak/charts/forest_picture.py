"""A forest plot drawn: a line for each trial, a diamond for all together; wide, or narrow for a phone."""

import math
from dataclasses import dataclass
from itertools import pairwise

from daybreak.charts.forest import NARROW, Forest, ForestRow, estimate_of, share_of, two_decimals
from daybreak.charts.frame import LINE_OF_TEXT
from daybreak.charts.svg import element, line, number, picture, shorten, text_width, two_lines, words
from daybreak.charts.ticks import Tick, number_ticks, plain

_ROW = 34.0
_NARROW_ROW = 50.0  # name and numbers over the plot
_HEAD = 28.0  # under the words of the columns
_FOOT = 56.0  # the axis, its numbers and the words under it
_BASE = 4.5  # from the middle of a row to the foot of its words
_BOX = (5.0, 12.0)  # half a box without weight and with all of it, as sides
_DIAMOND = 8.0
_WEIGHT_ROOM = 66.0
_USUAL_HEAD = "Points on MADRS, 95 % interval"  # a longer one over the numbers takes no room from the plot
_WORDS_HIGH = 18.0
_TICK_ROOM = 44.0  # units of width for one number under the axis
_FURTHEST = 6.0  # an interval may be drawn this many times wider than the middle one before it is cut


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns, the plot and the rows stand."""

    forest: Forest
    columns_at: tuple[float, ...]
    left: float
    right: float
    numbers_at: float
    low: float
    high: float
    ticks: tuple[Tick, ...]

    @property
    def narrow(self) -> bool:
        return self.forest.width == NARROW

    @property
    def top(self) -> float:
        return _HEAD

    @property
    def row(self) -> float:
        return _NARROW_ROW if self.narrow else _ROW

    @property
    def under_rows(self) -> float:
        return self.top + 8 + self.row * len(self.forest.rows)

    @property
    def lines_below(self) -> float:
        total = self.forest.total
        return 0 if total is None and not self.forest.note else 1 if total is None or total.predicted is None else 2

    @property
    def bottom(self) -> float:
        return self.under_rows + 10 + self.line * self.lines_below

    @property
    def line(self) -> float:
        """How much room the pooled line and the one of a new trial take each."""
        return 46.0 if self.narrow else 28.0

    @property
    def words_above(self) -> float:
        """How far over a whisker its words stand: beside it in a wide picture, above it in a narrow one."""
        return 20.0 if self.narrow else 0.0

    @property
    def height(self) -> float:
        return self.bottom + _FOOT

    def row_at(self, index: int) -> float:
        return self.top + 8 + self.row * index + (self.row - 12 if self.narrow else self.row / 2)

    def x(self, value: float) -> float:
        place, low, high = (math.log(v) if self.forest.ratio else v for v in (value, self.low, self.high))
        return self.left + (place - low) / (high - low) * (self.right - self.left)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def render_forest(forest: Forest, *, key: str) -> str:
    """The forest plot as one `<svg>` element. `key` as in `render`."""
    layout = _lay_out(forest)
    parts = [*_headings(layout), *_no_effect(layout)]
    for index, row in enumerate(forest.rows):
        parts += _row(row, layout.row_at(index), layout)
    parts += [*_total(layout), *_axis(layout)]
    return picture(
        parts,
        key=key,
        title=forest.title,
        description=forest.description,
        width=forest.width,
        height=layout.height,
        holds_links=any(row.link for row in forest.rows),
    )


def _lay_out(forest: Forest) -> _Layout:
    if forest.width == NARROW:
        left, right = 6.0, forest.width - 6.0
        return _Layout(forest, (), left, right, forest.width, *_span(forest, right - left))
    numbers = [estimate_of(row) for row in forest.lines]
    for_numbers = max([text_width(text) for text in (*numbers, min(_over_numbers(forest), _USUAL_HEAD, key=len))])
    names = [row.name for row in forest.rows] + ([forest.total.name] if forest.total else [])
    widest = max((text_width(name, strong=True) for name in names), default=0)
    at, columns_at = min(max(widest, 100), 260) + 12, []
    for index, heading in enumerate(forest.headings):
        columns_at.append(at)
        at += min(max(text_width(t) for t in (heading, *(row.columns[index] for row in forest.rows))), 150) + 14
    weight_room = _WEIGHT_ROOM if any(row.weight is not None for row in forest.rows) else 0
    numbers_at = forest.width - weight_room - for_numbers
    left, right = at + 8, numbers_at - 16
    return _Layout(forest, tuple(columns_at), left, right, numbers_at, *_span(forest, right - left))


def _span(forest: Forest, room_for_ticks: float) -> tuple[float, float, tuple[Tick, ...]]:
    """The ends of the axis with no effect inside: an interval much wider than the middle one is cut and says so."""
    to, back = (math.log, math.exp) if forest.ratio else (float, float)
    widths = sorted(to(row.high) - to(row.low) for row in forest.rows)
    reach = _FURTHEST * widths[len(widths) // 2] if widths else 1.0
    middle = [to(row.estimate) for row in forest.rows]
    ends = [to(forest.no_effect), *middle]
    for row in forest.rows:
        ends += [max(to(row.low), min(middle) - reach), min(to(row.high), max(middle) + reach)]
    if forest.total:
        ends += [to(forest.total.low), to(forest.total.high)]
        for end in forest.total.predicted or ():
            ends.append(min(max(to(end), min(middle) - reach), max(middle) + reach))
    low, high = min(ends), max(ends)
    room = 0.04 * (high - low or 1.0)
    low, high = back(low - room), back(high + room)
    most = max(2, min(8, int(room_for_ticks / _TICK_ROOM)))
    ticks = _ratio_ticks(low, high, most) if forest.ratio else number_ticks(low, high, most, within=True)
    return low, high, tuple(ticks)


def _ratio_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Round ratios within the axis, as many as have room, one of them 1."""
    for steps in ((1, 1.2, 1.5, 2, 3, 5, 7), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        places = [step * 10.0**e for e in range(-6, 7) for step in steps if low <= step * 10.0**e <= high]
        nearest = min((math.log(b / a) for a, b in pairwise(places)), default=math.inf)
        if len(places) <= most and nearest * most >= math.log(high / low):
            break
    return [Tick(value, plain(value)) for value in places]


def _headings(layout: _Layout) -> list[str]:
    forest = layout.forest
    if layout.narrow:
        return [
            words(shorten(_over_numbers(forest), forest.width), forest.width, 18, "end"),
            line("c-grid", 0, layout.top, forest.width, layout.top),
        ]
    weighed = any(row.weight is not None for row in forest.rows)
    return [
        words("Trial", 0, 18),
        *(words(head, x, 18) for head, x in zip(forest.headings, layout.columns_at, strict=True)),
        _head_of_numbers(layout, weighed=weighed),
        words("Weight", forest.width, 18, "end") if weighed else "",
        line("c-grid", 0, layout.top, forest.width, layout.top),
    ]


def _over_numbers(forest: Forest) -> str:
    return f"{forest.measure}, 95 % interval"


def _head_of_numbers(layout: _Layout, *, weighed: bool) -> str:
    """Over the numbers from their left; a long one ends where they end and reaches over the plot."""
    head = _over_numbers(layout.forest)
    end = layout.forest.width - (_WEIGHT_ROOM if weighed else 0)
    if text_width(head) <= end - layout.numbers_at:
        return words(head, layout.numbers_at, 18)
    return words(shorten(head, end - layout.left), end, 18, "end")


def _no_effect(layout: _Layout) -> list[str]:
    return _upright("c-zero", layout.x(layout.forest.no_effect), layout.bottom, layout)


def _upright(look: str, x: float, end: float, layout: _Layout) -> list[str]:
    """A line from the top down to `end`; in a narrow picture in pieces, so that it strikes through no words."""
    if not layout.narrow:
        return [line(look, x, layout.top, x, end)]
    heads = [layout.row_at(index) - layout.words_above for index in range(len(layout.forest.rows))]
    below = layout.under_rows + 22
    heads += [below + layout.line * index for index in range(int(layout.lines_below))]
    if layout.forest.total is None and len(two_lines(layout.forest.note, layout.forest.width - 4)) > 1:
        heads.append(below + LINE_OF_TEXT)
    pieces = pairwise([*heads, end + _WORDS_HIGH / 2])
    return [
        line(look, x, start + _WORDS_HIGH / 2, x, stop - _WORDS_HIGH / 2)
        for start, stop in pieces
        if stop - start > _WORDS_HIGH
    ]


def _row(row: ForestRow, y: float, layout: _Layout) -> list[str]:
    forest = layout.forest
    room = (layout.columns_at[0] if layout.columns_at else layout.left) - 8
    if layout.narrow:
        room = forest.width - text_width(estimate_of(row)) - 8
    cells = [words(shorten(cell, 150), x, y + _BASE) for cell, x in zip(row.columns, layout.columns_at, strict=False)]
    share = 0.5 if row.weight is None else min(1.0, math.sqrt(max(0.0, row.weight) / 100))
    side = _BOX[0] + share * (_BOX[1] - _BOX[0])
    at = min(max(layout.x(row.estimate), layout.left), layout.right)
    name = words(shorten(row.name, room / 1.2), 0, y - layout.words_above + _BASE, "strong halo")
    weight = words(share_of(row), forest.width, y + _BASE, "end")
    return [
        element("a", name, href=row.link) if row.link else name,
        *cells,
        *_whisker("c-whisker", row.low, row.high, y, layout),
        element("rect", class_="c-box", x=at - side / 2, y=y - side / 2, width=side, height=side),
        _numbers(estimate_of(row), y, layout),
        "" if layout.narrow else weight,
    ]


def _numbers(text: str, y: float, layout: _Layout, look: str = "") -> str:
    if layout.narrow:
        look = f"{look} end halo".strip()
    return words(text, layout.numbers_at, y - layout.words_above + _BASE, look)


def _whisker(look: str, low: float, high: float, y: float, layout: _Layout) -> list[str]:
    """An interval, with an arrowhead at an end that lies beyond the axis."""
    start, end = (min(max(layout.x(value), layout.left), layout.right) for value in (low, high))
    parts = [line(look, start, y, end, y)]
    for value, at, turn in ((low, layout.left, 1), (high, layout.right, -1)):
        if not layout.holds(value):
            parts.append(
                element(
                    "path",
                    class_="c-cross",
                    d=f"M{number(at + 5 * turn)} {number(y - 5)}L{number(at)} "
                    f"{number(y)}L{number(at + 5 * turn)} {number(y + 5)}",
                )
            )
    return parts


def _total(layout: _Layout) -> list[str]:
    forest = layout.forest
    if not layout.lines_below:
        return []
    y = layout.under_rows + 22 + layout.words_above
    parts = [line("c-grid", 0, layout.under_rows, forest.width, layout.under_rows)]
    total = forest.total
    if total is None:
        first = y - layout.words_above + _BASE
        lines = two_lines(forest.note, forest.width - 4)
        return [*parts, *(words(text, 0, first + index * LINE_OF_TEXT) for index, text in enumerate(lines))]
    x, low, high = (layout.x(value) for value in (total.estimate, total.low, total.high))
    diamond = [(low, y), (x, y - _DIAMOND), (high, y), (x, y + _DIAMOND)]
    parts += [
        *_upright("c-limit base", x, y, layout),
        element("path", class_="c-diamond", d="M" + "L".join(f"{number(a)} {number(b)}" for a, b in diamond) + "z"),
        words(_fit(total.name, total.short_name, layout), 0, y - layout.words_above + _BASE, "accent halo"),
        _numbers(estimate_of(total), y, layout, "strong"),
    ]
    if total.predicted:
        low, high = total.predicted
        below = y + layout.line
        parts += [
            words(
                _fit(total.predicted_name, total.predicted_short_name, layout),
                0,
                below - layout.words_above + _BASE,
                "halo",
            ),
            *_whisker("c-predict", low, high, below, layout),
            _numbers(f"{two_decimals(low)} to {two_decimals(high)}", below, layout),
        ]
    return parts


def _fit(name: str, short: str, layout: _Layout) -> str:
    return short if layout.narrow or text_width(name) > layout.left - 8 else name


def _axis(layout: _Layout) -> list[str]:
    y = layout.bottom + 10
    parts = [line("c-axis", layout.left, y, layout.right, y)]
    for tick in layout.ticks:
        x = layout.x(tick.at)
        parts += [line("c-tick", x, y, x, y + 5), words(tick.label, x, y + 20, "mid")]
    x = layout.x(layout.forest.no_effect)
    left, right = layout.forest.favours
    if layout.narrow:
        return [*parts, words(left, 0, y + 38), words(right, layout.forest.width, y + 38, "end")]
    ends = max(x - 8, text_width(left))
    starts = max(ends + 16, min(x + 8, layout.forest.width - text_width(right)))
    return [*parts, words(left, ends, y + 38, "end"), words(right, starts, y + 38)]
