"""A wrong clock, on a tablet or in a hand, must not put a session's facts on another day."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django import forms
from django.utils import timezone

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.forms import TypedNumber, WordsForm, latest
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.session_chart import pressure_chart
from daybreak.treatment.days import said_day
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.treatment_day.day import TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_pages import post, signed_in

MORNING = datetime(2026, 11, 23, 8, 39, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)


def test_a_watch_that_is_five_minutes_fast_does_not_mean_yesterday() -> None:
    assert latest(time(8, 44), MORNING) == MORNING.replace(minute=44)


def test_after_midnight_a_time_before_it_is_yesterdays() -> None:
    assert latest(time(23, 55), AFTER_MIDNIGHT) == datetime(2026, 11, 22, 23, 55, tzinfo=UTC)


class TestATimeTypedAfterMidnight:
    """The session was opened at 00:55; at 01:05 somebody types 23:50."""

    OPENED = datetime(2026, 11, 28, 0, 55, tzinfo=UTC)
    TYPED = {"write_id": str(new_id()), "clock": "23:50", "at": "2026-11-28T01:05:00Z"}

    def form(self, **typed: str) -> WordsForm:
        form = WordsForm({**self.TYPED, **typed})
        form.require()
        return form

    def test_before_the_session_it_is_refused_with_the_date_that_was_understood(self) -> None:
        with pytest.raises(Refusal, match="23:50 on 27 Nov 2026 lies before this session was opened at 00:55 on 28"):
            self.form().require_within(self.OPENED)

    def test_within_the_session_it_is_the_evening_before(self) -> None:
        evening = datetime(2026, 11, 27, 23, 50, tzinfo=UTC)
        assert self.form().require_within(evening - timedelta(hours=1)) == evening

    def test_it_is_read_as_of_when_the_tablet_kept_it(self) -> None:
        assert self.form(clock="00:58").happened_at == self.OPENED + timedelta(minutes=3)

    @pytest.mark.parametrize("typed", ["0058", "0.58", "058", " 00:58 "])
    def test_a_keypad_without_a_colon_types_it_too(self, typed: str) -> None:
        assert self.form(clock=typed).happened_at == self.OPENED + timedelta(minutes=3)

    def test_values_take_a_word_of_why_with_the_date_that_was_understood(self, day: Day) -> None:
        at = day.session.opened_at.replace(hour=1, minute=5)
        day.session.opened_at = at - timedelta(minutes=10)
        day.session.save()
        said = {"at": at.isoformat(), "clock": "23:50", "systolic": "128", "diastolic": "80"}
        nurse, before = signed_in(day.clinic), at - timedelta(days=1)
        refused = post(nurse, day, "readings", **said)
        assert refused.status_code == 422
        assert (
            f"23:50 on {before.day} {before:%b %Y} lies before this session was opened at" in refused.json()["refused"]
        )
        answer = post(nurse, day, "readings", **said, reason="Measured on the ward.").json()
        assert f"23:50 on {before.day} {before:%b %Y}, before this session" in answer["said"]
        words = services.draft_note(day.session)
        assert f"23:50 on {before.day} {before:%b} 128/80" in words
        assert "before this session was opened: Measured on the ward." in words

    def test_of_the_same_day_they_take_it_too_but_not_within_the_minute_of_the_opening(self, day: Day) -> None:
        opened = timezone.localtime(day.session.opened_at)
        nurse, now = signed_in(day.clinic), timezone.now().isoformat()
        for minutes, status in ((0, 200), (10, 422)):
            typed = f"{opened - timedelta(minutes=minutes):%H:%M}"
            assert post(nurse, day, "readings", at=now, clock=typed, systolic="128").status_code == status


def test_a_note_is_headed_by_the_day_of_the_dose(day: Day) -> None:
    day.begin()
    day.session.opened_at -= timedelta(days=1)
    head = services.draft_note(day.session).splitlines()[0]
    dosed, opened = (timezone.localtime(each) for each in (day.zero, day.session.opened_at))
    assert head.startswith(f"Session 1 on {said_day(dosed)}, opened on {said_day(opened)}. Given: ")


def test_a_value_entered_later_than_it_was_measured_is_marked_although_a_later_one_is_marked_already(day: Day) -> None:
    day.begin()
    day.read(6, {Vital.SPO2: 88})
    day.read(7, {Vital.SPO2: 86})
    day.read(3, {Vital.SPO2: 85})
    assert [flag.title for flag in day.flags()] == ["SpO₂ 85, below red 90", "SpO₂ 88, below red 90"]


def test_the_pictures_begin_an_hour_before_the_dose_and_say_what_lies_outside(day: Day) -> None:
    day.begin()
    day.systolic(-30, 130)
    page = session_page.build(day.session, day.at(10))
    assert page.outside == ""
    for minute in (-600, -90):
        day.systolic(minute, 131)
    page = session_page.build(day.session, day.at(10))
    assert page.outside.startswith("2 earlier values lie outside these pictures, before ")
    assert pressure_chart(page.state).x.low == -30
    assert "600" in page.numbers.rows[0][0]


def test_a_refusal_names_the_day_of_a_time_that_is_not_todays(clinic: Clinic) -> None:
    day = open_day(clinic, hours_ago=30)
    day.begin()
    began = timezone.localtime(day.zero)
    with pytest.raises(Refusal, match=f"the last at {began:%H:%M} on {began.day} {began:%b}. Nothing"):
        day.do(services.start_dose, 60)
    day.do(services.stop, 90)
    day.do(services.leave, 120, reason="Goes home, the prescriber knows.")
    left = timezone.localtime(day.at(120))
    with pytest.raises(Refusal, match=f"recorded at {left:%H:%M} on {left.day} {left:%b}"):
        day.do(services.leave, 125)


def test_a_year_that_is_no_year_of_this_session_is_refused(day: Day) -> None:
    yesterday = day.session.opened_at - timedelta(days=1)
    for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC), yesterday):
        entry = services.Entry(Vital.SYSTOLIC, 120.0, at)
        with pytest.raises(Refusal, match="12 hours before this session"):
            services.observe(day.session, "note", day.nurse, words="x", write_id=new_id(), at=at)
        with pytest.raises(Refusal, match="12 hours before this session"):
            services.record_readings(day.session, [entry], day.nurse, write_id=new_id())
    assert not day.session.readings.exists()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("deed", ["pause", "readings", "leave"])
def test_the_ends_of_the_calendar_are_refused_in_words(day: Day, deed: str, at: str) -> None:
    said = {"write_id": new_id(), "at": at, "heart_rate": "72", "reason": "Wants to go."}
    response = signed_in(day.clinic).post(f"/sessions/{day.session.pk}/{deed}", said)
    assert response.status_code == 422
    assert "still to come" in response.content.decode() or "12 hours before" in response.content.decode()


def test_a_stop_with_a_clock_that_is_slow_still_stops_the_running_dose(day: Day) -> None:
    day.clear_checks()
    day.read(-5)
    day.begin(0)
    services.stop(day.session, day.nurse, write_id=new_id(), at=day.at(0) - timedelta(minutes=40))
    stopped = day.session.events.get(kind=SessionEvent.Kind.DOSE_STOPPED)
    assert stopped.occurred_at == day.at(0)


@pytest.mark.parametrize("typed", ["1_20", "1 2 0", "١٢٠", "1e2", "1,000", "1.2.3", "inf", "nan", "0x10", "12345"])
def test_what_could_be_two_numbers_is_asked_again(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="cannot be read as one number"):
        TypedNumber().clean(typed)


@pytest.mark.parametrize(("typed", "value"), [(" 36,5 ", 36.5), ("120", 120), ("98.75", 98.75)])
def test_a_comma_is_a_point(typed: str, value: float) -> None:
    assert TypedNumber().clean(typed) == value


def test_now_is_within_the_session(day: Day) -> None:
    services.observe(day.session, "note", day.nurse, words="x", write_id=new_id(), at=timezone.now())
    assert day.session.events.filter(kind=SessionEvent.Kind.OBSERVATION).count() == 1


def test_whether_a_session_changed_is_told_only_to_whom_it_is_open(day: Day) -> None:
    elsewhere = make_clinic("Another clinic")
    assert queries.version(day.session.pk, day.clinic.users[Role.NURSE]) is not None
    assert queries.version(day.session.pk, elsewhere.users[Role.NURSE]) is None
    assert queries.version(day.session.pk, day.clinic.users[Role.THERAPIST]) is None


@pytest.mark.parametrize(("strength", "has_rate"), [(1.0, True), (100.0, False)])
def test_a_strength_that_must_be_diluted_gives_no_pump_rate(day: Day, strength: float, has_rate: bool) -> None:
    day.clear_checks()
    day.read(-5)
    started = services.start_dose(
        day.session, day.nurse, lot="K1", concentration_mg_per_ml=strength, pump_ml_per_h=52.5, write_id=new_id(),
        at=day.at(0), reason=TEN_WORDS,
    )  # fmt: skip
    assert ("rate_ml_per_h" in started.data) is has_rate
