"""A stop touched by a slip, while the pump runs on, is taken back: the amount follows, and both stay in the record."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.pharmacy.models import Use
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day import test_pages as pages
from tests.clinic.treatment_day.day import BEFORE, NASAL, TEN_WORDS, Day, open_day
from tests.web.test_gate import signed_in

WHY = "The wrong chair; the pump here runs on."


@pytest.fixture
def day(clinic: Clinic) -> Day:
    day = open_day(clinic)
    day.begin()
    return day


def back(day: Day, event: SessionEvent, minute: float, reason: str = WHY) -> SessionEvent:
    return services.take_back(day.session, event.pk, day.nurse, write_id=new_id(), at=day.at(minute), reason=reason)


def page(day: Day, minute: float) -> session_page.SessionPage:
    return session_page.build(day.session, day.at(minute))


class RecordedThen(Day):
    """A day of which everything was recorded as it happened, hours ago."""

    @property
    def nurse(self) -> Actor:
        return replace(super().nurse, at=self.at(20))


class TestAStopTakenBack:
    def test_lets_the_dose_run_as_if_it_had_not_been(self, day: Day) -> None:
        stop = day.do(services.stop, 20)
        assert day.state(30).phase is Phase.STOPPED
        back(day, stop, 22)
        for minute, mg in ((21, 18.375), (30, 26.25)):
            assert day.state(minute).phase is Phase.RUNNING
            assert day.state(minute).given_mg == pytest.approx(mg)
        assert day.state(30).ends_at == day.at(40)
        assert day.state(41).end_waits
        assert page(day, 30).can_stop

    def test_takes_the_true_end_and_what_is_typed_late_of_the_time_between(self, day: Day) -> None:
        back(day, day.do(services.stop, 10), 30)
        day.do(services.pause, 20)
        day.do(services.resume, 25)
        day.do(services.stop, 35)
        assert day.state(36).given_mg == pytest.approx(35 * 30 / 40)

    def test_stands_in_the_record_struck_through(self, day: Day) -> None:
        back(day, day.do(services.stop, 20, reason="distress"), 22)
        (line,) = [each for each in services.draft_note(day.session, day.at(30)).splitlines() if "Stopped" in each]
        assert "by A synthetic session nurse: The wrong chair; the pump here runs on" in line
        assert "[was Stopped, 17.5 of 35 mg given]" in line

    def test_leaves_no_trace_in_a_later_stop_which_is_the_end(self, day: Day) -> None:
        back(day, day.do(services.stop, 20), 22)
        day.do(services.stop, 30)
        lines = services.draft_note(day.session, day.at(31)).splitlines()
        assert not [each for each in lines if "Stop touched again" in each]
        assert [each for each in lines if "Stopped, 26.2" in each or "Stopped, 26.3" in each]

    def test_takes_its_amount_out_of_the_drug_account_until_the_true_end(self, day: Day) -> None:
        def given() -> int:
            drug_account.tell_now(day.session.pk, day.nurse, timezone.now())
            return pharmacy.account(Use.objects.get(pk=day.session.pk)).given

        stop = day.do(services.stop, 20)
        assert given() == 17_500
        back(day, stop, 22)
        assert given() == 0
        day.do(services.stop, 30)
        assert given() == 26_250

    def test_of_which_the_account_was_not_told_is_told_by_the_clock(
        self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        day = open_day(clinic)
        earlier = RecordedThen(clinic, day.session, day.zero)  # nothing else was recorded lately
        earlier.begin()
        stop = earlier.do(services.stop, 20)
        assert pharmacy.account(Use.objects.get(pk=day.session.pk)).given == 17_500
        with monkeypatch.context() as patch:
            patch.setattr(drug_account, "tell", lambda *_: None)  # killed between commit and telling
            back(day, stop, 22)
        drug_account.catch_up(timezone.now())
        assert pharmacy.account(Use.objects.get(pk=day.session.pk)).given == 0

    def test_lets_the_next_device_be_given(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        stop = day.do(services.stop, 2)
        assert page(day, 3).next_device is None
        back(day, stop, 3)
        assert page(day, 4).next_device == 2

    def test_answers_the_question_what_went_on_after_it(self, day: Day) -> None:
        """The stop waited on a tablet while somebody else resumed: it was meant for another chair."""
        day.do(services.pause, 8)
        day.do(services.resume, 12)
        stop = day.do(services.stop, 10)
        (flag,) = Flag.objects.filter(kind=queries.WENT_ON)
        back(day, stop, 14)
        assert FlagEvent.objects.get(flag=flag).action.startswith("The stop was taken back")
        assert day.state(20).phase is Phase.RUNNING


class TestAStopOfTwoPeopleTakenBack:
    """Both touched Stop within a minute: it is one line, and taken back as one."""

    @pytest.fixture
    def stops(self, day: Day) -> list[SessionEvent]:
        first = day.do(services.stop, 20, reason="distress")
        again = {"write_id": new_id(), "at": day.at(20.2), "reason": "pressure"}
        return [first, services.stop(day.session, day.prescriber, **again)]

    @pytest.mark.parametrize("touched", [0, 1])
    def test_lets_the_dose_run_on_and_both_stay_struck_through(
        self, day: Day, stops: list[SessionEvent], touched: int
    ) -> None:
        back(day, stops[touched], 22)
        assert day.state(30).phase is Phase.RUNNING
        assert {each.corrects_id for each in day.session.events.exclude(corrects=None)} == {each.pk for each in stops}
        lines = [each for each in services.draft_note(day.session, day.at(30)).splitlines() if "Stopped, " in each]
        assert len(lines) == 2
        assert all("taken back at" in each for each in lines)
        assert "distress" in "".join(lines)
        assert "pressure" in "".join(lines)

    def test_is_one_write_also_when_it_is_sent_twice(self, day: Day, stops: list[SessionEvent]) -> None:
        once = {"write_id": new_id(), "at": day.at(22), "reason": WHY}
        for _ in range(2):
            services.take_back(day.session, stops[0].pk, day.nurse, **once)
        assert day.session.events.exclude(corrects=None).count() == 2

    def test_leaves_a_stop_of_much_later_which_is_then_the_end(self, day: Day, stops: list[SessionEvent]) -> None:
        day.do(services.stop, 26)
        back(day, stops[0], 27)
        assert day.state(30).stopped_at == day.at(26)


class TestItIsRefused:
    def test_without_a_reason_and_a_second_time(self, day: Day) -> None:
        stop = day.do(services.stop, 20)
        with pytest.raises(Refusal, match="how it came"):
            back(day, stop, 21, reason=" ")
        back(day, stop, 22)
        with pytest.raises(Refusal, match="already"):
            back(day, stop, 23)

    def test_once_the_person_left(self, day: Day) -> None:
        stop = day.do(services.stop, 20)
        day.do(services.leave, 25, reason="Feels well.")
        with pytest.raises(Refusal, match=r"has left\. If another amount was given"):
            back(day, stop, 26)

    def test_once_an_amount_was_stated(self, day: Day) -> None:
        stop = day.do(services.stop, 20)
        assert page(day, 20).state.stop_is_open
        stated = day.do(services.correct_amount, 21, mg=18)
        assert not page(day, 22).state.stop_is_open  # so the page does not offer it
        with pytest.raises(Refusal, match="18 mg were stated"):
            back(day, stop, 22)
        with pytest.raises(Refusal, match="Only Nausea"):
            back(day, stated, 22)

    def test_where_its_dose_was_taken_back(self, day: Day) -> None:
        stop = day.do(services.stop, 2)
        day.do(services.take_back_start, 3, reason="The wrong chair.")
        with pytest.raises(Refusal, match="That dose was taken back"):
            back(day, stop, 4)


class TestWithARedMarkOpen:
    """The pump went on, so it is taken; but whoever says so has read what is open."""

    @pytest.fixture
    def in_red(self, day: Day) -> SessionEvent:
        day.read(15, {**BEFORE, Vital.SPO2: 84})
        return day.do(services.stop, 20)

    def test_it_names_the_mark_and_takes_ten_words_and_the_note_tells_both(
        self, day: Day, in_red: SessionEvent
    ) -> None:
        with pytest.raises(Refusal, match=r"SpO₂ 84, below red.*at least ten words.*Nothing was taken back"):
            back(day, in_red, 22)
        assert day.state(23).phase is Phase.STOPPED
        back(day, in_red, 22, reason=TEN_WORDS)
        assert day.state(23).phase is Phase.RUNNING
        (line,) = [each for each in services.draft_note(day.session, day.at(24)).splitlines() if "Stopped" in each]
        assert TEN_WORDS.rstrip(".") in line
        assert "Open then: SpO₂ 84" in line

    def test_what_waited_without_a_network_is_kept_and_the_prescriber_hears_of_it(
        self, day: Day, in_red: SessionEvent
    ) -> None:
        how = {"write_id": new_id(), "at": day.at(22), "reason": WHY, "waited": True}
        event = services.take_back(day.session, in_red.pk, day.nurse, **how)
        assert day.state(23).phase is Phase.RUNNING
        assert "SpO₂ 84" in event.data["against"][0]
        (flag,) = Flag.objects.filter(kind=queries.AGAINST_CHECKS, subject=day.session.pk)
        assert flag.owner == day.clinic.users[Role.PRESCRIBER]
        assert "Stop taken back" in flag.title

    def test_of_a_dose_that_has_another_end_it_asks_nothing_more(self, day: Day, in_red: SessionEvent) -> None:
        day.do(services.stop, 30)
        back(day, in_red, 32)
        assert day.state(33).stopped_at == day.at(30)

    def test_the_page_says_so_and_then_takes_it(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=0.5)
        day.begin()
        day.read(15, {**BEFORE, Vital.SPO2: 84})
        stop, nurse = day.do(services.stop, 20), pages.signed_in(clinic)
        assert "SpO₂ 84" in pages.post(nurse, day, "take_back", of=stop.pk, reason=WHY).json()["refused"]
        assert pages.post(nurse, day, "take_back", of=stop.pk, reason=TEN_WORDS).status_code == 200


def test_the_page_offers_it_beside_the_end_and_in_its_line(clinic: Clinic) -> None:
    day = open_day(clinic, hours_ago=0.5)
    day.begin()
    address, nurse = reverse("session", args=[day.session.pk]), signed_in(clinic, Role.NURSE)
    stop = day.do(services.stop, 20)
    shown = nurse.get(address).content.decode()
    assert "If it still runs, take the stop back" in shown
    assert f'name="of" value="{stop.pk}"' in shown
    typed = {"write_id": str(new_id()), "of": str(stop.pk), "reason": WHY}
    assert nurse.post(reverse("session_take_back", args=[day.session.pk]), typed).status_code == 302
    shown = nurse.get(address).content.decode()
    assert "<s>Stopped, 17.5 of 35 mg given</s> taken back at" in shown
    assert "take the stop back" not in shown
    assert f'name="of" value="{stop.pk}"' not in shown
    assert day.state().ends_at - day.at(40) < timedelta(seconds=1)
