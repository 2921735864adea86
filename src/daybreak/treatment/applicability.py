"""Which rows of a knowledge file belong to a drug, a route and a jurisdiction."""

from collections.abc import Mapping
from typing import Any

from daybreak.treatment.drugs import Drug, Route


def applies(row: Mapping[str, Any], drug: Drug, route: Route, jurisdiction: str | None = None) -> bool:
    """Whether a row belongs here.

    Its `for` lists drugs ("ketamine") or drugs with a route ("ketamine iv"), its `in` jurisdictions ("US").
    A row without `for` or `in` belongs to all of them.
    """
    right_dose = "for" not in row or not {str(drug), f"{drug} {route}"}.isdisjoint(row["for"])
    right_place = "in" not in row or jurisdiction in row["in"]
    return right_dose and right_place
