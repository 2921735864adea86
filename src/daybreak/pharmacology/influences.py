"""What other medicines, liver disease and genotype do to a person's numbers.

The studies print ratios of areas under the curve. By a vein, a muscle or the skin such a ratio is one of
clearances. By mouth it is first what a vein study says of the clearance, and the rest is how much gets past the
liver. By the nose the liver's own activity is changed until the ratio is met.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from daybreak.pharmacology.body import Body, Cyp2b6, KineticsError
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.parameters import read_yaml
from daybreak.treatment.drugs import Route

_LARGEST_FRACTION = 0.95
_INJECTED = (Route.IV, Route.IM, Route.SC)


@dataclass(frozen=True, slots=True)
class Influences:
    """Factors for a person by one route, and the sentences a reader of the result must see.

    `clearance` and `norketamine_clearance` multiply those; `swallowed` multiplies what gets past gut and liver.
    """

    clearance: float
    norketamine_clearance: float
    swallowed: float
    warnings: tuple[str, ...]

    def on(self, people: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """The people with these influences."""
        if "liver_flow_l_per_h" in people:
            return _on_liver(people, self)
        changed = {
            "clearance_l_per_h": self.clearance,
            "norketamine_clearance_l_per_h": self.norketamine_clearance,
        }
        swallowed = {"gut_fraction", "release_fraction"}
        return {
            name: np.minimum(values * self.swallowed, np.maximum(values, _LARGEST_FRACTION))
            if name in swallowed
            else values * changed.get(name, 1.0)
            for name, values in people.items()
        }


def influences(body: Body, route: Route) -> Influences:
    """What this body's medicines, liver and genotype do to a dose by this route.

    Raises:
        KineticsError: if a medicine is not in `parameters/interactions.yaml`.
    """
    clearance, norketamine, swallowed, said = 1.0, 1.0, 1.0, []
    for medicine in sorted(body.medicines):
        rows = _of_medicine(medicine)
        by_vein = rows.get(Route.IV, {})
        injected = float(by_vein.get("area_ratio", 1.0))
        nearest = Route.IV if route in _INJECTED else Route.NASAL if route is Route.NASAL else Route.ORAL
        row = rows.get(nearest)
        norketamine /= float(by_vein.get("norketamine_area_ratio", 1.0))
        if row is None:
            said.append(
                f"No study of {medicine} with ketamine by the {route} route was found; it changes nothing here."
            )
        elif nearest is Route.ORAL:
            clearance, swallowed = clearance / injected, swallowed * row["area_ratio"] / injected
        else:
            clearance /= row["area_ratio"]
        if row is not None:
            said.append(_sentence(f"With {medicine}", row))
    if body.hepatic_impairment is not None:
        row = knowledge()["hepatic_impairment"][0]
        clearance /= row["area_ratio"]
        said.append(_sentence(f"{body.hepatic_impairment.capitalize()} liver disease", row))
        if body.hepatic_impairment != row["degree"]:
            said.append("Severe liver disease was not studied: exposure may be higher than shown.")
    if body.cyp2b6 is not None:
        row = _genotype(body.cyp2b6)
        clearance *= row["clearance_ratio"]
        said.append(
            f"CYP2B6 {body.cyp2b6}: clearance {row['clearance_ratio']:g} times (Li 2015; Rao 2016 found no effect)."
        )
    return Influences(clearance, norketamine, swallowed, tuple(said))


def known_medicines() -> frozenset[str]:
    """The medicines whose influence on ketamine was studied."""
    return frozenset(row["medicine"] for row in knowledge()["medicines"])


def medicines_named(texts: Iterable[str]) -> frozenset[str]:
    """The medicines named in these texts whose influence on ketamine was studied; any other changes nothing here."""
    return frozenset(
        row["medicine"]
        for row in knowledge()["medicines"]
        for text in texts
        if any(re.search(rf"\b{re.escape(name)}\b", text.lower()) for name in (row["medicine"], *row.get("also", [])))
    )


def _on_liver(people: Mapping[str, FloatArray], change: Influences) -> dict[str, FloatArray]:
    """A liver that must extract ketamine so that the area under the curve changes by 1 / clearance.

    The area is (a + b (1 - E)) / (Q E) with E extracted, a from the nose and b swallowed.
    """
    flow, volume = people["liver_flow_l_per_h"], people["liver_volume_l"]
    activity = people["elimination_per_h"] + people["norketamine_formation_per_h"]
    extracted = activity * volume / (flow + activity * volume)
    through_nose = people["nasal_fraction"]
    through_gut = (1 - through_nose) * people["gut_fraction"]
    area = (through_nose + through_gut) / extracted - through_gut
    wanted = (through_nose + through_gut) / (area / change.clearance + through_gut)
    wanted = np.minimum(wanted, _LARGEST_FRACTION)
    factor = flow * wanted / (volume * (1 - wanted)) / activity
    return {
        **people,
        "elimination_per_h": people["elimination_per_h"] * factor,
        "norketamine_formation_per_h": people["norketamine_formation_per_h"] * factor,
        "norketamine_clearance_l_per_h": people["norketamine_clearance_l_per_h"] * change.norketamine_clearance,
    }


def _of_medicine(medicine: str) -> dict[Route, Mapping[str, Any]]:
    rows = {Route(row["route"]): row for row in knowledge()["medicines"] if row["medicine"] == medicine}
    if not rows:
        known = ", ".join(sorted(known_medicines()))
        raise KineticsError(f"No interaction of {medicine} is known here. The medicines known are {known}.")
    return rows


def _genotype(genotype: Cyp2b6) -> Mapping[str, Any]:
    return next(row for row in knowledge()["cyp2b6"] if row["genotype"] == genotype)


def _sentence(what: str, row: Mapping[str, Any]) -> str:
    status = "" if row["status"] == "seen" else f"; {row['status']}, not read in the source"
    return (
        f"{what}: area under the curve {row['area_ratio']:g} times, from a study by the {row['route']} route{status}."
    )


@cache
def knowledge() -> Any:
    """The content of `parameters/interactions.yaml`."""
    return read_yaml(files("daybreak.pharmacology.parameters").joinpath("interactions.yaml").read_bytes())
