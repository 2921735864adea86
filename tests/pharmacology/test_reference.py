"""The curves against a reference of thirty digits, on people no clinic will see, and identities of each system."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybreak.pharmacology import disposition
from daybreak.pharmacology.absorption import Way
from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.disposition import Chain, Film, Nasal
from daybreak.pharmacology.kinetics import Draws, Prediction, concentrations
from daybreak.pharmacology.linear import Input, amounts
from daybreak.pharmacology.parameters import load
from daybreak.pharmacology.structures import Asked
from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.regimen import Amount, AmountUnit, Dose, Regimen

DIGITS = 30
ACCURACY = 1e-10
TIMES_H = np.array([0.01, 0.3, 2 / 3, 2.0, 30.0, 170.0])
EXTREMES = st.lists(st.floats(-4, 4), min_size=30, max_size=30)  # standard deviations from the typical person
BODIES = st.builds(Body, st.floats(30, 250), st.none(), st.floats(18, 100))


def exactly(matrix, inputs, times_h):
    """Amounts (times, compartments) by the exponential of the matrix with its input, in thirty digits."""
    with mpmath.workdps(DIGITS):
        size = len(matrix)
        rates = mpmath.matrix(size + 1, size + 1)
        for row in range(size):
            for column in range(size):
                rates[row, column] = mpmath.mpf(float(matrix[row, column]))
        stops = sorted({0.0, *times_h, *(entry.start_h for entry in inputs), *(entry.end_h for entry in inputs)})
        state, found = mpmath.matrix(size + 1, 1), {}
        state[size] = 1
        for now, after in zip(stops, [*stops[1:], None], strict=True):
            for entry in inputs:
                if entry.duration_h == 0 and entry.start_h == now:
                    state[entry.compartment] += mpmath.mpf(float(entry.amount_mg))
            found[now] = [float(state[place]) for place in range(size)]
            if after is None:
                break
            for place in range(size):
                rates[place, size] = 0
            for entry in inputs:
                if entry.duration_h and entry.start_h <= now and after <= entry.end_h:
                    rates[entry.compartment, size] += mpmath.mpf(float(entry.amount_mg)) / mpmath.mpf(entry.duration_h)
            state = mpmath.expm(rates * (mpmath.mpf(after) - mpmath.mpf(now))) * state
        return np.array([found[t] for t in times_h])


def a_person(name, body, deviations):
    """The numbers of one person so many standard deviations from the typical one, in every direction."""
    parameters = load(name)
    normals = np.resize(deviations, (1, parameters.random_effects))
    uncertain = np.resize(deviations[::-1], (1, parameters.uncertain_effects)) / 2
    return parameters.of_people(body, normals, uncertain=uncertain if parameters.uncertain_effects else None)


def of_the_chain(body, deviations, route=Route.SUBLINGUAL):
    people = a_person("daybreak-2026", body, deviations)
    way = Way.of(route, Manner.USUAL, people)
    return disposition.chain({**people, **way.rates(1)}, extravascular=not way.straight)


def assert_exact(matrix, inputs):
    found, exact = amounts(matrix, inputs, TIMES_H)[0], exactly(matrix[0], inputs, TIMES_H.tolist())
    largest = np.abs(exact).max(axis=0)
    assert np.abs(found - exact).max() <= ACCURACY * largest.max()
    assert (np.abs(found - exact) <= ACCURACY * np.maximum(largest, 1e-6 * largest.max())).all()


ENTRIES = {Route.IV: Chain.CENTRAL, Route.ORAL: Chain.GUT}


@settings(max_examples=6)
@given(BODIES, EXTREMES, st.sampled_from([Route.IV, Route.IM, Route.NASAL, Route.ORAL, Route.SUBLINGUAL]))
def test_both_enantiomers_and_their_metabolites_are_exact_to_ten_digits(body, deviations, route):
    matrix = of_the_chain(body, deviations, route)
    entry = ENTRIES.get(route, Chain.SITE)
    inputs = [Input(entry, 0.0, 100.0, 2 / 3), Input(entry, 168.0, 50.0), Input(Chain.FAST, 1.0, 3.0, 5.0)]
    if route in (Route.NASAL, Route.SUBLINGUAL):
        inputs.append(Input(Chain.GUT, 0.0, 80.0, 0.2))
    assert_exact(matrix, inputs)


@settings(max_examples=4)
@given(BODIES, EXTREMES)
def test_the_nasal_model_is_exact_to_ten_digits(body, deviations):
    matrix = disposition.nasal(a_person("perez-ruixo-2021", body, deviations))
    assert_exact(
        matrix, [Input(Nasal.NOSE, 0.0, 15.0), Input(Nasal.GUT, 0.0, 8.0, 0.53), Input(Nasal.NOSE, 1 / 12, 9.0)]
    )


@settings(max_examples=2)
@given(BODIES, EXTREMES)
def test_delays_of_equal_rates_are_exact_to_ten_digits(body, deviations):
    matrix = disposition.film(a_person("simons-2022", body, deviations))
    assert_exact(matrix, [Input(Film.MOUTH, 0.0, 26.0, 0.22), Input(Film.GUT, 0.0, 58.0, 0.5)])


@pytest.mark.parametrize(("apart", "which"), [(0.0, 2), (1e-12, 0), (1e-9, 6), (1e-6, 4), (1e-4, 3), (1e-2, 5)])
def test_rates_that_nearly_coincide_are_exact_to_ten_digits(apart, which):
    """An absorption as fast as one of the body's own exponentials leaves no usable eigenvectors."""
    people = a_person("daybreak-2026", Body(70), np.zeros(30))
    own = -np.sort(np.linalg.eigvals(disposition.chain(people, extravascular=False)[0]).real)
    rates = Way.of(Route.IM, Manner.USUAL, people).rates(1)
    rates["site_absorption_per_h"] = np.array([own[which] * (1 + apart)])
    matrix = disposition.chain({**people, **rates}, extravascular=True)
    assert_exact(matrix, [Input(Chain.SITE, 0.0, 50.0, 0.3)])


