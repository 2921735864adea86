"""Cascades of first-order states against closed forms and against an independent integrator."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from daybreak.pharmacology.mechanism.cascade import driven, filtered
from daybreak.pharmacology.mechanism.mesh import Mesh, MeshError, Rule

TIMES_H = np.array([0.05, 1.0, 29.0, 30.0, 77.0, 500.0])


def mesh_of(*times, changes=(0.0,)):
    return Mesh.of(changes, times)


def test_every_change_of_input_and_every_early_time_asked_for_is_an_edge():
    mesh = Mesh.of([0, 2 / 3, 72, 72 + 2 / 3], [1.0, 23.0, 100.0])
    for time in (0, 2 / 3, 1, 23, 72, 72 + 2 / 3, 100):
        assert np.abs(mesh.edges_h - time).min() < 1e-9


def test_a_time_before_the_first_dose_is_refused():
    with pytest.raises(MeshError, match="lies before"):
        mesh_of(-1.0)


def test_the_rule_integrates_polynomials_exactly():
    rule = Rule.of(5)
    ends = np.append(rule.places, [0.3, 1.0])
    for power in range(5):
        values = rule.places**power
        assert rule.up_to(ends) @ values == pytest.approx(ends ** (power + 1) / (power + 1), abs=1e-13)
    assert rule.weights @ rule.places**9 == pytest.approx(1 / 10)


def test_a_time_inside_a_panel_reads_what_an_edge_there_would():
    """Thirty hours after a dose the panels are longer than the hours asked for."""
    hours = np.arange(0.0, 90.0, 0.7)
    inside = Mesh.of([0.0], hours)
    between = np.diff(np.unique(np.concatenate([hours, inside.edges_h])))
    at_edges = Mesh(np.concatenate([[0], np.cumsum(between)]), hours)
    for followed in (_behind_a_falling_drive, _driven_by_a_falling_drive):
        assert followed(inside).at_times == pytest.approx(followed(at_edges).at_times, abs=3e-7)


def _behind_a_falling_drive(mesh):
    return filtered(mesh, np.exp(-0.1 * mesh.times_h)[None], 0.5)


def _driven_by_a_falling_drive(mesh):
    drive = np.exp(-0.1 * mesh.times_h)[None]
    return driven(mesh, drive, drive + 0.02)


@settings(max_examples=40)
@given(rate=st.floats(1e-4, 500), level=st.floats(0.01, 100))
def test_a_site_under_a_constant_concentration_rises_as_one_minus_the_exponential_however_fast(rate, level):
    mesh = mesh_of(*TIMES_H)
    state = filtered(mesh, np.full((1, *mesh.times_h.shape), level), rate)
    assert state.at_times[0] == pytest.approx(level * -np.expm1(-rate * TIMES_H), rel=1e-9)
    assert state.at_nodes[0] == pytest.approx(level * -np.expm1(-rate * mesh.times_h), rel=1e-9)


@pytest.mark.parametrize("decay", [0.05, 5.0, 5.0001, 40.0])
def test_a_site_behind_an_exponential_is_the_difference_of_exponentials_even_where_rates_meet(decay):
    """Bateman's formula; at equal rates its limit."""
    times, rate = np.array([0.1, 0.25, 0.5, 1.0, 3.0, 24.0]), 5.0
    mesh = mesh_of(*times)
    found = filtered(mesh, np.exp(-decay * mesh.times_h)[None], rate).at_times[0]
    exact = (
        rate * times * np.exp(-rate * times)
        if decay == rate
        else rate / (rate - decay) * (np.exp(-decay * times) - np.exp(-rate * times))
    )
    tolerance = 1e-6 if decay < 10 else 1e-3  # an input faster than the first panel is beyond the mesh
    assert np.abs(found - exact).max() < tolerance * np.abs(exact).max()


@settings(max_examples=40)
@given(on=st.floats(0.001, 3), off=st.floats(0.0005, 0.1))
def test_a_driven_state_agrees_with_an_adaptive_integrator_at_tight_tolerance(on, off):
    times = np.array([0.3, 1.0, 2.0, 7.0, 24.0, 31.0, 50.0, 168.0])
    mesh = mesh_of(*times)

    def drive(t):
        return np.exp(-0.3 * t) * (1 - np.exp(-2 * t))

    found = driven(mesh, on * drive(mesh.times_h)[None], (on * drive(mesh.times_h) + off)[None]).at_times[0]
    reference = solve_ivp(
        lambda t, x: on * drive(t) * (1 - x) - off * x,
        (0, 168),
        [0.0],
        method="LSODA",
        t_eval=times,
        rtol=1e-11,
        atol=1e-13,
        max_step=1.0,
    ).y[0]
    assert found == pytest.approx(reference, abs=2e-7)


def test_patients_do_not_touch_each_other():
    mesh = mesh_of(0.4, 5.0, 40.0)
    inflow = np.random.default_rng(1).uniform(size=(4, *mesh.times_h.shape))
    rates = np.array([0.1, 1.0, 5.0, 50.0])
    together = filtered(mesh, inflow, rates).at_times
    for patient in range(4):
        assert filtered(mesh, inflow[[patient]], rates[[patient]]).at_times[0] == pytest.approx(together[patient])


def test_a_state_too_fast_for_its_panels_is_refused_rather_than_wrong():
    mesh = mesh_of(500.0)
    ones = np.ones((1, *mesh.times_h.shape))
    with pytest.raises(MeshError, match="e-folds"):
        driven(mesh, ones, 10 * ones)
