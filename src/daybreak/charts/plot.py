"""The marks inside the plot: lines, bands, points, steps, bars, limits and stretches."""

from collections.abc import Callable, Iterable
from itertools import chain, pairwise
from math import inf

from daybreak.charts import marks as m
from daybreak.charts.frame import OUTSIDE, EndLabel, Frame, end_label_of, ends_at_edge, limit_label
from daybreak.charts.scales import ordered
from daybreak.charts.series import Place, places, runs, thinned
from daybreak.charts.svg import element, line, number, shorten, text_width, words
from daybreak.charts.ticks import plain

Pixel = tuple[float, float]

_TONES = {"ink": "b", "accent": "a"}
_LIMITS = {"amber": ("", "watch"), "red": ("act", "act"), "base": ("base", ""), "goal": ("goal", "")}
_BETWEEN_MARKS = 40  # of values outside the axis: closer together they say the same
_MANY_POINTS = 60


def draw_line(mark: m.Line, frame: Frame) -> list[str]:
    series = _series(mark, frame)
    look = [
        "c-line",
        _TONES[mark.tone],
        "" if mark.dash == "solid" else mark.dash,
        "thin" if mark.thin else "",
    ]
    _name_the_end(mark, series, frame)
    return [*_paths(" ".join(filter(None, look)), series, frame), *_outside(series, frame)]


def draw_steps(mark: m.Steps, frame: Frame) -> list[str]:
    series = _series(mark, frame)
    held = ((earlier, Place(later.x, earlier.y)) for earlier, later in pairwise(series))
    stairs = [*chain.from_iterable(held), *series[-1:]]
    return [*_paths("c-step", stairs, frame), *_outside(series, frame)]


def draw_band(mark: m.Band, frame: Frame) -> list[str]:
    xs = ordered(mark.x, frame.chart.x, mark.name)
    low, high = places(xs, mark.low), places(xs, mark.high)
    for below, above in zip(low, high, strict=True):
        if below.y is not None and above.y is not None and below.y > above.y:
            raise ValueError(f"The band “{mark.name}” has its low edge {below.y} above its high edge {above.y}.")
    # A gap in one edge is a gap in the band.
    low, high = (
        [Place(place.x, None if other.y is None else place.y) for place, other in zip(edge, against, strict=True)]
        for edge, against in ((low, high), (high, low))
    )
    look = " ".join(filter(None, ["c-band", "inner" if mark.inner else "", "b" if mark.tone == "ink" else ""]))
    edges = (runs(thinned(edge, frame.x)) for edge in (low, high))
    parts = []
    for lower, upper in zip(*edges, strict=True):
        outline = [*_pixels(upper, frame), *reversed(_pixels(lower, frame))]
        parts.append(element("path", class_=look, d=_route(outline) + "Z", clip_path=frame.clip))
    return parts


def draw_points(mark: m.Points, frame: Frame) -> list[str]:
    series = _series(mark, frame)
    shape = "triangle" if mark.signal else mark.shape
    tone = mark.signal or ("a" if mark.tone == "accent" else "")
    look = " ".join(filter(None, ["c-point", tone, "hollow" if mark.hollow else ""]))
    radius = 4.5 if len(series) <= _MANY_POINTS else 3
    inside = (place for run in runs(series) for place in run if frame.x.holds(place[0]) and frame.y.holds(place[1]))
    pixels = (_pixel(*place, frame) for place in inside)
    return [
        *(_POINTS[shape](look, x + mark.aside, y, radius) for x, y in pixels),
        *_outside(series, frame),
    ]


def draw_bars(mark: m.Bars, frame: Frame) -> list[str]:
    series = _series(mark, frame)
    middles = sorted({frame.x.at(place.x) for place in series})
    nearest = min((b - a for a, b in pairwise(middles)), default=40.0)
    width = max(1.0, min(40.0, 0.6 * nearest))
    look = "c-bar" if mark.look == "full" else f"c-bar {mark.look}"
    ground = frame.y.at(0) if frame.y.axis.scale != "log" else frame.bottom
    ground = max(frame.top, min(frame.bottom, ground))
    parts = []
    for run in runs(series):
        for x, y in (_pixel(*place, frame) for place in run):
            parts.append(
                element(
                    "rect",
                    class_=look,
                    x=x - width / 2,
                    y=min(y, ground),
                    width=width,
                    height=abs(y - ground),
                    clip_path=frame.clip,
                )
            )
    return [*parts, *_outside(series, frame)]


def draw_limit(mark: m.Limit, frame: Frame) -> list[str]:
    """A level and its name. One that lies outside the axis is still named, with an arrow, at the edge."""
    line_look, text_look = _LIMITS[mark.kind]
    y = max(frame.top, min(frame.bottom, frame.y.at(mark.value)))
    frame.end_labels.append(EndLabel(frame.right + OUTSIDE, y, limit_label(mark, frame.y), text_look))
    if not frame.y.holds(mark.value):
        return []
    return [line(f"c-limit {line_look}".strip(), frame.left, y, frame.right, y)]