@given(BODIES, EXTREMES)
def test_the_roots_are_real_negative_and_lie_between_the_rates_that_make_them(body, deviations):
    """A central compartment with two beside it: one root below both exchange rates, one between, one above."""
    people = a_person("daybreak-2026", body, deviations)
    roots = np.sort(np.linalg.eigvals(disposition.enantiomer(people)[0]))
    assert np.isreal(roots).all()
    assert (roots.real < 0).all()
    back = sorted(float(people[f"{way}_flow_l_per_h"][0] / people[f"{way}_volume_l"][0]) for way in ("fast", "slow"))
    slowest, middle, fastest = np.sort(-roots.real)
    assert slowest <= back[0] * (1 + 1e-9)
    assert back[0] * (1 - 1e-9) <= middle <= back[1] * (1 + 1e-9)
    assert back[1] * (1 - 1e-9) <= fastest


@given(BODIES, EXTREMES)
def test_what_leaves_the_body_is_what_was_given(body, deviations):
    """Every milligram given ends outside: what flows out over all time, counted in moles, is the dose."""
    matrix = of_the_chain(body, deviations)[0]
    out_per_h = -matrix.sum(axis=0)
    assert (out_per_h >= -1e-9 * np.abs(matrix).max()).all()
    for entry in (Chain.SITE, Chain.CENTRAL, Chain.GUT):
        dose = np.zeros(len(matrix))
        dose[entry] = 1.0
        time_spent_h = np.linalg.solve(-matrix, dose)
        assert out_per_h @ time_spent_h == pytest.approx(1.0, rel=1e-9)


routes = st.sampled_from([Route.IM, Route.ORAL, Route.SUBLINGUAL, Route.NASAL])


