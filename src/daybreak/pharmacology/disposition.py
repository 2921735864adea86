"""Compartment systems of the published models: which amounts there are and how they flow.

Each function takes a model's parameters by name, (patients,) each, and returns the rate matrix A of
`daybreak.pharmacology.linear`. Flows between a central volume V and another W at Q litres per hour leave
with the rate constants Q / V and Q / W.
"""

from collections.abc import Mapping
from enum import IntEnum

from daybreak.pharmacology.linear import FloatArray, rate_matrix

People = Mapping[str, FloatArray]
Flows = dict[tuple[int, int | None], FloatArray]


class Intravenous(IntEnum):
    """S-ketamine in three compartments, S-norketamine in two (Otto 2021)."""

    CENTRAL = 0
    FAST = 1
    SLOW = 2
    NORKETAMINE = 3
    NORKETAMINE_PERIPHERAL = 4


class Enantiomer(IntEnum):
    """One enantiomer of ketamine alone, in three compartments."""

    CENTRAL = 0
    FAST = 1
    SLOW = 2


class Nasal(IntEnum):
    """Nose, gut and liver; S-ketamine in three compartments, S-norketamine in two (Perez-Ruixo 2021)."""

    CENTRAL = 0
    FAST = 1
    SLOW = 2
    NORKETAMINE = 3
    NORKETAMINE_PERIPHERAL = 4
    LIVER = 5
    NOSE = 6
    GUT = 7


def intravenous(people: People) -> FloatArray:
    """All S-ketamine cleared becomes S-norketamine, mass for mass, as the source has it."""
    place = Intravenous
    formation = people["clearance_l_per_h"] / people["central_volume_l"]
    flows = {
        **_ketamine_exchange(people),
        (place.CENTRAL, place.NORKETAMINE): formation,
        **_norketamine(people),
    }
    return rate_matrix(len(place), flows, len(formation))


def enantiomer(people: People) -> FloatArray:
    """Ketamine leaves the body at its clearance; its metabolites are not followed."""
    elimination = people["clearance_l_per_h"] / people["central_volume_l"]
    flows: Flows = {**_ketamine_exchange(people), (Enantiomer.CENTRAL, None): elimination}
    return rate_matrix(len(Enantiomer), flows, len(elimination))


def nasal(people: People) -> FloatArray:
    """The nose feeds the blood, the gut feeds the liver, and only the liver clears S-ketamine."""
    place = Nasal
    flows = {
        (place.NOSE, place.CENTRAL): people["nasal_absorption_per_h"],
        (place.GUT, place.LIVER): people["swallowed_absorption_per_h"],
        **_ketamine_exchange(people),
        (place.CENTRAL, place.LIVER): people["liver_flow_l_per_h"] / people["central_volume_l"],
        (place.LIVER, place.CENTRAL): people["liver_flow_l_per_h"] / people["liver_volume_l"],
        (place.LIVER, None): people["elimination_per_h"],
        (place.LIVER, place.NORKETAMINE): people["norketamine_formation_per_h"],
        **_norketamine(people),
    }
    return rate_matrix(len(place), flows, len(people["central_volume_l"]))


def _ketamine_exchange(people: People) -> Flows:
    central, fast, slow = Enantiomer
    return {
        (central, fast): people["fast_flow_l_per_h"] / people["central_volume_l"],
        (fast, central): people["fast_flow_l_per_h"] / people["fast_volume_l"],
        (central, slow): people["slow_flow_l_per_h"] / people["central_volume_l"],
        (slow, central): people["slow_flow_l_per_h"] / people["slow_volume_l"],
    }


def _norketamine(people: People) -> Flows:
    central, peripheral = Intravenous.NORKETAMINE, Intravenous.NORKETAMINE_PERIPHERAL
    volume, flow = people["norketamine_central_volume_l"], people["norketamine_flow_l_per_h"]
    return {
        (central, None): people["norketamine_clearance_l_per_h"] / volume,
        (central, peripheral): flow / volume,
        (peripheral, central): flow / people["norketamine_peripheral_volume_l"],
    }
