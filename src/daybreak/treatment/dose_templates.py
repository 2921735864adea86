"""Regimens to start from, by indication, each with its source."""

from dataclasses import dataclass
from functools import cache

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.indications import indication
from daybreak.treatment.knowledge import load
from daybreak.treatment.labelling import Jurisdiction
from daybreak.treatment.regimen import Regimen
from daybreak.treatment.regimen_language import parse
from daybreak.treatment.sources import Provenance, provenance


@dataclass(frozen=True, slots=True)
class Template:
    """A regimen to start from, in the small language.

    `recalled_parts` names what of it is recalled, or our own choice, although the rest was read. `age_from` is
    in years; None for any adult.
    """

    id: str
    name: str
    indications: tuple[str, ...]
    text: str
    drug: Drug
    route: Route
    age_from: int | None
    recalled_parts: tuple[str, ...]
    provenance: Provenance

    @property
    def regimen(self) -> Regimen:
        return parse(self.text)


def templates(
    indication_id: str, drug: Drug | None = None, jurisdiction: Jurisdiction | None = None
) -> tuple[Template, ...]:
    """The templates for an indication, labels before other sources; without a jurisdiction those of all.

    Raises:
        IndicationError: if the indication is not known.
    """
    wanted = indication(indication_id).id
    return tuple(
        template
        for template, places in _all_templates()
        if wanted in template.indications
        and (drug is None or template.drug is drug)
        and (jurisdiction is None or not places or jurisdiction in places)
    )


@cache
def _all_templates() -> tuple[tuple[Template, tuple[str, ...]], ...]:
    found = []
    for row in load("dosing.yaml")["templates"]:
        first = parse(row["text"]).first
        template = Template(
            id=row["id"],
            name=row["name"],
            indications=tuple(row["indications"]),
            text=row["text"],
            drug=first.drug,
            route=first.route,
            age_from=row.get("age_from"),
            recalled_parts=tuple(row.get("recalled_parts", ())),
            provenance=provenance(row),
        )
        found.append((template, tuple(row.get("in", ()))))
    return tuple(found)
