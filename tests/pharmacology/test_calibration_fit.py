"""The fits that ship: they belong to the data and the priors that ship, and their method does what it says."""

import numpy as np
import pytest
import yaml
from scipy.stats import multivariate_normal

from daybreak.pharmacology.calibration.antidepressant_fit import fit_antidepressant
from daybreak.pharmacology.calibration.command import data_digest, write_fit
from daybreak.pharmacology.calibration.estimates import Scale, load_estimates, load_priors
from daybreak.pharmacology.calibration.fitting import fit, gradient
from daybreak.pharmacology.calibration.likelihood import Numbers, log_likelihood, log_prior, predict
from daybreak.pharmacology.calibration.safety_fit import SafetyNumbers, minus_log_posterior
from daybreak.pharmacology.response.antidepressant import antidepressant_rows
from daybreak.pharmacology.response.trials import Quantity, Use, eligible
from daybreak.pharmacology.safety import observations

DATA = {"response": "response.csv", "safety": "safety.csv", "antidepressant": "antidepressant.csv"}


@pytest.fixture(scope="module")
def numbers():
    return Numbers.of(eligible(Use.TUNING))


@pytest.mark.parametrize("identifier", DATA)
def test_a_fit_belongs_to_the_data_that_ship(identifier):
    assert load_estimates(identifier).data == data_digest(DATA[identifier])


@pytest.mark.parametrize("identifier", DATA)
def test_the_covariance_is_one(identifier):
    covariance = load_estimates(identifier).covariance
    assert covariance == pytest.approx(covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0


@pytest.mark.parametrize("identifier", ["response", "safety"])
def test_the_shipped_estimate_is_where_the_posterior_is_highest(identifier):
    """They come from the method, the data and the kinetics that ship: no parameter can move without a loss."""
    estimates = load_estimates(identifier)
    width = np.sqrt(np.diag(estimates.covariance))
    trials, days = Numbers.of(eligible(Use.TUNING)), SafetyNumbers.of(observations.eligible("tuning"))

    def objective(units):
        vectors = estimates.mean + width * units
        if identifier == "safety":
            return minus_log_posterior(days, estimates, vectors)
        return -log_likelihood(trials, estimates, vectors) - log_prior(estimates, vectors)

    assert np.abs(gradient(objective, np.zeros(len(width)))).max() < 2e-3


def test_random_effects_are_integrated_out_exactly(numbers):
    """The likelihood of the means is that of one joint normal vector."""
    estimates = load_estimates("response")
    found = predict(numbers, estimates, estimates.mean)
    covariance = found.between_trials[0] + numbers.sampling
    whole = multivariate_normal(found.mean[0], covariance).logpdf(numbers.observed)
    constant = -0.5 * len(numbers.rows) * np.log(2 * np.pi)
    spread = np.log(found.spread[0, list(numbers.spread_rows)])
    spreads = -0.5 * ((numbers.spreads - spread) ** 2 / numbers.spread_variances).sum()
    assert log_likelihood(numbers, estimates, estimates.mean)[0] == pytest.approx(whole - constant + spreads)


def test_trials_are_independent_and_arms_of_one_trial_are_not(numbers):
    found = predict(numbers, load_estimates("response"), load_estimates("response").mean)
    names = np.array([row.arm.trial for row in numbers.rows])
    apart = names[:, None] != names
    assert (found.between_trials[0][apart] == 0).all()
    means = [place for place, row in enumerate(numbers.rows) if row.quantity is Quantity.MEAN_CHANGE]
    one, other = means[0], means[1]
    assert names[one] == names[other]
    assert found.between_trials[0, one, other] > 0


def test_a_route_without_kinetics_waits_and_is_not_dropped_in_silence(numbers):
    rows = eligible(Use.TUNING)
    assert len(numbers.rows) + len(numbers.waiting) == len(rows)


def test_the_method_finds_a_known_posterior():
    """A normal prior and a normal likelihood meet at the mean weighted by precision, with precisions added."""
    data, error, prior, width = np.array([3.0, -1.0]), 0.5, np.array([0.0, 0.0]), np.array([1.0, 2.0])

    def objective(vectors):
        misses = ((vectors - data) / error) ** 2 + ((vectors - prior) / width) ** 2
        return 0.5 * misses.sum(axis=1)

    found = fit(objective, prior, width)
    precision = 1 / error**2 + 1 / width**2
    assert found.mean == pytest.approx(data / error**2 / precision, abs=1e-5)
    assert np.diag(found.covariance) == pytest.approx(1 / precision, rel=1e-4)


def test_the_core_s_priors_for_the_oral_antidepressant_are_its_fit():
    oral, core = load_estimates("antidepressant"), load_priors("response")
    priors = {prior.name: prior for prior in core.priors}
    course, weeks = priors["new_antidepressant_course"], priors["weeks_half_life_h"]
    assert course.mean == pytest.approx(oral.mean[0], abs=0.005)
    assert course.standard_deviation == pytest.approx(oral.covariance[0, 0] ** 0.5, abs=0.005)
    assert np.exp(weeks.mean) == pytest.approx(168 * np.exp(oral.mean[1]), rel=0.01)
    assert weeks.standard_deviation == pytest.approx(oral.covariance[1, 1] ** 0.5, abs=0.01)


def test_a_refit_of_the_antidepressant_gives_the_file_that_ships(tmp_path):
    estimates, found = fit_antidepressant([row for row in antidepressant_rows() if row.use == "tuning"])
    written = yaml.safe_load(write_fit(estimates, found, data_digest("antidepressant.csv"), tmp_path).read_text())
    shipped = load_estimates("antidepressant")
    assert written["mean"] == pytest.approx(list(shipped.mean), rel=1e-3)
    assert np.array(written["covariance"]) == pytest.approx(shipped.covariance, rel=1e-2, abs=1e-6)


@pytest.mark.parametrize("scale", Scale)
def test_scales_go_there_and_back(scale):
    assert scale.to_natural(np.array([scale.from_natural(0.3)]))[0] == pytest.approx(0.3)


def test_draws_have_the_covariance_of_the_fit():
    estimates = load_estimates("response")
    normals = np.random.default_rng(1).normal(size=(20000, len(estimates.priors)))
    values = estimates.drawn(normals)
    spread = np.log(values["largest_benefit"] / (1 - values["largest_benefit"])).std()
    place = estimates.place("largest_benefit")
    assert spread == pytest.approx(estimates.covariance[place, place] ** 0.5, rel=0.03)
