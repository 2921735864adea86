"""A population in portions: the same numbers in any portions, what is saved, and room for what follows."""

import numpy as np
import pytest

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.population import simulate as simulate_crowd
from daybreak.pharmacology.simulate import (
    Endpoints,
    Population,
    Quantiles,
    Simulation,
    Trajectories,
    concentrations_in_ng_per_ml,
    simulate,
)
from daybreak.treatment.regimen_language import parse

TIMES_H = np.linspace(0, 8, 33)
REGIMEN = parse("ketamine 0.5 mg/kg iv over 40 min, once")
PEOPLE = Population(60, (Body(60, None, 25), Body(80, None, 30), Body(100, None, 28)))
KETAMINE = "ketamine (ng/mL)"
EVERYTHING = (Endpoints(), Quantiles(), Trajectories())


def found(portion=500, people=PEOPLE, save=EVERYTHING, **more):
    return simulate(REGIMEN, people, times_h=TIMES_H, save=save, seed=4, portion=portion, **more)


@pytest.mark.parametrize("portion", [1, 7, 20, 59])
def test_the_answer_does_not_depend_on_the_portions(portion):
    whole, parts = found(), found(portion)
    for name, values in whole.trajectories.items():
        assert np.array_equal(parts.trajectories[name], values)
        assert np.array_equal(parts.quantiles[name], whole.quantiles[name])
        for endpoint, numbers in whole.endpoints[name].items():
            assert np.array_equal(parts.endpoints[name][endpoint], numbers)


def test_each_patient_is_the_one_a_single_crowd_has():
    asked = Prediction.of(REGIMEN, Body(80, None, 30), TIMES_H)
    alone = simulate_crowd(asked, patients=20, seed=4, first_patient=20, uncertain=True)[Analyte.KETAMINE]
    assert np.array_equal(found().trajectories[KETAMINE][20:40], alone)


def test_endpoints_are_those_of_the_trajectories():
    seen = found()
    curves, ends = seen.trajectories[KETAMINE], seen.endpoints[KETAMINE]
    assert np.array_equal(ends["highest"], curves.max(axis=1))
    assert np.array_equal(ends["at_h"], TIMES_H[curves.argmax(axis=1)])
    assert ends["area"] == pytest.approx(np.trapezoid(curves, TIMES_H, axis=1))


def test_quantiles_are_those_of_the_patients_to_half_a_per_cent():
    seen = found(people=Population(400, PEOPLE.bodies))
    exact = np.quantile(seen.trajectories[KETAMINE], [0.05, 0.5, 0.95], axis=0, method="inverted_cdf")
    assert seen.quantiles[KETAMINE] == pytest.approx(exact, rel=0.0051, abs=1e-6)


def test_nothing_is_kept_that_was_not_asked_for():
    seen = found(save=[Quantiles((0.5,))])
    assert not seen.trajectories
    assert not seen.endpoints
    assert seen.quantiles[KETAMINE].shape == (1, len(TIMES_H))


def test_trajectories_can_be_given_away_as_they_come():
    taken = {}
    seen = found(20, save=[Trajectories(lambda first, series: taken.update({first: series[KETAMINE]}))])
    assert not seen.trajectories
    assert np.array_equal(np.concatenate([taken[first] for first in sorted(taken)]), found().trajectories[KETAMINE])


def test_too_many_trajectories_are_refused_before_they_fill_the_memory():
    with pytest.raises(KineticsError, match="too many to hold"):
        found(people=Population(10_000_000, (Body(70),)), save=[Trajectories()])


def test_another_output_joins_with_the_patients_own_numbers():
    """As an effect will: it sees the doses, the body and the concentrations of the patients at hand."""

    def first_hour(simulation: Simulation):
        count = np.arange(simulation.portion.patients) + simulation.portion.first_patient
        return {"number": np.repeat(count[:, None].astype(float), len(simulation.asked.times_h), axis=1)}

    seen = found(7, save=[Trajectories()], outputs=(concentrations_in_ng_per_ml, first_hour))
    assert np.array_equal(seen.trajectories["number"][:, 0], np.arange(60))
    assert KETAMINE in seen.trajectories


def test_progress_counts_every_patient():
    done = []
    found(7, progress=done.append)
    assert sum(done) == 60


def test_a_result_can_be_repeated_and_says_what_it_rests_on():
    seen = found()
    assert (seen.seed, seen.patients, seen.model_id) == (4, 60, "daybreak-2026")
    assert seen.matrix == "venous plasma"
    assert any("a weight of 100 kg" in warning for warning in seen.warnings)
    assert any("whole curve may lie" in limit for limit in seen.limits)


@pytest.mark.parametrize("times_h", [[1.0], [0.0, 0.0], [2.0, 1.0]])
def test_times_must_rise(times_h):
    with pytest.raises(KineticsError, match="Times must rise"):
        simulate(REGIMEN, PEOPLE, times_h=times_h)


@pytest.mark.parametrize(("patients", "bodies"), [(0, (Body(70),)), (5, ())])
def test_a_population_needs_patients_and_bodies(patients, bodies):
    with pytest.raises(KineticsError, match="A population needs"):
        Population(patients, bodies)
