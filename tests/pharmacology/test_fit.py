"""The project's own model stands where its stated method puts it, and was tuned on nothing else."""

import numpy as np
import pytest

from daybreak.pharmacology.parameters import Status, load
from tools.fit_kinetics import MODEL, PRIORS, Fit

STORED = load(MODEL)


@pytest.fixture(scope="module")
def fit() -> Fit:
    return Fit.of_tuning_rows()


def test_only_rows_that_may_be_tuned_on_are_used(fit):
    assert len(fit.rows) == 136
    assert {row.use for row in fit.rows} == {"tuning"}
    assert not {"Zarate 2006", "Chen 2023", "Grant 1981", "Yanagihara 2003", "Simons 2022"} & {
        row.study for row in fit.rows
    }


def test_every_fitted_number_says_so_and_no_other_number_does():
    fitted = {name for name, number in STORED.parameters.items() if number.source.citation.startswith("Fitted here")}
    assert fitted == set(PRIORS)
    assert all(STORED.parameters[name].status is Status.DERIVED for name in PRIORS)


def test_the_stored_numbers_are_the_optimum_and_their_covariance_is_its_curvature(fit):
    """One Gauss-Newton step from the stored numbers is a small part of their own uncertainty."""
    logs = np.log([*(STORED.parameters[name].value for name in PRIORS), 2.65])
    here = fit.residuals(logs)
    steps = 1e-5 * np.eye(len(logs))
    jacobian = np.array([(fit.residuals(logs + step) - here) / 1e-5 for step in steps]).T
    curvature = jacobian.T @ jacobian
    step = np.linalg.solve(curvature, -jacobian.T @ here)
    spread = np.sqrt(np.diag(np.linalg.inv(curvature)))[:-1]
    assert (np.abs(step[:-1]) < 0.1 * spread).all()
    (stored,) = STORED.uncertainty
    assert stored.parameters == tuple(PRIORS)
    assert np.sqrt(np.diag(stored.covariance)) == pytest.approx(spread, rel=0.05)
