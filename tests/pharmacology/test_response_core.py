"""The reduced core: its equations against an independent integrator, and what must hold whatever the numbers."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.models import Analyte, NoModelError
from daybreak.pharmacology.response import core
from daybreak.pharmacology.response.trials import Context
from daybreak.treatment.regimen_language import parse

ESTIMATES = load_estimates("response")
FIXED, VALUES = ESTIMATES.fixed, ESTIMATES.estimate()
TYPICAL = Body(70)
INFUSION = parse("ketamine 0.5 mg/kg iv over 40 min once")
SPRAY = parse("esketamine 84 mg nasal twice weekly for 4 weeks")
DAYS = 24 * np.array([0.1, 1, 2, 7, 14, 28, 60])


def course(regimen, times=DAYS, values=VALUES, **options):
    return core.benefit(Exposure.of(regimen, TYPICAL, times, **options), FIXED, values)[0]


def test_a_curve_twice_as_high_drives_as_one_of_half_the_half_drive():
    """Why the doubt about a whole curve may be drawn as one about the half drive."""
    twice = course(parse("ketamine 1 mg/kg iv over 40 min once"))
    half_drive = {**VALUES, "half_drive_ng_per_ml": VALUES["half_drive_ng_per_ml"] / 2}
    assert course(INFUSION, values=half_drive) == pytest.approx(twice, rel=1e-9)


EXTREMES = [(3.0, -3.0), (-3.0, 3.0)]


@pytest.mark.parametrize(("kinetic", "response"), EXTREMES)
@pytest.mark.parametrize("regimen", [INFUSION, SPRAY], ids=["iv", "nasal"])
def test_extreme_patients_agree_with_an_adaptive_integrator_at_tight_tolerance(regimen, kinetic, response):
    """Three standard deviations out in every kinetic parameter, and in every response parameter of the fit."""
    times = 24 * np.array([0.1, 1.0, 3.5])
    effects = Prediction.of(regimen, TYPICAL, times).model.parameters.random_effects
    normals = np.full((1, effects), kinetic)
    deviations = np.sqrt(np.diag(ESTIMATES.covariance))
    values = ESTIMATES.natural(ESTIMATES.mean + response / 3 * deviations)
    exposure = Exposure.of(regimen, TYPICAL, times, normals=normals)
    found = np.stack(core.benefit_states(exposure, FIXED, values))[:, 0]

    given = Prediction.of(regimen, TYPICAL, [0.0])
    rate, weight = FIXED["effect_site_rate_per_h"].value, FIXED["r_ketamine_weight"].value
    half, on, build = (values[name][0] for name in ("half_drive_ng_per_ml", "fast_onset_per_h", "consolidation_per_h"))
    off, slow = (np.log(2) / values[name][0] for name in ("fast_half_life_h", "slow_half_life_h"))

    def slope(t, x):
        plasma = given.for_people(normals, np.array([t]))
        level = plasma[Analyte.S_KETAMINE][0, 0]
        if Analyte.R_KETAMINE in plasma:
            level += weight * plasma[Analyte.R_KETAMINE][0, 0]
        drive = x[0] / (x[0] + half)
        return [rate * (level - x[0]), on * drive * (1 - x[1]) - off * x[1], build * x[1] * (1 - x[2]) - slow * x[2]]

    changes = sorted({0.0, *times, *(t + d for t in (0, 72) for d in (0, 1 / 12, 1 / 6, 0.53, 0.6134, 0.6967, 2 / 3))})
    state, reference = np.zeros(3), {}
    for start, stop in pairwise(changes):
        # the last instant before a change: a dose given at `stop` belongs to the next stretch
        end = np.nextafter(stop, start)
        solved = solve_ivp(slope, (start, end), state, method="LSODA", rtol=1e-9, atol=1e-11, max_step=4.0)
        state = solved.y[:, -1]
        reference[stop] = state[1:]
    assert found == pytest.approx(np.array([reference[t] for t in times]).T, abs=2e-6)


def test_two_infusions_in_a_row_are_one_long_one():
    whole = parse("ketamine 0.5 mg/kg iv over 40 min once")
    half = whole.first
    parts = [
        type(half)(half.drug, half.route, type(half.amount)(0.25, half.amount.unit), 20.0, time)
        for time in (0.0, 1 / 3)
    ]
    assert course(type(whole)(tuple(parts))) == pytest.approx(course(whole), rel=1e-7)


def test_more_nodes_do_not_change_the_answer():
    assert np.abs(course(SPRAY, nodes=9) - course(SPRAY)).max() < 1e-6


def test_states_stay_between_nothing_and_one_and_leave_nothing_behind():
    fast, slow = core.benefit_states(Exposure.of(SPRAY, TYPICAL, [*DAYS, 24 * 3000.0]), FIXED, VALUES)
    assert ((fast >= 0) & (fast <= 1)).all()
    assert ((slow >= 0) & (slow <= 1)).all()
    assert fast[0, -1] < 1e-6
    assert slow[0, -1] < 1e-6


def test_a_larger_dose_never_helps_less():
    doses = [course(parse(f"ketamine {mg} mg/kg iv over 40 min once")) for mg in (0.1, 0.2, 0.5, 1.0)]
    assert (np.diff(doses, axis=0) >= 0).all()


def test_racemate_helps_a_little_more_than_its_s_ketamine_alone():
    racemate = course(INFUSION)
    alone = course(parse("esketamine 0.25 mg/kg iv over 40 min once"))
    assert (racemate >= alone).all()
    assert racemate[1] < 1.1 * alone[1]


def test_repeats_consolidate_so_that_more_is_left_two_weeks_after_the_last_dose():
    once = course(INFUSION, [15 * 24.0])[0]
    six = course(parse("ketamine 0.5 mg/kg iv over 40 min three times weekly for 2 weeks"), [(11 + 15) * 24.0])[0]
    assert six > 1.2 * once


def test_the_benefit_comes_within_hours_and_outlasts_the_drug():
    hours = course(INFUSION, [4.0, 24.0, 72.0])
    assert hours[0] > 0.5 * hours.max()
    assert hours[2] > 0.3 * hours.max()


def test_nothing_has_changed_at_the_first_dose():
    assert core.untreated(np.array([0.0]), Context.OPEN_LABEL, FIXED, VALUES, new_antidepressant=True)[0, 0] == 0


def test_under_anaesthesia_part_of_the_contrast_is_gone_elsewhere_none():
    assert core.seen_share(Context.MASKED, VALUES)[0] < 1
    assert {core.seen_share(context, VALUES)[0] for context in Context if context is not Context.MASKED} == {1.0}


def test_doses_no_one_kinetic_model_serves_are_said():
    with pytest.raises(NoModelError):
        Exposure.of(
            parse("ketamine 0.5 mg/kg iv over 40 min once, then esketamine 84 mg nasal weekly for 4 weeks"),
            TYPICAL,
            [24.0],
        )


def test_a_time_before_the_first_dose_is_refused():
    with pytest.raises(KineticsError, match="first dose"):
        Exposure.of(INFUSION, TYPICAL, [-1.0])
