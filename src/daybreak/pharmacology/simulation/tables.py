"""The files `daybreak simulate` writes: rows as CSV or Parquet, and beside each a text that says how they were made.

A Parquet file says it in itself too: as JSON under `daybreak` in the metadata of the file, and each column's unit in
those of its field.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from daybreak import __version__
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.simulate import Simulated
from daybreak.pharmacology.simulation.populations import Portion

Row = tuple[str | int | float, ...]
ENDPOINT_NAMES = ("regimen", "patient", "weight_kg", "outside_studied_range", "series", "endpoint", "value")
CURVE_NAMES = ("regimen", "weight_kg", "outside_studied_range", "series", "hour", "quantile", "value")
TRAJECTORY_NAMES = ("regimen", "patient", "weight_kg", "outside_studied_range", "series", "hour", "value")
TABLE_ENDINGS = (".csv", ".parquet")
CHANCE = "chance"  # the series under which chances stand
UNITS = {
    "weight_kg": "kg",
    "hour": "h since the first dose; of the treatment day since that day's dose",
    "quantile": "share of people, 0 to 1",
    "value": "that in the name of the series; of at_h and last at: h; of area: that unit times h; of a chance: 0 to 1",
}
_OUTSIDE = "Outside the studied range"
_WEIGHTS_SAID = 6  # in one sentence
_AT_ONCE = 50_000  # rows held before they are written


def outside(found: Simulated, body: Body) -> str:
    """Whether this regimen in people of this body lies outside the studied range: "yes" or "no"."""
    return "yes" if any(said.startswith(_OUTSIDE) for said in found.warnings_of[body]) else "no"


def warned(found: Simulated) -> Iterator[str]:
    """The warnings; one that does not hold for every weight says for which."""
    for said in found.warnings:
        whose = dict.fromkeys(f"{body.weight_kg:g}" for body, of in found.warnings_of.items() if said in of)
        some = whose and any(said not in of for of in found.warnings_of.values())
        yield f"{said} (people of {', '.join(whose)} kg)" if some else said


def endpoint_rows(results: Mapping[str, Simulated]) -> Iterator[Row]:
    """One row for each patient, series and endpoint, by `ENDPOINT_NAMES`; chances after them."""
    for words, found in results.items():
        flags = {body: outside(found, body) for body in found.warnings_of}
        whose = [(found.body_of(number).weight_kg, flags[found.body_of(number)]) for number in range(found.patients)]
        columns = [
            (series, name, values) for series, ends in found.endpoints.items() for name, values in ends.items()
        ] + [(CHANCE, name, values) for name, values in found.chances.items()]
        for series, name, values in columns:
            for patient, ((weight_kg, flag), value) in enumerate(zip(whose, values.tolist(), strict=True)):
                yield (words, patient, weight_kg, flag, series, name, value)


def curve_rows(results: Mapping[str, Simulated], levels: tuple[float, ...]) -> Iterator[Row]:
    """One row for each body, series, hour and quantile, by `CURVE_NAMES`: quantiles over the people of that body."""
    for words, found in results.items():
        for body, curves in found.quantiles_of.items():
            flag = outside(found, body)
            for series, quantiles in curves.items():
                for level, values in zip(levels, quantiles, strict=True):
                    for hour, value in zip(found.times_h[series].tolist(), values.tolist(), strict=True):
                        yield (words, body.weight_kg, flag, series, hour, level, value)


def trajectory_rows(words: str, like: Simulated, portion: Portion, series: Mapping[str, FloatArray]) -> Iterator[Row]:
    """One row for each patient, series and hour of a portion, by `TRAJECTORY_NAMES`.

    Args:
        like: the same regimen simulated in a few: its hours, and whether it is outside the studied range.
    """
    flag, weight_kg = outside(like, portion.body), portion.body.weight_kg
    for name, values in series.items():
        hours = like.times_h[name].tolist()
        for patient, curve in zip(portion.numbers.tolist(), values.tolist(), strict=True):
            for hour, value in zip(hours, curve, strict=True):
                yield (words, patient, weight_kg, flag, name, hour, value)


class RowFile(Protocol):
    """A file rows can be added to."""

    def write(self, rows: Iterable[Row]) -> None: ...


@contextmanager
def row_file(path: Path, names: tuple[str, ...], results: Mapping[str, Simulated]) -> Iterator[RowFile]:
    """A file for rows, as CSV or Parquet by the ending of its name, with the text beside it. Few rows are held at once.

    Until all of it is written it has another name: what was interrupted never looks whole.

    Args:
        results: what the rows are of. They may come while rows are written: what is said of them is said at the end.

    Raises:
        KineticsError: if the ending is another, or Parquet is asked for and PyArrow is not installed.
    """
    check_place(path)
    part = _part(path)
    kind = _csv_rows if path.suffix == ".csv" else _parquet_rows
    try:
        with kind(part, names, results) as file:
            yield file
        _write_about(path, results)
        part.replace(path.resolve())
    finally:
        part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    """Where a file is written until it is whole."""
    whole = path.resolve()
    return whole.with_name(f"{whole.name}.part")


@contextmanager
def _csv_rows(path: Path, names: tuple[str, ...], results: Mapping[str, Simulated]) -> Iterator[RowFile]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield _Csv(file, names)


@contextmanager
def _parquet_rows(path: Path, names: tuple[str, ...], results: Mapping[str, Simulated]) -> Iterator[RowFile]:
    try:
        import pyarrow  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError:
        raise KineticsError("Parquet needs PyArrow. Install daybreak[science], or write a .csv file.") from None
    kinds = {"regimen": pyarrow.string(), "outside_studied_range": pyarrow.string(), "patient": pyarrow.int64()}
    kinds |= {"series": pyarrow.string(), "endpoint": pyarrow.string()}
    fields = [
        pyarrow.field(
            name, kinds.get(name, pyarrow.float64()), metadata={"unit": UNITS[name]} if name in UNITS else None
        )
        for name in names
    ]
    schema = pyarrow.schema(fields)
    with parquet.ParquetWriter(path, schema) as writer:
        yield _Parquet(writer, schema)
        writer.add_key_value_metadata({"daybreak": json.dumps(_metadata(results), ensure_ascii=False)})


class _Csv:
    def __init__(self, file: Any, names: tuple[str, ...]) -> None:
        self.writer = csv.writer(file, lineterminator="\n")
        self.writer.writerow(names)

    def write(self, rows: Iterable[Row]) -> None:
        self.writer.writerows(rows)


class _Parquet:
    def __init__(self, writer: Any, schema: Any) -> None:
        self.writer, self.schema = writer, schema

    def write(self, rows: Iterable[Row]) -> None:
        import pyarrow

        left = iter(rows)
        while held := list(islice(left, _AT_ONCE)):
            columns = [list(column) for column in zip(*held, strict=True)]
            self.writer.write_table(pyarrow.table(columns, schema=self.schema))


def write(path: Path, names: tuple[str, ...], rows: Iterable[Row], results: Mapping[str, Simulated]) -> None:
    """A file of rows, with the text beside it. Raises KineticsError as `row_file`."""
    with row_file(path, names, results) as file:
        file.write(rows)


def _write_about(path: Path, results: Mapping[str, Simulated]) -> None:
    """Beside a file of rows, `<name>.txt`: warnings first, then what is needed to repeat the numbers, then limits."""
    text = "\n\n".join("\n".join((words, *about(found))) for words, found in results.items())
    path.with_name(f"{path.name}.txt").write_text(f"{text}\n", encoding="utf-8")


def _metadata(results: Mapping[str, Simulated]) -> dict[str, Any]:
    """How rows were made: plain values, of each regimen what is needed to read and repeat them."""
    return {
        "daybreak_version": __version__,
        "regimens": {
            words: {
                "patients": found.patients,
                "bodies": [_known(body) for body in found.bodies],
                "seed": found.seed,
                "model": found.model_id,
                "parameters": found.parameter_version,
                "matrix": found.matrix,
                "fits": found.fits,
                "warnings": list(warned(found)),
                "limits": found.limits,
            }
            for words, found in results.items()
        },
    }


def _known(body: Body) -> dict[str, Any]:
    """What is known of a body, by the names of `Body`."""
    known = {name: value for name, value in asdict(body).items() if value is not None}
    known["medicines"] = sorted(body.medicines)
    return {name: value for name, value in known.items() if value != []}


def about(found: Simulated) -> Iterator[str]:
    """Warnings, then how it was made, then limits, a sentence each."""
    yield from (f"Look: {said}" for said in warned(found))
    yield made_of(found)
    yield from found.limits


def made_of(found: Simulated) -> str:
    """What is needed to repeat a simulation, in one sentence."""
    fits = "".join(f"; {fit}" for fit in found.fits)
    weights = [f"{weight:g}" for weight in dict.fromkeys(body.weight_kg for body in found.bodies[: found.patients])]
    some = " and ".join([", ".join(weights[:-1]), weights[-1]]) if len(weights) > 1 else weights[0]
    people = f"{some} kg" if len(weights) <= _WEIGHTS_SAID else f"{len(weights)} weights"
    return (
        f"{found.patients:,} virtual people, seed {found.seed}, model {found.model_id}, parameters "
        f"{found.parameter_version}, {found.matrix}{fits}; {people}; Daybreak {__version__}."
    )


def check_place(path: Path, endings: tuple[str, ...] = TABLE_ENDINGS) -> None:
    """Before hours are spent: a file's name ends as what is written there, and there is a folder for it.

    Raises:
        KineticsError: if the ending is another, the folder does not exist, the name is that of a folder, or nothing
            can be written there.
    """
    if path.is_dir():
        raise KineticsError(f"{path} is a folder. Name a file in it.")
    if path.suffix not in endings:
        raise KineticsError(f"{path.name} does not end in {' or '.join(endings)}. Name the file so.")
    if not path.parent.is_dir():
        raise KineticsError(f"There is no folder {path.parent} for {path.name}. Make it, or name another.")
    was_there = path.exists()
    try:
        _part(path).open("wb").close()
        _part(path).unlink()
        path.open("ab").close()
    except OSError as problem:
        raise KineticsError(f"{path} cannot be written: {problem.strerror}. Name another.") from None
    if not was_there:
        path.unlink()


def check_apart(paths: Sequence[Path]) -> None:
    """Before hours are spent: no file is to hold two things.

    Raises:
        KineticsError: if two of these are the same file.
    """
    places = [path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise KineticsError(f"{path} is named twice, and one would overwrite the other. Name two files.")
