"""The models held against published concentrations.

Each row of `observed/concentrations.csv` is predicted for a typical person. Whether a row is scored, and why
not, stands in the row; so does whether the model was built on it.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.kinetics import concentrations
from daybreak.pharmacology.models import MINUTES_PER_HOUR, Analyte
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose

WEIGHT_WHERE_NOT_PRINTED_KG = 70.0
_PEAK_TIMES_H = np.linspace(0, 6, 721)


@dataclass(frozen=True, slots=True)
class Observation:
    """One published concentration. `time_h` None means the peak; `weight_kg` None means not printed."""

    study: str
    doi: str
    dose: Dose
    weight_kg: float | None
    analyte: Analyte
    time_h: float | None
    ng_per_ml: float
    built_on: str
    scored: bool
    why_not_scored: str
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """An observation and what the model says of it, for a typical person."""

    observation: Observation
    model_id: str
    predicted_ng_per_ml: float

    @property
    def ratio(self) -> float:
        """Predicted over observed."""
        return self.predicted_ng_per_ml / self.observation.ng_per_ml


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one model agrees with one study on one analyte, over its scored rows.

    Attributes:
        built_on: whether the model was built on these rows ("no", "yes", or "in part": only the variability).
        geometric_mean_ratio: predicted over observed; 1 is no bias, below 1 predicts too low.
        geometric_mean_fold_error: the usual distance as a factor, 1 being perfect.
        median_absolute_error_percent: the median distance in per cent of the observed.
    """

    study: str
    model_id: str
    analyte: Analyte
    built_on: str
    rows: int
    geometric_mean_ratio: float
    geometric_mean_fold_error: float
    median_absolute_error_percent: float
    within_1_5_fold: int
    within_2_fold: int


def observations() -> list[Observation]:
    """Every published concentration the project ships."""
    text = files(f"{__package__}.observed").joinpath("concentrations.csv").read_text(encoding="utf-8")
    return [_observation(row) for row in csv.DictReader(text.splitlines())]


def compare() -> list[Comparison]:
    """Each observation beside its prediction, scored or not, in the order of the file."""
    return [_compare(observation) for observation in observations()]


def report() -> list[Agreement]:
    """One line for each study, model and analyte that has scored rows."""
    groups: dict[tuple[str, str, Analyte], list[Comparison]] = {}
    for comparison in compare():
        observation = comparison.observation
        if observation.scored:
            key = (observation.study, comparison.model_id, observation.analyte)
            groups.setdefault(key, []).append(comparison)
    return [_agreement(rows) for rows in groups.values()]


def _observation(row: dict[str, str]) -> Observation:
    return Observation(
        study=row["study"],
        doi=row["doi"],
        dose=Dose(
            drug=Drug(row["drug"]),
            route=Route(row["route"]),
            amount=Amount(float(row["dose"]), AmountUnit(row["dose_unit"])),
            duration_min=float(row["infusion_min"]),
        ),
        weight_kg=float(row["weight_kg"]) if row["weight_kg"] else None,
        analyte=Analyte(row["analyte"]),
        time_h=float(row["time_min"]) / MINUTES_PER_HOUR if row["time_min"] else None,
        ng_per_ml=float(row["observed_ng_per_ml"]),
        built_on=row["used_to_build_the_model"],
        scored=row["scored"] == "yes",
        why_not_scored=row["why_not_scored"],
        note=row["note"],
    )


def _compare(observation: Observation) -> Comparison:
    body = Body(observation.weight_kg or WEIGHT_WHERE_NOT_PRINTED_KG)
    infusion_end_h = observation.dose.duration_min / MINUTES_PER_HOUR
    times_h = [*_PEAK_TIMES_H, infusion_end_h] if observation.time_h is None else [observation.time_h]
    found = concentrations(observation.dose, body, times_h)
    predicted = found.ng_per_ml[observation.analyte].max()
    return Comparison(observation, found.model_id, float(predicted))


def _agreement(rows: Sequence[Comparison]) -> Agreement:
    first = rows[0]
    ratios = np.array([row.ratio for row in rows])
    folds = np.exp(np.abs(np.log(ratios)))
    return Agreement(
        study=first.observation.study,
        model_id=first.model_id,
        analyte=first.observation.analyte,
        built_on=first.observation.built_on,
        rows=len(rows),
        geometric_mean_ratio=float(np.exp(np.log(ratios).mean())),
        geometric_mean_fold_error=float(np.exp(np.log(folds).mean())),
        median_absolute_error_percent=float(100 * np.median(np.abs(ratios - 1))),
        within_1_5_fold=int((folds <= 1.5).sum()),
        within_2_fold=int((folds <= 2).sum()),
    )
