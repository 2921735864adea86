"""How likely the trials' numbers are under the reduced core.

Each number is predicted as a fraction of the arm's baseline score. Trials differ at random in three ways: in the
early improvement, in the course over weeks and in the size of the drug's benefit; all arms of a trial share its
draws. So the numbers of a trial are jointly normal, with sampling errors on top, and the random effects are
integrated out exactly (a linear mixed model given the parameters; Lindstrom and Bates 1990;46:673,
doi 10.2307/2532087). Counts of responders enter through the normal distribution of people about the mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import Estimates, load_priors
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.models import NoModelError
from daybreak.pharmacology.response import core
from daybreak.pharmacology.response.normal import density, distribution
from daybreak.pharmacology.response.trials import Quantity, TrialRow
from daybreak.treatment.regimen import Regimen

TYPICAL_WEIGHT_KG = 70.0  # trials rarely print it; as for the concentrations
USUAL_BASELINE = 35.5  # MADRS; the mean of the eligible arms that print theirs, for those that do not
RESPONSE = 0.5  # fall of the score that counts as response, a fraction of baseline
SCATTER_BETWEEN_SPREADS = 0.15  # SD between arms of the logarithm of their SD: assumed
_SCORED = (Quantity.MEAN_CHANGE, Quantity.DIFFERENCE, Quantity.RESPONDERS)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The rows of some trials, ready to be held against the core.

    `observed` is a fall as a fraction of baseline (for counts, the share of responders); `sampling` its
    covariance. `spread_rows` are those that print a standard deviation of the change, `spreads` its logarithm
    as a fraction of baseline. `waiting` are rows whose doses no kinetic model serves yet.
    """

    rows: tuple[TrialRow, ...]
    observed: FloatArray
    sampling: FloatArray
    baselines: FloatArray
    spread_rows: tuple[int, ...]
    spreads: FloatArray
    spread_variances: FloatArray
    waiting: tuple[TrialRow, ...]
    exposures: tuple[tuple[Exposure, tuple[int, ...]], ...]

    @classmethod
    def of(cls, rows: Sequence[TrialRow], priors: Estimates | None = None) -> "Numbers":
        """The numbers of these rows; rows of other quantities than means, differences and responders are left."""
        fixed = (priors or load_priors("response")).fixed
        scored = [row for row in rows if row.quantity in _SCORED]
        served = {row.arm.regimen: _exposure(row.arm.regimen, scored) for row in scored}
        kept = tuple(row for row in scored if row.arm.regimen is None or served[row.arm.regimen] is not None)
        baselines = np.array([row.baseline or USUAL_BASELINE for row in kept])
        spread_rows = tuple(place for place, row in enumerate(kept) if _prints_a_spread(row))
        people = np.array([kept[place].people or 0 for place in spread_rows], dtype=np.float64)
        deviations = np.array([kept[place].standard_deviation or 0 for place in spread_rows])
        return cls(
            rows=kept,
            observed=np.array([_observed(row, base) for row, base in zip(kept, baselines, strict=True)]),
            sampling=_sampling(kept, baselines, fixed["correlation_between_visits"].value),
            baselines=baselines,
            spread_rows=spread_rows,
            spreads=np.log(deviations / baselines[list(spread_rows)]) if spread_rows else np.zeros(0),
            spread_variances=1 / (2 * (people - 1)) + SCATTER_BETWEEN_SPREADS**2,
            waiting=tuple(row for row in scored if row not in kept),
            exposures=tuple(
                (exposure, tuple(place for place, row in enumerate(kept) if row.arm.regimen == regimen))
                for regimen, exposure in served.items()
                if exposure is not None
            ),
        )

    @property
    def times_h(self) -> FloatArray:
        return np.array([row.time_h for row in self.rows], dtype=np.float64)

    @property
    def trials(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.arm.trial for row in self.rows))


@dataclass(frozen=True, slots=True)
class Predicted:
    """What the core says of some numbers, for each parameter set: mean (sets, rows), covariance of a new
    trial's true values (sets, rows, rows), drug's visible part and spread between people (sets, rows)."""

    mean: FloatArray
    between_trials: FloatArray
    drug: FloatArray
    spread: FloatArray


DrugPart = Callable[[Numbers, Estimates, FloatArray], FloatArray]  # (sets, parameters) -> (sets, rows)


@dataclass(frozen=True, slots=True)
class Form:
    """A model of the trials: the drug's part; whether it takes its share of what is left (`of_the_rest`) or simply
    adds; and the parameter that is the size of the drug's benefit, which trials differ in (None: the part itself)."""

    drug_part: DrugPart
    of_the_rest: bool
    size: str | None = None


def core_drug(numbers: Numbers, estimates: Estimates, vectors: FloatArray) -> FloatArray:
    """The core's drug part at each row, (sets, rows); sets alike in the drug's parameters are computed once."""
    places = [estimates.place(name) for name in core.DRUG_PARAMETERS]
    unlike, back = np.unique(vectors[:, places], axis=0, return_inverse=True)
    whole = np.tile(vectors[0], (len(unlike), 1))
    whole[:, places] = unlike
    values = estimates.natural(whole)
    drug = np.zeros((len(unlike), len(numbers.rows)))
    for exposure, rows in numbers.exposures:
        course = core.benefit(exposure, estimates.fixed, values)
        at = np.searchsorted(exposure.times_h, numbers.times_h[list(rows)])
        drug[:, list(rows)] = course[:, at]
    return drug[back.reshape(-1)]


CORE = Form(core_drug, of_the_rest=True, size="largest_benefit")


