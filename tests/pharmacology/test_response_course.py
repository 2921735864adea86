"""A person's predicted course: what a prescriber may rely on."""

import numpy as np
import pytest

from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.response.course import end_of_induction_h, predict_course
from daybreak.pharmacology.response.normal import distribution
from daybreak.pharmacology.response.trials import Context
from daybreak.treatment.regimen_language import parse

SPRAY = parse("esketamine 56 mg nasal once, then 84 mg twice weekly for 4 weeks")
SMALL = parse("ketamine 0.1 mg/kg sc once")
INFUSIONS = parse("ketamine 0.5 mg/kg iv over 40 min three times weekly for 2 weeks")


@pytest.fixture(scope="module")
def course():
    return predict_course(INFUSIONS, Body(82), 34, seed=3, patients=600)


def test_the_same_seed_gives_the_same_course_and_another_seed_another():
    one, same, other = (predict_course(INFUSIONS, Body(82), 34, seed=seed, patients=50) for seed in (3, 3, 4))
    assert (one.score.median == same.score.median).all()
    assert (one.score.median != other.score.median).any()


def test_a_person_is_the_same_whatever_times_are_asked_for():
    one, other = (
        predict_course(INFUSIONS, Body(82), 34, seed=3, patients=200, times_h=t) for t in ([24], [24, 48, 500])
    )
    assert other.drug_fall.median[0] == pytest.approx(one.drug_fall.median[0], rel=1e-6)
    assert other.chances["24 hours"].response.value == pytest.approx(one.chances["24 hours"].response.value, rel=1e-6)


def test_words_are_no_regimen_yet():
    with pytest.raises(KineticsError, match="'ketamine 50 mg im once' cannot be given"):
        predict_course("ketamine 50 mg im once", Body(82), 34)


def test_a_score_already_in_remission_is_said():
    assert any("already in remission" in w for w in predict_course(INFUSIONS, Body(82), 9, patients=20).warnings)


def test_the_course_starts_at_the_person_s_own_score(course):
    assert course.times_h[0] == 0
    assert course.score.lower[0] == course.score.upper[0] == 34


def test_a_score_stays_on_its_scale(course):
    assert course.score.lower.min() >= 0
    assert course.score.upper.max() <= 60


def test_the_drug_is_a_part_of_the_fall_and_expectation_another(course):
    later = course.times_h == 24
    assert 0 < course.drug_fall.median[later][0] < 34 - course.score.median[later][0]
    assert course.score.median[later][0] < course.without_drug.median[later][0]


def test_chances_lie_in_their_intervals_and_remission_is_rarer_than_response(course):
    assert list(course.chances) == ["24 hours", "end of induction", "12 weeks"]
    for chance in course.chances.values():
        for probability in (chance.response, chance.remission):
            assert 0 <= probability.lower <= probability.value <= probability.upper <= 1
        assert chance.remission.value < chance.response.value


def test_after_stopping_fewer_keep_their_response_as_weeks_go_by():
    many = predict_course(INFUSIONS, Body(82), 34, times_h=[24], patients=4000)
    kept = [many.keeping_response[weeks] for weeks in (1, 4, 8)]
    assert kept == sorted(kept, reverse=True)
    assert 0 < kept[-1] < kept[0] < 1


def test_maintenance_holds_what_stopping_loses():
    weeks_12 = {}
    for name, words in {"stop": "", "weekly": ", then weekly for 8 weeks"}.items():
        regimen = parse("esketamine 84 mg nasal twice weekly for 4 weeks" + words)
        weeks_12[name] = predict_course(regimen, Body(70), 34, patients=300).drug_fall.median[-1]
    assert weeks_12["weekly"] > 2 * weeks_12["stop"]


def test_a_new_antidepressant_adds_over_weeks_not_in_a_day():
    plain, added = (
        predict_course(SPRAY, Body(70), 34, new_antidepressant=new, times_h=[24, 648], patients=300)
        for new in (False, True)
    )
    gained = plain.without_drug.median - added.without_drug.median
    assert gained[0] < 0.5
    assert gained[1] > 2


def test_more_doubt_about_a_route_widens_what_the_drug_may_do(doubt_of_routes):
    widths = []
    for log_sd in (0.0, 2.0):
        doubt_of_routes(log_sd)
        fall = predict_course(SMALL, Body(70), 34, times_h=[24], patients=2000).drug_fall
        widths.append((fall.upper - fall.lower)[0])
    assert widths[1] > 1.1 * widths[0]


def test_induction_ends_a_day_after_the_last_of_the_close_doses():
    regimen = parse("esketamine 84 mg nasal twice weekly for 4 weeks, then weekly for 4 weeks")
    assert end_of_induction_h(regimen) == 25 * 24
    assert end_of_induction_h(INFUSIONS) == 12 * 24


def test_what_lies_outside_the_trials_is_said():
    many = parse("ketamine 0.5 mg/kg iv over 40 min three times weekly for 4 weeks")
    warnings = " ".join(predict_course(many, Body(70), 55, patients=20).warnings)
    assert "12 doses within 4 weeks" in warnings
    assert "MADRS score of 55" in warnings


def test_what_holds_of_nearly_every_plan_is_a_limit_and_no_warning():
    """The label's own regimen goes on after the four weeks of its trials."""
    labelled = parse("esketamine 84 mg nasal twice weekly for 4 weeks, then weekly for 4 weeks")
    course = predict_course(labelled, Body(70, age_years=44), 34, patients=20)
    assert course.warnings == ()
    assert any("beyond 4 weeks" in limit and "carried forward" in limit for limit in course.limits)


def test_a_route_no_fitted_trial_gave_is_said():
    """Esketamine was infused in a trial kept for testing only."""
    infused = predict_course(parse("esketamine 0.25 mg/kg iv over 40 min once"), Body(70), 34, patients=20)
    assert any("esketamine by the iv route" in warning for warning in infused.warnings)
    sprayed = predict_course(SPRAY, Body(70), 34, patients=20)
    assert not any("route" in warning for warning in sprayed.warnings)


def test_a_result_names_its_parameters_its_data_its_context_and_its_limits(course):
    assert "+" in course.parameter_version
    assert course.data_version
    assert course.context is Context.OPEN_LABEL
    assert any("expectation" in limit for limit in course.limits)


@pytest.mark.parametrize("baseline", [0, -3, 61, float("nan")])
def test_a_score_that_cannot_be_is_refused(baseline):
    with pytest.raises(KineticsError, match="MADRS"):
        predict_course(INFUSIONS, Body(70), baseline)


def test_the_distribution_function_has_its_tabled_values():
    """0.975 at 1.959964, and the tail at -8 is 6.22e-16 (Abramowitz and Stegun, table 26.1)."""
    assert distribution(np.array([0.0, 1.959963984540054, -8.0])) == pytest.approx(
        [0.5, 0.975, 6.220960574e-16], rel=1e-9
    )
