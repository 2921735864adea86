"""The kinetic models by name: which doses each serves and how it turns them into concentrations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from daybreak.pharmacology import disposition
from daybreak.pharmacology.body import Body, KineticsError, Sex
from daybreak.pharmacology.disposition import Enantiomer, Intravenous, Nasal, People
from daybreak.pharmacology.linear import FloatArray, Input, amounts
from daybreak.pharmacology.parameters import (
    ParameterSet,
    enantiomer_clearance_ratio,
    load,
    women_clearance_ratio,
)
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Dose

MINUTES_PER_HOUR = 60.0
NG_PER_ML_PER_MG_PER_L = 1000.0
S_FRACTION = {Drug.KETAMINE: 0.5, Drug.ESKETAMINE: 1.0}


class NoModelError(KineticsError):
    """No kinetic model serves this dose: the message is a sentence a page can show."""


class Analyte(StrEnum):
    """What is measured. Ketamine is S and R together, as an assay blind to handedness reports it."""

    KETAMINE = "ketamine"
    S_KETAMINE = "S-ketamine"
    R_KETAMINE = "R-ketamine"
    S_NORKETAMINE = "S-norketamine"


@dataclass(frozen=True, slots=True)
class GivenDose:
    """A dose in milligrams, its infusion in hours."""

    drug: Drug
    amount_mg: float
    start_h: float
    duration_h: float

    @classmethod
    def of(cls, dose: Dose, body: Body) -> "GivenDose":
        return cls(
            drug=dose.drug,
            amount_mg=dose.amount.to_mg(body.weight_kg),
            start_h=dose.time_h,
            duration_h=dose.duration_min / MINUTES_PER_HOUR,
        )

    @property
    def s_ketamine_mg(self) -> float:
        return self.amount_mg * S_FRACTION[self.drug]


Curves = dict[Analyte, FloatArray]
Predict = Callable[[Sequence[GivenDose], People, FloatArray], Curves]


@dataclass(frozen=True, slots=True)
class KineticModel:
    """A published model: its numbers, the doses it serves and its prediction.

    `predict` takes the doses, the parameters of some people (patients,) and times (times,), and returns
    (patients, times) in ng/mL by analyte.
    """

    id: str
    serves: frozenset[tuple[Drug, Route]]
    predict: Predict

    @property
    def parameters(self) -> ParameterSet:
        return load(self.id)


def with_sex(people: Mapping[str, FloatArray], body: Body) -> dict[str, FloatArray]:
    """The same people with the clearances of women where the body is a woman's (Sigtermans 2009)."""
    ratio = women_clearance_ratio().value if body.sex is Sex.FEMALE else 1.0
    cleared = ("clearance_l_per_h", "norketamine_clearance_l_per_h")
    return {name: values * ratio if name in cleared else values for name, values in people.items()}


def _intravenous(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Curves:
    """S-ketamine and S-norketamine by Otto 2021; R-ketamine the same with its own clearance."""
    s_inputs = [Input(Intravenous.CENTRAL, dose.start_h, dose.s_ketamine_mg, dose.duration_h) for dose in doses]
    s_amounts = amounts(disposition.intravenous(people), s_inputs, times_h)
    s_ketamine = _concentration(s_amounts, Intravenous.CENTRAL, people["central_volume_l"])
    norketamine = _concentration(s_amounts, Intravenous.NORKETAMINE, people["norketamine_central_volume_l"])
    r_inputs = [
        replace(entry, amount_mg=dose.amount_mg - dose.s_ketamine_mg)
        for entry, dose in zip(s_inputs, doses, strict=True)
        if dose.drug is Drug.KETAMINE
    ]
    if not r_inputs:
        return {Analyte.S_KETAMINE: s_ketamine, Analyte.S_NORKETAMINE: norketamine}
    r_clearance = people["clearance_l_per_h"] * enantiomer_clearance_ratio().value
    r_people = {**people, "clearance_l_per_h": r_clearance}
    r_amounts = amounts(disposition.enantiomer(r_people), r_inputs, times_h)
    r_ketamine = _concentration(r_amounts, Enantiomer.CENTRAL, people["central_volume_l"])
    return {
        Analyte.KETAMINE: s_ketamine + r_ketamine,
        Analyte.S_KETAMINE: s_ketamine,
        Analyte.R_KETAMINE: r_ketamine,
        Analyte.S_NORKETAMINE: norketamine,
    }


def _nasal(doses: Sequence[GivenDose], people: People, times_h: FloatArray) -> Curves:
    inputs = [entry for dose in doses for entry in _device_inputs(dose, people)]
    found = amounts(disposition.nasal(people), inputs, times_h)
    return {
        Analyte.S_KETAMINE: _concentration(found, Nasal.CENTRAL, people["central_volume_l"]),
        Analyte.S_NORKETAMINE: _concentration(found, Nasal.NORKETAMINE, people["norketamine_central_volume_l"]),
    }


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


def _concentration(found_mg: FloatArray, compartment: int, volume_l: FloatArray) -> FloatArray:
    return NG_PER_ML_PER_MG_PER_L * found_mg[:, :, compartment] / volume_l[:, None]


OTTO_2021 = KineticModel(
    id="otto-2021",
    serves=frozenset({(Drug.KETAMINE, Route.IV), (Drug.ESKETAMINE, Route.IV)}),
    predict=_intravenous,
)
PEREZ_RUIXO_2021 = KineticModel(
    id="perez-ruixo-2021",
    serves=frozenset({(Drug.ESKETAMINE, Route.NASAL)}),
    predict=_nasal,
)
MODELS = {model.id: model for model in (OTTO_2021, PEREZ_RUIXO_2021)}


def model_for(doses: Sequence[Dose], name: str | None = None) -> KineticModel:
    """The one model that serves all these doses: the named one, or the first that can.

    Raises:
        NoModelError: if there is none.
    """
    if name is not None and name not in MODELS:
        raise NoModelError(f"There is no kinetic model named {name}. Use one of {', '.join(MODELS)}.")
    wanted = {(dose.drug, dose.route) for dose in doses}
    candidates = [MODELS[name]] if name else list(MODELS.values())
    for model in candidates:
        if wanted <= model.serves:
            return model
    if len(wanted) > 1:
        raise NoModelError("One curve cannot hold doses of different drugs or routes. Ask for each apart.")
    drug, route = next(iter(wanted))
    which = f"The model {name} does not serve" if name else "No kinetic model in this version serves"
    raise NoModelError(f"{which} {drug} by the {route} route, so no concentration is predicted.")
