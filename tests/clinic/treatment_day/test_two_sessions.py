"""Nobody sits in two sessions at once, and what calls to act in one of them stands against the dose of the next, until
it was measured there and is within its limits.
"""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import open_course
from daybreak.clinic.record.times import clock
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Chair, Monitor, Session
from daybreak.clinic.treatment_day.seats import seats_of, versions_of_today
from daybreak.clinic.treatment_day.services.dosing import NotDosed
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic, another_course
from tests.clinic.treatment_day.day import BEFORE, TEN_WORDS, Day, make_plan, open_day
from tests.web.test_gate import signed_in

IN_RED = "calls_to_act"
EARLIER = "Measured at the door as the person went."


# Within red, and so the red mark of the day before may close; not within its limits.
STILL_AMBER = {Vital.HEART_RATE: 134}


def open_next(day: Day, minute: float, number: int = 2, values: Mapping[Vital, float] | None = None) -> Day:
    """The next session of the same person, with everything asked and measured a minute after its opening."""
    opened = services.open_session(day.clinic.course, number, None, day.nurse, write_id=new_id(), at=day.at(minute))
    following = Day(day.clinic, Session.objects.get(pk=opened.pk), day.at(minute))
    following.read(1, {**BEFORE, **(values or {})})
    following.clear_checks(1)
    return following


def left_in_red(day: Day) -> None:
    day.read(-10, {Vital.HEART_RATE: 148})
    day.do(services.leave, -5, reason="Wants to come back later.")


class TestASecondSessionOfSomebodyWhoseFirstIsOpen:
    def test_is_refused_and_the_page_leads_to_the_first(self, day: Day) -> None:
        client, chair = signed_in(day.clinic, Role.NURSE), Chair.objects.create(site=day.clinic.site, name="4")
        address = reverse("session_open", args=[day.clinic.course.pk])
        typed = {"write_id": str(new_id()), "number": 2, "chair": str(chair.pk)}
        answer = client.post(address, typed)
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "Session 1 of this person, opened at" in shown
        assert "is still open in chair 3. Go on in it" in shown
        assert "record there that they left, also as of then" in shown
        assert f'href="{reverse("session", args=[day.session.pk])}">To session 1</a>' in shown
        assert f'<option value="{chair.pk}" selected>' in shown
        assert Session.objects.count() == 1

    def test_of_another_course_too(self, day: Day) -> None:
        course = open_course(day.clinic.patient, "treatment_resistant_depression", day.clinic.actor(Role.COORDINATOR))
        make_plan(day.clinic, course=course)
        with pytest.raises(Refusal, match="Session 1 of another course of this person"):
            services.open_session(course, 1, None, day.nurse, write_id=new_id())

    def test_is_opened_once_the_first_is_left_as_of_then(self, day: Day) -> None:
        with pytest.raises(Refusal, match="still open"):
            open_next(day, 30)
        day.do(services.leave, 10)
        open_next(day, 30)

    def test_nor_is_the_leaving_of_the_first_taken_back_then(self, day: Day) -> None:
        left = day.do(services.leave, 10)
        open_next(day, 30)
        with pytest.raises(Refusal, match=r"Session 2 of this person, .* Nothing was taken back"):
            services.take_back(day.session, left.pk, day.nurse, write_id=new_id(), reason="The wrong chair.")


class TestARedMarkOfAnotherSession:
    def test_stands_against_the_dose_until_a_prescriber_writes_why(self, day: Day) -> None:
        left_in_red(day)
        following = open_next(day, 0, values=STILL_AMBER)
        with pytest.raises(NotDosed, match=r"Mark still open in session 1 of .*: Heart rate 148"):
            following.do(services.start_dose, 10)
        now = following.at(10)
        seen = seats_of(day.clinic.site, versions_of_today(day.clinic.site, now), now)
        assert [[each.check.id for each in seat.state.standing] for seat in seen if not seat.state.left] == [[IN_RED]]
        services.give_reason(
            following.session, IN_RED, TEN_WORDS, day.prescriber, write_id=new_id(), at=following.at(8)
        )
        assert following.do(services.start_dose, 10)

    def test_does_not_once_it_is_answered_there_and_the_value_is_back(self, day: Day) -> None:
        left_in_red(day)
        (flag,) = day.flags()
        services.answer_mark(flag, services.MarkAnswer.TOLD, day.nurse, write_id=new_id(), at=day.at(-3))
        day.read(-2, {Vital.HEART_RATE: 72}, why_outside=EARLIER)
        assert not open_next(day, 0, values=STILL_AMBER).state(10).standing

    def test_of_longer_ago_than_a_day_is_of_another_day(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=30)
        left_in_red(day)
        following = open_next(day, timedelta(hours=24, minutes=-15) / timedelta(minutes=1), values=STILL_AMBER)
        assert [each.check.id for each in following.state(3).standing] == [IN_RED]
        assert not [each for each in following.state(10).standing if each.check.id == IN_RED]


