"""Indications: why a person is treated."""

from dataclasses import dataclass
from functools import cache

from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance


class IndicationError(ValueError):
    """An indication that is not known here: the message names it and the known ones."""


@dataclass(frozen=True, slots=True)
class DiagnosisCodes:
    """The codes from `first` to `last` of one system, both included; one code where the two are equal."""

    first: str
    last: str
    provenance: Provenance

    def holds(self, code: str) -> bool:
        return self.first <= code <= self.last


@dataclass(frozen=True, slots=True)
class Indication:
    """One reason for treatment.

    `instrument` is the id of the primary one, None where none with a free licence measures it. `label_words`
    finish the sentence "has no label for".
    """

    id: str
    name: str
    group: str
    label_words: str
    instrument: str | None
    icd10cm: tuple[DiagnosisCodes, ...]
    snomed: tuple[DiagnosisCodes, ...]
    note: str = ""

    @property
    def is_pain(self) -> bool:
        """Pain has limits of its own: slow infusions of more drug than a mood disorder is given."""
        return self.group == "pain"


@cache
def indications() -> dict[str, Indication]:
    """Every indication by id, in the order a page lists them."""
    codes = load("codes.yaml")
    icd10cm = {
        row["from"]: DiagnosisCodes(row["from"], row["to"], provenance(row)) for row in codes["icd10cm_diagnoses"]
    }
    snomed = {
        row["code"]: DiagnosisCodes(row["code"], row["code"], provenance(row)) for row in codes["snomed_diagnoses"]
    }
    return {
        row["id"]: Indication(
            id=row["id"],
            name=row["name"],
            group=row["group"],
            label_words=row["label_words"],
            instrument=row["instrument"],
            icd10cm=tuple(icd10cm[code] for code in row["icd10cm"]),
            snomed=tuple(snomed[code] for code in row["snomed"]),
            note=row.get("note", ""),
        )
        for row in load("indications.yaml")["indications"]
    }


def indication(identifier: str) -> Indication:
    """The indication with this id.

    Raises:
        IndicationError: if there is none.
    """
    known = indications()
    if identifier not in known:
        raise IndicationError(f"'{identifier}' is not an indication here. Choose one of {', '.join(known)}.")
    return known[identifier]


def indications_for_code(code: str) -> tuple[Indication, ...]:
    """The indications that an ICD-10-CM or SNOMED CT code may stand for. A clinician chooses among them."""
    return tuple(
        found for found in indications().values() if any(codes.holds(code) for codes in (*found.icd10cm, *found.snomed))
    )