def draw_missing(mark: m.Missing, frame: Frame) -> list[str]:
    start, end = _within(mark.start, mark.end, frame)
    if end < start:
        return []
    box = element(
        "rect",
        class_="c-missing",
        x=start,
        y=frame.top,
        width=max(2.0, end - start),
        height=frame.bottom - frame.top,
        fill=frame.hatch,
    )
    half = text_width(mark.word) / 2
    middle = max(half, min(frame.chart.width - half, (start + end) / 2))
    return [box, words(mark.word, middle, frame.top - 6, "mid halo")]


def draw_shade(mark: m.Shade, frame: Frame) -> list[str]:
    start, end = _within(mark.start, mark.end, frame)
    if end < start:
        return []
    height = frame.bottom - frame.top
    return [element("rect", class_="c-shade", x=start, y=frame.top, width=end - start, height=height)]


def name_shade(mark: m.Shade, frame: Frame) -> list[str]:
    """Its words, over the grid and the bands that cross it."""
    start, end = _within(mark.start, mark.end, frame)
    if end < start:
        return []
    return [words(shorten(mark.label, end - start), start + 8, frame.top + 16, "strong halo")]


def _series(mark: m.Line | m.Points | m.Steps | m.Bars, frame: Frame) -> list[Place]:
    return thinned(places(ordered(mark.x, frame.chart.x, mark.name), mark.y), frame.x)


def _within(start: m.Position, end: m.Position, frame: Frame) -> Pixel:
    return max(frame.left, frame.x.place(start)), min(frame.right, frame.x.place(end))


def _pixel(x: float, y: float, frame: Frame) -> Pixel:
    return frame.x.at(x), frame.y.at(y)


def _pixels(run: Iterable[tuple[float, float]], frame: Frame) -> list[Pixel]:
    return [_pixel(x, y, frame) for x, y in run]


def _route(pixels: list[Pixel]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in pixels)


def _paths(look: str, series: list[Place], frame: Frame) -> list[str]:
    """One path through every run of values. A lone value has no line, so it becomes a small point."""
    pixels = [_pixels(run, frame) for run in runs(series)]
    routes = "".join(_route(run) for run in pixels if len(run) > 1)
    path = [element("path", class_=look, d=routes, clip_path=frame.clip)] if routes else []
    alone = [_round("c-point", *run[0], radius=3) for run in pixels if len(run) == 1 and _inside(*run[0], frame)]
    return [*path, *alone]


def _inside(x: float, y: float, frame: Frame) -> bool:
    return frame.left - 1 <= x <= frame.right + 1 and frame.top - 1 <= y <= frame.bottom + 1


def _name_the_end(mark: m.Line, series: list[Place], frame: Frame) -> None:
    last = next((place for place in reversed(series) if place.y is not None), None)
    if last is None or last.y is None or not end_label_of(mark):
        return  # no name, and none that pushes another from its height
    x, y = _pixel(last.x, last.y, frame)
    look = "accent halo" if mark.tone == "accent" else "strong halo"
    x = frame.right + OUTSIDE if ends_at_edge(mark, frame.x) else x + 10
    frame.end_labels.append(EndLabel(x, max(frame.top, min(frame.bottom, y)), end_label_of(mark), look))


def _outside(series: list[Place], frame: Frame) -> list[str]:
    """An arrowhead at the edge for what the axis does not hold, with the value when above or below."""
    parts: list[str] = []
    last = -inf
    for run in runs(series):
        for x, y in run:
            at, height = _pixel(x, y, frame)
            held = frame.x.holds(x), frame.y.holds(y)
            if all(held):
                continue
            at = max(frame.left, min(frame.right, at))
            if at - last < _BETWEEN_MARKS:
                continue
            last = at
            if not held[0]:
                turn = -1 if at == frame.left else 1
                height = max(frame.top, min(frame.bottom, height))
                parts.append(_arrow(at - 5 * turn, height - 5, 5 * turn, 5, -5 * turn, 5))
            else:
                turn = 1 if height > frame.bottom else -1
                edge = frame.bottom if turn > 0 else frame.top
                parts.append(_arrow(at - 5, edge - 5 * turn, 5, 5 * turn, 5, -5 * turn))
                parts.append(words(plain(y), at + 9, edge - 4 if turn > 0 else edge + 12, "halo"))
    return parts


def _arrow(x: float, y: float, *bends: float) -> str:
    a, b, c, d = map(number, bends)
    return element("path", class_="c-cross", d=f"M{number(x)} {number(y)}l{a} {b}l{c} {d}")


def _round(look: str, x: float, y: float, radius: float) -> str:
    return element("circle", class_=look, cx=x, cy=y, r=radius)


def _square(look: str, x: float, y: float, radius: float) -> str:
    half = radius * 0.9
    return element("rect", class_=look, x=x - half, y=y - half, width=2 * half, height=2 * half)


def _triangle(look: str, x: float, y: float, radius: float) -> str:
    side, tall = number(radius * 5 / 3), number(radius * 26 / 9)
    return element(
        "path",
        class_=look,
        d=f"M{number(x)} {number(y - radius * 1.6)}l{side} {tall}h-{number(radius * 10 / 3)}z",
    )


_POINTS: dict[str, Callable[[str, float, float, float], str]] = {
    "round": _round,
    "square": _square,
    "triangle": _triangle,
}
