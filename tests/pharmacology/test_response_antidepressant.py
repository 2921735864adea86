"""Hours against weeks: the course of an oral antidepressant."""

import numpy as np
import pytest

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.response.antidepressant import antidepressant_course, antidepressant_rows
from daybreak.pharmacology.response.course import predict_course
from daybreak.treatment.regimen_language import parse


def test_about_a_third_of_the_six_week_difference_is_there_after_one_week():
    """Taylor 2006, within its assumed error."""
    course = antidepressant_course([1, 6])
    assert course.median[0] / course.median[1] == pytest.approx(0.33, abs=0.1)


def test_it_starts_at_nothing_and_rises():
    course = antidepressant_course(np.arange(0, 9))
    assert course.median[0] == 0
    assert (np.diff(course.median) > 0).all()
    assert (course.lower <= course.upper).all()


def test_trials_kept_for_testing_lie_in_the_band_with_their_own_error():
    at_8 = antidepressant_course([8])
    for row in antidepressant_rows():
        if row.use == "testing":
            low, high = (30 * at_8.lower[0] - 1.96 * row.standard_error, 30 * at_8.upper[0] + 1.96 * row.standard_error)
            assert low < -row.value < high


def test_ketamine_s_part_is_larger_after_a_day_than_a_tablet_s_after_a_week():
    infusion = predict_course(parse("ketamine 0.5 mg/kg iv over 40 min once"), Body(70), 34, times_h=[24], patients=500)
    assert infusion.drug_fall.median[0] > 2 * 34 * antidepressant_course([1]).median[0]
