"""The fit of the oral antidepressant's course to its weekly differences."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from daybreak.pharmacology.calibration.estimates import Estimates, load_priors
from daybreak.pharmacology.calibration.fitting import Fit, fit
from daybreak.pharmacology.calibration.likelihood import log_prior
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.response.antidepressant import AntidepressantRow, difference

_WHOLE_WEEKS = 6.0


def fit_antidepressant(rows: Sequence[AntidepressantRow]) -> tuple[Estimates, Fit]:
    """The course fitted to differences and to shares of the six-week difference."""
    priors = load_priors("antidepressant")
    weekly = [row for row in rows if row.quantity == "difference"]
    shares = [row for row in rows if row.quantity.startswith("share")]
    usual = priors.fixed["usual_madrs_baseline"].value
    falls = np.array([-row.value / (row.baseline or usual) for row in weekly])
    errors = np.array([(row.standard_error or 0) / (row.baseline or usual) for row in weekly])
    visits = priors.fixed["correlation_between_visits"].value
    same = np.array([[one.study == other.study for other in weekly] for one in weekly])
    covariance = errors[:, None] * errors * np.where(np.eye(len(weekly), dtype=bool), 1, visits * same)
    inverse = np.linalg.inv(covariance)
    weeks, share_weeks = [row.week for row in weekly], [row.week for row in shares]
    share_values = np.array([row.value for row in shares])
    share_errors = np.array([row.standard_error or 0 for row in shares])

    def objective(vectors: FloatArray) -> FloatArray:
        values = priors.natural(vectors)
        full, half = values["full_difference"], values["half_life_weeks"]
        missed = falls - difference(weeks, full, half)
        ones = np.ones_like(full)
        share = difference(share_weeks, ones, half) / difference([_WHOLE_WEEKS], ones, half)
        cost = np.einsum("si,ij,sj->s", missed, inverse, missed)
        cost = cost + (((share_values - share) / share_errors) ** 2).sum(axis=1)
        return np.asarray(0.5 * cost - log_prior(priors, vectors))

    width = np.array([prior.standard_deviation for prior in priors.priors])
    found = fit(objective, priors.mean, width)
    return replace(priors, mean=found.mean, covariance=found.covariance), found
