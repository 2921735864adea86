"""The fit of the reduced core, and of the empirical time course, to trials."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from daybreak.pharmacology.calibration.empirical import EMPIRICAL, empirical_priors
from daybreak.pharmacology.calibration.estimates import Estimates, load_priors
from daybreak.pharmacology.calibration.fitting import Fit, fit
from daybreak.pharmacology.calibration.likelihood import CORE, Form, Numbers, log_likelihood, log_prior
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.response.trials import TrialRow


def fit_core(rows: Sequence[TrialRow], *, near: FloatArray | None = None, starts: int = 3) -> tuple[Estimates, Fit]:
    """The core fitted to these rows, with the priors of `parameters/response.yaml`.

    Args:
        near: a point to start from beside the priors' centre, such as the fit to more rows.

    Raises:
        FitError: if the search ends at no maximum.
    """
    return _fit(rows, load_priors("response"), CORE, near, starts)


def fit_empirical(rows: Sequence[TrialRow], form: Form = EMPIRICAL) -> tuple[Estimates, Fit]:
    """The empirical time course fitted to these rows."""
    return _fit(rows, empirical_priors(), form, None, starts=1)


def _fit(
    rows: Sequence[TrialRow], priors: Estimates, form: Form, near: FloatArray | None, starts: int
) -> tuple[Estimates, Fit]:
    numbers = Numbers.of(rows, priors)

    def objective(vectors: FloatArray) -> FloatArray:
        return -log_likelihood(numbers, priors, vectors, form) - log_prior(priors, vectors)

    width = np.array([prior.standard_deviation for prior in priors.priors])
    found = fit(objective, priors.mean, width, near=near, starts=starts)
    return replace(priors, mean=found.mean, covariance=found.covariance), found
