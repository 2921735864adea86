"""What `daybreak simulate` shows: a table on the command line and a page with charts, regimens side by side."""

from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from daybreak import charts
from daybreak.charts.marks import Mark
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.response.course import weeks_studied
from daybreak.pharmacology.simulate import Simulated
from daybreak.pharmacology.simulation.symptoms import WITHOUT_DRUG
from daybreak.pharmacology.simulation.tables import made_of, warned

PAGE_ENDINGS = (".html",)
_NINETY = (0.05, 0.5, 0.95)
_HOURS_PER_WEEK = 168.0
_WEEKS_FROM_H = 2 * _HOURS_PER_WEEK  # a longer chart counts in weeks
_SAYS = "Median, and between which values nine of ten virtual people lie"
_ENDPOINTS = {"highest": "highest", "at_h": "highest at (h)", "area": "area (x h)"}


def summary(results: Mapping[str, Simulated]) -> Table:
    """Every endpoint and chance, the regimens side by side."""
    table = Table(
        "", *results, box=SIMPLE, caption=f"{_SAYS}. Chances: of 100 people, and how far the model leaves it open."
    )
    for title, rows in _groups(results):
        table.add_section()
        table.add_row(title, style="bold")
        for name, cells in rows:
            table.add_row(f"  {name}", *cells)
    return table


