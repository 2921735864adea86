"""An infusion that went on after a stop of earlier runs or is paused, as it was touched last, and all say the same."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.letters.about_session import given
from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.pharmacy.models import Use
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.clinic.treatment_day.test_done_offline import _waited
from tests.clinic.treatment_day.test_pages import page, post, signed_in

MG_PER_MIN = 35 / 40
STOPS = SessionEvent.objects.filter(kind=SessionEvent.Kind.DOSE_STOPPED)
WHY = "It had run dry by then."


def clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


@pytest.fixture
def held(clinic: Clinic) -> Day:
    """Started at 0, paused at 4, resumed at 6, paused at 8."""
    day = open_day(clinic, hours_ago=0.5)
    day.begin()
    day.do(services.pause, 4)
    day.do(services.resume, 6)
    day.do(services.pause, 8)
    return day


class TestAPauseAfterAnInfusionWentOn:
    @pytest.fixture
    def went_on(self, held: Day) -> Day:
        """A stop of 2 comes late, from another tablet."""
        held.do(services.stop, 2)
        return held

    def test_holds_it_and_what_ran_until_then_counts(self, went_on: Day) -> None:
        assert went_on.state(6.5).phase is Phase.RUNNING
        for minute in (9, 20):
            assert went_on.state(minute).phase is Phase.PAUSED
            assert went_on.state(minute).given_mg == pytest.approx((2 + 2) * MG_PER_MIN)

    def test_counts_at_the_next_stop_in_page_note_letter_and_drug_account(self, went_on: Day) -> None:
        day = went_on
        assert post(signed_in(day.clinic), day, "stop").status_code == 200
        state, mg = day.state(), 4 * MG_PER_MIN
        assert state.phase is Phase.STOPPED
        assert state.given_mg == pytest.approx(mg)
        assert session_page.build(day.session, timezone.now()).given_mg == "3.5"
        assert "3.5 mg given" in page(signed_in(day.clinic), day)
        assert "Given: ketamine iv 3.5 mg." in services.draft_note(day.session)
        assert "Ketamine iv 3.5 mg from" in given(queries.record(day.session), state)
        drug_account.tell_now(day.session.pk, day.nurse, timezone.now())
        assert pharmacy.account(Use.objects.get(pk=day.session.pk)).given == round(mg * 1000)

    def test_lets_it_be_resumed_and_its_rate_be_changed(self, went_on: Day) -> None:
        went_on.do(services.change_rate, 9, ml_per_h=26.25)
        went_on.do(services.resume, 10)
        assert went_on.state(14).phase is Phase.RUNNING
        assert went_on.state(14).given_mg == pytest.approx((4 + 4 / 2) * MG_PER_MIN)

    def test_leaves_the_stop_of_earlier_open_to_be_taken_back(self, went_on: Day) -> None:
        (line,) = [each for each in session_page.build(went_on.session, timezone.now()).moments if each.takes_reason]
        assert line.one_touch == STOPS.get().pk


class TestAStopTypedAsOfBeforeWhatIsRecordedOfTheInfusion:
    def test_names_it_and_records_nothing(self, held: Day) -> None:
        said = post(signed_in(held.clinic), held, "stop", clock=clock(held.at(2))).json()["refused"]
        for what, minute in (("Paused", 4), ("Resumed", 6), ("Paused", 8)):
            assert f"{what} {clock(held.at(minute))}" in said
        assert "leave the time empty" in said
        assert not STOPS.exists()
        assert held.state(10).given_mg == pytest.approx((4 + 2) * MG_PER_MIN)

    def test_takes_words_only_once_it_was_read(self, held: Day) -> None:
        nurse, typed = signed_in(held.clinic), clock(held.at(2))
        assert post(nurse, held, "stop", clock=typed, words="She was in distress.").status_code == 422
        assert post(nurse, held, "stop", clock=typed, words=" ").status_code == 422
        assert post(nurse, held, "stop", clock=typed, words=WHY).status_code == 200
        (line,) = [each for each in services.draft_note(held.session).splitlines() if WHY.rstrip(".") in each]
        assert f"Paused {clock(held.at(4))}" in line

    @pytest.mark.parametrize("minute", [None, 8, 9])
    def test_is_not_asked_about_now_in_its_minute_or_after_it(self, held: Day, minute: int | None) -> None:
        typed = {} if minute is None else {"clock": clock(held.at(minute))}
        assert post(signed_in(held.clinic), held, "stop", **typed).status_code == 200
        assert held.state().given_mg == pytest.approx((4 + 2) * MG_PER_MIN)

    def test_that_waited_without_a_network_is_kept(self, held: Day) -> None:
        sent = {"at": held.at(20).isoformat(), "clock": clock(held.at(2))}
        assert "saved" in _waited(signed_in(held.clinic), held, "stop", **sent)

    def test_of_a_rate_it_is_asked_too(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=0.5)
        day.begin()
        day.do(services.change_rate, 5, ml_per_h=40)
        said = post(signed_in(clinic), day, "stop", clock=clock(day.at(3))).json()["refused"]
        assert f"Pump rate changed {clock(day.at(5))}" in said


def test_typed_in_the_minute_of_a_pause_a_stop_comes_after_it(day: Day) -> None:
    day.begin()
    minute = day.at(10).replace(second=0, microsecond=0)
    paused = minute + timedelta(seconds=30)
    day.do(services.pause, (paused - day.zero) / timedelta(minutes=1))
    assert post(signed_in(day.clinic), day, "stop", clock=clock(minute)).status_code == 200
    assert day.state().given_mg == pytest.approx((paused - day.zero) / timedelta(minutes=1) * MG_PER_MIN)
