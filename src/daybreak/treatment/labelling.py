"""Labelled or off-label: by drug, route, indication and jurisdiction. What no label lists is off-label."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from daybreak.treatment.applicability import applies
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.indications import indication
from daybreak.treatment.knowledge import load
from daybreak.treatment.sources import Provenance, provenance

_ROUTE_WORDS = {
    Route.IV: "by vein",
    Route.IM: "into a muscle",
    Route.SC: "under the skin",
    Route.NASAL: "as a nasal spray",
    Route.ORAL: "by mouth",
    Route.SUBLINGUAL: "under the tongue",
}


class Jurisdiction(StrEnum):
    """Whose labels count."""

    US = "US"
    EU = "EU"
    UK = "UK"


@dataclass(frozen=True, slots=True)
class Labelling:
    """Whether a label covers a use, said aloud.

    `conditions` are the label's own, each a few words; empty when off-label. `provenance` names the label, or
    the labels that were read and do not list the use.
    """

    labelled: bool
    sentence: str
    conditions: tuple[str, ...]
    provenance: Provenance


def labelling(drug: Drug, route: Route, indication_id: str, jurisdiction: Jurisdiction) -> Labelling:
    """What the labels of a jurisdiction say of a use.

    Raises:
        IndicationError: if the indication is not known.
    """
    wanted = indication(indication_id)
    knowledge = load("labelling.yaml")
    place = knowledge["jurisdictions"][jurisdiction]
    given = f"{drug.capitalize()} {_ROUTE_WORDS[route]}"
    rows = [row for row in knowledge["labelled"] if applies(row, drug, route, jurisdiction)]
    for row in rows:
        if row["indication"] == wanted.id:
            sentence = f"{given} is labelled for {_small(wanted.name)} in {place}."
            return Labelling(True, sentence, tuple(row["conditions"]), provenance(row))
    read = next(row for row in knowledge["labels_read"] if applies(row, drug, route, jurisdiction))
    return Labelling(False, _off_label(given, wanted.id, place, rows, read), (), provenance(read))


def _off_label(given: str, indication_id: str, place: str, rows: list[dict[str, Any]], read: dict[str, Any]) -> str:
    wanted = indication(indication_id)
    if rows:
        covered = " and ".join(_small(indication(row["indication"]).name) for row in rows)
        return f"{given} is off-label for {_small(wanted.name)} in {place}; its label covers {covered}."
    other = f" Its label covers {read['other_use']}." if "other_use" in read else ""
    return f"{given} has no label for {wanted.label_words} in {place}.{other}"


def _small(name: str) -> str:
    return name[0].lower() + name[1:]
