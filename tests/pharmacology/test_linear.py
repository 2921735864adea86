"""Linear compartment systems: identities that hold for any rates, and an independent integration."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybreak.pharmacology.linear import FloatArray, Input, amounts, rate_matrix

TIMES_H = np.array([0.0, 0.1, 0.5, 2 / 3, 1.0, 1.7, 3.0, 8.0, 24.0])
CENTRAL, FAST, SLOW, SINK = range(4)

amount = st.floats(0.1, 500)
hours = st.floats(0.05, 10)
three_compartments = st.builds(lambda rates: _with_sink(*rates), st.lists(st.floats(0.01, 20), min_size=5, max_size=5))


def _with_sink(out: float, to_fast: float, from_fast: float, to_slow: float, from_slow: float) -> FloatArray:
    """A central and two peripheral compartments, and a sink that keeps what was eliminated."""
    flows = {
        (CENTRAL, SINK): out,
        (CENTRAL, FAST): to_fast,
        (FAST, CENTRAL): from_fast,
        (CENTRAL, SLOW): to_slow,
        (SLOW, CENTRAL): from_slow,
    }
    return rate_matrix(4, flows, patients=1)


def integrated(matrix: FloatArray, inputs: Sequence[Input], times_h: FloatArray) -> FloatArray:
    """The same system by Taylor steps, restarted wherever the input changes. Knows no eigenvalue."""
    changes = {t for entry in inputs for t in (entry.start_h, entry.end_h)}
    stops = sorted(changes | set(times_h.tolist()))
    state, now, found = np.zeros(len(matrix)), 0.0, {}
    for stop in stops:
        entering = np.zeros(len(matrix))
        for entry in inputs:
            if entry.duration_h and entry.start_h <= now and stop <= entry.end_h:
                entering[entry.compartment] += entry.amount_mg / entry.duration_h
        steps = max(1, math.ceil((stop - now) * np.abs(matrix).sum(axis=0).max() / 4))
        for _ in range(steps):
            state = _taylor_step(matrix, state, entering, (stop - now) / steps)
        for entry in inputs:
            if entry.duration_h == 0 and entry.start_h == stop:
                state[entry.compartment] += entry.amount_mg
        now = stop
        found[stop] = state.copy()
    return np.array([found[t] for t in times_h.tolist()])


def _taylor_step(matrix: FloatArray, state: FloatArray, entering: FloatArray, step_h: float) -> FloatArray:
    term, total = state, state.copy()
    for order in range(1, 51):
        term = (matrix @ term + (entering if order == 1 else 0)) * step_h / order
        total = total + term
    return total


@settings(max_examples=40)
@given(three_compartments, amount, hours, hours)
def test_agrees_with_an_independent_integration(matrix, dose_mg, start_h, duration_h):
    inputs = [Input(CENTRAL, 0.0, dose_mg), Input(FAST, start_h, dose_mg, duration_h)]
    exact = amounts(matrix, inputs, TIMES_H)[0]
    assert exact == pytest.approx(integrated(matrix[0], inputs, TIMES_H), rel=1e-9, abs=1e-9 * dose_mg)


@given(three_compartments, amount, hours, st.floats(0.1, 0.9))
def test_two_infusions_one_after_the_other_are_one_long_infusion(matrix, dose_mg, duration_h, cut):
    one = [Input(CENTRAL, 0.0, dose_mg, duration_h)]
    two = [
        Input(CENTRAL, 0.0, dose_mg * cut, duration_h * cut),
        Input(CENTRAL, duration_h * cut, dose_mg * (1 - cut), duration_h * (1 - cut)),
    ]
    assert amounts(matrix, two, TIMES_H) == pytest.approx(amounts(matrix, one, TIMES_H), rel=1e-9, abs=1e-9)


@given(three_compartments, amount, amount, hours, hours)
def test_what_two_doses_leave_is_the_sum_of_what_each_leaves(matrix, first_mg, second_mg, start_h, length_h):
    first, second = Input(CENTRAL, 0.0, first_mg), Input(SLOW, start_h, second_mg, length_h)
    together = amounts(matrix, [first, second], TIMES_H)
    apart = amounts(matrix, [first], TIMES_H) + amounts(matrix, [second], TIMES_H)
    assert together == pytest.approx(apart, rel=1e-9, abs=1e-9)


@given(three_compartments, amount, hours, hours)
def test_every_milligram_given_is_in_the_body_or_in_the_sink(matrix, dose_mg, start_h, duration_h):
    held = amounts(matrix, [Input(CENTRAL, start_h, dose_mg, duration_h)], TIMES_H)[0].sum(axis=1)
    given_by_then = dose_mg * np.clip((TIMES_H - start_h) / duration_h, 0, 1)
    assert held == pytest.approx(given_by_then, rel=1e-9, abs=1e-9 * dose_mg)


@given(three_compartments, amount)
def test_twice_the_dose_is_twice_the_amount(matrix, dose_mg):
    once = amounts(matrix, [Input(CENTRAL, 0.0, dose_mg)], TIMES_H)
    twice = amounts(matrix, [Input(CENTRAL, 0.0, 2 * dose_mg)], TIMES_H)
    assert twice == pytest.approx(2 * once, rel=1e-12)


@given(three_compartments, amount, hours, hours)
def test_no_amount_is_ever_negative(matrix, dose_mg, start_h, duration_h):
    held = amounts(matrix, [Input(CENTRAL, start_h, dose_mg, duration_h)], TIMES_H)
    assert held.min() > -1e-9 * dose_mg


def test_area_under_the_curve_is_dose_over_clearance():
    dose_mg, volume_l, clearance_l_per_h = 35.0, 133.0, 95.2
    matrix = _with_sink(clearance_l_per_h / volume_l, 1.2, 1.6, 0.17, 0.12)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.array([0, 2 / 3, 1, 2, 4, 8, 16, 32, 64, 128, 256, 400.0])
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    times = (middle[:, None] + half[:, None] * nodes).ravel()
    held = amounts(matrix, [Input(CENTRAL, 0.0, dose_mg, 2 / 3)], times)[0, :, CENTRAL]
    area_mg_h_per_l = (half[:, None] * weights).ravel() @ held / volume_l
    assert area_mg_h_per_l == pytest.approx(dose_mg / clearance_l_per_h, rel=1e-9)


def test_an_infusion_ends_when_it_should():
    matrix = _with_sink(0.7, 1.2, 1.6, 0.17, 0.12)
    before, at_end, after = amounts(matrix, [Input(CENTRAL, 1.0, 40.0, 0.5)], [1.49, 1.5, 1.51])[0, :, CENTRAL]
    assert before < at_end > after
    in_body = amounts(matrix, [Input(CENTRAL, 1.0, 40.0, 0.5)], [1.5, 2.0, 9.0])[0].sum(axis=1)
    assert in_body == pytest.approx([40, 40, 40])


def test_an_infusion_still_running_at_the_last_time_has_given_only_its_share():
    held = amounts(_with_sink(0.7, 1.2, 1.6, 0.17, 0.12), [Input(CENTRAL, 0.0, 60.0, 6.0)], [2.0])
    assert held.sum() == pytest.approx(20)


def test_stopping_early_is_a_shorter_infusion_of_what_was_given_by_then():
    matrix = _with_sink(0.7, 1.2, 1.6, 0.17, 0.12)
    whole = amounts(matrix, [Input(CENTRAL, 0.0, 40.0, 1.0)], [0.1, 0.25])
    stopped = amounts(matrix, [Input(CENTRAL, 0.0, 10.0, 0.25)], [0.1, 0.25, 3.0])
    assert stopped[:, :2] == pytest.approx(whole)
    assert stopped[0, 2].sum() == pytest.approx(10)


def test_a_bolus_counts_from_its_own_instant_and_nothing_is_there_before():
    held = amounts(_with_sink(0.7, 1.2, 1.6, 0.17, 0.12), [Input(CENTRAL, 1.0, 5.0)], [-1.0, 0.999, 1.0])
    assert held[0, :, CENTRAL] == pytest.approx([0, 0, 5])


def test_an_empty_schedule_leaves_an_empty_body():
    assert not amounts(_with_sink(0.7, 1.2, 1.6, 0.17, 0.12), [], TIMES_H).any()


def test_the_order_of_the_times_does_not_matter():
    matrix, inputs = _with_sink(0.7, 1.2, 1.6, 0.17, 0.12), [Input(CENTRAL, 0.0, 40.0, 0.5)]
    backwards = amounts(matrix, inputs, TIMES_H[::-1])
    assert np.array_equal(backwards[:, ::-1], amounts(matrix, inputs, TIMES_H))


def test_each_patient_has_their_own_rates_and_their_own_amount():
    flows = {(0, None): np.array([0.5, 2.0])}
    held = amounts(rate_matrix(1, flows, patients=2), [Input(0, 0.0, np.array([10.0, 30.0]))], [1.0])
    assert held[:, 0, 0] == pytest.approx([10 * math.exp(-0.5), 30 * math.exp(-2.0)])


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3])
def test_absorption_as_fast_as_elimination_is_exact_too(gap):
    """Equal rates leave no eigenvectors to work with: then x(t) is dose k t e^(-kt)."""
    fast, slow, times = 1.3 * (1 + gap), 1.3, np.array([0.2, 1.0, 4.0])
    matrix = rate_matrix(2, {(0, 1): fast, (1, None): slow}, patients=1)
    found = amounts(matrix, [Input(0, 0.0, 10.0)], times)[0, :, 1]
    mean = (fast + slow) / 2
    spread = (fast - slow) * times / 2
    bateman = 10 * fast * times * np.exp(-mean * times) * (1 + spread**2 / 6)
    assert found == pytest.approx(bateman, rel=1e-9)


def test_a_chain_of_equal_steps_follows_the_gamma_curve():
    """Four transit steps of one rate k hold dose (kt)^n e^(-kt) / n!. Infused or at once, with patients beside."""
    step = np.array([3.0, 3.0])
    flows = {(0, 1): step, (1, 2): step, (2, 3): step, (3, None): np.array([3.0, 0.7])}
    matrix, times = rate_matrix(4, flows, patients=2), np.array([0.5, 1.0, 2.0])
    found = amounts(matrix, [Input(0, 0.0, 8.0)], times)
    assert found[0, :, 3] == pytest.approx(8 * (3 * times) ** 3 * np.exp(-3 * times) / 6, rel=1e-12)
    inputs = [Input(0, 0.25, 8.0, 0.9), Input(2, 0.4, 3.0)]
    for patient in range(2):
        expected = integrated(matrix[patient], inputs, times)
        assert amounts(matrix, inputs, times)[patient] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_long_chain_of_equal_steps_is_exact_too():
    """Forty steps of one rate: the eigenvectors are the same to the last digit."""
    last, rate_per_h, time_h = 39, 20.0, 2.0
    flows = {(step, step + 1): rate_per_h for step in range(last)} | {(last, None): rate_per_h}
    held = amounts(rate_matrix(last + 1, flows, patients=1), [Input(0, 0.0, 1.0)], [time_h])[0, 0, last]
    passed = rate_per_h * time_h
    assert held == pytest.approx(math.exp(last * math.log(passed) - passed - math.lgamma(last + 1)), rel=1e-9)


def test_a_compartment_nobody_is_called_fills_steadily():
    held = amounts(rate_matrix(1, {}, patients=1), [Input(0, 0.0, 12.0, 4.0)], [1.0, 3.0, 10.0])
    assert held[0, :, 0] == pytest.approx([3, 9, 12])
