"""Where a fact comes from, and how far it was checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from daybreak.treatment.knowledge import load


class Status(StrEnum):
    """`seen`: read in the cited source. `recalled`: from general knowledge, so unverified."""

    SEEN = "seen"
    RECALLED = "recalled"


class Basis(StrEnum):
    """What a rule rests on. A site may change a threshold unless that is fixed (`Provenance.is_fixed`)."""

    LABEL = "label"
    LABEL_OBSERVATION = "label_observation"
    REGULATOR = "regulator"
    CONSENSUS = "consensus"
    GUIDELINE = "guideline"
    TRIAL = "trial"
    TRIAL_EXCLUSION = "trial_exclusion"
    PRACTICE = "practice"


_FIXED = frozenset({Basis.LABEL, Basis.LABEL_OBSERVATION, Basis.REGULATOR})


@dataclass(frozen=True, slots=True)
class Source:
    """One page, paper or label. `url` is None where several public sources agree; the title then says so."""

    id: str
    title: str
    url: str | None
    status: Status
    note: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What stands behind one fact: its sources, how far it was read, what it rests on."""

    source_ids: tuple[str, ...]
    status: Status
    basis: Basis | None = None
    note: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether no site may change what rests on this, because a label, or what it reports, or a regulator set it."""
        return self.basis in _FIXED

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(source(identifier) for identifier in self.source_ids)


def provenance(row: Mapping[str, Any]) -> Provenance:
    """The provenance a row of a knowledge file carries in `sources`, `status`, `basis` and `note`."""
    basis = row.get("basis")
    return Provenance(
        source_ids=tuple(row["sources"]),
        status=Status(row["status"]),
        basis=Basis(basis) if basis else None,
        note=row.get("note", ""),
    )


@cache
def all_sources() -> dict[str, Source]:
    """Every source the knowledge files may cite, by id."""
    return {
        identifier: Source(
            id=identifier,
            title=row["title"],
            url=row.get("url"),
            status=Status(row["evidence"]),
            note=row.get("note", ""),
        )
        for path in ("sources.yaml", "instrument_sources.yaml")
        for identifier, row in load(path)["sources"].items()
    }


def source(identifier: str) -> Source:
    """The source with this id.

    Raises:
        KeyError: if no knowledge file of sources has it.
    """
    return all_sources()[identifier]
