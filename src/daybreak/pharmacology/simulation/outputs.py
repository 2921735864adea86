"""What a simulation computes of the patients at hand: one output for each subject, concentrations the first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from daybreak.pharmacology import population as crowds
from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.arguments import KineticsError, kind
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.models import model_for
from daybreak.pharmacology.simulation.populations import Portion
from daybreak.pharmacology.simulation.sampling import unfinished
from daybreak.treatment.regimen import Regimen


@dataclass(frozen=True)
class Simulation:
    """What an output may use: the regimen, the patients at hand, their concentrations at the times asked for."""

    regimen: Regimen
    asked: Prediction
    portion: Portion
    seed: int
    uncertain: bool

    @cached_property
    def ng_per_ml(self) -> Mapping[Analyte, FloatArray]:
        """Each analyte's concentration, (patients, times of `asked`)."""
        return crowds.simulate(
            self.asked,
            patients=self.portion.patients,
            seed=self.seed,
            first_patient=self.portion.first_patient,
            every=self.portion.every,
            uncertain=self.uncertain,
        )


@dataclass(frozen=True, slots=True)
class Computed:
    """What one output found of the patients at hand.

    Attributes:
        times_h: (times,) of its series.
        series: by name, (patients, times) each. A name says its unit.
        endpoints: by series and endpoint, (patients,) each; NaN where a patient has none.
        chances: by name, (patients,) each: each patient's chance, 0 to 1, or for what is drawn whether it came, 0 or 1.
        pictured: the series worth a picture.
        fits: the fitted models used, each with its version and data.
        limits, warnings: what stands wherever a number of this is shown.
    """

    times_h: FloatArray
    series: Mapping[str, FloatArray]
    endpoints: Mapping[str, Mapping[str, FloatArray]] = field(default_factory=dict)
    chances: Mapping[str, FloatArray] = field(default_factory=dict)
    pictured: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Output(Protocol):
    """Computes one subject. The numbers of a patient may depend on the seed and the patient's own number alone."""

    def __call__(self, simulation: Simulation) -> Computed: ...


def checked(found: Any, patients: int) -> Computed:
    """What an output of anybody's gave.

    Raises:
        KineticsError: if it is no `Computed`, or does not hold one number of each patient, of series at each time.
    """
    computed: Computed = kind(Computed, such_as="Computed(times_h, {name: values})")("what an output gives", found)
    ends = {f"{name}, {end}": of for name, each in computed.endpoints.items() for end, of in each.items()}
    whole = [(name, of, (patients, len(computed.times_h))) for name, of in computed.series.items()]
    for name, of, shape in [*whole, *((name, of, (patients,)) for name, of in (ends | {**computed.chances}).items())]:
        if np.shape(of) != shape:
            raise KineticsError(f"An output gives {name} of shape {np.shape(of)}. Give an array of shape {shape}.")
    return computed


def concentrations_in_ng_per_ml(simulation: Simulation) -> Computed:
    """Each analyte's concentration, with its highest value, the time of that, and the area under the curve.

    Shown, and looked at for the highest value, once the blood has mixed after a bolus; the area is the whole curve's.
    """
    asked = simulation.asked
    curves = {f"{analyte} (ng/mL)": values for analyte, values in simulation.ng_per_ml.items()}
    mixed = crowds.mixed(asked, asked.times_h)
    times_h, hours = asked.times_h[mixed], float(asked.times_h.max())
    series = {name: values[:, mixed] for name, values in curves.items()}
    return Computed(
        times_h=times_h,
        series=series,
        endpoints={
            name: {**highest(times_h, values), "area": area(asked.times_h, curves[name])}
            for name, values in series.items()
        },
        pictured=tuple(series)[:1],
        limits=(
            f"Highest concentrations and areas are those of {hours:g} hours from the first dose.",
            *asked.limits,
            crowds.BAND_LIMIT if simulation.uncertain else crowds.PEOPLE_LIMIT,
        ),
        warnings=(*unfinished(simulation.regimen, hours), *asked.warnings),
    )


def highest(times_h: FloatArray, values: FloatArray) -> dict[str, FloatArray]:
    """Each patient's highest value and its time: `highest` and `at_h`, (patients,) each."""
    return {"highest": values.max(axis=1), "at_h": times_h[values.argmax(axis=1)]}


def area(times_h: FloatArray, values: FloatArray) -> FloatArray:
    """The area under each patient's curve, (patients,): trapezoids where it rises, and where it falls as if by one
    exponential between two times ("linear up, log down"), which a fall of exponentials is nearer to.
    """
    curves = np.ascontiguousarray(values)
    before, after = curves[:, :-1], curves[:, 1:]
    falls = (after < before) & (after > 0)
    ratio = np.where(falls, before / np.where(falls, after, 1.0), math.e)
    means = np.where(falls, (before - after) / np.log(ratio), (before + after) / 2)
    return np.asarray((means * np.diff(times_h)).sum(axis=1))


def require_default_kinetics(simulation: Simulation, subject: str) -> None:
    """What was fitted to trials was fitted with the default kinetics and is never shown without its uncertainty.

    Raises:
        KineticsError: if another kinetic model is asked for, or none of the model's uncertainty.
    """
    default = model_for(simulation.regimen.doses)
    if simulation.asked.model.id != default.id:
        raise KineticsError(
            f"{subject} was fitted with the kinetics of {default.id}, not {simulation.asked.model.id}. Leave the name "
            "of the model out, or ask for concentrations alone."
        )
    if not simulation.uncertain:
        raise KineticsError(f"{subject} is never simulated without what is not known of the model. Leave it in.")
