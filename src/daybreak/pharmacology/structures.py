"""How each published model turns doses into concentrations, given the numbers of some people.

Each function takes doses, parameters by name ((patients,) each) and what is asked, and returns `Predicted`: curves in
ng/mL, (patients, times) by analyte, and how fast ketamine enters the blood, which is what sets an arterial
sample apart from a venous one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from daybreak.pharmacology import disposition
from daybreak.pharmacology.absorption import Way
from daybreak.pharmacology.analytes import Analyte, Curves, with_totals
from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.disposition import Chain, Enantiomer, Film, Intravenous, Nasal, People
from daybreak.pharmacology.given import GivenDose
from daybreak.pharmacology.linear import FloatArray, Input, amounts
from daybreak.pharmacology.parameters.covariates import enantiomer_clearance_ratio
from daybreak.treatment.drugs import Drug, Manner, Route

NG_PER_ML_PER_MG_PER_L = 1000.0
# Of each analyte the compartment that holds it, and what makes ng/mL of milligrams there, (patients,).
Places = Mapping[Analyte, tuple[int, FloatArray]]
Held = Mapping[Analyte, tuple[int, FloatArray]]  # the same with the volume in litres


@dataclass(frozen=True, slots=True)
class Asked:
    """The times, (times,) in hours; the substances wanted, all when not said; whether their entry is wanted too.

    What is not wanted is not computed, nor what only that depends on. `scales` multiply the curves, (patients,) by
    substance, but not the entry.
    """

    times_h: FloatArray
    substances: frozenset[str] | None = None
    entry: bool = True
    scales: Mapping[str, FloatArray] = field(default_factory=dict)

    def of(self, places: Places) -> Places:
        """Those of a model's places that are wanted, on the scale that is wanted."""
        return {
            analyte: (place, factor * self.scales.get(analyte.substance, 1.0))
            for analyte, (place, factor) in places.items()
            if self.substances is None or analyte.substance in self.substances
        }


@dataclass(frozen=True, slots=True)
class Predicted:
    """Curves in ng/mL by analyte, and the entry of S- and R-ketamine into the blood in mg/h, (patients, times).

    The entry is empty where it was not asked for.
    """

    curves: Curves
    entry_mg_per_h: Curves

    def plus(self, other: "Predicted") -> "Predicted":
        return Predicted(_added(self.curves, other.curves), _added(self.entry_mg_per_h, other.entry_mg_per_h))


Structure = Callable[[Sequence[GivenDose], People, Asked], Predicted]


