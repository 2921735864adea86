"""A crowd of virtual patients with one body, and the band their concentrations fill.

The band holds what differs between people and cannot be seen in a body, what differs between the doses of one
person, how far fitted numbers may be off, and the stated doubt about the route and the substance. It does not hold
the choice of the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.arguments import check_crowd, yes_or_no
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.given import MIXED_H
from daybreak.pharmacology.kinetics import Draws, Matrix, Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.treatment.regimen import Dose, Regimen

BAND_LIMIT = "The band shows how people differ, and how far the model may be off as far as that is known or stated."
PEOPLE_LIMIT = "The band shows how people differ from one another; the uncertainty of the model itself is not in it."
MEASURED_LIMIT = "The band includes the scatter of a measured sample around a person's own curve."

_PEOPLE_STREAM = 0
_MEASUREMENT_STREAM = 1
_OCCASION_STREAM = 2
_UNCERTAINTY_STREAM = 3


@dataclass(frozen=True, slots=True)
class Interval:
    """Median and the ends of the interval that holds the band's share of people."""

    median: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class AnalyteBand:
    """One analyte's band, (times,) in ng/mL, with the highest concentration and its time of each person.

    The peak is looked for at `times_h` of the band and where an infusion ends, so its time is as fine as
    the times asked for. After a bolus it is looked for from two minutes on, when the blood has mixed.
    """

    median: FloatArray
    lower: FloatArray
    upper: FloatArray
    cmax_ng_per_ml: Interval
    tmax_h: Interval


@dataclass(frozen=True, slots=True)
class ConcentrationBand:
    """Bands by analyte with all that is needed to read and to repeat them."""

    times_h: FloatArray
    analytes: Mapping[Analyte, AnalyteBand]
    level: float
    matrix: str
    model_id: str
    parameter_version: str
    patients: int
    seed: int
    limits: tuple[str, ...]
    warnings: tuple[str, ...]


def simulate(
    prediction: Prediction,
    *,
    patients: int,
    seed: int,
    first_patient: int = 0,
    every: int = 1,
    measured: bool = False,
    uncertain: bool = False,
    substances: frozenset[str] | None = None,
) -> dict[Analyte, FloatArray]:
    """Concentrations of each virtual patient, (patients, times) in ng/mL by analyte.

    Patient i of a seed is the same person, with the same numbers, whatever else is simulated.

    Args:
        first_patient: number of the first patient, so that a crowd can be simulated in parts.
        every: 1 for each patient from the first on, 2 for every second, and so on.
        measured: add the source's residual error, as a sample drawn from that patient would show it.
        uncertain: let each patient also be one way in which the model itself may be off.
        substances: which are wanted; all when not said.
    """
    parameters = prediction.model.parameters
    doses = len(prediction.doses)

    def normals(stream: int, numbers: int) -> FloatArray:
        return standard_normals(
            seed=seed, stream=stream, patients=patients, numbers=numbers, first_patient=first_patient, every=every
        )

    per_dose = parameters.occasion_effects
    fitted = parameters.uncertain_effects
    doubts = normals(_UNCERTAINTY_STREAM, fitted + 1 + len(parameters.scale_doubt)) if uncertain else None
    draws = Draws(
        people=normals(_PEOPLE_STREAM, parameters.random_effects),
        occasions=normals(_OCCASION_STREAM, doses * per_dose).reshape(patients, doses, per_dose) if per_dose else None,
        uncertain=None if doubts is None else doubts[:, :fitted],
        scales={} if doubts is None else _doubt(prediction, doubts[:, fitted:]),
    )
    curves = prediction.for_people(draws, prediction.times_h, substances)
    if not measured:
        return curves
    count = len(prediction.times_h) * len(parameters.residual_error)
    errors = _measurement_errors(prediction, normals(_MEASUREMENT_STREAM, count))
    return {analyte: values * errors.get(analyte.substance, 1.0) for analyte, values in curves.items()}


def _doubt(prediction: Prediction, normals: FloatArray) -> dict[str, FloatArray]:
    """What the curves of each patient may be off by, for the route and the substance: factors (patients,)."""
    whole = np.exp(prediction.doubt_log_sd * normals[:, 0])
    scales = {
        name: np.exp(doubt.value * normals[:, 1 + place])
        for place, (name, doubt) in enumerate(prediction.model.parameters.scale_doubt.items())
    }
    return {analyte.substance: whole * scales.get(analyte.substance, 1.0) for analyte in Analyte}


