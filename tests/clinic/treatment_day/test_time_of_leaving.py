"""When somebody left is when they left, not when it was touched: letter, call and form rest on it."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from daybreak.clinic.followup import calls
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.times import clock_today
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.follow_up import CallKind
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, NASAL, Day, open_day
from tests.clinic.treatment_day.test_done_offline import _waited
from tests.clinic.treatment_day.test_pages import page, post
from tests.web.test_gate import signed_in

LEFT = SessionEvent.objects.filter(kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True)


def boxes(day: Day) -> str:
    """The dialog Leaves as it stands on the page."""
    return (
        page(signed_in(day.clinic, Role.NURSE), day).split('<dialog class="dialog" id="leave"')[1].split("</dialog>")[0]
    )


def typed(at: datetime) -> dict[str, str]:
    local = timezone.localtime(at)
    return {"day": f"{local:%Y-%m-%d}", "clock": f"{local:%H:%M}", "reason": "Feels well."}


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def test_the_time_of_leaving_may_be_typed_and_without_one_is_now(day: Day) -> None:
    day.begin()
    form = boxes(day)
    (clock,) = re.findall(r'<input id="leave-clock"[^>]*>', form)
    (of_day,) = re.findall(r'<input id="leave-clock-day"[^>]*>', form)
    assert 'name="clock"' in clock
    assert not re.search(r"\srequired", clock.replace("data-asked-if-left", "")), "leaving now asks for no time"
    assert " disabled" in of_day
    at = minute(day.at(90))
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(at)).status_code == 200
    assert LEFT.get().occurred_at == at


def test_of_a_session_of_another_day_day_and_time_are_asked(day: Day) -> None:
    """Opened yesterday, and nobody recorded that the person went home: "now" is then seldom meant."""
    Session.objects.filter(pk=day.session.pk).update(opened_at=day.session.opened_at - timedelta(days=1))
    form = boxes(day)
    for box in ("leave-clock", "leave-clock-day"):
        (found,) = re.findall(rf'<input id="{box}"[^>]*>', form)
        assert " required" in found
        assert " disabled" not in found
    yesterday = minute(timezone.now() - timedelta(days=1) + timedelta(minutes=5))
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(yesterday)).status_code == 200
    assert LEFT.get().occurred_at == yesterday


def test_a_leaving_taken_back_is_recorded_again_with_its_true_time(day: Day) -> None:
    """Recorded at 100, taken back as the wrong time, left again as of 80: also before the first one."""
    day.begin()
    first = day.do(services.leave, 100, reason="Feels well.")
    services.take_back(day.session, first.pk, day.nurse, write_id=new_id(), at=day.at(104), reason="The wrong time.")
    at = minute(day.at(80))
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(at)).status_code == 200
    assert LEFT.get().occurred_at == at
    left = f"{timezone.localtime(at):%H:%M}"
    assert f"Left at {left}" in page(signed_in(day.clinic, Role.NURSE), day)
    (back,) = [each for each in calls.of_session(day.session) if each.kind is CallKind.CALL_BACK]
    assert back.due_at == at + timedelta(hours=2)


class TestATimeThatCannotBe:
    """The fold would move it, or judge the person as of then: it is asked for again. Nobody is held back."""

    @pytest.fixture
    def nurse(self, day: Day) -> Client:
        return signed_in(day.clinic, Role.NURSE)

    def refused(self, nurse: Client, day: Day, minutes: float) -> str:
        answer = post(nurse, day, "leave", **typed(day.at(minutes)))
        assert answer.status_code == 422
        assert not LEFT.exists()
        return str(answer.json()["refused"])

    def test_before_the_session_was_opened_is_refused_and_leaving_now_is_not(self, day: Day, nurse: Client) -> None:
        said = self.refused(nurse, day, -70)
        assert f"is before this session was opened, at {clock_today(day.session.opened_at)}." in said
        assert f"it is {clock_today(timezone.now())} now" in said
        assert post(nurse, day, "leave", reason="Feels well.").status_code == 200

    def test_before_the_last_dose_is_refused(self, day: Day, nurse: Client) -> None:
        day.begin(10)
        assert f"is before the infusion started, at {clock_today(day.at(10))}." in self.refused(nurse, day, 2)

    def test_before_the_last_device_is_refused(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        day.do(services.give_device, 6)
        said = self.refused(signed_in(clinic, Role.NURSE), day, 2)
        assert f"is before the last device was given, at {clock_today(day.at(6))}." in said

    def test_before_the_recorded_end_of_the_dose_is_refused_and_says_how_a_wrong_end_is_put_right(
        self, day: Day, nurse: Client
    ) -> None:
        day.begin()
        day.do(services.stop, 8)
        said = self.refused(nurse, day, 5)
        assert f"is before the infusion ended, at {clock_today(day.at(8))}." in said
        assert "take the stop back" in said
        assert post(nurse, day, "leave", **typed(day.at(8))).status_code == 200
        # The minute in which it ended: after it.
        assert LEFT.get().occurred_at == day.at(8) + timedelta.resolution

    def test_after_all_of_it_was_in_stands_although_its_end_was_recorded_later(self, day: Day, nurse: Client) -> None:
        day.begin()
        day.do(services.stop, 60)
        assert post(nurse, day, "leave", **typed(day.at(45))).status_code == 200

    def test_that_waited_without_a_network_is_kept(self, day: Day, nurse: Client) -> None:
        day.begin(10)
        sent = {"at": day.at(20).isoformat(), "clock": f"{timezone.localtime(day.at(2)):%H:%M}"}
        assert "saved" in _waited(nurse, day, "leave", **sent)
        assert LEFT.get().data["typed_at"]


class TestSomethingIsRecordedOfLater:
    """Left as of 60; a whole set is of 61."""

    @pytest.fixture
    def nurse(self, day: Day) -> Client:
        day.begin()
        day.do(services.stop, 40)
        day.read(61, BEFORE | {Vital.SYSTOLIC: 175, Vital.DIASTOLIC: 90, Vital.ALERTNESS: 4})
        return signed_in(day.clinic, Role.NURSE)

    def test_it_is_asked_about_once_and_stays_in_the_record(self, day: Day, nurse: Client) -> None:
        asked = post(nurse, day, "leave", **typed(day.at(60)))
        assert asked.status_code == 422
        later = f"A value of {clock_today(day.at(61))} is recorded, later than {clock_today(day.at(60))}."
        assert later in asked.json()["refused"]
        assert not LEFT.exists()
        assert post(nurse, day, "leave", **typed(day.at(60)) | {"reason": ""}).status_code == 422
        assert post(nurse, day, "leave", **typed(day.at(60))).status_code == 200
        assert LEFT.get().data["against"] == [later]
        (line,) = [each for each in services.draft_note(day.session).splitlines() if " Left" in each]
        assert f"{later} Why: Feels well." in line

    def test_an_observation_is_asked_about_and_one_taken_back_is_not(self, day: Day, nurse: Client) -> None:
        seen = services.observe(day.session, "nausea", day.nurse, write_id=new_id(), at=day.at(70))
        asked = post(nurse, day, "leave", **typed(day.at(65))).json()["refused"]
        assert f"“Nausea” of {clock_today(day.at(70))} is recorded" in asked
        services.take_back(day.session, seen.pk, day.nurse, write_id=new_id(), at=day.at(71))
        assert post(nurse, day, "leave", **typed(day.at(65))).status_code == 200

    def test_flag_and_letter_judge_by_what_is_on_file_and_the_time_watched_by_the_time_typed(
        self, day: Day, nurse: Client
    ) -> None:
        for _ in range(2):
            post(nurse, day, "leave", **typed(day.at(60)))
        criteria = LEFT.get().data["criteria"]
        assert criteria["observation"] == "not_met"  # 20 minutes since the end
        assert criteria["alert"] == "not_met"
        assert criteria["pressure"] == "not_met"
        (flag,) = Flag.objects.filter(kind=queries.LEFT_WITH_OPEN)
        assert "Awake and oriented, MOAA/S 5" in flag.detail.split("Unknown:")[0]


def test_a_slow_clock_of_a_tablet_does_not_let_anybody_leave_before_the_dose(day: Day) -> None:
    day.begin(10)
    left = day.do(services.leave, 2, reason="Feels well.")
    assert left.occurred_at == day.at(10)
    assert left.data["typed_at"]


def test_a_second_leaving_of_an_earlier_time_is_refused(day: Day) -> None:
    day.begin()
    day.do(services.leave, 100, reason="Feels well.")
    with pytest.raises(Refusal, match="That this person left was recorded at"):
        day.do(services.leave, 60, reason="Feels well.")
    assert LEFT.count() == 1


def test_a_time_still_to_come_is_refused(day: Day) -> None:
    soon = timezone.now() + timedelta(minutes=20)
    refused = post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(soon))
    assert "is still to come" in refused.json()["refused"]
    assert not LEFT.exists()
