"""The fit of the treatment day to the rows kept for tuning.

Studies differ at random: all numbers of one kind in a study are off by one common share (`between_studies`), which
is integrated out. Means of each person's highest reading are averaged over a fixed set of drawn readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import Estimates, load_priors
from daybreak.pharmacology.calibration.fitting import Fit, fit
from daybreak.pharmacology.calibration.likelihood import TYPICAL_WEIGHT_KG, log_prior
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.models import NoModelError
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.response.normal import distribution
from daybreak.pharmacology.safety import effects
from daybreak.pharmacology.safety.observations import SafetyRow
from daybreak.treatment.regimen import Dose

TIMES_H = np.unique(np.concatenate([np.arange(0, 2.01, 1 / 12), [2.5, 3.0, 4.0], [37 / 60]]))
READINGS_H = np.array([20, 40, 60, 90]) / 60  # when trials took the pressure, about
SPREAD_WHERE_NOT_PRINTED = {"systolic": 11.0, "diastolic": 8.0, "heart_rate": 8.0}  # of a rise, as Chen 2023; assumed
SESSIONS_OF_A_TRIAL = 8  # the label counts a rise at any session of four weeks
SHARE_ERROR_WHERE_NO_COUNT = 0.1
_PEOPLE, _STREAM = 1000, 20
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class SafetyNumbers:
    """Rows of treatment days ready to be held against the model; percentages are shares."""

    rows: tuple[SafetyRow, ...]
    observed: FloatArray
    errors: FloatArray
    exposures: tuple[Exposure, ...]
    exposure_of: tuple[int, ...]
    waiting: tuple[SafetyRow, ...]

    @classmethod
    def of(cls, rows: Sequence[SafetyRow]) -> "SafetyNumbers":
        """The rows that can be predicted; those wait whose dose no kinetic model serves or that need values before."""
        served: dict[Dose, Exposure | None] = {row.dose: _exposure(row.dose) for row in rows if row.dose}
        kept = tuple(row for row in rows if row.dose and served[row.dose] is not None and not _needs_baselines(row))
        doses = [dose for dose, exposure in served.items() if exposure is not None]
        return cls(
            rows=kept,
            observed=np.array([_observed(row) for row in kept]),
            errors=np.array([_error(row) for row in kept]),
            exposures=tuple(exposure for exposure in served.values() if exposure is not None),
            exposure_of=tuple(doses.index(row.dose) for row in kept if row.dose),
            waiting=tuple(row for row in rows if row not in kept),
        )


def _needs_baselines(row: SafetyRow) -> bool:
    """Whether the row counts readings above a level, which the group's values before the dose decide."""
    return "or above, per cent" in row.quantity


def predicted(numbers: SafetyNumbers, estimates: Estimates, vectors: FloatArray) -> FloatArray:
    """The model's word on each row, (sets, rows)."""
    values = estimates.natural(vectors)
    fresh = [effects.fresh_exposure(exposure, estimates.fixed, values) for exposure in numbers.exposures]
    return np.stack(
        [
            _predicted_row(row, fresh[place], estimates, values)
            for row, place in zip(numbers.rows, numbers.exposure_of, strict=True)
        ],
        axis=1,
    )


def drawn_vectors(estimates: Estimates) -> FloatArray:
    """Sets of parameters from the fit, the same each time: every figure said of a published row is a mean over them."""
    normals = standard_normals(seed=1, stream=0, patients=_DRAWS, numbers=len(estimates.priors))
    return estimates.vectors(normals)


def covariance(numbers: SafetyNumbers, means: FloatArray, estimates: Estimates, vectors: FloatArray) -> FloatArray:
    """Covariance of the rows, (sets, rows, rows): sampling errors, and a study's own share in each kind."""
    between = estimates.natural(vectors)["between_studies"]
    kinds = np.array([f"{row.study}: {_kind(row)}" for row in numbers.rows])
    varies = np.array([_kind(row) in ("CADSS", "systolic", "diastolic", "heart_rate") for row in numbers.rows])
    share = between[:, None] * means * varies
    together = share[:, :, None] * share[:, None, :] * (kinds[:, None] == kinds)
    return np.asarray(together + np.diag(numbers.errors**2))


def minus_log_posterior(numbers: SafetyNumbers, estimates: Estimates, vectors: FloatArray) -> FloatArray:
    """What the fit makes small, (sets,), constants left out."""
    means = predicted(numbers, estimates, vectors)
    root = np.linalg.cholesky(covariance(numbers, means, estimates, vectors))
    missed = np.linalg.solve(root, (numbers.observed - means)[..., None])[..., 0]
    determinant = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    return np.asarray(0.5 * (missed**2).sum(axis=1) + determinant - log_prior(estimates, vectors))


