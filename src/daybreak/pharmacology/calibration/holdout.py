"""Leave out a trial, or a whole programme, and predict its contrasts: the core beside the empirical course.

A contrast is drug minus control of one trial at one time, printed or derived from its two arms. Its predictive
distribution holds the parameters' uncertainty, the difference between trials and the sampling error. Scored by
the continuous ranked probability score, proper and in the unit of the contrast (Gneiting and Raftery 2007;102:359,
doi 10.1198/016214506000001437): lower is better.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from daybreak.pharmacology.calibration.empirical import EMPIRICAL, EMPIRICAL_OF_THE_REST
from daybreak.pharmacology.calibration.estimates import Estimates
from daybreak.pharmacology.calibration.likelihood import CORE, Form, Numbers, predict
from daybreak.pharmacology.calibration.response_fit import fit_core, fit_empirical
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.random_streams import standard_normals
from daybreak.pharmacology.response.normal import density, distribution
from daybreak.pharmacology.response.trials import Quantity, TrialRow

LEVEL_REACH = 1.6448536269514722  # half the width of a 90 % interval in standard deviations
DRAWS = 400


@dataclass(frozen=True, slots=True)
class Contrast:
    """One contrast as a fall in fractions of baseline, with one model's prediction made without this trial."""

    model: str
    trial: str
    programme: str
    arm: str
    time_h: float
    observed: float
    predicted: float
    standard_deviation: float

    @property
    def covered(self) -> bool:
        """Whether the observed value lies in the 90 % prediction interval."""
        return abs(self.observed - self.predicted) <= LEVEL_REACH * self.standard_deviation

    @property
    def score(self) -> float:
        """Continuous ranked probability score of a normal prediction."""
        z = np.array((self.observed - self.predicted) / self.standard_deviation)
        points = z * (2 * distribution(z) - 1) + 2 * density(z) - 1 / np.sqrt(np.pi)
        return float(self.standard_deviation * points)


FORMS: dict[str, Form] = {
    "core": CORE,
    "empirical": EMPIRICAL,
    "empirical, of the rest": EMPIRICAL_OF_THE_REST,
}


def leave_out(
    rows: Sequence[TrialRow],
    group: Callable[[TrialRow], str],
    near: FloatArray,
    tell: Callable[[str], None] = lambda name: None,
) -> list[Contrast]:
    """Fit without each group in turn and predict its contrasts, with every model of `FORMS`.

    Args:
        group: what is left out together: the trial or the programme of a row.
        near: where the core's search starts: the fit to all rows.
        tell: called with each group's name before it is fitted.
    """
    found = []
    for name in dict.fromkeys(group(row) for row in rows):
        left = [row for row in rows if group(row) == name]
        if not list(_pairs(Numbers.of(left))):
            continue
        tell(name)
        kept = [row for row in rows if group(row) != name]
        for model in FORMS:
            estimates = fit_core(kept, near=near, starts=1)[0] if model == "core" else fit_plain(kept, model)
            found += predicted_contrasts(left, estimates, model)
    return found


def fit_plain(rows: Sequence[TrialRow], model: str) -> Estimates:
    """An empirical model by its name in `FORMS`, fitted to these rows."""
    return fit_empirical(rows, FORMS[model])[0]


def predicted_contrasts(rows: Sequence[TrialRow], estimates: Estimates, model: str, seed: int = 1) -> list[Contrast]:
    """Each contrast of these rows and a model's prediction of it, for a new trial."""
    numbers = Numbers.of(rows)
    normals = standard_normals(seed=seed, stream=0, patients=DRAWS, numbers=len(estimates.priors))
    found = predict(numbers, estimates, estimates.vectors(normals), FORMS[model])
    contrasts = []
    for active, control in _pairs(numbers):
        weights = np.zeros(len(numbers.rows))
        weights[active] = 1
        if control is not None:
            weights[control] = -1
        means = found.mean @ weights
        between = np.einsum("i,sij,j->s", weights, found.between_trials, weights)
        variance = means.var() + between.mean() + weights @ numbers.sampling @ weights
        row = numbers.rows[active]
        contrasts.append(
            Contrast(
                model=model,
                trial=row.arm.trial,
                programme=row.arm.programme,
                arm=row.arm.name,
                time_h=float(row.time_h or 0),
                observed=float(numbers.observed @ weights),
                predicted=float(means.mean()),
                standard_deviation=float(np.sqrt(variance)),
            )
        )
    return contrasts


def _pairs(numbers: Numbers) -> Iterator[tuple[int, int | None]]:
    """Each treated row with its trial's control at the same time; a printed difference stands alone."""
    for place, row in enumerate(numbers.rows):
        if row.arm.regimen is None:
            continue
        if row.quantity is Quantity.DIFFERENCE:
            yield place, None
            continue
        controls = [
            other
            for other, candidate in enumerate(numbers.rows)
            if candidate.arm.regimen is None
            and candidate.arm.trial == row.arm.trial
            and (candidate.quantity, candidate.time_h) == (row.quantity, row.time_h)
        ]
        words = row.arm.name.split()
        controls.sort(key=lambda other: -len(set(words) & set(numbers.rows[other].arm.name.split())))
        if controls:
            yield place, controls[0]


@dataclass(frozen=True, slots=True)
class Summary:
    """How a model predicted contrasts it had not seen: mean score, share in the 90 % interval, bias, count."""

    model: str
    contrasts: int
    score: float
    covered: float
    bias: float


def summarise(contrasts: Sequence[Contrast]) -> list[Summary]:
    """One line for each model; each trial counts alike, however many contrasts it has."""
    lines = []
    for model in dict.fromkeys(contrast.model for contrast in contrasts):
        own = [contrast for contrast in contrasts if contrast.model == model]
        trials = list(dict.fromkeys(contrast.trial for contrast in own))

        def mean(measure: Callable[[Contrast], float], own: list[Contrast] = own, trials: list[str] = trials) -> float:
            return float(np.mean([np.mean([measure(c) for c in own if c.trial == trial]) for trial in trials]))

        lines.append(
            Summary(
                model=model,
                contrasts=len(own),
                score=mean(lambda c: c.score),
                covered=float(np.mean([c.covered for c in own])),
                bias=mean(lambda c: c.predicted - c.observed),
            )
        )
    return lines
