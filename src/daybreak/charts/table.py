"""The same numbers as a table, for who would rather read than see."""

from collections.abc import Iterator
from dataclasses import dataclass

from daybreak.charts import marks as m
from daybreak.charts.frame import lay_out
from daybreak.charts.scales import Scale, measure, ordered, position_words
from daybreak.charts.series import places, said_of_thinning, thinned
from daybreak.charts.ticks import plain


@dataclass(frozen=True, slots=True)
class Table:
    """A header, rows of text, and what the chart says apart from its series (limits, gaps, stretches)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    @property
    def headed(self) -> Iterator[list[tuple[str, str]]]:
        """Every row, each cell with its heading."""
        return (list(zip(self.header, row, strict=True)) for row in self.rows)


def table(chart: m.Chart) -> Table:
    """Every value the chart draws, one row for each place on the x axis, one column for each name.

    Marks of the same name share a column; values within one whole minute share a row. A gap reads "missing"; an empty
    cell is a place where a series has no value. Raises ValueError as `render` does.
    """
    scale = lay_out(chart, "table").x
    columns: dict[str, dict[float, list[str]]] = {}
    for mark in chart.marks:
        for name, cells in _columns(mark, chart.x, scale):
            column = columns.setdefault(name, {})
            for at, text in cells:
                cell = column.setdefault(round(at) if chart.x.scale == "minutes" else at, [])
                if text not in cell:
                    cell.append(text)
    lines = sorted({at for column in columns.values() for at in column})
    rows = [
        (position_words(at, chart.x), *("; ".join(column.get(at, [])) for column in columns.values())) for at in lines
    ]
    notes = [note for mark in chart.marks for note in _notes(mark, chart.x)]
    thinning = said_of_thinning(map(len, chart.series), scale)
    return Table((_x_name(chart.x), *columns), tuple(rows), (*notes, *filter(None, [thinning])))


def _columns(mark: m.Mark, axis: m.Axis, scale: Scale) -> Iterator[tuple[str, list[tuple[float, str]]]]:
    """The columns a mark fills: name, and cells with their places."""
    match mark:
        case m.Line() | m.Points() | m.Steps() | m.Bars():
            yield mark.name, _cells(mark.y, ordered(mark.x, axis, mark.name), scale)
        case m.Band():
            xs = ordered(mark.x, axis, mark.name)
            yield f"{mark.name}, low", _cells(mark.low, xs, scale)
            yield f"{mark.name}, high", _cells(mark.high, xs, scale)
        case m.Sessions():
            yield "Session", _states(mark.x, mark.given, ("planned", "given"), axis)
        case m.Checks():
            yield mark.name, _states(mark.x, mark.done, ("due", "done"), axis)


def _cells(values: m.Series[m.Value], xs: list[float], scale: Scale) -> list[tuple[float, str]]:
    drawn = thinned(places(xs, values), scale)
    return [(place.x, "missing" if place.y is None else plain(place.y)) for place in drawn]


def _states(
    xs: m.Series[m.Position], flags: m.Series[bool], names: tuple[str, str], axis: m.Axis
) -> list[tuple[float, str]]:
    return [(measure(at, axis), names[bool(flag)]) for at, flag in zip(xs, flags, strict=True)]


def _x_name(axis: m.Axis) -> str:
    return axis.name or {"dates": "Date", "minutes": "Minutes"}.get(axis.scale, axis.unit)


def _notes(mark: m.Mark, axis: m.Axis) -> list[str]:
    """What a mark says that is no series."""
    match mark:
        case m.Limit():
            return [mark.label if plain(mark.value) in mark.label else f"{mark.label}: {plain(mark.value)}"]
        case m.Missing(word=name) | m.Stretch(name=name):
            return [_from_to(name, mark, axis)]
        case m.Lane():
            spans = ((_from_to(f"{mark.name}, {span.name}", span, axis), span.note) for span in mark.spans)
            return [f"{said}, {note}" if note else said for said, note in spans]
        case m.Now() if mark.label:
            return [f"{mark.label}: {position_words(measure(mark.at, axis), axis)}"]
        case m.Label():
            return [f"{mark.text}: {plain(mark.y)} at {position_words(measure(mark.x, axis), axis)}"]
    return []


def _from_to(name: str, mark: m.Missing | m.Stretch | m.Span, axis: m.Axis) -> str:
    start, end = (position_words(measure(at, axis), axis) for at in (mark.start, mark.end))
    return f"{name}: {start} to {end}"
