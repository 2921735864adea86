"""How each published model turns doses into concentrations, given the numbers of some people.

Each function takes doses, parameters by name ((patients,) each) and times, and returns `Predicted`: curves in
ng/mL, (patients, times) by analyte, and how fast ketamine enters the blood, which is what sets an arterial
sample apart from a venous one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Predicted:
    """Curves in ng/mL by analyte, and the entry of S- and R-ketamine into the blood in mg/h, (patients, times)."""

    curves: Curves
    entry_mg_per_h: Curves

    def plus(self, other: "Predicted") -> "Predicted":
        return Predicted(_added(self.curves, other.curves), _added(self.entry_mg_per_h, other.entry_mg_per_h))


Structure = Callable[[Sequence[GivenDose], People, FloatArray], Predicted]


def by_way_in(structure: Structure) -> Structure:
    """The structure solved for each way in apart: the system is linear, so what they leave adds up."""

    def predict(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
        ways = groupby(sorted(doses, key=_way_in), _way_in)
        parts = [structure(list(group), people, times_h) for _, group in ways]
        total = parts[0]
        for part in parts[1:]:
            total = total.plus(part)
        return Predicted(with_totals(total.curves), total.entry_mg_per_h)

    return predict


def _way_in(dose: GivenDose) -> tuple[str, str]:
    return dose.route, dose.manner


def daybreak(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
    """S and R apart, each from where it enters to its metabolites; all doses by one way in."""
    parts = [_one_hand("S", [dose.s_ketamine_mg for dose in doses], doses, people, times_h)]
    if any(dose.drug is Drug.KETAMINE for dose in doses):
        rest = [dose.amount_mg - dose.s_ketamine_mg for dose in doses]
        parts.append(_one_hand("R", rest, doses, _right_handed(people), times_h))
    curves = {analyte: values for part in parts for analyte, values in part.curves.items()}
    entry = {analyte: values for part in parts for analyte, values in part.entry_mg_per_h.items()}
    return Predicted(curves, entry)


def _right_handed(people: People) -> dict[str, FloatArray]:
    """The same people as they handle R-ketamine: every S number times its own ratio."""
    ratios = {name.removesuffix("_r_over_s"): ratio for name, ratio in people.items() if name.endswith("_r_over_s")}
    return {name: values * ratios.get(name, 1.0) for name, values in people.items()}


def _one_hand(
    hand: str, amounts_mg: list[float], doses: Sequence[GivenDose], people: People, times_h: FloatArray
) -> Predicted:
    way = Way.of(doses[0].route, doses[0].manner, people)
    inputs = [entry for dose, mg in zip(doses, amounts_mg, strict=True) if mg for entry in way.inputs(dose, mg)]
    patients = len(people["central_volume_l"])
    rates = way.rates(patients)
    places = {
        "ketamine": (Chain.CENTRAL, people["central_volume_l"]),
        "norketamine": (Chain.NORKETAMINE, people["norketamine_central_volume_l"]),
        "dehydronorketamine": (Chain.DEHYDRONORKETAMINE, people["dehydronorketamine_volume_l"]),
        "hydroxynorketamine": (Chain.HYDROXYNORKETAMINE, people["hydroxynorketamine_volume_l"]),
    }
    keep = [place for place, _ in places.values()] + ([] if way.straight else [Chain.SITE, Chain.GUT])
    found = amounts(disposition.chain({**people, **rates}, extravascular=not way.straight), inputs, times_h, keep)
    curves = {}
    for column, (substance, (_, volume_l)) in enumerate(places.items()):
        analyte = Analyte(f"{hand}-{substance}")
        curves[analyte] = _by_moles(analyte, found, column, volume_l)
    entry = entering(inputs, Chain.CENTRAL, times_h, patients)
    if not way.straight:
        from_gut = rates["gut_ketamine_share"] * rates["gut_absorption_per_h"]
        entry += found[:, :, keep.index(Chain.SITE)] * rates["site_absorption_per_h"][:, None]
        entry += found[:, :, keep.index(Chain.GUT)] * from_gut[:, None]
    return Predicted(curves, {Analyte(f"{hand}-ketamine"): entry})


def otto(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
    """S-ketamine and S-norketamine by Otto 2021; R-ketamine the same with its own clearance."""
    s_inputs = [Input(Intravenous.CENTRAL, dose.start_h, dose.s_ketamine_mg, dose.duration_h) for dose in doses]
    s_amounts = amounts(disposition.intravenous(people), s_inputs, times_h)
    s_part = Predicted(
        {
            Analyte.S_KETAMINE: _concentration(s_amounts, Intravenous.CENTRAL, people["central_volume_l"]),
            Analyte.S_NORKETAMINE: _concentration(
                s_amounts, Intravenous.NORKETAMINE, people["norketamine_central_volume_l"]
            ),
        },
        {Analyte.S_KETAMINE: entering(s_inputs, Intravenous.CENTRAL, times_h, len(s_amounts))},
    )
    racemic = [dose for dose in doses if dose.drug is Drug.KETAMINE]
    if not racemic:
        return s_part
    r_clearance = people["clearance_l_per_h"] * enantiomer_clearance_ratio().value
    r_part = _parent(
        Analyte.R_KETAMINE,
        [dose.amount_mg - dose.s_ketamine_mg for dose in racemic],
        racemic,
        {**people, "clearance_l_per_h": r_clearance},
        times_h,
    )
    return Predicted({**s_part.curves, **r_part.curves}, {**s_part.entry_mg_per_h, **r_part.entry_mg_per_h})


def ketamine_alone(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
    """Ketamine as an assay blind to handedness sees it; no metabolites."""
    return _parent(Analyte.KETAMINE, [dose.amount_mg for dose in doses], doses, people, times_h)


def s_ketamine_alone(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
    """S-ketamine without metabolites."""
    return _parent(Analyte.S_KETAMINE, [dose.s_ketamine_mg for dose in doses], doses, people, times_h)


def _parent(
    analyte: Analyte, amounts_mg: list[float], doses: Sequence[GivenDose], people: People, times_h: FloatArray
) -> Predicted:
    inputs = [
        Input(Enantiomer.CENTRAL, dose.start_h, mg, dose.duration_h) for dose, mg in zip(doses, amounts_mg, strict=True)
    ]
    found = amounts(disposition.enantiomer(people), inputs, times_h)
    curve = _concentration(found, Enantiomer.CENTRAL, people["central_volume_l"])
    return Predicted({analyte: curve}, {analyte: entering(inputs, Enantiomer.CENTRAL, times_h, len(curve))})


def perez_ruixo(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
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
    found = amounts(disposition.nasal(people), inputs, times_h)
    entry = entering(inputs, Nasal.CENTRAL, times_h, len(found))
    entry = entry + found[:, :, Nasal.NOSE] * people["nasal_absorption_per_h"][:, None]
    curves = {
        Analyte.S_KETAMINE: _concentration(found, Nasal.CENTRAL, people["central_volume_l"]),
        Analyte.S_NORKETAMINE: _concentration(found, Nasal.NORKETAMINE, people["norketamine_central_volume_l"]),
    }
    return Predicted(curves, {Analyte.S_KETAMINE: entry})


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


def simons(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Predicted:
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
    found = amounts(disposition.film(people), inputs, times_h)
    volume_l = people["central_volume_l"]
    entry = entering(inputs, Film.CENTRAL, times_h, len(found))
    entry = entry + found[:, :, Film.MOUTH] * people["mucosa_absorption_per_h"][:, None]
    places = {
        Analyte.S_KETAMINE: (Film.CENTRAL, volume_l),
        Analyte.S_NORKETAMINE: (Film.NORKETAMINE, volume_l),
        Analyte.S_HYDROXYNORKETAMINE: (Film.HYDROXYNORKETAMINE, people["hydroxynorketamine_volume_l"]),
    }
    curves = {analyte: _by_moles(analyte, found, place, volume) for analyte, (place, volume) in places.items()}
    return Predicted(curves, {Analyte.S_KETAMINE: entry})


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


def _concentration(found_mg: FloatArray, compartment: int, volume_l: FloatArray) -> FloatArray:
    return NG_PER_ML_PER_MG_PER_L * found_mg[:, :, compartment] / volume_l[:, None]


def _by_moles(analyte: Analyte, found_mg: FloatArray, compartment: int, volume_l: FloatArray) -> FloatArray:
    """The concentration of a metabolite whose amount is counted in milligrams of ketamine."""
    ratio = analyte.g_per_mol / Analyte.KETAMINE.g_per_mol
    return ratio * _concentration(found_mg, compartment, volume_l)


def _added(one: Curves, other: Curves) -> Curves:
    """Two sets of curves together; an analyte missing on one side is zero there."""
    return {
        analyte: one[analyte] + other[analyte]
        if analyte in one and analyte in other
        else one.get(analyte, other.get(analyte))  # type: ignore[misc]
        for analyte in {**one, **other}
    }
