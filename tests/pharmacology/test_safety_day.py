"""The treatment day: what a session nurse may rely on."""

import numpy as np
import pytest

from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.calibration.estimates import load_estimates
from daybreak.pharmacology.calibration.report import days
from daybreak.pharmacology.kinetics import Prediction
from daybreak.pharmacology.mechanism.exposure import Exposure
from daybreak.pharmacology.population import simulate
from daybreak.pharmacology.safety import effects, misses
from daybreak.pharmacology.safety.day import Crossing, DayLimit, Measure, cumulative, predict_day
from daybreak.treatment.regimen_language import parse
from daybreak.treatment.vitals import Vital

BEFORE = {Vital.SYSTOLIC: 128.0, Vital.DIASTOLIC: 80.0, Vital.HEART_RATE: 72.0}
SPRAY = parse("esketamine 84 mg nasal once").first
INJECTION = parse("ketamine 0.5 mg/kg sc once").first
INFUSION = parse("ketamine 0.5 mg/kg iv over 40 min once").first
TYPICAL = Body(70, age_years=44)
HIGH = DayLimit(Measure.SYSTOLIC, 160)


def day(dose=SPRAY, before=BEFORE, **options):
    return predict_day(dose, TYPICAL, before, **{"patients": 500, **options})


def peak_time(band, result):
    return result.times_h[band.median.argmax()]


@pytest.fixture(scope="module")
def spray():
    return day(patients=1000, limits=[HIGH, DayLimit(Measure.SYSTOLIC, 180), DayLimit(Measure.CADSS, 5)])


def test_after_the_spray_dissociation_and_pressure_peak_within_the_hour_and_are_nearly_gone_at_90_minutes(spray):
    """The label: peak at 40 minutes, generally resolved by 90."""
    assert 0.4 <= peak_time(spray.dissociation, spray) <= 0.9
    at_90_min = np.isclose(spray.times_h, 1.5)
    assert spray.dissociation.median[at_90_min][0] < 0.25 * spray.dissociation.median.max()
    rise = spray.systolic.median - spray.systolic.median[0]
    assert rise[at_90_min][0] < 0.5 * rise.max()


def test_after_the_infusion_both_peak_as_it_ends():
    result = day(INFUSION)
    assert 0.5 <= peak_time(result.dissociation, result) <= 0.9
    assert 0.5 <= peak_time(result.systolic, result) <= 0.9


def test_dissociation_eases_from_session_to_session_and_pressure_does_not():
    first, sixth = day(session=1), day(session=6)
    assert sixth.dissociation.median.max() < 0.75 * first.dissociation.median.max()
    assert (sixth.systolic.median == first.systolic.median).all()


def test_tolerance_has_a_floor():
    assert day(session=200).dissociation.median.max() == pytest.approx(0.5 * day().dissociation.median.max())


def test_a_higher_start_and_a_lower_limit_are_crossed_more_often(spray):
    def chance(before, limit):
        return day(before={**BEFORE, Vital.SYSTOLIC: before}, limits=[limit]).crossings[0].chance

    assert chance(150, HIGH) > chance(128, HIGH) > chance(110, HIGH)
    at_160, at_180, _ = (crossing.chance for crossing in spray.crossings)
    assert at_160 > at_180


def test_a_limit_below_the_start_is_crossed_for_certain_and_one_out_of_reach_never():
    low, never = day(limits=[DayLimit(Measure.SYSTOLIC, 60), DayLimit(Measure.SYSTOLIC, 300)]).crossings
    assert low.chance == 1
    assert never == Crossing(DayLimit(Measure.SYSTOLIC, 300), 0.0, 0.0, None)


def test_what_a_reading_s_scatter_alone_does_is_told_beside_the_chance():
    """From 83 many readings of a day reach 100 without any dose; dissociation without one is none."""
    limits = [DayLimit(Measure.DIASTOLIC, 100), DayLimit(Measure.CADSS, 4)]
    diastolic, score = day(INFUSION, before={**BEFORE, Vital.DIASTOLIC: 83}, limits=limits).crossings
    assert 0.02 < diastolic.undosed < diastolic.chance
    assert score.undosed == 0


def test_most_who_cross_have_cleared_within_the_label_s_two_hours_or_so(spray):
    assert 0.5 < spray.crossings[0].clear_by_h < 3


