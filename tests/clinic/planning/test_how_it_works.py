"""The page that draws the mechanism: what is assumed looks assumed, and who may read it."""

import re

import numpy as np
import pytest
from django.urls import reverse

from daybreak import charts
from daybreak.charts import Line
from daybreak.clinic.planning import mechanism_drawings
from daybreak.clinic.record.permissions import Role
from daybreak.pharmacology.mechanism.steps import mechanism_steps
from daybreak.pharmacology.response.course import weeks_studied
from tests.clinic.people import Clinic
from tests.clinic.planning.test_pages import browser

WEEK_H = 7 * 24.0


def lines(chart: charts.Chart, name: str) -> list[Line]:
    return [mark for mark in chart.marks if isinstance(mark, Line) and mark.name.startswith(name)]


def test_a_line_is_solid_only_where_trials_measured() -> None:
    chart = mechanism_drawings.hours_and_weeks()
    for line in lines(chart, "Ketamine"):
        assert (line.dash == "guess") == (min(line.x) >= weeks_studied() * WEEK_H)
    for line in lines(chart, "Oral antidepressant"):
        assert (line.dash == "guess") == (max(line.x) <= WEEK_H)


def test_nothing_of_the_illustrated_chain_is_drawn_solid() -> None:
    drawn = [mark for mark in mechanism_drawings.chain().marks if isinstance(mark, Line)]
    assert len(drawn) == 6
    assert all(line.dash == "guess" for line in drawn)


def test_the_points_of_oral_antidepressants_are_weeks_and_those_of_ketamine_begin_within_hours() -> None:
    ketamine, oral = mechanism_drawings._ketamine_points(), mechanism_drawings._oral_points()
    assert min(ketamine[0]) <= 4
    assert min(oral[0]) >= WEEK_H
    assert np.all(np.diff(ketamine[0]) >= 0)


def test_a_trial_that_found_nothing_is_drawn_too() -> None:
    assert min(mechanism_drawings._ketamine_points()[1]) < 0


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.NURSE, Role.RESEARCHER, Role.DIRECTOR])
def test_every_finding_stands_on_the_page_with_its_source(clinic: Clinic, role: Role) -> None:
    page = browser(clinic.users[role]).get(reverse("how_it_works")).content.decode()
    for step in mechanism_steps():
        for finding in step.findings:
            assert finding.source.replace("'", "&#x27;") in page
    assert "Nobody knows how many receptors are blocked" in page


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.COORDINATOR, Role.PATIENT, Role.ADMINISTRATOR])
def test_it_is_for_clinicians_and_researchers(clinic: Clinic, role: Role) -> None:
    assert browser(clinic.users[role]).get(reverse("how_it_works")).status_code == 403


def test_the_rules_lead_to_it_for_those_who_may_read_it(clinic: Clinic) -> None:
    address = reverse("how_it_works")
    for role, leads in ((Role.RESEARCHER, True), (Role.NURSE, True), (Role.THERAPIST, False)):
        assert (address in browser(clinic.users[role]).get(reverse("rules")).content.decode()) is leads


def test_hours_against_weeks_says_its_intervals_and_where_the_trials_lie() -> None:
    """The line of an oral antidepressant runs above its own trials at eight weeks: the reader must see both."""
    says = mechanism_drawings.hours_and_weeks().description
    said = re.findall(r"(-?\d+) % \((-?\d+) to (-?\d+)(?:; trials (-?\d+) to (-?\d+))?\)", says)
    assert len(said) == 4, says
    assert all(int(low) <= int(middle) <= int(high) for middle, low, high, *_ in said)
    at_eight = said[-1]
    assert int(at_eight[4]) < int(at_eight[0])