def predict(numbers: Numbers, estimates: Estimates, vectors: FloatArray, form: Form = CORE) -> Predicted:
    """The model's word on each number for parameter vectors (sets, parameters)."""
    vectors = np.atleast_2d(vectors)
    values, times = estimates.natural(vectors), numbers.times_h
    drug = form.drug_part(numbers, estimates, vectors)
    unit = drug / values[form.size][:, None] if form.size else np.sign(drug)
    weeks, first = core.weeks_shape(times, values), core.first_shape(times, estimates.fixed)
    control = np.zeros_like(drug)
    for place, row in enumerate(numbers.rows):
        drug[:, place] *= core.seen_share(row.arm.context, values)
        unit[:, place] *= core.seen_share(row.arm.context, values)
        control[:, place] = core.untreated(
            times[[place]], row.arm.context, estimates.fixed, values, new_antidepressant=row.arm.new_antidepressant
        )[:, 0]
    is_difference = np.array([row.quantity is Quantity.DIFFERENCE for row in numbers.rows])
    is_count = np.array([row.quantity is Quantity.RESPONDERS for row in numbers.rows])
    left_by_others = 1 - control if form.of_the_rest else np.ones_like(drug)
    left_by_drug = 1 - drug if form.of_the_rest else np.ones_like(drug)
    seen = drug * left_by_others
    others = np.where(is_difference, left_by_drug - 1, left_by_drug)  # how far the fall follows the control's course
    fall = seen + np.where(is_difference, 0, control)
    spread = core.person_spread(times, seen, values)
    place_of_threshold = (fall - RESPONSE) / spread
    slope = np.where(is_count, density(place_of_threshold) / spread, 1.0)
    shares = np.stack(
        [
            others * first * values["between_trials_early"][:, None],
            others * weeks * values["between_trials_weeks"][:, None],
            unit * left_by_others * values["between_trials_drug"][:, None],
        ]
    )
    same_trial = _same([row.arm.trial for row in numbers.rows])
    between = np.einsum("esi,esj->sij", shares * slope, shares * slope) * same_trial
    return Predicted(np.where(is_count, distribution(place_of_threshold), fall), between, seen, spread)


def log_likelihood(numbers: Numbers, estimates: Estimates, vectors: FloatArray, form: Form = CORE) -> FloatArray:
    """Logarithm of the likelihood, (sets,), constants left out."""
    found = predict(numbers, estimates, vectors, form)
    missed = numbers.observed - found.mean
    root = np.linalg.cholesky(found.between_trials + numbers.sampling)
    scaled = np.linalg.solve(root, missed[..., None])[..., 0]
    determinant = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    means = -0.5 * (scaled**2).sum(axis=1) - determinant
    spread = np.log(found.spread[:, list(numbers.spread_rows)])
    spreads = -0.5 * ((numbers.spreads - spread) ** 2 / numbers.spread_variances).sum(axis=1)
    return np.asarray(means + spreads)


def log_prior(estimates: Estimates, vectors: FloatArray) -> FloatArray:
    """Logarithm of the prior, (sets,), constants left out."""
    centre = np.array([prior.mean for prior in estimates.priors])
    width = np.array([prior.standard_deviation for prior in estimates.priors])
    return np.asarray(-0.5 * (((np.atleast_2d(vectors) - centre) / width) ** 2).sum(axis=1))


def _exposure(regimen: Regimen | None, rows: Sequence[TrialRow]) -> Exposure | None:
    if regimen is None:
        return None
    times = sorted({row.time_h for row in rows if row.arm.regimen == regimen and row.time_h is not None})
    try:
        return Exposure.of(regimen, Body(TYPICAL_WEIGHT_KG), times)
    except NoModelError:
        return None


def _observed(row: TrialRow, baseline: float) -> float:
    if row.quantity is Quantity.RESPONDERS:
        return float((row.events or 0) / (row.people or 1))
    return -float(row.value or 0) / baseline


def _sampling(rows: Sequence[TrialRow], baselines: FloatArray, visits: float) -> FloatArray:
    """Covariance of the sampling errors: visits of one arm and differences from one control go together."""
    errors = np.array(
        [
            _share_error(row) if row.quantity is Quantity.RESPONDERS else (row.error or 0) / base
            for row, base in zip(rows, baselines, strict=True)
        ]
    )
    correlation = np.eye(len(rows))
    for i, one in enumerate(rows):
        for j, other in enumerate(rows[:i]):
            if one.arm.trial != other.arm.trial or one.quantity is not other.quantity:
                continue
            if one.arm.name == other.arm.name:
                shared = visits
            elif one.quantity is Quantity.DIFFERENCE:
                shared = 0.5 * (1 if one.time_h == other.time_h else visits)
            else:
                continue
            correlation[i, j] = correlation[j, i] = shared
    return np.asarray(correlation * errors[:, None] * errors)


def _share_error(row: TrialRow) -> float:
    """Standard error of a share; half an event is added to each side, so that 0 of n is not certain."""
    people = (row.people or 0) + 1
    share = ((row.events or 0) + 0.5) / people
    return float(np.sqrt(share * (1 - share) / people))


def _prints_a_spread(row: TrialRow) -> bool:
    """Whether the row prints the standard deviation of the change itself, not that of the later score."""
    return row.quantity is Quantity.MEAN_CHANGE and row.standard_deviation is not None and row.status == "seen"


def _same(names: Sequence[str]) -> FloatArray:
    array = np.array(names)
    return np.asarray((array[:, None] == array).astype(np.float64))
