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


class Chain(IntEnum):
    """One enantiomer from where it is absorbed to its metabolites; without SITE and GUT for iv doses."""

    CENTRAL = 0
    FAST = 1
    SLOW = 2
    NORKETAMINE = 3
    NORKETAMINE_PERIPHERAL = 4
    DEHYDRONORKETAMINE = 5
    HYDROXYNORKETAMINE = 6
    DELAY = 7
    SITE = 8
    GUT = 9


class Film(IntEnum):
    """S-ketamine and its metabolites with delays on the way (Simons 2022)."""

    CENTRAL = 0
    FAST = 1
    SLOW = 2
    DELAY_1 = 3
    DELAY_2 = 4
    NORKETAMINE = 5
    NORKETAMINE_PERIPHERAL = 6
    LATER_DELAY_1 = 7
    LATER_DELAY_2 = 8
    HYDROXYNORKETAMINE = 9
    HYDROXYNORKETAMINE_PERIPHERAL = 10
    MOUTH = 11
    GUT = 12
    GUT_DELAY = 13


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


def chain(people: People, *, extravascular: bool) -> FloatArray:
    """Ketamine to norketamine to dehydro- and hydroxynorketamine, counted in mg of ketamine (so in moles).

    `site_absorption_per_h`, `gut_absorption_per_h`, `gut_ketamine_share` and `gut_norketamine_share` are needed where
    `extravascular`: the parts of what the gut gives that reach the blood as such; the rest as what norketamine becomes.
    """
    place = Chain
    formation = people["clearance_l_per_h"] / people["central_volume_l"]
    loss = people["norketamine_clearance_l_per_h"] / people["norketamine_central_volume_l"]
    exchange = people["norketamine_flow_l_per_h"]
    to_norketamine = people["norketamine_fraction"]
    to_dehydro, to_hydroxy = people["dehydronorketamine_fraction"], people["hydroxynorketamine_fraction"]
    flows: Flows = {
        **_ketamine_exchange(people),
        (place.CENTRAL, place.DELAY): formation * to_norketamine,
        (place.CENTRAL, None): formation * (1 - to_norketamine),
        (place.DELAY, place.NORKETAMINE): 1 / people["norketamine_delay_h"],
        (place.NORKETAMINE, place.DEHYDRONORKETAMINE): loss * to_dehydro,
        (place.NORKETAMINE, place.HYDROXYNORKETAMINE): loss * to_hydroxy,
        (place.NORKETAMINE, None): loss * (1 - to_dehydro - to_hydroxy),
        (place.NORKETAMINE, place.NORKETAMINE_PERIPHERAL): exchange / people["norketamine_central_volume_l"],
        (place.NORKETAMINE_PERIPHERAL, place.NORKETAMINE): exchange / people["norketamine_peripheral_volume_l"],
        (place.DEHYDRONORKETAMINE, None): people["dehydronorketamine_elimination_per_h"],
        (place.HYDROXYNORKETAMINE, None): people["hydroxynorketamine_clearance_l_per_h"]
        / people["hydroxynorketamine_volume_l"],
    }
    if not extravascular:
        return rate_matrix(place.SITE, flows, len(formation))
    absorbed = people["gut_absorption_per_h"]
    as_ketamine, as_norketamine = people["gut_ketamine_share"], people["gut_norketamine_share"]
    further = absorbed * (1 - as_ketamine - as_norketamine)
    flows[place.SITE, place.CENTRAL] = people["site_absorption_per_h"]
    flows[place.GUT, place.CENTRAL] = absorbed * as_ketamine
    flows[place.GUT, place.NORKETAMINE] = absorbed * as_norketamine
    flows[place.GUT, place.DEHYDRONORKETAMINE] = further * to_dehydro
    flows[place.GUT, place.HYDROXYNORKETAMINE] = further * to_hydroxy
    flows[place.GUT, None] = further * (1 - to_dehydro - to_hydroxy)
    return rate_matrix(len(place), flows, len(formation))


def film(people: People) -> FloatArray:
    """A film in the mouth (Simons 2022), counted in mg of ketamine. What is swallowed arrives as metabolites only."""
    place = Film
    volume = people["central_volume_l"]
    formation = people["clearance_l_per_h"] / volume
    delay, later = 2 / people["norketamine_delay_h"], 2 / people["hydroxynorketamine_delay_h"]
    loss = people["norketamine_clearance_l_per_h"] / volume
    hydroxy_volume, exchange = people["hydroxynorketamine_volume_l"], people["hydroxynorketamine_flow_l_per_h"]
    to_norketamine, to_hydroxy = people["norketamine_fraction"], people["hydroxynorketamine_fraction"]
    flows: Flows = {
        **_ketamine_exchange(people),
        (place.CENTRAL, place.DELAY_1): formation,
        (place.DELAY_1, place.DELAY_2): delay,
        (place.DELAY_2, place.NORKETAMINE): delay * to_norketamine,
        (place.DELAY_2, None): delay * (1 - to_norketamine),
        (place.NORKETAMINE, place.LATER_DELAY_1): loss,
        (place.NORKETAMINE, place.NORKETAMINE_PERIPHERAL): people["norketamine_flow_l_per_h"] / volume,
        (place.NORKETAMINE_PERIPHERAL, place.NORKETAMINE): people["norketamine_flow_l_per_h"]
        / people["norketamine_peripheral_volume_l"],
        (place.LATER_DELAY_1, place.LATER_DELAY_2): later,
        (place.LATER_DELAY_2, place.HYDROXYNORKETAMINE): later * to_hydroxy,
        (place.LATER_DELAY_2, None): later * (1 - to_hydroxy),
        (place.HYDROXYNORKETAMINE, None): people["hydroxynorketamine_clearance_l_per_h"] / hydroxy_volume,
        (place.HYDROXYNORKETAMINE, place.HYDROXYNORKETAMINE_PERIPHERAL): exchange / hydroxy_volume,
        (place.HYDROXYNORKETAMINE_PERIPHERAL, place.HYDROXYNORKETAMINE): exchange
        / people["hydroxynorketamine_peripheral_volume_l"],
        (place.MOUTH, place.CENTRAL): people["mucosa_absorption_per_h"],
        (place.GUT, place.GUT_DELAY): people["gut_absorption_per_h"],
        (place.GUT_DELAY, place.DELAY_1): 1 / people["gut_delay_h"],
    }
    return rate_matrix(len(place), flows, len(volume))


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
