"""The plain time course the core must beat: one contrast for each stretch of time, whatever dose or drug.

Everything else (expectation, weeks, trials, people) is as in the core. So a difference in score is a difference
in what the drug's part knows: exposure, dose and repeats, or only the time since the first dose.
"""

from dataclasses import replace

import numpy as np

from daybreak.pharmacology.calibration.estimates import Estimates, Prior, Scale, load_priors
from daybreak.pharmacology.calibration.likelihood import Form, Numbers
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.response.core import DRUG_PARAMETERS

STRETCHES_H = {"first_hours": 12.0, "first_days": 96.0, "first_weeks": 400.0, "later": float("inf")}


def empirical_priors() -> Estimates:
    """The core's priors with the drug's six parameters replaced by four contrasts."""
    whole = load_priors("response")
    contrasts = tuple(
        Prior(
            name=f"contrast_{name}",
            meaning=f"drug minus control, {name.replace('_', ' ')}",
            unit="fraction",
            scale=Scale.PLAIN,
            mean=0.15,
            standard_deviation=0.15,
            source="assumed",
        )
        for name in STRETCHES_H
    )
    priors = (*contrasts, *(prior for prior in whole.priors if prior.name not in DRUG_PARAMETERS))
    return replace(
        whole,
        id="empirical",
        title="Empirical time course",
        priors=priors,
        mean=np.array([prior.mean for prior in priors]),
        covariance=np.diag([prior.standard_deviation**2 for prior in priors]),
    )


def empirical_drug(numbers: Numbers, estimates: Estimates, vectors: FloatArray) -> FloatArray:
    """The contrast of each row's stretch of time, (sets, rows); nothing in control arms."""
    values = estimates.natural(vectors)
    stretch = np.searchsorted(list(STRETCHES_H.values()), numbers.times_h)
    contrasts = np.stack([values[f"contrast_{name}"] for name in STRETCHES_H], axis=1)
    treated = np.array([row.arm.regimen is not None for row in numbers.rows])
    return np.asarray(contrasts[:, stretch] * treated)


EMPIRICAL = Form(empirical_drug, of_the_rest=False)
EMPIRICAL_OF_THE_REST = Form(empirical_drug, of_the_rest=True)  # the same contrasts in the core's way of combining
