"""The illustrated chain behaves as what is known of rodents says, and says that it is an illustration."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.calibration.estimates import load_priors
from daybreak.pharmacology.mechanism import chain
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.mechanism.mesh import Mesh
from daybreak.pharmacology.models import Analyte
from daybreak.treatment.regimen_language import parse

TYPICAL = Body(70)
HOURS = [0.0, 0.25, 2 / 3, 1, 2, 3, 4, 12, 24, 72, 168, 336, 720]
INFUSION = parse("ketamine 0.5 mg/kg iv over 40 min once")


def after(words):
    return chain.trajectory(parse(words), TYPICAL, HOURS)


def steady(s_ng_per_ml, hours=3.0):
    """A steady plasma concentration of S-ketamine."""
    mesh = Mesh.of([0.0], [hours])
    plasma = {Analyte.S_KETAMINE: np.full((1, *mesh.times_h.shape), s_ng_per_ml)}
    return chain.follow(Exposure(mesh, np.array([hours]), plasma, "", "", (), ()), chain.constants())


def test_block_is_the_unbound_brain_concentration_over_its_scaled_ki():
    """At steady state u = fu Kp C / (MW scale Ki), block = u / (1 + u)."""
    u = 0.56 * 0.6 * 100 / 237.73 / (1.5 * 0.3)
    assert steady(100).interneuron_block[0, 0] == pytest.approx(u / (1 + u), rel=1e-5)


def test_interneurons_are_blocked_more_than_pyramidal_cells():
    found = after("ketamine 0.5 mg/kg iv over 40 min once")
    assert (found.interneuron_block[:, 1:7] > found.pyramidal_block[:, 1:7]).all()


def test_the_glutamate_drive_rises_then_falls_with_dose():
    """The inverted U of Moghaddam 1997: some ketamine raises it, an anaesthetic dose does not."""
    drive = [steady(level).glutamate[0, 0] for level in (10, 100, 400, 5000)]
    assert drive[0] < drive[1] < drive[2]
    assert drive[3] < drive[2] / 2


def test_block_is_over_within_hours_and_the_effect_stays():
    """Occupancy has a half-life of an hour or less (Lord 2013); the benefit must be carried downstream."""
    found = after("ketamine 0.5 mg/kg iv over 40 min once")
    day = HOURS.index(24)
    assert found.interneuron_block[0, day] < 0.05 * found.interneuron_block.max()
    assert found.fall[0, day] > 0.8 * found.fall.max()


def test_events_come_in_the_order_of_the_chain():
    found = after("ketamine 0.5 mg/kg iv over 40 min once")
    order = [found.glutamate, found.bdnf, found.translation, found.ampa, found.spines, found.consolidation]
    peaks = [HOURS[state[0].argmax()] for state in order]
    assert peaks == sorted(peaks)
    assert peaks[0] < 2 < peaks[-1]


def test_one_dose_hardly_consolidates_and_repeats_do():
    """No rise of synaptic density 24 h after one dose (Holmes 2022)."""
    one = after("ketamine 0.5 mg/kg iv over 40 min once")
    six = after("ketamine 0.5 mg/kg iv over 40 min three times weekly for 2 weeks")
    assert one.spines[0, HOURS.index(24)] < 0.1
    assert six.consolidation.max() > 3 * one.consolidation.max()


def test_the_chain_agrees_with_an_adaptive_integrator():
    """A steady S-ketamine concentration of 80 ng/mL for 12 hours, every state from rest."""
    c = {name: float(value[0]) for name, value in chain.constants().items()}
    load = c["unbound_fraction"] * c["brain_to_plasma_unbound"] * 80 / 237.73 / c["s_ketamine_ki_umol_l"]

    def slope(t, x):
        u = load * -np.expm1(-c["effect_site_rate_per_h"] * t)
        b_i, b_p = (u / c[s] / (1 + u / c[s]) for s in ("interneuron_scale", "pyramidal_scale"))
        rising = b_i**2 / (b_i**2 + c["glutamate_half_block"] ** 2)
        g = c["glutamate_largest"] * rising / (1 + (b_p / c["glutamate_falling_block"]) ** 4)
        b, m, f, s, _ = x
        return [
            c["bdnf_rate_per_h"] * (g - b),
            c["translation_rate_per_h"] * (b / (b + c["bdnf_half"]) - m),
            c["ampa_onset_per_h"] * m * (1 - f) - c["ampa_loss_per_h"] * f,
            c["spine_onset_per_h"] * f * (1 - s) - c["spine_loss_per_h"] * s,
            c["consolidation_per_h"] * s * (1 - x[4]) - c["consolidation_loss_per_h"] * x[4],
        ]

    reference = solve_ivp(slope, (0, 12), np.zeros(5), method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1]
    found = steady(80, hours=12.0)
    states = [found.bdnf, found.translation, found.ampa, found.spines, found.consolidation]
    assert [state[0, 0] for state in states] == pytest.approx(list(reference), rel=1e-5)


def test_every_constant_says_where_it_comes_from_and_the_result_that_it_is_an_illustration():
    fixed = load_priors("mechanism").fixed
    assert all(constant.source for constant in fixed.values())
    assert sum(constant.status == "assumed" for constant in fixed.values()) > len(fixed) / 2
    assert any("illustration" in limit for limit in after("esketamine 84 mg nasal once").limits)