def by_way_in(structure: Structure) -> Structure:
    """The structure solved for each way in apart: the system is linear, so what they leave adds up."""

    def predict(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
        ways = groupby(sorted(doses, key=_way_in), _way_in)
        parts = [structure(list(group), people, asked) for _, group in ways]
        total = parts[0]
        for part in parts[1:]:
            total = total.plus(part)
        return Predicted(with_totals(total.curves), total.entry_mg_per_h)

    return predict


def _way_in(dose: GivenDose) -> tuple[str, str]:
    return dose.route, dose.manner


def daybreak(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
    """S and R apart, each from where it enters to its metabolites; all doses by one way in."""
    parts = [_one_hand("S", [dose.s_ketamine_mg for dose in doses], doses, people, asked)]
    if any(dose.drug is Drug.KETAMINE for dose in doses):
        rest = [dose.amount_mg - dose.s_ketamine_mg for dose in doses]
        parts.append(_one_hand("R", rest, doses, _right_handed(people), asked))
    return parts[0] if len(parts) == 1 else parts[0].plus(parts[1])


def _right_handed(people: People) -> dict[str, FloatArray]:
    """The same people as they handle R-ketamine: every S number times its own ratio."""
    ratios = {name.removesuffix("_r_over_s"): ratio for name, ratio in people.items() if name.endswith("_r_over_s")}
    return {name: values * ratios.get(name, 1.0) for name, values in people.items()}


def _one_hand(
    hand: str, amounts_mg: list[float], doses: Sequence[GivenDose], people: People, asked: Asked
) -> Predicted:
    way = Way.of(doses[0].route, doses[0].manner, people)
    inputs = [entry for dose, mg in zip(doses, amounts_mg, strict=True) if mg for entry in way.inputs(dose, mg)]
    rates = way.rates(len(people["central_volume_l"]))
    held = {
        "ketamine": (Chain.CENTRAL, people["central_volume_l"]),
        "norketamine": (Chain.NORKETAMINE, people["norketamine_central_volume_l"]),
        "dehydronorketamine": (Chain.DEHYDRONORKETAMINE, people["dehydronorketamine_volume_l"]),
        "hydroxynorketamine": (Chain.HYDROXYNORKETAMINE, people["hydroxynorketamine_volume_l"]),
    }
    absorbed: dict[int, FloatArray] = {}
    if not way.straight:
        from_gut = rates["gut_ketamine_share"] * rates["gut_absorption_per_h"]
        absorbed = {Chain.SITE: rates["site_absorption_per_h"], Chain.GUT: from_gut}
    return _predicted(
        disposition.chain({**people, **rates}, extravascular=not way.straight),
        inputs,
        _by_moles({Analyte(f"{hand}-{substance}"): place for substance, place in held.items()}),
        absorbed,
        asked,
    )


def otto(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
    """S-ketamine and S-norketamine by Otto 2021; R-ketamine the same with its own clearance."""
    s_inputs = [Input(Intravenous.CENTRAL, dose.start_h, dose.s_ketamine_mg, dose.duration_h) for dose in doses]
    held = {
        Analyte.S_KETAMINE: (Intravenous.CENTRAL, people["central_volume_l"]),
        Analyte.S_NORKETAMINE: (Intravenous.NORKETAMINE, people["norketamine_central_volume_l"]),
    }
    s_part = _predicted(disposition.intravenous(people), s_inputs, _by_mass(held), {}, asked)
    racemic = [dose for dose in doses if dose.drug is Drug.KETAMINE]
    if not racemic:
        return s_part
    r_clearance = people["clearance_l_per_h"] * enantiomer_clearance_ratio().value
    r_part = _parent(
        Analyte.R_KETAMINE,
        [dose.amount_mg - dose.s_ketamine_mg for dose in racemic],
        racemic,
        {**people, "clearance_l_per_h": r_clearance},
        asked,
    )
    return s_part.plus(r_part)


def ketamine_alone(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
    """Ketamine as an assay blind to handedness sees it; no metabolites."""
    return _parent(Analyte.KETAMINE, [dose.amount_mg for dose in doses], doses, people, asked)


def s_ketamine_alone(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
    """S-ketamine without metabolites."""
    return _parent(Analyte.S_KETAMINE, [dose.s_ketamine_mg for dose in doses], doses, people, asked)


def _parent(
    analyte: Analyte, amounts_mg: list[float], doses: Sequence[GivenDose], people: People, asked: Asked
) -> Predicted:
    inputs = [
        Input(Enantiomer.CENTRAL, dose.start_h, mg, dose.duration_h) for dose, mg in zip(doses, amounts_mg, strict=True)
    ]
    held = _by_mass({analyte: (Enantiomer.CENTRAL, people["central_volume_l"])})
    return _predicted(disposition.enantiomer(people), inputs, held, {}, asked)


def perez_ruixo(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
    """Nasal spray, infusion or solution by mouth; all doses by one way in."""
    route = doses[0].route
    if route is Route.NASAL:
        inputs = [entry for dose in doses for entry in _device_inputs(dose, people)]
    elif route is Route.IV:
        inputs = [Input(Nasal.CENTRAL, dose.start_h, dose.s_ketamine_mg, dose.duration_h) for dose in doses]
    else:
        people = {**people, "swallowed_absorption_per_h": people["oral_absorption_per_h"]}
        entry_h = float(people["oral_entry_h"][0])
        inputs = [
            Input(Nasal.GUT, dose.start_h, dose.s_ketamine_mg * people["gut_fraction"], entry_h) for dose in doses
        ]
    held = {
        Analyte.S_KETAMINE: (Nasal.CENTRAL, people["central_volume_l"]),
        Analyte.S_NORKETAMINE: (Nasal.NORKETAMINE, people["norketamine_central_volume_l"]),
    }
    absorbed: dict[int, FloatArray] = {Nasal.NOSE: people["nasal_absorption_per_h"]}
    return _predicted(disposition.nasal(people), inputs, _by_mass(held), absorbed, asked)


def _device_inputs(dose: GivenDose, people: People) -> list[Input]:
    """Each device in turn: a part through the nose, the rest swallowed, where the gut takes its share.

    Raises:
        KineticsError: if the dose is not a whole number of devices.
    """
    device_mg, interval_h = float(people["device_mg"][0]), float(people["device_interval_h"][0])
    devices = round(dose.amount_mg / device_mg)
    if devices < 1 or abs(devices * device_mg - dose.amount_mg) > 1e-6:
        raise KineticsError(
            f"Esketamine nasal spray comes in devices of {device_mg:g} mg, "
            f"and {dose.amount_mg:g} mg is not a whole number of them."
        )
    inputs = []
    for number in range(devices):
        start_h = dose.start_h + number * interval_h
        nasal_fraction = people["nasal_fraction"] * (people["later_device_ratio"] if number else 1)
        swallowed_mg = device_mg * (1 - nasal_fraction) * people["gut_fraction"]
        inputs.append(Input(Nasal.NOSE, start_h, device_mg * nasal_fraction))
        inputs.append(Input(Nasal.GUT, start_h, swallowed_mg, float(people["swallowed_entry_h"][0])))
    return inputs


def simons(doses: Sequence[GivenDose], people: People, asked: Asked) -> Predicted:
    """A film in the mouth, or an infusion; what is swallowed arrives as metabolites only."""
    inputs = []
    for dose in doses:
        mg = dose.s_ketamine_mg
        if dose.route is Route.IV:
            inputs.append(Input(Film.CENTRAL, dose.start_h, mg, dose.duration_h))
            continue
        mouth_h, gut_h = float(people["mucosa_entry_h"][0]), float(people["gut_entry_h"][0])
        inputs.append(Input(Film.MOUTH, dose.start_h, mg * people["mucosa_fraction"], mouth_h))
        if dose.manner is not Manner.SPAT_OUT:
            inputs.append(Input(Film.GUT, dose.start_h, mg * people["gut_ratio"], gut_h))
    held = {
        Analyte.S_KETAMINE: (Film.CENTRAL, people["central_volume_l"]),
        Analyte.S_NORKETAMINE: (Film.NORKETAMINE, people["central_volume_l"]),
        Analyte.S_HYDROXYNORKETAMINE: (Film.HYDROXYNORKETAMINE, people["hydroxynorketamine_volume_l"]),
    }
    absorbed: dict[int, FloatArray] = {Film.MOUTH: people["mucosa_absorption_per_h"]}
    return _predicted(disposition.film(people), inputs, _by_moles(held), absorbed, asked)


def _by_mass(held: Held) -> Places:
    """Amounts are counted in milligrams of what they are amounts of."""
    return {analyte: (place, NG_PER_ML_PER_MG_PER_L / volume_l) for analyte, (place, volume_l) in held.items()}


def _by_moles(held: Held) -> Places:
    """Amounts of metabolites too are counted in milligrams of ketamine."""
    per_mg = NG_PER_ML_PER_MG_PER_L / Analyte.KETAMINE.g_per_mol
    return {analyte: (place, per_mg * analyte.g_per_mol / volume_l) for analyte, (place, volume_l) in held.items()}


def _predicted(
    rates_per_h: FloatArray,
    inputs: Sequence[Input],
    places: Places,
    absorbed_per_h: Mapping[int, FloatArray],
    asked: Asked,
) -> Predicted:
    """What is asked of a system whose first analyte is in its first compartment, where also arrives what is absorbed
    from others at these rates."""
    wanted, also = asked.of(places), list(absorbed_per_h) if asked.entry else []
    keep = [place for place, _ in wanted.values()] + also
    factors = [factor for _, factor in wanted.values()] + [absorbed_per_h[place] for place in also]
    found = amounts(rates_per_h, inputs, asked.times_h, keep, factors)
    curves = {analyte: found[:, :, column] for column, analyte in enumerate(wanted)}
    if not asked.entry:
        return Predicted(curves, {})
    entry = entering(inputs, 0, asked.times_h, len(found))
    for column in range(len(wanted), len(keep)):
        entry += found[:, :, column]
    return Predicted(curves, {next(iter(places)): entry})


def entering(inputs: Sequence[Input], compartment: int, times_h: FloatArray, patients: int) -> FloatArray:
    """The rate at which infusions enter this compartment, (patients, times) in mg/h.

    A sample at the instant a pump stops counts as drawn while it ran.
    """
    infusions = [entry for entry in inputs if entry.compartment == compartment and entry.duration_h]
    rates = np.zeros((patients, len(infusions)))
    running = np.zeros((len(infusions), len(times_h)))
    for place, entry in enumerate(infusions):
        rates[:, place] = entry.amount_mg / entry.duration_h
        running[place] = (times_h > entry.start_h) & (times_h <= entry.end_h)
    return rates @ running


def _added(one: Curves, other: Curves) -> Curves:
    """Two sets of curves together; an analyte missing on one side is zero there."""
    return {
        analyte: one[analyte] + other[analyte]
        if analyte in one and analyte in other
        else one.get(analyte, other.get(analyte))  # type: ignore[misc]
        for analyte in {**one, **other}
    }
