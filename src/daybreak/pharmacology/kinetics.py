"""Concentrations after a dose or a regimen in a typical person of a given body."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.models import Analyte, GivenDose, KineticModel, model_for, with_sex
from daybreak.pharmacology.parameters import enantiomer_clearance_ratio, sex_effect_by_default
from daybreak.treatment.drugs import Drug
from daybreak.treatment.regimen import Dose, Regimen


@dataclass(frozen=True, slots=True)
class Prediction:
    """Everything a result needs before numbers are drawn: the model, the doses, the body, the times."""

    model: KineticModel
    doses: tuple[GivenDose, ...]
    body: Body
    times_h: FloatArray
    sex_effect: bool

    @classmethod
    def of(
        cls,
        given: Dose | Regimen,
        body: Body,
        times_h: ArrayLike,
        *,
        model: str | None = None,
        sex_effect: bool | None = None,
    ) -> "Prediction":
        doses = given.doses if isinstance(given, Regimen) else (given,)
        times = np.array(times_h, dtype=np.float64, ndmin=1)
        if times.ndim != 1 or not np.isfinite(times).all():
            raise KineticsError("Times must be one list of finite numbers, in hours since the first dose.")
        return cls(
            model=model_for(doses, model),
            doses=tuple(GivenDose.of(dose, body) for dose in doses),
            body=body,
            times_h=times,
            sex_effect=sex_effect_by_default() if sex_effect is None else sex_effect,
        )

    def for_people(self, normals: FloatArray, times_h: FloatArray) -> dict[Analyte, FloatArray]:
        """Concentrations in ng/mL, (patients, times) by analyte, for people drawn as `normals`."""
        people = self.model.parameters.of_people(self.body, normals)
        if self.sex_effect:
            people = with_sex(people, self.body)
        return self.model.predict(self.doses, people, times_h)

    @property
    def limits(self) -> tuple[str, ...]:
        """What a reader of any result of this model must know."""
        limits = self.model.parameters.limits
        if any(dose.drug is Drug.KETAMINE for dose in self.doses):
            limits += (
                "R-ketamine is taken as S-ketamine with the clearance ratio of "
                f"{enantiomer_clearance_ratio().name}; R-norketamine is not predicted.",
            )
        return limits

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where this person or dose lies outside the people and doses the model was built on."""
        largest_mg = max(dose.s_ketamine_mg for dose in self.doses)
        asked = {
            "weight_kg": ("a weight of {} kg", self.body.weight_kg),
            "age_years": ("an age of {} years", self.body.age_years),
            "esketamine_mg": ("{} mg of S-ketamine in one dose", largest_mg),
            "esketamine_mg_per_kg": ("{} mg/kg of S-ketamine in one dose", largest_mg / self.body.weight_kg),
        }
        found = []
        for quantity, studied in self.model.parameters.studied.items():
            phrase, value = asked[quantity]
            if value is None:
                found.append("The age is not known, so it was not compared with that of the people studied.")
            elif not studied.low <= value <= studied.high:
                asked_for = phrase.format(f"{value:.3g}")
                between = f"{studied.low:g} to {studied.high:g}"
                found.append(f"Outside the studied range: {asked_for}; the model was built on {between}.")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Concentrations:
    """The typical curve: (times,) by analyte. `limits` and `warnings` belong wherever it is shown."""

    times_h: FloatArray
    ng_per_ml: Mapping[Analyte, FloatArray]
    matrix: str
    model_id: str
    parameter_version: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]


def concentrations(
    given: Dose | Regimen,
    body: Body,
    times_h: ArrayLike,
    *,
    model: str | None = None,
    sex_effect: bool | None = None,
) -> Concentrations:
    """What a typical person of this body shows after these doses.

    Args:
        given: a dose or a regimen; its times count from the first dose.
        times_h: (times,) hours since the first dose, in any order; before a dose the answer is zero.
        model: a model's id; by default the one that serves the drug and route.
        sex_effect: clear faster in women (Sigtermans 2009); by default as `parameters/covariates.yaml` says.

    Raises:
        NoModelError: if no model serves these doses.
        KineticsError: if the times are no list of finite numbers, or a nasal dose is no number of devices.
    """
    prediction = Prediction.of(given, body, times_h, model=model, sex_effect=sex_effect)
    parameters = prediction.model.parameters
    curves = prediction.for_people(np.zeros((1, parameters.random_effects)), prediction.times_h)
    return Concentrations(
        times_h=prediction.times_h,
        ng_per_ml={analyte: values[0] for analyte, values in curves.items()},
        matrix=parameters.matrix,
        model_id=prediction.model.id,
        parameter_version=parameters.version,
        limits=prediction.limits,
        warnings=prediction.warnings,
    )