def fit_safety(rows: Sequence[SafetyRow], *, starts: int = 3) -> tuple[Estimates, Fit]:
    """The treatment day fitted to these rows, with the priors of `parameters/safety.yaml`.

    Raises:
        FitError: if the search ends at no maximum.
    """
    priors, numbers = load_priors("safety"), SafetyNumbers.of(rows)

    def objective(vectors: FloatArray) -> FloatArray:
        return minus_log_posterior(numbers, priors, vectors)

    width = np.array([prior.standard_deviation for prior in priors.priors])
    found = fit(objective, priors.mean, width, starts=starts)
    return replace(priors, mean=found.mean, covariance=found.covariance), found


def _exposure(dose: Dose) -> Exposure | None:
    try:
        return Exposure.of(dose, Body(TYPICAL_WEIGHT_KG), TIMES_H)
    except NoModelError:
        return None


def _kind(row: SafetyRow) -> str:
    first = row.quantity.split(",")[0].split()[0]
    return "heart_rate" if first == "heart" else first


def _observed(row: SafetyRow) -> float:
    value = float(row.value or 0)
    return value / 100 if "per cent" in row.quantity else value


def _error(row: SafetyRow) -> float:
    """Standard error of a row's number."""
    if "share of the peak" in row.quantity or "mean rise at peak" in row.quantity:
        return row.standard_deviation or (1.8 if "heart" in row.quantity else SHARE_ERROR_WHERE_NO_COUNT)
    people = (row.people or 0) + 1
    if "per cent" in row.quantity:
        if row.standard_deviation is not None:
            return row.standard_deviation / 100
        share = (_observed(row) * (people - 1) + 0.5) / people
        return float(np.sqrt(share * (1 - share) / people))
    spread = row.standard_deviation or SPREAD_WHERE_NOT_PRINTED[_kind(row)]
    return float(spread / np.sqrt(people - 1))


def _predicted_row(
    row: SafetyRow, fresh: FloatArray, estimates: Estimates, values: dict[str, FloatArray]
) -> FloatArray:
    kind, quantity, fixed = _kind(row), row.quantity, estimates.fixed
    at = np.searchsorted(TIMES_H, (row.time_min or 0) / 60 - 1e-9)
    if kind == "CADSS":
        score = effects.dissociation(fresh, values)
        if "share of the peak" in quantity:
            return np.asarray(score[:, at] / score.max(axis=1))
        if "mean" in quantity:
            return np.asarray(score[:, at])
        return _share_above(4.0, score.max(axis=1), values["cadss_person"])
    if kind == "MOAA/S":
        below_5, to_3, to_0 = (chance.max(axis=1) for chance in effects.sedation(fresh, fixed, values))
        return np.asarray(below_5 if "below 5" in quantity else to_3 if "3 or below" in quantity else to_0)
    if kind == "nausea":
        background = (row.control_value or 0) / 100
        beyond = effects.nausea(fresh.max(axis=1, keepdims=True), fixed, values)[:, 0]
        return np.asarray(background + (1 - background) * beyond)
    rise = effects.rise(kind, fresh, values)
    at_readings = rise[:, np.searchsorted(TIMES_H, READINGS_H - 1e-9)]
    if "rise of" in quantity:
        limit = float(quantity.split("rise of ")[1].split()[0])
        over_sessions = np.tile(at_readings, SESSIONS_OF_A_TRIAL)
        return np.asarray((highest_readings(kind, over_sessions, values) >= limit).mean(axis=1))
    if "share of the peak" in quantity:
        return np.asarray(rise[:, at] / rise.max(axis=1))
    if "each person's highest" in quantity:
        return np.asarray(highest_readings(kind, at_readings, values).mean(axis=1))
    return np.asarray(rise.max(axis=1))


def highest_readings(kind: str, rise: FloatArray, values: dict[str, FloatArray]) -> FloatArray:
    """Each drawn person's highest rise over the readings, (sets, people), from the mean rise (sets, readings)."""
    readings = rise.shape[1]
    normals = standard_normals(seed=1, stream=_STREAM, patients=_PEOPLE, numbers=readings + 1)
    spread, noise = values["pressure_person"], values[f"{kind}_noise_mmhg"]
    person = np.exp(spread[:, None] * normals[:, 0] - spread[:, None] ** 2 / 2)
    shown = person[..., None] * rise[:, None, :] + noise[:, None, None] * normals[:, 1:]
    return np.asarray(shown.max(axis=2))


def _share_above(limit: float, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Share of people above a limit when a score is lognormal with this mean and log SD."""
    middle = np.log(np.maximum(mean, 1e-9)) - spread**2 / 2
    return distribution((middle - np.log(limit)) / spread)
