"""What `daybreak simulate` shows and writes: a table, files of rows (CSV or Parquet), a page with charts."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from daybreak import charts
from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.simulate import Simulated

Row = tuple[str | int | float, ...]
ENDPOINT_NAMES = ("regimen", "patient", "series", "highest", "highest_at_h", "area")
CURVE_NAMES = ("regimen", "series", "hour", "quantile", "value")
TABLE_ENDINGS = (".csv", ".parquet")
PAGE_ENDINGS = (".html",)
_NINETY = (0.05, 0.5, 0.95)


def summary(results: Mapping[str, Simulated]) -> Table:
    """Each series by regimen: the median of the highest value, its time and the area, with nine of ten people."""
    table = Table("", "Highest", "At (h)", "Area (x h)", box=SIMPLE)
    for words, found in results.items():
        table.add_section()
        table.add_row(words, style="bold")
        for series, ends in found.endpoints.items():
            table.add_row(series, _spread(ends["highest"]), _spread(ends["at_h"]), _spread(ends["area"]))
    return table


def _spread(values: FloatArray) -> str:
    low, middle, high = np.quantile(values, _NINETY)
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


def endpoint_rows(results: Mapping[str, Simulated]) -> Iterator[Row]:
    """One row for each patient and series, by `ENDPOINT_NAMES`."""
    for words, found in results.items():
        for series, ends in found.endpoints.items():
            columns = (ends["highest"].tolist(), ends["at_h"].tolist(), ends["area"].tolist())
            for patient, numbers in enumerate(zip(*columns, strict=True)):
                yield (words, patient, series, *numbers)


def curve_rows(results: Mapping[str, Simulated], levels: tuple[float, ...]) -> Iterator[Row]:
    """One row for each series, hour and quantile, by `CURVE_NAMES`."""
    for words, found in results.items():
        for series, quantiles in found.quantiles.items():
            for level, values in zip(levels, quantiles, strict=True):
                for hour, value in zip(found.times_h.tolist(), values.tolist(), strict=True):
                    yield (words, series, hour, level, value)


def check_place(path: Path, endings: tuple[str, ...] = TABLE_ENDINGS) -> None:
    """Before hours are spent: a file's name ends as what is written there, and there is a folder for it.

    Raises:
        KineticsError: if the ending is another, the folder does not exist, or the name is that of a folder.
    """
    if path.is_dir():
        raise KineticsError(f"{path} is a folder. Name a file in it.")
    if path.suffix not in endings:
        raise KineticsError(f"{path.name} does not end in {' or '.join(endings)}. Name the file so.")
    if not path.parent.is_dir():
        raise KineticsError(f"There is no folder {path.parent} for {path.name}. Make it, or name another.")


def write_rows(path: Path, names: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Rows as CSV or Parquet, by the ending of the file's name.

    Raises:
        KineticsError: if the ending is another, or Parquet is asked for and PyArrow is not installed.
    """
    check_place(path)
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(rows)
    else:
        try:
            import pyarrow  # type: ignore[import-untyped]
            from pyarrow import parquet
        except ImportError:
            raise KineticsError("Parquet needs PyArrow. Install daybreak[science], or write a .csv file.") from None
        columns = list(zip(*rows, strict=True))
        parquet.write_table(pyarrow.table(dict(zip(names, map(list, columns), strict=True))), path)


def page(results: Mapping[str, Simulated]) -> str:
    """A page that stands alone: for each regimen a chart of its leading analyte, numbers, warnings and limits."""
    sheet = files("daybreak").joinpath("web/static/daybreak.css")  # a file of the package; the room is not imported
    style = sheet.read_text(encoding="utf-8")
    body = "\n".join(_section(number, words, found) for number, (words, found) in enumerate(results.items()))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Simulation</title>'
        f'<style>{style}</style></head><body><main class="stack"><h1>Simulation</h1>\n'
        "<p>Virtual people. For clinicians and researchers; no prediction for one person.</p>\n"
        f"{body}\n</main></body></html>\n"
    )


def _section(number: int, words: str, found: Simulated) -> str:
    series = next(iter(found.quantiles))
    chart = _chart(words, series, found)
    warnings = "".join(f"<li><strong>Look:</strong> {escape(said)}</li>" for said in found.warnings)
    limits = "".join(f"<li>{escape(said)}</li>" for said in found.limits)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_spread(ends["highest"])}</td><td>{_spread(ends["at_h"])}</td>'
        f"<td>{_spread(ends['area'])}</td></tr>"
        for name, ends in found.endpoints.items()
    )
    return (
        f'<section class="sheet stack"><h2>{escape(words)}</h2><ul class="lines">{warnings}</ul>'
        f'<figure class="chart">{charts.render(chart, key=f"c{number}")}</figure>'
        "<table><caption>Median, and between which values nine of ten people lie</caption><thead><tr>"
        '<th scope="col">Series</th><th scope="col">Highest</th><th scope="col">At (h)</th>'
        f'<th scope="col">Area (x h)</th></tr></thead><tbody>{rows}</tbody></table><h3>Limits</h3>'
        f'<ul class="lines">{limits}</ul>'
        f"<p>{found.patients:,} virtual people, seed {found.seed}; model {escape(found.model_id)}, parameters "
        f"{escape(found.parameter_version)}; {escape(found.matrix)}.</p></section>"
    )


def _chart(words: str, series: str, found: Simulated) -> charts.Chart:
    low, middle, high = found.quantiles[series]
    return charts.Chart(
        title=f"{series}, {words}",
        description=f"Median and the band of nine of ten of {found.patients:,} virtual people.",
        x=charts.Axis(name="Hours", low=0, high=float(found.times_h[-1]), unit="h"),
        y=charts.Axis(name=f"{series}, {found.matrix}", low=0),
        marks=(
            charts.Band(found.times_h, low, high, "Band of 90 of 100 virtual people"),
            charts.Line(found.times_h, middle, "Median", label="", tone="accent"),
        ),
    )
