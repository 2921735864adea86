"""Nobody sits in two sessions at once, and what calls to act in one of them stands against the dose of the next."""

from datetime import timedelta

import pytest
from django.urls import reverse

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import open_course
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Chair, Session
from daybreak.clinic.treatment_day.seats import seats_of, versions_of_today
from daybreak.clinic.treatment_day.services.dosing import NotDosed
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import TEN_WORDS, Day, make_plan, open_day
from tests.web.test_gate import signed_in

IN_RED = "calls_to_act"
EARLIER = "Measured at the door as the person went."


def open_next(day: Day, minute: float, number: int = 2) -> Day:
    """The next session of the same person, with everything asked and measured a minute after its opening."""
    opened = services.open_session(day.clinic.course, number, None, day.nurse, write_id=new_id(), at=day.at(minute))
    following = Day(day.clinic, Session.objects.get(pk=opened.pk), day.at(minute))
    following.read(1)
    following.clear_checks(1)
    return following


def left_in_red(day: Day) -> None:
    day.read(-10, {Vital.SPO2: 86})
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
        following = open_next(day, 0)
        with pytest.raises(NotDosed, match="Mark still open in session 1: SpO₂ 86"):
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
        day.read(-2, {Vital.SPO2: 97}, why_outside=EARLIER)
        assert not open_next(day, 0).state(10).standing

    def test_of_longer_ago_than_a_day_is_of_another_day(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=30)
        left_in_red(day)
        following = open_next(day, timedelta(hours=24, minutes=-15) / timedelta(minutes=1))
        assert [each.check.id for each in following.state(3).standing] == [IN_RED]
        assert not [each for each in following.state(10).standing if each.check.id == IN_RED]
