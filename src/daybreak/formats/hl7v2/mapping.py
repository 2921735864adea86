"""How a monitor's codes and units are read: data, one file per mapping."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from daybreak.treatment.sources import Provenance, provenance
from daybreak.treatment.vitals import Vital


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
    """The codes and units of a kind of monitor, and the values it sends for "no measurement"."""

    name: str
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


@cache
def generic_mapping() -> MonitorMapping:
    """The mapping for monitors that speak IEEE 11073 or LOINC."""
    text = files(__name__.rpartition(".")[0]).joinpath("mappings/generic.yaml").read_text(encoding="utf-8")
    return _from_rows(yaml.safe_load(text))


def _from_rows(rows: dict[str, Any]) -> MonitorMapping:
    return MonitorMapping(
        name=rows["name"],
        codes=tuple(
            MappedCode(
                system=row["system"],
                code=row["code"],
                name=row["name"],
                vital=Vital(row["vital"]),
                unit=row["unit"],
                rank=rank,
                provenance=provenance(row),
            )
            for rank, row in enumerate(rows["codes"])
        ),
        units=tuple(MappedUnit(row["code"], row["name"], row["ucum"], provenance(row)) for row in rows["units"]),
        no_measurement=frozenset(float(row["value"]) for row in rows["no_measurement"]),
    )
