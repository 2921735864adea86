"""A session is held against the limits its clinic had when it was opened."""

import pytest

from daybreak.clinic.record import own_limits
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import session_page, sheet
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day

AMBER = "TH1-systolic-amber-at_least"


def write(clinic: Clinic, value: float | None) -> None:
    own_limits.set_limits(
        clinic.site, {AMBER: value}, "Older people here.", clinic.actor(Role.DIRECTOR), write_id=new_id()
    )


@pytest.fixture
def day(clinic: Clinic) -> Day:
    write(clinic, 150)
    return open_day(clinic)


def test_a_value_beyond_the_clinics_own_limit_is_marked_and_the_page_says_whose_number_it_is(day: Day) -> None:
    day.begin()
    day.systolic(5, 152)
    (flag,) = day.flags()
    assert flag.title == "Systolic 152, above amber 150"
    page = session_page.build(day.session, day.at(6))
    (mark,) = page.waiting
    assert (mark.limit.value, mark.limit.published) == (150, 160)


def test_without_an_own_limit_the_same_value_is_not_marked(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.systolic(5, 152)
    assert day.flags() == []


def test_a_session_keeps_the_limits_it_was_opened_with(day: Day) -> None:
    write(day.clinic, None)
    day.begin()
    day.systolic(5, 152)
    assert [flag.title for flag in day.flags()] == ["Systolic 152, above amber 150"]


def test_a_recheck_waits_until_the_value_is_back_within_the_own_limit(day: Day) -> None:
    """148 is back for a limit of 150; 152 is beyond it still, though below the published 160."""
    day.begin()
    day.systolic(1, 155)
    assert session_page.build(day.session, day.at(2)).recheck == day.at(6)
    day.systolic(3, 152)
    assert session_page.build(day.session, day.at(4)).recheck == day.at(8)
    day.systolic(5, 148)
    assert session_page.build(day.session, day.at(6)).recheck is None


def test_the_blank_sheet_prints_the_clinics_own(day: Day) -> None:
    day.begin()
    state = day.state(1)
    amber = [each.value for each in state.session_limits.of(Vital.SYSTOLIC) if each.id == AMBER]
    assert amber == [150]
    printed = sheet.blank("ketamine-iv", day.clinic.site)
    assert any(limit.startswith("100–149") for _, limit, _ in printed.columns)  # 150 is amber itself
