"""Concentrations after a dose or a regimen in a typical person of a given body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from daybreak.pharmacology import arguments
from daybreak.pharmacology.analytes import Analyte, Curves, with_totals
from daybreak.pharmacology.body import OLD_YEARS, Body, KineticsError
from daybreak.pharmacology.given import GivenDose
from daybreak.pharmacology.influences import influences
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.models import KineticModel, default_for, model_for, with_sex
from daybreak.pharmacology.parameters.covariates import (
    enantiomer_clearance_ratio,
    mixing_flow,
    sex_effect_by_default,
)
from daybreak.pharmacology.structures import Asked, Predicted
from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.regimen import Dose, Regimen

_NG_PER_ML_PER_MG_PER_L = 1000.0
_NINETY_PERCENT = 1.6449  # standard deviations on either side that hold nine of ten
_OLD = " Concentrations may be higher and last longer than shown; by how much is not known here."


_A_REGIMEN = 'daybreak.treatment.regimen_language.parse("ketamine 50 mg im once")'


class Matrix(StrEnum):
    """Where the blood is drawn."""

    VENOUS = "venous plasma"
    ARTERIAL = "arterial plasma"


@dataclass(frozen=True, slots=True)
class Draws:
    """Standard normal numbers that make people: (patients, effects), `occasions` (patients, doses, effects).

    `people` are what differs between persons, `occasions` between the doses of one, `uncertain` how far the
    typical values may be off. None of the last two is zeros. `ratios` multiply typical values by name, which is how
    a fit tries other numbers. `scales` multiply whole curves, (patients,) by substance.
    """

    people: FloatArray
    occasions: FloatArray | None = None
    uncertain: FloatArray | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
    scales: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """Everything a result needs before numbers are drawn: the model, the doses, the body, the times, the matrix."""

    model: KineticModel
    doses: tuple[GivenDose, ...]
    body: Body
    times_h: FloatArray
    sex_effect: bool
    matrix: Matrix

    @classmethod
    def of(
        cls,
        given: Dose | Regimen,
        body: Body,
        times_h: ArrayLike,
        *,
        model: str | None = None,
        sex_effect: bool | None = None,
        matrix: Matrix | None = None,
    ) -> "Prediction":
        arguments.kind(Dose, Regimen, such_as=_A_REGIMEN)("given", given)
        arguments.kind(Body, such_as="Body(70)")("body", body)
        doses = given.doses if isinstance(given, Regimen) else (given,)
        last_h = max(dose.end_h for dose in doses)
        arguments.number(0, arguments.LONGEST_H, why=arguments.SLIPS)("the end of the last dose, in hours", last_h)
        serving = model_for(doses, model)
        return cls(
            model=serving,
            doses=tuple(GivenDose.of(dose, body) for dose in doses),
            body=body,
            times_h=arguments.hours("times_h", times_h),
            sex_effect=arguments.optional(arguments.yes_or_no)("sex_effect", sex_effect)
            or (sex_effect is None and sex_effect_by_default()),
            matrix=_sampled(
                doses,
                Matrix(serving.parameters.matrix),
                arguments.optional(arguments.one_of(Matrix))("matrix", matrix),
            ),
        )

    def for_people(
        self, normals: FloatArray | Draws, times_h: FloatArray, substances: frozenset[str] | None = None
    ) -> Curves:
        """Concentrations in ng/mL, (patients, times) by analyte, for people drawn as these numbers.

        Of these substances, or all that the model has.
        """
        draws = normals if isinstance(normals, Draws) else Draws(normals)
        elsewhere = self.matrix is not Matrix(self.model.parameters.matrix)
        asked = Asked(times_h, substances, entry=elsewhere, scales=draws.scales)
        given = self._seen_by(float(times_h.max(initial=0.0)))
        # What differs between occasions is how a dose gets in, and that of an infusion is the same each time.
        apart = [number for number, dose in given.items() if draws.occasions is not None and dose.has_way_in]
        together = [dose for number, dose in given.items() if number not in apart]
        routes = dict.fromkeys(dose.route for dose in together)
        groups = [tuple(dose for dose in together if dose.route is route) for route in routes]
        parts = [self._part(doses, draws, None, asked) for doses in groups]
        if draws.occasions is not None:
            parts += [self._part((given[number],), draws, draws.occasions[:, number], asked) for number in apart]
        total = parts[0]
        for part in parts[1:]:
            total = total.plus(part)
        return self._in_matrix(total, draws.scales)

    def _seen_by(self, time_h: float) -> dict[int, GivenDose]:
        """The doses, by number, that begin by a time; a later one changes nothing before it.

        The first by each drug and route is among them always, so that the analytes do not depend on the time.
        """
        firsts = {(dose.drug, dose.route): number for number, dose in reversed(list(enumerate(self.doses)))}
        return {
            number: dose
            for number, dose in enumerate(self.doses)
            if dose.start_h <= time_h or firsts[dose.drug, dose.route] == number
        }

    def _part(self, doses: tuple[GivenDose, ...], draws: Draws, occasion: FloatArray | None, asked: Asked) -> Predicted:
        """Doses by one route: the person's numbers there, as that route's medicines and liver have them."""
        parameters = self.model.parameters
        people = parameters.of_people(self.body, draws.people, occasion=occasion, uncertain=draws.uncertain)
        people |= {name: people[name] * ratio for name, ratio in draws.ratios.items()}
        if self.sex_effect:
            people = with_sex(people, self.body)
        people = influences(self.body, doses[0].route).on(people)
        return self.model.predict(doses, people, asked)

    def _in_matrix(self, predicted: Predicted, scales: Mapping[str, FloatArray]) -> Curves:
        """The curves where the blood is drawn: an artery holds what enters over the flow it mixes into, on top."""
        own = Matrix(self.model.parameters.matrix)
        if self.matrix is own:
            return predicted.curves
        sign = 1 if self.matrix is Matrix.ARTERIAL else -1
        curves = dict(predicted.curves)
        for analyte, entry in predicted.entry_mg_per_h.items():
            gap = _NG_PER_ML_PER_MG_PER_L * entry / mixing_flow().value
            if analyte.substance in scales:
                gap *= scales[analyte.substance][:, None]
            curves[analyte] = np.maximum(0, curves[analyte] + sign * gap)
        return with_totals(curves)

    @property
    def doubt_log_sd(self) -> float:
        """How far the whole curve may be off, as the SD of its logarithm: the largest of the routes given."""
        return max(default_for(dose.drug, dose.route).doubt_log_sd for dose in self.doses)

    @property
    def limits(self) -> tuple[str, ...]:
        """What a reader of any result of this model must know."""
        limits = self.model.parameters.limits
        chosen = {default_for(dose.drug, dose.route) for dose in self.doses}
        for default in sorted(chosen, key=lambda row: row.route):
            if default.model == self.model.id:
                limits += (f"Why this model for the {default.route} route: {default.reason}",)
            factor = np.exp(_NINETY_PERCENT * default.doubt_log_sd)
            limits += (
                f"By the {default.route} route the whole curve may lie a factor of {factor:.1f} off either way, "
                f"which is in the band ({default.doubt_status}): {default.doubt_basis}",
            )
        ages = self.model.parameters.studied.get("age_years")
        if ages is not None and ages.high < OLD_YEARS:
            limits += (
                f"Built on people of {ages.low:g} to {ages.high:g} years, and age changes nothing in it: how much more "
                "slowly ketamine leaves an older body is not known.",
            )
        if self.model.id == "otto-2021" and any(dose.drug is Drug.KETAMINE for dose in self.doses):
            limits += (
                "R-ketamine is taken as S-ketamine with the clearance ratio of "
                f"{enantiomer_clearance_ratio().name}; R-norketamine is not predicted.",
            )
        if str(self.matrix) != self.model.parameters.matrix:
            limits += (
                f"The model was built on {self.model.parameters.matrix}; the step to {self.matrix} is "
                f"the rate of entry over {mixing_flow().value:g} L/h ({mixing_flow().name}). It holds while "
                "the pump runs and is no whole curve: the areas of artery and vein come to differ by the dose over "
                "that flow, about a fifth, where an arm vein's is that of the artery; and once the pump stops both "
                "are the same, where an arm vein holds more for some minutes. No clearance may be taken from it.",
            )
        return limits

    def _is_said_of_all(self, quantity: str, value: float) -> bool:
        """Whether it is an age above that of young volunteers, which nearly every patient has: `limits` says it."""
        return quantity == "age_years" and self.model.parameters.studied[quantity].high < value < OLD_YEARS

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
            elif not studied.low <= value <= studied.high and not self._is_said_of_all(quantity, value):
                asked_for = phrase.format(f"{value:.3g}")
                between = f"{studied.low:g} to {studied.high:g}"
                unknown = _OLD if quantity == "age_years" and studied.high < OLD_YEARS <= value else ""
                found.append(f"Outside the studied range: {asked_for}; the model was built on {between}.{unknown}")
        routes = dict.fromkeys(dose.route for dose in self.doses)
        found += [said for route in routes for said in influences(self.body, route).warnings]
        if any(dose.is_bolus for dose in self.doses):
            found.append("A bolus: before two minutes the blood has not mixed, and no number there means anything.")
        if any(dose.route is Route.SUBLINGUAL and dose.manner is Manner.SPAT_OUT for dose in self.doses):
            found.append("Spat out: how much was absorbed by then is a guess, not a measurement.")
        if any(dose.manner is Manner.PROLONGED_RELEASE for dose in self.doses):
            found.append(
                "A prolonged-release tablet: 1.7 to 2.6 times the norketamine and up to five times the "
                "hydroxynorketamine predicted here was measured; norketamine's band is too narrow."
            )
        return tuple(dict.fromkeys(found))


def _sampled(doses: tuple[Dose, ...], built_on: Matrix, asked: Matrix | None) -> Matrix:
    """Where the blood is drawn. The step from one to the other was measured after infusions into a vein only."""
    if asked is None or asked is built_on:
        return built_on
    other = next((dose.route for dose in doses if dose.route is not Route.IV), None)
    if other is not None:
        raise KineticsError(
            f"For the {other} route the model gives {built_on} only. How {asked} differs was measured after "
            f"infusions into a vein and after nothing else. Ask for {built_on}, or for doses by vein."
        )
    return asked


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
    matrix: Matrix | None = None,
) -> Concentrations:
    """What a typical person of this body shows after these doses.

    Args:
        given: a dose or a regimen; its times count from the first dose.
        times_h: (times,) hours since the first dose, in any order; before a dose the answer is zero.
        model: a model's id; by default the one `parameters/routes.yaml` names for the drug and route.
        sex_effect: clear faster in women (Sigtermans 2009); by default as `parameters/covariates.yaml` says.
        matrix: where the blood is drawn; by default as in the people the model was built on. The other only for
            doses by vein.

    Raises:
        NoModelError: if no model serves these doses.
        KineticsError: if the times are no list of finite numbers, a nasal dose is no number of devices, a medicine is
            unknown, or the other blood is asked for after doses by another way than a vein.
    """
    prediction = Prediction.of(given, body, times_h, model=model, sex_effect=sex_effect, matrix=matrix)
    parameters = prediction.model.parameters
    curves = prediction.for_people(np.zeros((1, parameters.random_effects)), prediction.times_h)
    return Concentrations(
        times_h=prediction.times_h,
        ng_per_ml={analyte: values[0] for analyte, values in curves.items()},
        matrix=str(prediction.matrix),
        model_id=prediction.model.id,
        parameter_version=parameters.version,
        limits=prediction.limits,
        warnings=prediction.warnings,
    )
