"""A session whose person has left, opened again: nothing typed in it is of now unless somebody says so."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Reading, SessionEvent
from daybreak.treatment.days import said_day
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, Day, open_day
from tests.clinic.treatment_day.test_pages import page, post, signed_in


def left_last_week(clinic: Clinic, words: str = NASAL) -> Day:
    """A session of a week ago: dosed, looked at for the last time after an hour, left after two."""
    day = open_day(clinic, words, hours_ago=7 * 24)
    day.begin()
    day.read(60)
    day.do(services.leave, 120, reason="Wanted to go home with her sister.")
    return day


def ended(day: Day) -> str:
    left = timezone.localtime(day.at(120))
    return f"This session ended on {said_day(left)} at {left:%H:%M}."


def then(day: Day, minute: float) -> dict[str, str]:
    """Day and time as a person types them."""
    at = timezone.localtime(day.at(minute))
    return {"day": f"{at:%Y-%m-%d}", "clock": f"{at:%H:%M}"}


def now() -> str:
    return timezone.now().isoformat()


def to_the_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


class TestValues:
    def test_of_now_they_are_refused_with_when_the_session_ended(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        before = Reading.objects.count()
        for typed in ({}, {"at": now()}, {"at": now(), "clock": f"{timezone.localtime():%H:%M}"}):
            refused = post(signed_in(clinic), day, "readings", systolic=131, **typed)
            assert refused.status_code == 422
            assert ended(day) in refused.json()["refused"]
            assert "with their day and time" in refused.json()["refused"]
        assert Reading.objects.count() == before

    def test_the_verb_itself_refuses_them(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        entry = services.Entry(Vital.SYSTOLIC, 131, timezone.now())
        with pytest.raises(Refusal, match="This session ended on"):
            services.record_readings(day.session, [entry], day.nurse, write_id=new_id())

    def test_with_their_day_and_time_they_are_of_then_and_the_day_is_said(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        said = post(signed_in(clinic), day, "readings", systolic=131, at=now(), **then(day, 70)).json()["said"]
        assert Reading.objects.get(value=131).measured_at == to_the_minute(day.at(70))
        assert f"{timezone.localtime(day.at(70)):%H:%M on} {timezone.localtime(day.at(70)).day}" in said

    def test_of_after_the_person_left_they_take_a_word_of_why_which_stands_beside_them(self, clinic: Clinic) -> None:
        day, nurse = left_last_week(clinic), signed_in(clinic)
        typed = {"systolic": 171, "at": now(), **then(day, 150)}
        assert post(nurse, day, "readings", **typed).status_code == 422
        assert post(nurse, day, "readings", **typed, reason="Came back dizzy from the car park.").status_code == 200
        note = day.session.events.get(kind=SessionEvent.Kind.OBSERVATION)
        assert "after this person had left: Came back dizzy from the car park." in note.data["words"]

    def test_typed_while_the_session_was_open_they_count_whenever_the_tablet_sends_them(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        sent = post(signed_in(clinic), day, "readings", systolic=131, at=day.at(110).isoformat())
        assert sent.status_code == 200
        assert Reading.objects.get(value=131).measured_at == day.at(110)

    def test_typed_without_a_network_after_somebody_else_recorded_the_leaving_they_are_kept_and_told(
        self, clinic: Clinic
    ) -> None:
        day = left_last_week(clinic)
        typed: dict[str, Any] = {"systolic": 131, "at": day.at(121).isoformat(), "typed": "Values, Systolic: 131"}
        headers = {"Accept": "application/json", "X-Waited": "1"}
        url = f"/sessions/{day.session.pk}/readings"
        assert signed_in(clinic).post(url, {"write_id": new_id(), **typed}, headers=headers).status_code == 200
        kept = day.session.events.get(kind=SessionEvent.Kind.OBSERVATION)
        assert "Systolic: 131" in kept.data["words"]
        assert Flag.objects.filter(level=Flag.Level.ACT, title__contains="Systolic: 131").exists()
        assert not Reading.objects.filter(value=131).exists()


class TestOtherDeeds:
    @pytest.mark.parametrize("said", [{"what": "medicine", "words": "ondansetron 4 mg by mouth"}, {"what": "nausea"}])
    def test_a_medicine_and_what_was_seen_are_of_then_or_since_and_never_silently_of_now(
        self, clinic: Clinic, said: dict[str, str]
    ) -> None:
        day, nurse = left_last_week(clinic), signed_in(clinic)
        refused = post(nurse, day, "observe", at=now(), **said)
        assert refused.status_code == 422
        assert ended(day) in refused.json()["refused"]
        for minute in (70, 150):  # before they left, and after it, since somebody says so
            assert post(nurse, day, "observe", at=now(), **said, **then(day, minute)).status_code == 200
        times = day.session.events.filter(kind=SessionEvent.Kind.OBSERVATION).values_list("occurred_at", flat=True)
        assert list(times.order_by("occurred_at")) == [to_the_minute(day.at(minute)) for minute in (70, 150)]

    def test_a_medicine_of_days_after_they_left_was_not_given_in_this_session(self, clinic: Clinic) -> None:
        day, nurse = left_last_week(clinic), signed_in(clinic)
        said = {"what": "medicine", "words": "ketamine 50 mg iv"}
        refused = post(nurse, day, "observe", at=now(), **said, **then(day, 3 * 24 * 60))
        assert refused.status_code == 422
        assert "not of this session" in refused.json()["refused"]
        assert not day.session.events.filter(kind=SessionEvent.Kind.OBSERVATION).exists()

    def test_a_medicine_typed_without_a_network_has_the_time_at_which_it_was_typed(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        typed = {"what": "medicine", "words": "oxygen 4 L/min", "at": day.at(121).isoformat(), "write_id": new_id()}
        headers = {"Accept": "application/json", "X-Waited": "1"}
        assert signed_in(clinic).post(f"/sessions/{day.session.pk}/observe", typed, headers=headers).status_code == 200
        given = day.session.events.get(kind=SessionEvent.Kind.OBSERVATION)
        assert (given.data["what"], given.occurred_at) == ("medicine", day.at(121))

    def test_that_an_emergency_was_called_is_noted_at_any_time(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        assert post(signed_in(clinic), day, "observe", what="emergency", at=now()).status_code == 200

    def test_a_device_is_none_of_today_and_is_recorded_as_of_then(self, clinic: Clinic) -> None:
        day, nurse = left_last_week(clinic), signed_in(clinic)
        refused = post(nurse, day, "device", lot="K1", at=now())
        assert refused.status_code == 422
        assert ended(day) in refused.json()["refused"]
        assert day.state().given_mg == 28
        assert post(nurse, day, "device", lot="K1", at=now(), **then(day, 6)).status_code == 200
        assert day.state().given_mg == 56

    def test_a_stop_is_never_refused(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        assert post(signed_in(clinic), day, "stop", at=now()).status_code == 200

    def test_a_day_without_its_time_is_asked_for_it(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        refused = post(signed_in(clinic), day, "observe", what="note", words="x", day="2026-11-02")
        assert "Type the time of that day too." in refused.json()["refused"]

    @pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31"])
    def test_the_ends_of_the_calendar_are_refused_in_words(self, clinic: Clinic, typed: str) -> None:
        day = left_last_week(clinic)
        refused = post(signed_in(clinic), day, "observe", what="note", words="x", day=typed, clock="23:59")
        assert refused.status_code == 422


class TestThePage:
    def test_its_head_has_the_day_and_the_newest_values_are_the_last_with_when(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        shown, opened = page(signed_in(clinic), day), timezone.localtime(day.session.opened_at)
        assert f"Session <b>1</b>, {said_day(opened)}" in shown
        last = timezone.localtime(day.at(60))
        assert f'<th scope="row">Last<br>{last:%H:%M} on {last.day} {last:%b}</th>' in shown
        assert ">Now<" not in shown

    def test_every_time_is_asked_with_its_day(self, clinic: Clinic) -> None:
        shown = page(signed_in(clinic), left_last_week(clinic))
        assert shown.count('name="day"') == shown.count('type="date"') > 4
        assert "required disabled" not in shown

    def test_while_the_person_is_here_no_day_is_asked_and_the_newest_values_are_of_now(self, day: Day) -> None:
        day.begin()
        shown = page(signed_in(day.clinic), day)
        assert shown.count('name="day"') == shown.count("required disabled")
        assert ">Now<" in shown

    def test_of_a_session_of_another_day_that_nobody_ended_earlier_values_take_their_day(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL, hours_ago=48)
        day.begin()
        earlier = page(signed_in(clinic), day).split('id="earlier"')[1].split("</dialog>")[0]
        assert re.search(r'id="ear-clock-day"[^>]* required>', earlier)
        assert post(signed_in(clinic), day, "readings", spo2=97, at=now(), **then(day, 60)).status_code == 200
        assert Reading.objects.get(value=97).measured_at == to_the_minute(day.at(60))

    def test_an_open_page_learns_that_the_person_left(self, clinic: Clinic) -> None:
        day = left_last_week(clinic)
        live = signed_in(clinic).get(f"/sessions/{day.session.pk}/live").content.decode()
        assert f'data-left="{ended(day)}"' in live

    def test_no_device_is_offered_of_now_and_the_one_that_is_missing_of_then(self, clinic: Clinic) -> None:
        shown = page(signed_in(clinic), left_last_week(clinic))
        assert "Device 2 of 2" not in shown
        assert "Device 2 given then" in shown

    def test_who_left_before_any_dose_has_no_clock_that_goes_on(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=7 * 24)
        services.leave(day.session, day.nurse, write_id=new_id(), at=day.at(10), reason="Did not want it.")
        clock = page(signed_in(clinic), day).split('id="live-clock"')[1].split("</p>")[0]
        assert f"Left before any dose <b>{timezone.localtime(day.at(10)):%H:%M}" in clock


def test_the_same_evening_the_time_alone_is_enough(clinic: Clinic) -> None:
    """Where it means a time before they left: the day is the one on which it is typed."""
    day = open_day(clinic, hours_ago=4)
    day.begin()
    day.do(services.leave, 120, reason="Wanted to go home with her sister.")
    typed = timezone.localtime(day.at(60))
    at = typed.replace(hour=23, minute=58)
    if at > timezone.now():
        at = typed + timedelta(minutes=90)
    assert post(signed_in(clinic), day, "readings", spo2=97, at=at.isoformat(), clock=f"{typed:%H:%M}").json()
    assert Reading.objects.get(value=97).measured_at == to_the_minute(day.at(60))