def _groups(results: Mapping[str, Simulated]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Each series with its endpoints, then the chances: names, and a cell for each regimen."""
    every = list(results.values())
    for series in dict.fromkeys(name for found in every for name in found.endpoints):
        ends = [found.endpoints.get(series, {}) for found in every]
        names = dict.fromkeys(name for named in ends for name in named)
        yield series, [(_ENDPOINTS.get(name, name), [_spread(named.get(name)) for named in ends]) for name in names]
    chances = dict.fromkeys(name for found in every for name in found.chances)
    if chances:
        yield "Chances", [(name, [_of_hundred(found.chances.get(name)) for found in every]) for name in chances]


def _spread(values: FloatArray | None) -> str:
    if values is None:
        return "not predicted"
    known = values[~np.isnan(values)]
    if not len(known):
        return "nobody"
    low, middle, high = np.quantile(known, _NINETY)
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def _of_hundred(chances: FloatArray | None) -> str:
    """A mean chance as a number of 100 people; with the interval it may lie in where each future has its own."""
    if chances is None:
        return "not predicted"
    told = chances[~np.isnan(chances)]
    rest = "" if len(told) == len(chances) else f"; not predicted for {len(chances) - len(told)} of {len(chances)}"
    if np.isin(told, (0, 1)).all():
        return _count(float(told.mean()), len(told)) + rest
    low, high = np.quantile(told, (0.05, 0.95))
    return f"{_count(float(told.mean()))} ({_count(float(low))} to {_count(float(high))}){rest}"


def _count(share: float, of: int | None = None) -> str:
    """A share as a number of 100. A chance above none is never shown as none, nor one below certain as all.

    Nobody of a number `of` people is fewer than one of that number, not none.
    """
    if share < 0.005:
        return "fewer than 1" if share or of is None or of >= 100 else f"none of {of}"
    return "more than 99" if share >= 0.995 else f"{100 * share:.0f}"


def page(results: Mapping[str, Simulated]) -> str:
    """A page that stands alone: warnings, numbers, charts and limits, the regimens side by side."""
    sheet = files("daybreak").joinpath("web/static/daybreak.css")  # a file of the package; the room is not imported
    style = sheet.read_text(encoding="utf-8")
    body = "\n".join([_warnings(results), _table(results), *_pictures(results), _made(results)])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Simulation</title>'
        f'<style>{style}</style></head><body><main class="stack"><h1>Simulation</h1>\n'
        "<p>Virtual people. For clinicians and researchers; no prediction for one person.</p>\n"
        f"{body}\n</main></body></html>\n"
    )


def _warnings(results: Mapping[str, Simulated]) -> str:
    lines = "".join(
        f"<li><strong>Look:</strong> {escape(said)} <em>({escape(words)})</em></li>"
        for words, found in results.items()
        for said in warned(found)
    )
    return f'<ul class="lines">{lines}</ul>' if lines else ""


def _table(results: Mapping[str, Simulated]) -> str:
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in results)
    rows = "".join(
        f'<tr><th scope="rowgroup" colspan="{len(results) + 1}">{escape(title)}</th></tr>'
        + "".join(f'<tr><th scope="row" class="quiet">{escape(name)}</th>{_cells(cells)}</tr>' for name, cells in named)
        for title, named in _groups(results)
    )
    return (
        '<section class="sheet stack"><h2>In numbers</h2><div class="table-wrap" tabindex="0" role="region" '
        f'aria-label="In numbers"><table><caption>{_SAYS}. Chances: of 100 people, and how far the model leaves '
        f"it open</caption><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _cells(cells: list[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _pictures(results: Mapping[str, Simulated]) -> Iterator[str]:
    """A section for each series worth a picture, a chart for each regimen, all on one scale."""
    names = dict.fromkeys(name for found in results.values() for name in found.pictured if name in found.quantiles)
    for number, series in enumerate(names):
        shown = {words: found for words, found in results.items() if series in found.quantiles}
        low = min(float(found.quantiles[series].min()) for found in shown.values())
        high = max(float(found.quantiles[series].max()) for found in shown.values())
        low = low if low > high / 3 else min(low, 0.0)  # a pressure needs no zero
        figures = "".join(
            '<figure class="chart small"><div class="scroll" tabindex="0" role="region" '
            f'aria-label="Chart, {escape(series)}, {escape(words)}">'
            f"{charts.render(_chart(words, series, found, low, high), key=f'c{number}-{place}')}</div>"
            f"<figcaption>{escape(words)}. {escape(_who(series, found))} {_key(series, found)}</figcaption></figure>"
            for place, (words, found) in enumerate(shown.items())
        )
        yield f'<section class="sheet stack"><h2>{escape(series)}</h2><div class="cols two">{figures}</div></section>'


def _who(series: str, found: Simulated) -> str:
    """Whom a chart counts: of some weights a series may not be told, and several are one crowd in it."""
    people = found.counted[series]
    if sum(people.values()) == found.patients and len(people) == 1:
        return f"{found.patients:,} virtual people."
    told = ", ".join(f"{many:,} of {weight}" for weight, many in _by_weight(people).items())
    others = {body: 0 for body in found.warnings_of if body not in people}
    rest = f" Not told, and not counted, of people of {', '.join(_by_weight(others))}." if others else ""
    together = " together" if len(_by_weight(people)) > 1 else ""
    return f"{sum(people.values()):,} virtual people{together}: {told}.{rest}"


def _by_weight(people: Mapping[Body, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for body, many in people.items():
        weight = f"{body.weight_kg:g} kg"
        found[weight] = found.get(weight, 0) + many
    return found


def _key(series: str, found: Simulated) -> str:
    """What the lines are."""
    lines = "Line: the middle of the virtual people; band: nine of ten."
    if f"{series}{WITHOUT_DRUG}" not in found.quantiles:
        return lines
    return (
        f"{lines} Broken line: the middle of the same visits without the drug. Shaded: after week "
        f"{weeks_studied():g} no fitted trial measured; there what expectation brought is carried on without end, and "
        "the course stays better than it would."
    )


def _chart(words: str, series: str, found: Simulated, lowest: float, highest: float) -> charts.Chart:
    low, middle, high = found.quantiles[series]
    hours = found.times_h[series]
    in_weeks = hours[-1] > _WEEKS_FROM_H
    across = hours / _HOURS_PER_WEEK if in_weeks else hours
    unit, by = ("", ", by week") if in_weeks else ("h", "")
    marks: list[Mark] = [
        charts.Band(across, low, high, "Band of 90 of 100 virtual people"),
        charts.Line(across, middle, "Median", label="", tone="accent"),
    ]
    alone = found.quantiles.get(f"{series}{WITHOUT_DRUG}")
    if alone is not None:
        studied = weeks_studied()
        if in_weeks and across[-1] > studied:
            marks.insert(0, charts.Shade(studied, float(across[-1]), f"Not measured after week {studied:g}"))
        marks.append(
            charts.Line(across, alone[1], "Median, same visits without the drug", label="", dash="broken", thin=True)
        )
    where = f", {found.matrix}" if "(ng/mL)" in series else ""
    return charts.Chart(
        title=f"{series}, {words}",
        description=f"Median and the band of nine of ten. {_who(series, found)}",
        x=charts.Axis(name="Weeks" if in_weeks else "Hours", low=0, high=float(across[-1]), unit=unit),
        y=charts.Axis(name=f"{series}{where}{by}", low=lowest, high=highest or 1.0),
        marks=tuple(marks),
        width=520,
        height=280,
    )


def _made(results: Mapping[str, Simulated]) -> str:
    """How each was made and what its limits are; what is said of all is said once."""
    shared = [
        said for said in next(iter(results.values())).limits if all(said in found.limits for found in results.values())
    ]
    parts = [f"<h2>Limits</h2>{_lines(shared)}"]
    for words, found in results.items():
        own = [said for said in found.limits if said not in shared]
        parts.append(f"<h3>{escape(words)}</h3>{_lines(own)}<p>{escape(made_of(found))}</p>")
    return f'<section class="sheet stack">{"".join(parts)}</section>'


def _lines(said: list[str]) -> str:
    return f'<ul class="lines">{"".join(f"<li>{escape(line)}</li>" for line in said)}</ul>' if said else ""
