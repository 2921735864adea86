"""What the data there is can say about the parameters, before any number is believed.

Each number is differentiated by the logarithm of each parameter and divided by its error (the covariance of the
trials). The singular values of that matrix are how many standard errors the data move when a combination of
parameters changes by one e-fold: zero means that the combination cannot be known from any amount of such data, below
one that these data do not tell it (Cobelli and DiStefano 1980, doi 10.1152/ajpregu.1980.239.1.R7; Raue 2009,
doi 10.1093/bioinformatics/btp358).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from daybreak.pharmacology.calibration.estimates import Estimates
from daybreak.pharmacology.calibration.likelihood import Numbers, predict
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism import chain
from daybreak.pharmacology.mechanism.cascade import driven
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.response.core import DRUG_PARAMETERS, LN_2

STRUCTURAL_ZERO = 1e-4  # of the largest singular value: rounding of the differences, not information
TOLD = 1.0
_STEP = 1e-3
_SMALL_PART = 0.15

Values = dict[str, FloatArray]
DrugCourse = Callable[[Exposure, Values], FloatArray]  # (sets, times)


@dataclass(frozen=True, slots=True)
class Direction:
    """A combination of log-parameters and how far the data move along it; parts that hardly matter are left out."""

    singular_value: float
    parts: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        return " ".join(f"{weight:+.2f} {name}" for name, weight in self.parts)


@dataclass(frozen=True, slots=True)
class Identifiability:
    """How many combinations of parameters the data determine.

    Attributes:
        structural_rank: combinations that change the data at all.
        told: combinations along which one e-fold is at least one standard error.
        null: directions that change nothing; `weak`: those that change too little to be told.
    """

    parameters: tuple[str, ...]
    singular_values: tuple[float, ...]
    structural_rank: int
    told: int
    null: tuple[Direction, ...]
    weak: tuple[Direction, ...]


def analyse(parameters: tuple[str, ...], sensitivity: FloatArray) -> Identifiability:
    """Singular values and null directions of a sensitivity matrix, (numbers, parameters), in standard errors."""
    _, sizes, rows = np.linalg.svd(sensitivity, full_matrices=True)
    sizes = np.concatenate([sizes, np.zeros(len(parameters) - len(sizes))])
    directions = [Direction(float(size), _parts(parameters, row)) for size, row in zip(sizes, rows, strict=True)]
    zero = STRUCTURAL_ZERO * sizes[0]
    return Identifiability(
        parameters=parameters,
        singular_values=tuple(float(size) for size in sizes),
        structural_rank=int((sizes > zero).sum()),
        told=int((sizes >= TOLD).sum()),
        null=tuple(direction for direction in directions if direction.singular_value <= zero),
        weak=tuple(direction for direction in directions if zero < direction.singular_value < TOLD),
    )


def of_core(numbers: Numbers, estimates: Estimates) -> Identifiability:
    """The reduced core, with the scales that are fixed by convention let free again to show why they are."""
    values = {name: value for name, value in estimates.estimate().items() if name in DRUG_PARAMETERS}
    free = {"site_scale": np.ones(1), "drive_scale": np.ones(1), "r_ketamine_weight": np.array([0.21])}

    def course(exposure: Exposure, moved: Values) -> FloatArray:
        site = [exposure.effect_site(5.0, float(weight)).at_nodes for weight in moved["r_ketamine_weight"]]
        return _core_with_scales(exposure, moved, np.concatenate(site))

    return _of(numbers, estimates, {**values, **free}, course)


def of_reduced_core(numbers: Numbers, estimates: Estimates) -> Identifiability:
    """The reduced core as it is fitted."""
    values = {name: value for name, value in estimates.estimate().items() if name in DRUG_PARAMETERS}
    ones = np.ones(1)

    def course(exposure: Exposure, moved: Values) -> FloatArray:
        site = exposure.effect_site(5.0, estimates.fixed["r_ketamine_weight"].value).at_nodes
        return _core_with_scales(exposure, {**moved, "site_scale": ones, "drive_scale": ones}, site)

    return _of(numbers, estimates, values, course)


def of_chain(numbers: Numbers, estimates: Estimates) -> Identifiability:
    """The illustrated chain, all its constants let free."""

    def course(exposure: Exposure, moved: Values) -> FloatArray:
        return chain.follow(exposure, moved).fall

    return _of(numbers, estimates, chain.constants(), course)


def _core_with_scales(exposure: Exposure, values: Values, site: FloatArray) -> FloatArray:
    """The core's equations with a scale on the effect site and one on the drive."""

    def over(name: str) -> FloatArray:
        return values[name][:, None, None]

    concentration = over("site_scale") * np.maximum(site, 0)
    drive = over("drive_scale") * concentration / (concentration + over("half_drive_ng_per_ml"))
    onset = over("fast_onset_per_h") * drive
    fast = driven(exposure.mesh, onset, onset + LN_2 / over("fast_half_life_h"))
    built = over("consolidation_per_h") * fast.at_nodes
    slow = driven(exposure.mesh, built, built + LN_2 / over("slow_half_life_h"))
    kept = (1 - exposure.at_times(fast)) * (1 - exposure.at_times(slow))
    return np.asarray(values["largest_benefit"][:, None] * (1 - kept))


def _of(numbers: Numbers, estimates: Estimates, values: Values, course: DrugCourse) -> Identifiability:
    """Sensitivity of the numbers to the drug's parameters, whitened by the covariance at the estimate."""
    names = tuple(values)
    steps = np.concatenate([_STEP * np.eye(len(names)), -_STEP * np.eye(len(names))])
    moved = {name: values[name] * np.exp(steps[:, place]) for place, name in enumerate(names)}
    at_estimate = predict(numbers, estimates, estimates.mean)
    drug = np.zeros((len(steps), len(numbers.rows)))
    for exposure, rows in numbers.exposures:
        at = np.searchsorted(exposure.times_h, numbers.times_h[list(rows)])
        drug[:, list(rows)] = course(exposure, moved)[:, at]
    slopes = (drug[: len(names)] - drug[len(names) :]).T / (2 * _STEP)
    root = np.linalg.cholesky(at_estimate.between_trials[0] + numbers.sampling)
    return analyse(names, np.asarray(np.linalg.solve(root, slopes), dtype=np.float64))


def _parts(names: tuple[str, ...], row: FloatArray) -> tuple[tuple[str, float], ...]:
    row = row * np.sign(row[np.abs(row).argmax()])
    named = [(name, float(weight)) for name, weight in zip(names, row, strict=True) if abs(weight) >= _SMALL_PART]
    return tuple(sorted(named, key=lambda part: -abs(part[1])))
