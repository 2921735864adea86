"""A value that stays beyond its limit says since when, and offers the call; that call is taken back as any other."""

import html

import pytest

from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services, session_page
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import MarkAnswer, answer_mark
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.web.test_gate import signed_in

WHY = "The button beside it was meant."


@pytest.fixture
def day(clinic: Clinic) -> Day:
    day = open_day(clinic)
    day.begin()
    return day


def page(day: Day, minute: float) -> session_page.SessionPage:
    return session_page.build(day.session, day.at(minute))


def shown(day: Day) -> str:
    return html.unescape(signed_in(day.clinic, Role.NURSE).get(f"/sessions/{day.session.pk}/").content.decode())


def answers(day: Day) -> str:
    return shown(day).split("One touch records what you do")[1].split("</fieldset>")[0]


def oxygen(day: Day, minute: float, value: float) -> None:
    day.read(minute, {Vital.SPO2: value})


def answer(day: Day, what: MarkAnswer, flag: Flag | None = None) -> Flag:
    found = flag or day.flags()[0]
    answer_mark(found, what, day.nurse, write_id=new_id())
    return found


class TestAValueThatStaysBeyond:
    def test_says_since_when_and_how_often_it_was_measured(self, day: Day) -> None:
        """Each recheck starts its clock anew: ten minutes of 88 must not look like two."""
        for minute, value in ((10, 88), (12, 87), (15, 88)):
            oxygen(day, minute, value)
            answer(day, MarkAnswer.RECHECK)
        oxygen(day, 20, 89)
        (mark,) = page(day, 21).waiting
        clock = page(day, 21).state.clock
        assert mark.stays == f"Beyond red since {clock(day.at(10))}, for 10 min: measured 4 times, never back."
        assert mark.stays in shown(day)

    def test_says_it_beside_what_was_answered_too(self, day: Day) -> None:
        oxygen(day, 10, 88)
        oxygen(day, 13, 88)
        answer(day, MarkAnswer.TOLD)
        (mark,) = page(day, 14).answered
        assert mark.stays
        assert mark.stays in shown(day)

    def test_begins_anew_once_a_value_was_back(self, day: Day) -> None:
        oxygen(day, 10, 88)
        answer(day, MarkAnswer.RECHECK)
        oxygen(day, 12, 96)
        oxygen(day, 15, 88)
        (mark,) = page(day, 16).waiting
        assert mark.stays == "", "measured once"

    def test_counts_for_red_from_red_and_not_from_amber(self, day: Day) -> None:
        day.systolic(5, 170)
        day.systolic(10, 190)
        day.systolic(12, 191)
        red, amber = page(day, 13).waiting
        assert "for 2 min: measured 2 times" in red.stays
        assert "for 7 min: measured 3 times" in amber.stays

    def test_of_an_emergency_counts_from_red(self, day: Day) -> None:
        """190 for ten minutes and then 205 is no event of this minute."""
        day.systolic(5, 170)
        day.systolic(10, 190)
        answer(day, MarkAnswer.RECHECK)
        day.systolic(20, 205)
        emergency = page(day, 21).waiting[0]
        assert emergency.is_emergency
        assert emergency.stays.startswith(f"Beyond red since {page(day, 21).state.clock(day.at(10))}, for 10 min")

    def test_before_the_dose_counts_from_the_gate(self, clinic: Clinic) -> None:
        day = open_day(clinic)
        for minute, value in ((-10, 165), (-5, 166)):
            day.systolic(minute, value)
        (mark,) = page(day, -4).waiting
        assert mark.stays.startswith("Beyond the gate since")

    def test_of_another_reading_that_was_no_true_value_is_not_counted(self, day: Day) -> None:
        oxygen(day, 10, 88)
        (wrong,) = day.read(12, {Vital.SPO2: 87})
        services.correct_reading(wrong, None, "The probe was off.", day.nurse, write_id=new_id())
        (mark,) = page(day, 13).waiting
        assert mark.stays == ""


class TestTheCallIsOffered:
    def test_in_red_after_the_recheck_and_not_in_amber(self, day: Day) -> None:
        day.systolic(5, 170)
        assert 'value="called"' not in answers(day)
        oxygen(day, 10, 88)
        assert answers(day).index('value="recheck"') < answers(day).index('value="called"')


class TestBothClocks:
    def test_a_recheck_is_counted_down_to_although_a_check_is_overdue(self, day: Day) -> None:
        """The check of ten minutes was left out; the oxygen of twelve is measured again in two."""
        oxygen(day, 12, 88)
        now = page(day, 13)
        assert now.state.check_is_overdue
        assert now.recheck == day.at(14)
        assert not now.recheck_comes_first
        lines = shown(day).split('id="live-clock"')[1].split('id="clock-waits"')[0]
        assert lines.index("Next check") < lines.index("Recheck")

    def test_the_sooner_stands_first(self, day: Day) -> None:
        oxygen(day, 1, 88)
        assert page(day, 2).recheck_comes_first


class TestACallTouchedByASlip:
    @pytest.fixture
    def event(self, day: Day) -> SessionEvent:
        oxygen(day, 10, 88)
        answer(day, MarkAnswer.CALLED)
        return day.session.events.get(data__what="emergency")

    def back(self, day: Day, event: SessionEvent, reason: str = WHY) -> None:
        services.take_back(day.session, event.pk, day.nurse, write_id=new_id(), reason=reason)

    def test_stands_in_the_session_like_that_of_the_card(self, day: Day, event: SessionEvent) -> None:
        assert event.data["words"] == "SpO₂ 88, below red 90"
        assert page(day, 301).called_at == event.occurred_at
        assert "How it came: Emergency called" in shown(day)

    def test_is_taken_back_with_a_reason_and_its_mark_asks_again(self, day: Day, event: SessionEvent) -> None:
        """Who reads “called” does not call: without it the value waits for an answer as before."""
        (flag,) = day.flags()
        with pytest.raises(Refusal, match="how it came"):
            self.back(day, event, reason="")
        self.back(day, event)
        assert page(day, 301).called_at is None
        closed = FlagEvent.objects.get(flag=flag, kind=FlagEvent.Kind.CLOSED)
        assert closed.action == f"Taken back that the emergency services were called: {WHY} Asked again."
        (again,) = day.flags()
        assert (again.title, again.subject, again.level) == (flag.title, flag.subject, Flag.Level.ACT)
        assert [each.flag for each in page(day, 301).waiting] == [again]
        lines = services.draft_note(day.session).splitlines()
        assert any("[was Emergency called: SpO₂ 88" in each and WHY.rstrip(".") in each for each in lines)

    def test_with_the_value_back_by_then_asks_nothing(self, day: Day, event: SessionEvent) -> None:
        oxygen(day, 12, 97)
        self.back(day, event)
        assert day.flags() == []

    def test_asks_once_where_it_was_asked_again_already(self, day: Day, event: SessionEvent) -> None:
        oxygen(day, 12, 87)
        (asked,) = day.flags()
        self.back(day, event)
        assert day.flags() == [asked]


def test_a_call_is_kept_although_somebody_else_ended_its_mark_meanwhile(day: Day) -> None:
    """It waited on a tablet: the ambulance is on its way all the same."""
    oxygen(day, 10, 88)
    flag = answer(day, MarkAnswer.RECHECK)
    oxygen(day, 12, 97)
    answer(day, MarkAnswer.CALLED, flag)
    assert page(day, 301).called_at is not None
