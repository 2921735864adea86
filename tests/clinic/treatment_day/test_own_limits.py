"""A session is held against the limits its clinic had when it was opened."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.record import own_limits
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import board, services, session_page, sheet
from daybreak.clinic.treatment_day.glance import Cell
from daybreak.clinic.treatment_day.state import Reason, SessionState
from daybreak.treatment.findings import State
from daybreak.treatment.vitals import Reading, Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, TEN_WORDS, Day, open_day
from tests.web.test_gate import signed_in

AMBER, RED = "TH1-systolic-amber-at_least", "TH1-systolic-red-at_least"


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
    assert "systolic 100–149, diastolic to 99" in [limit for _, limit, _ in printed.columns]  # 150 is amber itself


def test_a_looser_limit_marks_later_and_lets_nobody_leave_on_it(clinic: Clinic) -> None:
    """84 % after 98 is not as before the dose, whatever number a clinic marks at; a stricter one of its own counts."""
    looser = {"TH5-spo2-amber-below": 80, "TH5-spo2-red-below": 79}
    own_limits.set_limits(clinic.site, looser, TEN_WORDS, clinic.actor(Role.DIRECTOR), write_id=new_id())
    day = open_day(clinic)
    day.begin()
    day.do(services.stop, 40)
    day.read(290, {**BEFORE, Vital.SPO2: 84})
    assert day.flags() == []
    services.check_criterion(day.session, "breathing_and_heart", True, day.nurse, write_id=new_id(), at=day.at(291))
    (criterion,) = (each for each in day.state(292).criteria if each.id == "breathing_and_heart")
    assert criterion.state is State.NOT_MET
    assert "SpO₂ 84, below red 90." in criterion.detail


def test_a_looser_limit_lets_no_reason_cover_a_worse_value_that_came_later() -> None:
    """Why 150 before the dose is no hindrance says nothing of 182."""
    at = timezone.now()
    reason, worse = Reason(TEN_WORDS, at, recorded_at=at), Reading(Vital.SYSTOLIC, 182, at + timedelta(minutes=1))
    for own in ((), ((RED, 190.0),)):
        state = SessionState(
            now=worse.at, jurisdiction="US", planned=(), reasons={"pressure_gate": reason}, readings=(worse,), own=own
        )
        assert state.reasons_that_count == {}


class TestALooserLimitIsNeverUsedSilently:
    """175 in place of 160: who watches the chair reads both, and who set it and why."""

    @pytest.fixture
    def day(self, clinic: Clinic) -> Day:
        values = {AMBER: 175, "TH4-heart_rate-amber-above": 100}
        director = replace(clinic.actor(Role.DIRECTOR), at=timezone.now() - timedelta(days=1))
        own_limits.set_limits(clinic.site, values, TEN_WORDS, director, write_id=new_id())
        day = open_day(clinic)
        day.begin()
        return day

    def pressure(self, day: Day) -> Cell:
        return session_page.build(day.session, day.at(6)).glance.cells[0]

    def test_a_value_that_only_the_published_limit_marks_says_so_beside_it(self, day: Day) -> None:
        day.systolic(5, 165)
        assert day.flags() == []
        cell = self.pressure(day)
        assert (cell.mark, cell.beyond) == (None, "published: above amber 160; here 175")
        assert (cell.within, cell.published) == ("100–174/to 99", "100–159/to 99")

    def test_a_value_that_neither_marks_says_nothing(self, day: Day) -> None:
        day.systolic(5, 150)
        assert self.pressure(day).beyond == ""

    def test_the_board_says_it_at_the_chair(self, day: Day) -> None:
        day.systolic(5, 165)
        (row,) = board.now(day.clinic.site, day.at(6)).rows
        assert row.beyond == ("Systolic 165, published: above amber 160; here 175",)

    def test_the_page_names_who_set_it_when_and_why_and_the_mark_does_too(self, day: Day) -> None:
        day.systolic(5, 178)
        page = signed_in(day.clinic, Role.NURSE).get(reverse("session", args=[day.session.pk])).content.decode()
        assert "Systolic amber 175, published 160" in page
        said = f"“{TEN_WORDS}”"
        assert page.count(said) == 2  # below the values, and beside the mark
        assert "Set by A synthetic medical director on" in page

    def test_a_number_that_marks_earlier_is_not_called_looser(self, day: Day) -> None:
        page = session_page.build(day.session, day.at(6))
        assert [each.short for each in page.looser] == ["Systolic amber 175, published 160"]
        assert len(page.own_limits) == 2

    def test_who_set_it_is_who_did_before_the_session_was_opened(self, day: Day) -> None:
        write(day.clinic, 150)
        later = "Another director writes it again, later today, with more than ten words."
        own_limits.set_limits(day.clinic.site, {AMBER: 175}, later, day.clinic.actor(Role.DIRECTOR), write_id=new_id())
        assert {each.word.reason for each in session_page.build(day.session, day.at(6)).own_limits} == {TEN_WORDS}

    def test_the_blank_sheet_prints_the_published_behind_it(self, day: Day) -> None:
        printed = [limit for _, limit, _ in sheet.blank("ketamine-iv", day.clinic.site).columns]
        assert printed[0] == "systolic 100–174, diastolic to 99 (published: systolic 100–159, diastolic to 99)"
        assert printed[2] == "from 94"

    def test_the_pages_of_limits_and_rules_show_both_numbers(self, day: Day) -> None:
        director = signed_in(day.clinic, Role.DIRECTOR)
        assert "published 160" in director.get(reverse("limits")).content.decode()
        assert "Systolic amber 175, published 160" in director.get(reverse("rules")).content.decode()

    def test_a_clinic_without_looser_numbers_asks_the_database_no_more(
        self, clinic: Clinic, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            assert own_limits.set_here(clinic.site.pk, (), timezone.now()) == ()
