"""Another dose of the last day that was given here is known: nobody answers it away."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.planning.queries import planned_session
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services, session_page
from daybreak.clinic.treatment_day.known_answers import OTHER_KETAMINE_CHECK, TOO_EARLY_CHECK
from daybreak.clinic.treatment_day.models import Chair, Session
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, Day, open_day
from tests.web.test_gate import signed_in


@pytest.fixture
def first(clinic: Clinic) -> Day:
    return open_day(clinic, hours_ago=30)


def again(first: Day, minute: float) -> Day:
    """The next session of the same person, so many minutes after the first dose would begin, all asked."""
    chair, nurse = Chair.objects.get(), first.clinic.actor(Role.NURSE)
    session = services.open_session(first.clinic.course, 2, chair, nurse, write_id=new_id(), at=first.at(minute - 20))
    second = Day(first.clinic, Session.objects.get(pk=session.pk), first.at(minute))
    second.read(-5)
    second.clear_checks()
    return second


def refusals(day: Day, minute: float) -> list[str]:
    return [each.check.id for each in day.state(minute).standing]


def test_a_second_dose_on_the_same_day_takes_a_prescribers_reason(first: Day) -> None:
    first.begin()
    first.do(services.stop, 3)
    first.do(services.leave, 5, reason="Wants to go.")
    second = again(first, 60)
    assert second.state(0).answers[OTHER_KETAMINE_CHECK].yes is False
    assert refusals(second, 0) == [OTHER_KETAMINE_CHECK]
    with pytest.raises(Refusal, match=r"Other ketamine in the last 24 hours: session 1, dose begun"):
        second.do(services.start_dose, 0)
    services.give_reason(
        second.session,
        OTHER_KETAMINE_CHECK,
        "The first was broken off after three minutes; the rest today as discussed.",
        second.prescriber,
        write_id=new_id(),
        at=second.at(1),
    )
    assert second.do(services.start_dose, 2)


def test_it_is_known_for_a_day_and_no_longer(first: Day) -> None:
    first.begin()
    first.do(services.leave, 150, reason="Too late, wants home.")
    second = again(first, 25 * 60)
    assert refusals(second, 0) == []


def test_a_session_without_a_dose_and_a_start_taken_back_are_no_dose(first: Day) -> None:
    first.begin()
    first.do(services.take_back_start, 1, reason="The wrong chair.")
    first.do(services.leave, 5, reason="Another day.")
    assert refusals(again(first, 60), 0) == []


def test_a_session_on_another_day_than_planned_says_so(first: Day) -> None:
    first.do(services.leave, 5, reason="Another day.")
    second = again(first, 60)
    planned = planned_session(second.session.plan, 2).day
    nurse = signed_in(first.clinic, Role.NURSE)
    assert (
        f"The plan has session 2 on {planned.day} {planned:%b %Y}"
        in nurse.get(f"/sessions/{second.session.pk}/").content.decode()
    )


def test_what_stands_against_a_dose_is_not_told_as_if_it_were_absent(first: Day) -> None:
    """ "Not met" beside "Any other ketamine?" would read as "none"."""
    services.answer_check(first.session, OTHER_KETAMINE_CHECK, True, first.nurse, write_id=new_id(), at=first.at(-5))
    rows = {row.check.id: row for row in session_page.build(first.session, first.at(-4)).checks}
    assert (rows[OTHER_KETAMINE_CHECK].state, rows[OTHER_KETAMINE_CHECK].word) == ("not_met", "Against it")
    assert all(row.word == "" for row in rows.values() if row.check.clears)


def test_where_nothing_is_known_it_is_asked(first: Day) -> None:
    assert OTHER_KETAMINE_CHECK in refusals(first, 0)


class TestTwoSprayDaysInAWeek:
    """The label: twice a week at most. What was held here is known, whatever is answered."""

    def held(self, clinic: Clinic, *days_ago: float) -> Day:
        """Sessions of a spray so many days ago, and one that is open now with every check asked."""
        day = open_day(clinic, NASAL, hours_ago=days_ago[0] * 24)
        for number, ago in enumerate(days_ago, start=1):
            if number > 1:
                day = self.opened(day, number, timezone.now() - timedelta(days=ago))
            day.begin()
            day.do(services.leave, 130, reason="Feels well, the taxi waits.")
        today = self.opened(day, len(days_ago) + 1, timezone.now() - timedelta(minutes=5))
        today.read(-2)
        today.clear_checks(-2)
        return today

    def opened(self, day: Day, number: int, zero: datetime) -> Day:
        session = services.open_session(
            day.clinic.course, number, None, day.nurse, write_id=new_id(), at=zero - timedelta(minutes=20)
        )
        return Day(day.clinic, Session.objects.get(pk=session.pk), zero)

    def test_stand_against_a_third_although_no_was_answered(self, clinic: Clinic) -> None:
        today = self.held(clinic, 5, 3)
        assert today.state(0).answers[TOO_EARLY_CHECK].yes is False
        (standing,) = [each for each in today.state(0).standing if each.check.id == TOO_EARLY_CHECK]
        first, second = (timezone.localdate() - timedelta(days=days) for days in (5, 3))
        assert standing.why == (
            f"Held here in the last 7 days: session 1 on {first.day} {first:%b}, session 2 on {second.day} {second:%b}."
        )
        with pytest.raises(Refusal, match="Held here in the last 7 days"):
            today.do(services.start_dose, 0)
        services.give_reason(
            today.session, TOO_EARLY_CHECK, "The second was broken off after one device, as discussed.",
            today.prescriber, write_id=new_id(), at=today.at(1),
        )  # fmt: skip
        assert today.do(services.start_dose, 2)

    def test_an_answer_against_the_record_is_kept_with_what_the_record_says(self, clinic: Clinic) -> None:
        today = self.held(clinic, 5, 3)
        said = services.answer_check(today.session, TOO_EARLY_CHECK, False, today.nurse, write_id=new_id())
        assert said.data["record_says"].startswith("Held here in the last 7 days: session 1")
        assert TOO_EARLY_CHECK in refusals(today, 6)

    def test_the_same_weekday_a_week_ago_is_not_within_the_seven_days(self, clinic: Clinic) -> None:
        assert TOO_EARLY_CHECK not in refusals(self.held(clinic, 7, 3), 0)

    def test_one_this_week_is_asked_as_before(self, clinic: Clinic) -> None:
        assert refusals(self.held(clinic, 3), 0) == []


def test_an_infusion_is_not_asked_about_the_spray(first: Day) -> None:
    assert TOO_EARLY_CHECK not in {check.id for check in first.state(0).checks}