def test_deeper_sedation_is_rarer_at_every_moment(spray):
    assert (spray.sedation.below_5 >= spray.sedation.to_3).all()
    assert (spray.sedation.to_3 >= spray.sedation.to_0).all()
    assert spray.sedation.to_0.max() < 0.02


def test_r_ketamine_brings_no_dissociation_so_the_racemate_equals_its_s_half():
    racemate = day(INFUSION)
    half = day(parse("esketamine 0.25 mg/kg iv over 40 min once").first)
    assert racemate.dissociation.median == pytest.approx(half.dissociation.median, rel=1e-9)


def test_a_score_stays_on_its_scale(spray):
    assert spray.dissociation.lower.min() >= 0
    assert spray.dissociation.upper.max() <= 92


def test_nothing_rises_without_exposure():
    estimates = load_estimates("safety")
    none = np.zeros((1, 3))
    assert effects.dissociation(none, estimates.estimate()).max() == 0
    assert effects.rise("systolic", none, estimates.estimate()).max() == 0


def test_the_same_seed_gives_the_same_day_and_the_start_of_a_course_is_not_the_time_of_the_dose():
    late = parse("esketamine 84 mg nasal once, then 84 mg weekly for 2 weeks").doses[-1]
    assert (day(seed=5).systolic.upper == day(late, seed=5).systolic.upper).all()
    assert (day(seed=5).systolic.upper != day(seed=6).systolic.upper).any()


def test_what_is_spat_out_is_not_swallowed_and_a_slow_tablet_is_no_plain_one():
    swallowed, spat = (day(parse(f"ketamine 100 mg sublingual{manner} once").first) for manner in ("", " spat out"))
    assert spat.systolic.median.max() < swallowed.systolic.median.max()
    plain, slow = (day(parse(f"ketamine 120 mg oral{manner} once").first) for manner in ("", " prolonged release"))
    assert slow.dissociation.upper.max() < plain.dissociation.upper.max()
    assert any("prolonged-release" in warning for warning in slow.warnings)


def test_the_people_of_a_day_are_those_of_the_concentrations():
    """The same seed: their differences, and what is not known of the route, are in both."""
    times = np.array([0.25, 0.5, 1.0])
    crowd = Exposure.of_crowd(INJECTION, TYPICAL, times, patients=300, seed=7)
    asked = Prediction.of(INJECTION, TYPICAL, crowd.mesh.times_h.reshape(-1))
    shown = simulate(asked, patients=300, seed=7, uncertain=True)[Analyte.S_KETAMINE]
    assert crowd.plasma_ng_per_ml[Analyte.S_KETAMINE].reshape(300, -1) == pytest.approx(shown)


def test_more_doubt_about_a_route_widens_the_day(doubt_of_routes):
    widths = []
    for log_sd in (0.0, 1.0):
        doubt_of_routes(log_sd)
        found = day(INJECTION, patients=2000)
        peak = found.dissociation.median.argmax()
        widths.append(found.dissociation.upper[peak] - found.dissociation.lower[peak])
    assert widths[1] > 1.2 * widths[0]


def test_a_person_is_the_same_whatever_times_are_asked_for():
    one, other = day(times_h=[0.5]), day(times_h=[0.5, 1.0])
    assert other.dissociation.upper[0] == pytest.approx(one.dissociation.upper[0], rel=1e-6)


def test_a_missing_or_impossible_value_before_the_dose_is_refused():
    with pytest.raises(KineticsError, match="heart rate before the dose is missing"):
        day(before={Vital.SYSTOLIC: 120, Vital.DIASTOLIC: 80})
    with pytest.raises(KineticsError, match="1,200 cannot be the systolic"):
        day(before={**BEFORE, Vital.SYSTOLIC: 1200})
    with pytest.raises(KineticsError, match="session"):
        day(session=0)


def test_a_dose_outside_the_studied_range_is_said():
    assert any("S-ketamine" in warning for warning in day(parse("ketamine 3 mg/kg iv over 40 min once").first).warnings)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ketamine 0.5 mg/kg iv over 40 min once", None),
        ("esketamine 84 mg nasal once", None),
        ("ketamine 0.5 mg/kg iv over 10 min once", "faster into a vein"),
        ("ketamine 0.3 mg/kg iv bolus once", "faster into a vein"),
        ("ketamine 0.5 mg/kg sc once", "ketamine by the sc route"),
        ("ketamine 50 mg nasal once", "ketamine by the nasal route"),
    ],
)
def test_a_way_of_giving_no_fitted_trial_used_is_outside_what_was_studied(words, said):
    """A bolus dissociates more, an injection under the skin raises pressure less, than is predicted: it must show."""
    found = [
        warning
        for warning in day(parse(words).first, patients=20).warnings
        if "into a vein" in warning or "route;" in warning
    ]
    assert all(warning.startswith("Outside the studied range") for warning in found)
    assert [said in warning for warning in found] == ([True] if said else [])