def _measurement_errors(prediction: Prediction, normals: FloatArray) -> dict[str, FloatArray]:
    """Factors (patients, times) by substance, alike for S and R as in one sample.

    Args:
        normals: (patients, substances and times).

    Raises:
        KineticsError: if the model's source gives no error of a sample.
    """
    residual_error = prediction.model.parameters.residual_error
    if not residual_error:
        raise KineticsError(f"The scatter of a sample is not known for the model {prediction.model.id}.")
    count = len(prediction.times_h)
    factors = {}
    for place, (name, error) in enumerate(residual_error.items()):
        scatter = error.value * normals[:, place * count : (place + 1) * count]
        factors[name] = np.exp(scatter) if error.unit == "log SD" else np.maximum(0, 1 + scatter)
    return factors


def predict_band(
    given: Dose | Regimen,
    body: Body,
    times_h: ArrayLike,
    *,
    patients: int = 1000,
    seed: int = 0,
    level: float = 0.90,
    model: str | None = None,
    sex_effect: bool | None = None,
    matrix: Matrix | None = None,
    measured: bool = False,
    uncertain: bool = True,
) -> ConcentrationBand:
    """The band that holds a share of `level` of the people with this body, at each time.

    Args:
        given, body, times_h, model, sex_effect, matrix: as for `daybreak.pharmacology.kinetics.concentrations`.
        patients: how many virtual patients.
        seed: the same seed gives the same band.
        level: share of people inside the band, between 0 and 1.
        measured: include the scatter of a measured sample around a person's own curve.
        uncertain: include how far the model itself may be off.

    Raises:
        NoModelError: if no model serves these doses.
        KineticsError: if times, patients, seed or level cannot be.
    """
    check_crowd(patients, seed, level)
    measured, uncertain = yes_or_no("measured", measured), yes_or_no("uncertain", uncertain)
    asked = Prediction.of(given, body, times_h, model=model, sex_effect=sex_effect, matrix=matrix)
    infusion_ends = [dose.start_h + (MIXED_H if dose.is_bolus else dose.duration_h) for dose in asked.doses]
    times = np.unique(np.concatenate([asked.times_h, infusion_ends]))
    chosen = np.searchsorted(times, asked.times_h)
    late_enough = mixed(asked, times)
    curves = simulate(
        replace(asked, times_h=times), patients=patients, seed=seed, measured=measured, uncertain=uncertain
    )
    parameters = asked.model.parameters
    return ConcentrationBand(
        times_h=asked.times_h,
        analytes={
            analyte: _analyte_band(values, times, chosen, late_enough, level) for analyte, values in curves.items()
        },
        level=level,
        matrix=str(asked.matrix),
        model_id=parameters.id,
        parameter_version=parameters.version,
        patients=patients,
        seed=seed,
        limits=(*asked.limits, BAND_LIMIT if uncertain else PEOPLE_LIMIT, *([MEASURED_LIMIT] if measured else [])),
        warnings=asked.warnings,
    )


def mixed(asked: Prediction, times_h: FloatArray) -> NDArray[np.bool_]:
    """Which times are late enough after every bolus for the blood to have mixed; all, if none is."""
    boluses = [dose.start_h for dose in asked.doses if dose.is_bolus]
    unmixed = [(times_h >= start_h) & (times_h < start_h + MIXED_H) for start_h in boluses]
    found = ~np.any(unmixed, axis=0) if unmixed else np.ones(len(times_h), dtype=bool)
    return found if found.any() else np.ones(len(times_h), dtype=bool)


def _analyte_band(
    values: FloatArray, times_h: FloatArray, chosen: NDArray[np.intp], mixed: NDArray[np.bool_], level: float
) -> AnalyteBand:
    lower, median, upper = _quantiles(values[:, chosen], level)
    looked_at, looked_at_h = values[:, mixed], times_h[mixed]
    peaks, peak_times = looked_at.max(axis=1), looked_at_h[looked_at.argmax(axis=1)]
    return AnalyteBand(
        median=median,
        lower=lower,
        upper=upper,
        cmax_ng_per_ml=_interval(peaks, level),
        tmax_h=_interval(peak_times, level),
    )


def _interval(values: FloatArray, level: float) -> Interval:
    lower, median, upper = (float(quantile[0]) for quantile in _quantiles(values[:, None], level))
    return Interval(median=median, lower=lower, upper=upper)


def _quantiles(values: FloatArray, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lower end, median and upper end over the patients (first axis)."""
    columns = np.sort(values.T, axis=1)
    lower, median, upper = np.quantile(columns, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=1)
    return lower, median, upper