class TestMeasuredAgainInTheNextSession:
    """The mark asks for a recheck, and this is one: nobody types today's value into yesterday's session."""

    def test_within_its_limits_the_dose_goes_on_and_the_flag_stays_for_who_has_to_end_it(self, day: Day) -> None:
        left_in_red(day)
        following = open_next(day, 0)
        (flag,) = day.flags()
        now = following.at(10)
        seen = seats_of(day.clinic.site, versions_of_today(day.clinic.site, now), now)
        assert [seat.state.standing for seat in seen if not seat.state.left] == [()]
        assert following.do(services.start_dose, 10)
        assert day.flags() == [flag]

    def test_not_measured_or_still_amber_it_stands(self, day: Day) -> None:
        left_in_red(day)
        following = open_next(day, 0, values=STILL_AMBER)
        assert [each.check.id for each in following.state(3).standing] == [IN_RED]
        following.read(2, {Vital.SPO2: 98})
        assert [each.check.id for each in following.state(3).standing] == [IN_RED]
        following.read(4, {Vital.HEART_RATE: 76})
        assert not following.state(5).standing

    def test_struck_out_as_not_true_the_recheck_is_none(self, day: Day) -> None:
        left_in_red(day)
        following = open_next(day, 0)
        reading = following.session.readings.get(vital=Vital.HEART_RATE)
        services.correct_reading(reading, None, "probe fell off", day.nurse, write_id=new_id())
        assert IN_RED in [each.check.id for each in following.state(3).standing]

    def test_a_value_measured_before_the_mark_is_none(self, day: Day) -> None:
        left_in_red(day)
        following = open_next(day, 0, values=STILL_AMBER)
        services.correct_reading(
            following.session.readings.get(vital=Vital.HEART_RATE), None, "probe fell off", day.nurse, write_id=new_id()
        )
        following.read(-12, {Vital.HEART_RATE: 72}, why_outside="Measured in the corridor.")
        assert IN_RED in [each.check.id for each in following.state(3).standing]

    def test_of_a_monitor_only_what_comes_after_the_minutes_of_its_limit(self, day: Day) -> None:
        day.read(-3, {Vital.HEART_RATE: 148})
        day.do(services.leave, -2, reason="Wants to come back later.")
        following = open_next(day, -2, values=STILL_AMBER)
        monitor = Monitor.objects.create(site=day.clinic.site, identifier="BED-9")
        for minute, standing in ((1, [IN_RED]), (4, [])):
            following.read(minute, {Vital.HEART_RATE: 72}, monitor=monitor)
            assert [each.check.id for each in following.state(minute + 0.5).standing] == standing


def test_of_two_sessions_with_one_number_the_sentence_says_which_and_the_page_leads_there(clinic: Clinic) -> None:
    """Session 1 was left before any dose, so it has the same number as the one that is open now."""
    day = open_day(clinic, hours_ago=3)
    left_in_red(day)
    following = open_next(day, 0, number=1, values=STILL_AMBER)
    (stands,) = [each for each in following.state(3).standing if each.check.id == IN_RED]
    opened, left = timezone.localtime(day.session.opened_at), day.at(-5)
    where = f"in session 1 of {opened.day} {opened:%b}, left {clock(left, opened.date())}: Heart rate 148"
    assert where in stands.why
    assert "a value within its limits measured here is enough" in stands.resolves
    shown = signed_in(clinic, Role.NURSE).get(reverse("session", args=[following.session.pk])).content.decode()
    assert f'href="{reverse("session", args=[day.session.pk])}">To session 1 of {opened.day} {opened:%b}' in shown


def test_the_mark_of_one_person_does_not_stand_against_the_dose_of_another_on_the_board(day: Day) -> None:
    course = another_course(day.clinic)
    make_plan(day.clinic, course=course)
    opened = services.open_session(course, 1, None, day.nurse, write_id=new_id(), at=day.at(-15))
    other = Day(day.clinic, Session.objects.get(pk=opened.pk), day.zero)
    day.read(-10, {Vital.HEART_RATE: 148})
    other.read(-9, {**BEFORE, **STILL_AMBER})
    other.clear_checks(-8)
    now = day.at(0)
    standing = {
        seat.session.pk: IN_RED in [each.check.id for each in seat.state.standing]
        for seat in seats_of(day.clinic.site, versions_of_today(day.clinic.site, now), now)
    }
    assert standing == {day.session.pk: True, other.session.pk: False}
