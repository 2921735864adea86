"""What stands on the time line and below it: ticks, sessions, checks, an infusion, now, lanes."""

from itertools import takewhile

from daybreak.charts import marks as m
from daybreak.charts.frame import LANE_HEADING, LANE_OF_SESSIONS, LANE_ROW, OUTSIDE, Frame, lane_height, rows_of
from daybreak.charts.svg import element, half_sun, line, shorten, text_width, words
from daybreak.charts.ticks import Tick

_BAR = 10.0  # thickness of a stretch on the line
_NOW = 11.0
_SESSION = 6.0


def draw_line_and_ticks(frame: Frame) -> list[str]:
    """The time line with its ticks; words that would touch the ones before them are left out.

    An axis asked for no ticks has no line: its chart shares the one of the chart below or above.
    """
    if frame.chart.x.ticks == ():
        return []
    y = frame.line_y
    parts = [line("c-axis", frame.left, y, frame.right, y)]
    free_from = 0.0
    marked = any(isinstance(mark, m.Checks) for mark in frame.chart.marks)
    unit = frame.chart.x.unit or ("min" if frame.chart.x.scale == "minutes" else "")
    for index, tick in enumerate(frame.x.ticks):
        x = frame.x.at(tick.at)
        if not marked:
            parts.append(line("c-tick", x, y, x, y + 5))
        last = index == len(frame.x.ticks) - 1
        start, end = _words_of(tick, x)
        if start >= free_from and not (tick.leading and end > frame.right + 24):
            parts.append(words(tick.label, x + 3 if tick.leading else x, y + 20, "" if tick.leading else "mid"))
            free_from = end + 6
        if last and unit:
            parts.append(words(unit, free_from, y + 20))
    return parts


def _words_of(tick: Tick, x: float) -> tuple[float, float]:
    width = text_width(tick.label)
    return (x + 3, x + 3 + width) if tick.leading else (x - width / 2, x + width / 2)


def draw_sessions(mark: m.Sessions, frame: Frame) -> list[str]:
    y = frame.line_y
    parts = [
        half_sun("c-bar" if given else "c-bar plan", frame.x.place(at), y, _SESSION)
        for at, given in zip(mark.x, mark.given, strict=True)
        if _on_line(at, frame)
    ]
    if mark.name:
        parts.append(words(mark.name, 0, y - LANE_OF_SESSIONS + 28, "strong"))
    room = frame.chart.width - frame.right - OUTSIDE
    return [*parts, words(shorten(mark.label, room), frame.right + OUTSIDE, y + 4)]


def draw_checks(mark: m.Checks, frame: Frame) -> list[str]:
    return [
        element(
            "circle",
            class_="c-point" if done else "c-point hollow",
            cx=frame.x.place(at),
            cy=frame.line_y,
            r=5,
        )
        for at, done in zip(mark.x, mark.done, strict=True)
        if _on_line(at, frame)
    ]


def draw_stretch(mark: m.Stretch, frame: Frame) -> list[str]:
    start, end = (max(frame.left, min(frame.right, frame.x.place(at))) for at in (mark.start, mark.end))
    until = end if mark.until is None else max(start, min(end, frame.x.place(mark.until)))
    y = frame.line_y - _BAR / 2
    pale = element("rect", class_="c-bar soft", x=start, y=y, width=end - start, height=_BAR) if until < end else ""
    full = element("rect", class_="c-bar", x=start, y=y, width=until - start, height=_BAR) if until > start else ""
    return [pale, full]


def draw_now(mark: m.Now, frame: Frame) -> list[str]:
    if not _on_line(mark.at, frame):
        return []
    x = frame.x.place(mark.at)
    raised = any(isinstance(other, m.Stretch) for other in frame.chart.marks)
    foot = frame.line_y - (_BAR / 2 if raised else 0)
    if not mark.label:
        return [line("c-now", x, frame.top, x, frame.bottom)]
    width = text_width(mark.label, strong=True)
    name_end = text_width(frame.chart.y.name, strong=True) + 12 if frame.chart.y.name else 0
    start = min(max(x - width / 2, name_end), frame.chart.width - width)
    return [
        line("c-now", x, 19, x, foot),
        half_sun("c-sun", x, foot, _NOW),
        words(mark.label, start, 14, "accent halo"),
    ]


def draw_lane(mark: m.Lane, frame: Frame) -> list[str]:
    """A heading and its bars below the time line, under the lanes before it."""
    lanes = [other for other in frame.chart.marks if isinstance(other, m.Lane)]
    above = takewhile(lambda other: other is not mark, lanes)
    top = frame.line_y + 28 + sum(lane_height(lane, frame.chart.x) for lane in above)
    parts = [words(mark.name, 0, top + 12, "strong")]
    for span, row in zip(mark.spans, rows_of(mark, frame.chart.x), strict=True):
        parts += _draw_span(span, top + LANE_HEADING + row * LANE_ROW, frame)
    return parts


def _draw_span(span: m.Span, y: float, frame: Frame) -> list[str]:
    start, end = (max(frame.left, min(frame.right, frame.x.place(at))) for at in (span.start, span.end))
    box = element(
        "rect",
        class_="c-bar plan" if span.ended else "c-bar soft",
        x=start,
        y=y,
        width=max(2.0, end - start),
        height=22,
    )
    inside = text_width(span.name, strong=True) + 16 <= end - start
    name_at = start + 8 if inside else end + 8
    name = shorten(span.name, frame.chart.width - name_at)
    note_at = end + 12 if inside else name_at + text_width(name) + 8
    note = shorten(span.note, frame.chart.width - note_at) if note_at < frame.chart.width - 40 else ""
    return [
        box,
        words(name, name_at, y + 15.5, "strong halo" if not inside else "strong"),
        words(note, note_at, y + 16),
    ]


def _on_line(at: m.Position, frame: Frame) -> bool:
    return frame.left - 1 <= frame.x.place(at) <= frame.right + 1
