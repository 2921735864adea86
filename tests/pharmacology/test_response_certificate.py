"""The certificate of accuracy, over drawn people with their extremes."""

import pytest

from daybreak.pharmacology.body import Body
from daybreak.pharmacology.response.certificate import certify
from daybreak.treatment.regimen_language import parse

REGIMENS = (
    "ketamine 0.5 mg/kg iv over 40 min three times weekly for 2 weeks",
    "esketamine 56 mg nasal once, then 84 mg twice weekly for 4 weeks",
    "ketamine 2112 mg iv over 96 h, once",  # for days: the panels may not grow while it runs
)


@pytest.mark.parametrize("words", REGIMENS)
def test_courses_are_exact_far_beyond_what_is_known(words):
    found = certify(parse(words), Body(70), [2, 24, 168, 336, 672], patients=200, seed=7)
    assert found.worst < 1e-6
    assert found.percentile_99 < 1e-7


@pytest.mark.parametrize("words", REGIMENS)
def test_hours_inside_a_panel_are_as_exact_in_whom_benefits_come_and_go_fast(words):
    found = certify(parse(words), Body(70), range(673), patients=120, seed=7)
    assert found.worst < 1e-6
    assert found.percentile_99 < 1e-7