@given(routes, st.floats(1, 100), st.floats(1, 100), st.floats(0.1, 72))
@settings(max_examples=25)
def test_two_doses_leave_the_sum_of_what_each_leaves(route, first_mg, second_mg, later_h):
    first = Dose(Drug.KETAMINE, route, Amount(first_mg, AmountUnit.MG))
    second = Dose(Drug.KETAMINE, route, Amount(second_mg, AmountUnit.MG), time_h=later_h)
    times_h = np.linspace(0, 96, 49)
    together, *apart = (
        concentrations(doses, Body(70), times_h).ng_per_ml for doses in (Regimen((first, second)), first, second)
    )
    for analyte, values in together.items():
        assert values == pytest.approx(apart[0][analyte] + apart[1][analyte], rel=1e-9, abs=1e-9)


@given(st.floats(5, 60), st.floats(5, 60), st.floats(1, 120))
@settings(max_examples=25)
def test_a_rate_change_and_a_pause_are_the_infusions_they_are_made_of(first_min, second_min, pause_min):
    """At the end of the pause the curve is that of the first part alone; at the end of all, of both."""
    first = Dose(Drug.KETAMINE, Route.IV, Amount(20, AmountUnit.MG), first_min)
    restart_h = (first_min + pause_min) / 60
    second = Dose(Drug.KETAMINE, Route.IV, Amount(40, AmountUnit.MG), second_min, restart_h)
    times_h = np.array([first_min / 60, restart_h, restart_h + second_min / 60, 12.0])
    together, alone, rest = (
        concentrations(doses, Body(70), times_h).ng_per_ml[Analyte.KETAMINE]
        for doses in (Regimen((first, second)), first, second)
    )
    assert together[:2] == pytest.approx(alone[:2], rel=1e-9)
    assert together == pytest.approx(alone + rest, rel=1e-9)
    assert together[1] < together[0]


def test_stopping_early_leaves_what_was_given_until_then():
    whole = Dose(Drug.KETAMINE, Route.IV, Amount(40, AmountUnit.MG), 40)
    stopped = Dose(Drug.KETAMINE, Route.IV, Amount(10, AmountUnit.MG), 10)
    times_h = np.array([0.05, 10 / 60])
    here, there = (concentrations(given, Body(70), times_h).ng_per_ml[Analyte.KETAMINE] for given in (whole, stopped))
    assert here == pytest.approx(there, rel=1e-9)


def test_each_dose_may_have_an_occasion_of_its_own_and_without_one_nothing_changes():
    doses = Regimen(
        tuple(Dose(Drug.KETAMINE, Route.ORAL, Amount(50, AmountUnit.MG), time_h=24.0 * n) for n in range(3))
    )
    asked = Prediction.of(doses, Body(70), np.linspace(0, 80, 81))
    parameters = asked.model.parameters
    people = np.zeros((2, parameters.random_effects))
    still = Draws(people, occasions=np.zeros((2, 3, parameters.occasion_effects)))
    plain, by_occasion = (asked.for_people(draws, asked.times_h)[Analyte.KETAMINE] for draws in (people, still))
    assert by_occasion == pytest.approx(plain, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", ["daybreak-2026", "simons-2022"])
def test_what_differs_between_occasions_does_not_touch_an_infusion(name):
    """So all infusions of a course are one system, solved at once."""
    parameters, doses = load(name), (Dose(Drug.ESKETAMINE, Route.IV, Amount(30, AmountUnit.MG), 40),)
    asked = Prediction.of(doses[0], Body(70), np.linspace(0, 24, 25), model=name)
    people = np.zeros((3, parameters.random_effects))
    occasion = np.random.default_rng(1).standard_normal((3, parameters.occasion_effects))
    still, moved = (
        asked.model.predict(
            asked.doses, parameters.of_people(Body(70), people, occasion=numbers), Asked(asked.times_h)
        ).curves
        for numbers in (None, occasion)
    )
    for analyte, values in still.items():
        assert np.array_equal(moved[analyte], values)
