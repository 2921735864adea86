"""From a chart to its SVG. The same chart and key always give the same bytes."""

from collections.abc import Callable
from typing import Any

from daybreak.charts import marks as m
from daybreak.charts import plot, timeline
from daybreak.charts.frame import Frame, draw_end_labels, lay_out
from daybreak.charts.names import draw_labels
from daybreak.charts.scales import known
from daybreak.charts.series import said_of_thinning
from daybreak.charts.svg import element, hatch, line, picture, words

Draw = Callable[[Any, Frame], list[str]]

# What comes later lies on top.
_BEHIND: dict[type, Draw] = {m.Shade: plot.draw_shade}
_IN_THE_PLOT: dict[type, Draw] = {
    m.Band: plot.draw_band,
    m.Missing: plot.draw_missing,
    m.Bars: plot.draw_bars,
    m.Limit: plot.draw_limit,
    m.Steps: plot.draw_steps,
    m.Line: plot.draw_line,
    m.Points: plot.draw_points,
}
_OVER_THE_PLOT: dict[type, Draw] = {m.Shade: plot.name_shade}
_ON_THE_LINE: dict[type, Draw] = {
    m.Stretch: timeline.draw_stretch,
    m.Sessions: timeline.draw_sessions,
    m.Checks: timeline.draw_checks,
    m.Lane: timeline.draw_lane,
    m.Now: timeline.draw_now,
}


def render(chart: m.Chart, *, key: str) -> str:
    """The chart as one `<svg>` element, coloured by the stylesheet alone.

    `key` begins every id in it and must differ between the charts of a page. Raises ValueError with a
    sentence when the chart cannot be drawn truthfully: times that run backwards, an axis upside down, a time
    without its zone.
    """
    frame = lay_out(chart, key)
    parts = [
        element("defs", hatch(key) + _clip(frame)),
        *_draw(_BEHIND, frame),
        *_grid(frame),
        *_draw(_IN_THE_PLOT, frame),
        *_draw(_OVER_THE_PLOT, frame),
        *timeline.draw_line_and_ticks(frame),
        *_draw(_ON_THE_LINE, frame),
        *draw_end_labels(frame),
        *draw_labels(frame),
        words(chart.foot, frame.left, chart.height - 6),
    ]
    if all(known(value) is None for series in chart.series for value in series):
        middle = (frame.left + frame.right) / 2
        parts.append(words(chart.empty, middle, (frame.top + frame.bottom) / 2 + 4.5, "mid halo"))
    thinning = said_of_thinning(map(len, chart.series), frame.x)
    return picture(
        parts,
        key=key,
        title=chart.title,
        description=f"{chart.description} {thinning}".strip(),
        width=chart.width,
        height=chart.height,
    )


def _draw(order: dict[type, Draw], frame: Frame) -> list[str]:
    return [
        part
        for kind, draw in order.items()
        for mark in frame.chart.marks
        if isinstance(mark, kind)
        for part in draw(mark, frame)
    ]


def _clip(frame: Frame) -> str:
    """A little wider than the plot, so that a line along its edge keeps its thickness."""
    room = element(
        "rect",
        x=frame.left - 2,
        y=frame.top - 2,
        width=frame.right - frame.left + 4,
        height=frame.bottom - frame.top + 4,
    )
    return element("clipPath", room, id=f"{frame.key}-plot")


def _grid(frame: Frame) -> list[str]:
    """The y axis: its name, its lines and its numbers.

    Zero is stronger where values lie on both its sides.
    """
    parts = [words(frame.chart.y.name, 0, 14, "strong")]
    for tick in frame.y.ticks:
        y = frame.y.at(tick.at)
        look = "c-zero" if tick.at == 0 and frame.y.low < 0 else "c-grid"
        parts.append(line(look, frame.left, y, frame.right, y))
        parts.append(words(tick.label, frame.left - 8, y + 4.5, "end"))
    return parts
