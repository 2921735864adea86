"""How the codes and units of a make of monitor are read: data, one small file per make.

A file lists what a document shows, each row with its source. `also` names another mapping whose rows hold where the
file has none. A site may write files of its own (`read_folder`), with the same rows and its source in words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from daybreak.formats.hl7v2.envelope import PLACE
from daybreak.formats.units import convert, readable_as
from daybreak.treatment.sources import Provenance, Status, all_sources, provenance
from daybreak.treatment.vitals import UNITS, Vital

GENERIC = "generic"


class MappingError(ValueError):
    """A mapping file that cannot be used. The text says which row, what is wrong, and what to write."""


@dataclass(frozen=True, slots=True)
class MappedCode:
    """One code of a monitor. `rank` orders codes for the same vital sign, lower first."""

    system: str
    code: str
    name: str
    vital: Vital
    unit: str
    rank: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MappedUnit:
    """One unit code of a monitor and what it is in UCUM."""

    code: str
    name: str
    ucum: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MonitorMapping:
    """The codes and units of a make of monitor, and the values it sends for "no measurement".

    `device` is the place of the name a monitor gives itself, where it is not the usual one (`Envelope.device_id`).
    """

    name: str
    title: str
    device: str
    codes: tuple[MappedCode, ...]
    units: tuple[MappedUnit, ...]
    no_measurement: frozenset[float]

    def find(self, system: str, code: str) -> MappedCode | None:
        """What a code of a system means; None if it is not mapped."""
        return next((each for each in self.codes if (each.system, each.code) == (system, code)), None)

    def ucum(self, unit: str) -> str:
        """The UCUM unit for a unit code or reference id; any other text comes back as it is."""
        return next((each.ucum for each in self.units if unit in (each.code, each.name)), unit)

    def code_for(self, vital: Vital) -> MappedCode:
        """The preferred code for a vital sign.

        Raises:
            KeyError: if monitors of this kind do not measure it.
        """
        found = next((each for each in self.codes if each.vital is vital), None)
        if found is None:
            raise KeyError(vital)
        return found


def generic_mapping() -> MonitorMapping:
    """The mapping for monitors that speak IEEE 11073 (IHE PCD-01) or LOINC."""
    return shipped_mappings()[GENERIC]


@cache
def shipped_mappings() -> Mapping[str, MonitorMapping]:
    """The mappings that come with Daybreak, by name.

    Raises:
        MappingError: if a file is unsound.
    """
    folder = files(__name__.rpartition(".")[0]).joinpath("mappings")
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    texts = {each.name.removesuffix(".yaml"): each.read_text(encoding="utf-8") for each in found}
    made = {GENERIC: from_text(GENERIC, texts.pop(GENERIC), {})}
    return made | {name: from_text(name, text, made) for name, text in texts.items()}


def read_folder(folder: Path) -> dict[str, MonitorMapping]:
    """The mappings a site wrote itself, one `.yaml` file each, named as the file.

    Raises:
        MappingError: naming the file, the row, what is wrong with it and what to write.
    """
    if not folder.is_dir():
        raise MappingError(f"There is no folder {folder}. Make it, or name the folder in which your mappings lie.")
    made: dict[str, MonitorMapping] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in shipped_mappings():
            raise MappingError(f"{path.name}: a mapping of this name comes with Daybreak. Give yours another name.")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise MappingError(f"{path.name}: it cannot be read as UTF-8 text ({problem}).") from None
        made[path.stem] = from_text(path.stem, text, shipped_mappings())
    return made


def from_text(name: str, text: str, others: Mapping[str, MonitorMapping]) -> MonitorMapping:
    """A mapping from its file.

    Args:
        others: the mappings that `also` may name.

    Raises:
        MappingError: with a sentence.
    """
    try:
        rows = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise MappingError(f"{name}.yaml: it is no YAML ({str(problem).splitlines()[0]}).") from None
    if not isinstance(rows, dict) or not isinstance(rows.get("codes"), list) or not rows["codes"]:
        raise MappingError(f"{name}.yaml: it lists no codes. Write `codes:` and below it one row for each code.")
    try:
        return _from_rows(name, rows, others)
    except MappingError as problem:
        raise MappingError(f"{name}.yaml: {problem}") from None


def _from_rows(name: str, rows: dict[str, Any], others: Mapping[str, MonitorMapping]) -> MonitorMapping:
    also = [_other(other, others) for other in _list(rows, "also")]
    device = str(rows.get("device") or "")
    if device and not PLACE.fullmatch(device):
        raise MappingError(f"`device: {device}` is no place in a message. Write one as ORC-18 or PV1-3.3.")
    units = [_unit(row) for row in _list(rows, "units")]
    _once("unit", [each.code for each in units])
    units += [each for other in also for each in other.units if each.code not in {unit.code for unit in units}]
    own = [_code(row, rank) for rank, row in enumerate(rows["codes"])]
    _once("code", [f"{each.code} of {each.system}" for each in own])
    known = {(each.system, each.code) for each in own}
    inherited = [each for other in also for each in other.codes if (each.system, each.code) not in known]
    codes = own + [
        MappedCode(each.system, each.code, each.name, each.vital, each.unit, len(own) + rank, each.provenance)
        for rank, each in enumerate(inherited)
    ]
    mapping = MonitorMapping(
        name=name,
        title=str(rows.get("title") or name),
        device=device,
        codes=tuple(codes),
        units=tuple(units),
        no_measurement=frozenset(_numbers(rows)).union(*(other.no_measurement for other in also)),
    )
    for code in own:
        if convert(code.vital, 1.0, mapping.ucum(code.unit)) is None:
            allowed = ", ".join(readable_as(code.vital))
            raise MappingError(
                f"the unit “{code.unit}” of code {code.code} is not known for {code.vital}. Write one of {allowed}, "
                "or a row under `units:` that says which of these it is."
            )
    return mapping


def _list(rows: dict[str, Any], key: str) -> list[Any]:
    found = rows.get(key) or []
    if not isinstance(found, list):
        raise MappingError(f"`{key}:` is no list. Write one row below it for each.")
    return found


def _other(name: object, others: Mapping[str, MonitorMapping]) -> MonitorMapping:
    if name not in others:
        raise MappingError(f"`also: {name}` names no mapping. Choose one of: {', '.join(others)}.")
    return others[str(name)]


def _row(row: object, *keys: str) -> dict[str, Any]:
    """The row, if it says all of these."""
    if not isinstance(row, dict):
        raise MappingError(f"“{str(row)[:60]}” is no row. Write it as {{code: ..., ...}}.")
    lacks = [key for key in keys if row.get(key) in (None, "")]
    if lacks:
        raise MappingError(f"the row of {row.get('code', '(no code)')} does not say its {', '.join(lacks)}.")
    return row


def _code(row: object, rank: int) -> MappedCode:
    said = _row(row, "system", "code", "vital", "unit")
    code, vital = str(said["code"]), said["vital"]
    if vital not in set(Vital):
        raise MappingError(f"“{vital}” of code {code} is no vital sign. Choose one of: {', '.join(UNITS)}.")
    return MappedCode(
        str(said["system"]), code, str(said.get("name", "")), Vital(vital), str(said["unit"]), rank, _stands_on(said)
    )


def _unit(row: object) -> MappedUnit:
    said = _row(row, "code", "ucum")
    return MappedUnit(str(said["code"]), str(said.get("name", "")), str(said["ucum"]), _stands_on(said))


def _stands_on(row: dict[str, Any]) -> Provenance:
    """What stands behind a row: our sources by id, or a site's in words."""
    if row.get("status") not in set(Status):
        raise MappingError(
            f"the row of {row['code']} says no status. Write seen (read in its source) or recalled (from memory)."
        )
    if "sources" not in row:
        source = str(row.get("source") or "").strip()
        if not source:
            raise MappingError(f"the row of {row['code']} says no source. Write where the code was read.")
        return Provenance((), Status(row["status"]), note=source)
    if unknown := [each for each in row["sources"] if each not in all_sources()]:
        raise MappingError(f"the row of {row['code']} names the source {unknown[0]}, which is not on file.")
    return provenance(row)


def _numbers(rows: dict[str, Any]) -> Iterator[float]:
    for row in _list(rows, "no_measurement"):
        value = _row(row, "value")["value"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MappingError(f"“{value}” under `no_measurement:` is no number.")
        yield float(value)


def _once(what: str, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise MappingError(f"the {what} {twice} is listed twice. Leave one of them.")