def outside(words, body):
    """What is said of how much is given."""
    found = predict_day(parse(words).first, body, BEFORE, patients=20).warnings
    return [said for said in found if "S-ketamine" in said and "the day was fitted on" in said]


def test_an_infusion_is_compared_by_what_reaches_the_blood_and_not_with_the_milligrams_of_a_spray():
    """84 mg of spray bring about 40 into the blood: 76 mg by vein are far beyond it, and sedation is then not told."""
    body = Body(80, age_years=44)
    assert outside("ketamine 1.9 mg/kg iv over 160 min once", body)
    found = predict_day(parse("ketamine 1.9 mg/kg iv over 160 min once").first, body, BEFORE, patients=20).warnings
    assert any("Sedation is not predicted" in said for said in found)
    assert outside("ketamine 0.1 mg/kg iv over 40 min once", body)


@pytest.mark.parametrize("weight_kg", [45, 55, 67, 92, 130])
def test_a_dose_of_the_fitted_trials_is_inside_at_any_weight(weight_kg):
    """A warning that stands for everyone lighter than 68 kg is not read."""
    for words in (
        "ketamine 0.5 mg/kg iv over 40 min once",
        "esketamine 0.25 mg/kg iv over 40 min once",
        "esketamine 28 mg nasal once",
        "esketamine 84 mg nasal once",
    ):
        assert not outside(words, Body(weight_kg, age_years=44)), words


@pytest.mark.parametrize(
    ("words", "age_years", "measured_and_predicted"),
    [
        (
            "esketamine 56 mg nasal once",
            71,
            ("71 years", "Of 72 people", "17 of 100", "4 predicted", "14", "9 predicted"),
        ),
        ("ketamine 0.5 mg/kg sc once", 44, ("by 4.9 mmHg systolic and 5.5", "13 and 9.2 predicted (Del Sant 2020)")),
        ("ketamine 0.5 mg/kg im once", 44, ("into a muscle is on file", "13 and 9.2 predicted (Del Sant 2020)")),
        ("ketamine 0.4 mg/kg iv over 10 min once", 44, ("33 volunteers", "24.9 CADSS points at 20 minutes", "6.6 are")),
    ],
)
def test_where_measured_days_lie_off_both_figures_are_said(words, age_years, measured_and_predicted):
    """As `daybreak model validate` prints them: of the testing rows that lie outside their interval."""
    found = predict_day(parse(words).first, Body(70, age_years=age_years), BEFORE, patients=20).warnings
    assert any(all(figure in said for figure in measured_and_predicted) for said in found), found


def test_what_is_said_to_be_predicted_is_what_the_validation_prints():
    printed = {f"{row.study}: {row.what}": row for row in days()}
    old = printed["US label, 65 years and above: systolic rise of 40 or more, per cent"]
    assert not old.inside
    assert f"{100 * old.predicted:.0f} predicted" in misses.of_age(Body(70, age_years=65))
    fast = printed["Goldway 2025: CADSS, mean, 20 min"]
    assert f"{fast.predicted:.1f} are predicted" in misses.of_fast_entry()
    skin = printed["Del Sant 2020, 394 injections: systolic, highest mean rise, 37 min"]
    assert f"{skin.predicted:.2g} and" in misses.of_injected_pressure(INJECTION)


def test_a_younger_person_with_a_fitted_dose_is_told_of_no_miss():
    assert day(INFUSION, patients=20).warnings == ()
    assert day(SPRAY, patients=20).warnings == ()


def test_cumulative_exposure_is_a_sum():
    found = cumulative(parse("ketamine 0.5 mg/kg iv over 40 min three times weekly for 2 weeks"), Body(80))
    assert (found.total_mg, found.s_ketamine_mg, found.doses) == (240, 120, 6)
    assert found.weeks == pytest.approx(11 / 7)
