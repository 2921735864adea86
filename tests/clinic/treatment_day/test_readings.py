"""Readings: what a hand cannot mean is refused, what a monitor cannot mean is marked, a crossing asks once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import Error, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.models import Monitor, Reading, SessionEvent
from daybreak.clinic.treatment_day.services import Entry, MarkAnswer
from daybreak.treatment.vitals import Vital
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import BEFORE, Day, open_day
from tests.clinic.treatment_day.test_pages import page, signed_in
from tests.exchange.ward import working_on


@pytest.fixture
def monitor(day: Day) -> Monitor:
    return Monitor.objects.create(site=day.clinic.site, identifier="M3")


def answer(day: Day, what: MarkAnswer, reason: str = "") -> FlagEvent:
    return services.answer_mark(day.flags()[0], what, day.nurse, write_id=new_id(), reason=reason)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({Vital.SYSTOLIC: 1200}, "1200 is no value for systolic pressure"),
        ({Vital.SPO2: 101}, "101 is no value for oxygen saturation. Type 1 to 100."),
        ({Vital.ALERTNESS: 6}, "Type 0 to 5"),
        ({Vital.ALERTNESS: 2.5}, r"2.5 is no value for alertness \(MOAA/S\): type a whole number, 0 to 5"),
        ({Vital.RESPIRATORY_RATE: 36.6}, "36.6 is no value for breaths: type a whole number"),
        ({Vital.SYSTOLIC: 80, Vital.DIASTOLIC: 80}, "Systolic 80 is not above diastolic 80"),
    ],
)
def test_a_slip_of_the_hand_is_refused_and_nothing_of_the_set_is_kept(
    day: Day, values: dict[Vital, float], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        day.read(0, {Vital.HEART_RATE: 70, **values})
    assert not Reading.objects.exists()


def test_who_counts_no_breath_and_no_pulse_types_it_and_all_of_the_set_is_marked(day: Day) -> None:
    """A false number in its place, or the whole set refused, is what that minute must not cost."""
    day.begin()
    day.read(5, {Vital.HEART_RATE: 0, Vital.RESPIRATORY_RATE: 0, Vital.SPO2: 71, Vital.ALERTNESS: 0})
    red = {flag.title.split(" ")[0] for flag in day.flags() if flag.level == Flag.Level.ACT}
    assert len(red) == 4, red
    assert "no signal" not in page(signed_in(day.clinic), day)


def test_a_value_from_the_future_is_refused(day: Day) -> None:
    with pytest.raises(Refusal, match="still to come"):
        services.record_reading(
            day.session, Vital.SPO2, 97, timezone.now() + timedelta(hours=1), day.nurse, reading_id=new_id()
        )


def test_the_same_reading_sent_again_is_one_reading(day: Day) -> None:
    reading_id = new_id()
    day.systolic(0, 130, reading_id)
    day.systolic(0, 130, reading_id)
    assert Reading.objects.count() == 1
    with pytest.raises(WriteConflict):
        day.systolic(0, 131, reading_id)


def test_both_times_of_a_late_entry_are_kept(day: Day) -> None:
    reading = day.systolic(10, 130)
    assert reading.measured_at == day.at(10)
    assert reading.recorded_at - reading.measured_at > timedelta(hours=4)


def test_every_entry_makes_open_pages_look_again(day: Day) -> None:
    before = queries.version(day.session.pk)
    day.read(0)
    assert queries.version(day.session.pk) == before + 1


def test_what_a_monitor_cannot_mean_is_kept_and_marked(day: Day, monitor: Monitor) -> None:
    entries = [
        Entry(Vital.SPO2, 0, day.at(1)),
        Entry(Vital.HEART_RATE, None, day.at(1)),
        Entry(Vital.SYSTOLIC, 80, day.at(1)),
        Entry(Vital.DIASTOLIC, 120, day.at(1)),
        Entry(Vital.RESPIRATORY_RATE, 14, day.at(1)),
    ]
    ids = services.record_readings(day.session, entries, day.nurse, write_id=new_id(), monitor=monitor)
    marked = {row.vital for row in Reading.objects.filter(pk__in=ids) if row.artefact}
    assert marked == {Vital.SPO2, Vital.HEART_RATE, Vital.SYSTOLIC, Vital.DIASTOLIC}
    assert set(day.state().latest) == {Vital.RESPIRATORY_RATE}
    assert day.flags() == []


def test_a_crossing_raises_one_flag_however_long_it_lasts(day: Day, monitor: Monitor) -> None:
    day.begin()
    for minute in range(5):
        day.systolic(minute + 1, 164 + minute, monitor=monitor)
    (flag,) = day.flags()
    assert flag.title == "Systolic 164, above amber 160"
    assert "36 above the value before the dose. Red from 180." in flag.detail
    assert (flag.level, flag.owner) == (Flag.Level.WATCH, day.nurse.user)
    assert flag.due_at == day.at(1) + timedelta(minutes=5)


def test_a_graver_level_and_the_other_side_ask_again(day: Day) -> None:
    for minute, value in enumerate([165, 185, 95]):
        day.systolic(minute, value)
    assert [flag.level for flag in day.flags()] == [Flag.Level.WATCH, Flag.Level.ACT, Flag.Level.WATCH]


def test_a_lighter_level_under_an_open_graver_one_does_not(day: Day) -> None:
    day.systolic(0, 185)
    day.systolic(1, 165)
    assert [flag.level for flag in day.flags()] == [Flag.Level.ACT]


def test_a_mark_nobody_answered_stays_although_the_value_is_back(day: Day) -> None:
    day.systolic(0, 165)
    day.systolic(3, 140)
    assert len(day.flags()) == 1
    answer(day, MarkAnswer.RECHECK)
    assert day.flags() == []


def test_an_answered_mark_stays_open_until_the_recheck(day: Day) -> None:
    day.systolic(0, 165)
    event = answer(day, MarkAnswer.RECHECK)
    assert event.action.startswith("Recheck at ")
    assert [flag.acknowledged for flag in day.flags()] == [True]
    day.systolic(6, 150)
    assert day.flags() == []


def test_still_beyond_at_the_recheck_asks_anew(day: Day) -> None:
    day.begin(-1)
    day.systolic(0, 165)
    answer(day, MarkAnswer.TOLD)
    day.systolic(6, 170)
    (flag,) = day.flags()
    assert (flag.title, flag.acknowledged) == ("Systolic 170, above amber 160", False)


class TestARecheckThatIsThereAlready:
    """A lower value is typed, then the mark is answered: that value is the recheck."""

    def closed(self, flag: Flag) -> str:
        return str(flag.events.get(kind=FlagEvent.Kind.CLOSED).action)

    def test_ends_the_mark_with_its_value_and_time(self, day: Day) -> None:
        day.systolic(20, 185)
        (flag,) = day.flags()
        day.systolic(25, 140)
        answer(day, MarkAnswer.RECHECK)
        assert day.flags() == []
        assert self.closed(flag) == f"Rechecked: Systolic 140 at {timezone.localtime(day.at(25)):%H:%M}."

    def test_below_red_and_above_amber_ends_the_red_mark_and_asks_about_the_amber_one(self, day: Day) -> None:
        day.systolic(20, 185)
        (flag,) = day.flags()
        newer = day.systolic(25, 165)
        answer(day, MarkAnswer.RECHECK)
        assert self.closed(flag).startswith("Rechecked: Systolic 165 at ")
        (left,) = day.flags()
        assert (left.subject, left.level) == (newer.pk, Flag.Level.WATCH)
        answer(day, MarkAnswer.RECHECK)
        day.systolic(31, 138)
        assert day.flags() == []

    def test_nobody_is_back_within_the_limit_by_a_value_beyond_the_usual(self, day: Day) -> None:
        day.systolic(20, 185)
        answer(day, MarkAnswer.RECHECK)
        day.systolic(31, 35)
        assert {flag.title for flag in day.flags()} >= {"Systolic 185, above red 180"}

    def test_nor_where_it_was_typed_before_the_mark_was_answered(self, day: Day) -> None:
        day.systolic(20, 185)
        day.systolic(31, 35)
        flag = next(each for each in day.flags() if each.title.startswith("Systolic 185"))
        services.answer_mark(flag, MarkAnswer.RECHECK, day.nurse, write_id=new_id())
        assert flag in day.flags()

    def test_a_value_beyond_the_usual_that_is_worse_is_asked_about_anew(self, day: Day) -> None:
        day.read(20, {Vital.SPO2: 85})
        answer(day, MarkAnswer.RECHECK)
        day.read(24, {Vital.SPO2: 35})
        assert [flag.title for flag in day.flags() if not flag.acknowledged] == ["SpO₂ 35, below red 90"]

    def test_that_is_still_beyond_is_measured_again(self, day: Day) -> None:
        day.systolic(20, 188)
        day.systolic(25, 182)
        answer(day, MarkAnswer.RECHECK)
        (flag,) = day.flags()
        assert "Recheck at " in flag.events.get().action
        day.systolic(31, 138)
        assert day.flags() == []

    def test_who_was_told_stands_beside_it(self, day: Day) -> None:
        day.systolic(20, 185)
        (flag,) = day.flags()
        day.systolic(25, 140)
        answer(day, MarkAnswer.TOLD)
        assert self.closed(flag).startswith("Told A synthetic prescriber. Rechecked: Systolic 140 at ")


def test_a_monitors_stream_is_a_recheck_after_five_minutes_only(day: Day, monitor: Monitor) -> None:
    day.systolic(0, 165, monitor=monitor)
    answer(day, MarkAnswer.RECHECK)
    day.systolic(1, 150, monitor=monitor)
    assert len(day.flags()) == 1
    day.systolic(5, 150, monitor=monitor)
    assert day.flags() == []


def test_pausing_as_an_answer_pauses_the_dose(day: Day) -> None:
    day.begin()
    day.systolic(10, 185)
    services.answer_mark(day.flags()[0], MarkAnswer.PAUSED, day.nurse, write_id=new_id(), at=day.at(11))
    assert day.state(20).given_mg == pytest.approx(35 * 11 / 40)


def test_not_a_true_value_strikes_it_and_keeps_it(day: Day) -> None:
    day.read(-1)
    day.systolic(1, 190)
    answer(day, MarkAnswer.NOT_TRUE, "typed in the wrong box")
    assert day.flags() == []
    assert day.state().latest[Vital.SYSTOLIC].value == 128
    assert Reading.objects.filter(value=190).count() == 2


def test_an_answer_sent_twice_is_one_answer(day: Day) -> None:
    day.systolic(0, 165)
    (flag,), write_id = day.flags(), new_id()
    for _ in range(2):
        services.answer_mark(flag, MarkAnswer.RECHECK, day.nurse, write_id=write_id)
    assert flag.events.count() == 1


def test_a_correction_is_a_new_fact_that_names_the_old_one(day: Day) -> None:
    wrong = day.systolic(1, 150)
    right = services.correct_reading(wrong, 130, "typed in the wrong box", day.nurse, write_id=new_id())
    assert right.corrects == wrong
    assert day.state().latest[Vital.SYSTOLIC].value == 130
    with pytest.raises(Refusal, match="corrected already"):
        services.correct_reading(wrong, 120, "typed wrongly", day.nurse, write_id=new_id())


def test_a_voided_value_counts_for_nothing(day: Day) -> None:
    day.systolic(0, 128)
    wrong = day.systolic(1, 150)
    services.correct_reading(wrong, None, "cuff on the tubing", day.nurse, write_id=new_id())
    assert day.state().latest[Vital.SYSTOLIC].value == 128


def correct(day: Day, reading: Reading, value: float | None) -> Reading:
    return services.correct_reading(reading, value, "typed in the wrong box", day.nurse, write_id=new_id())


def test_a_correction_is_held_against_the_other_pressure_of_its_set_as_it_stands(day: Day) -> None:
    day.read(1, {Vital.SYSTOLIC: 190, Vital.DIASTOLIC: 95})
    day.read(2, {Vital.DIASTOLIC: 60})
    systolic, diastolic, _ = Reading.objects.order_by("measured_at", "-value")
    with pytest.raises(Refusal, match=r"Systolic 90 is not above diastolic 95 .* correct the diastolic first"):
        correct(day, systolic, 90)
    with pytest.raises(Refusal, match=r"Systolic 190 is not above diastolic 190 .* correct the systolic first"):
        correct(day, diastolic, 190)
    correct(day, diastolic, 55)
    assert correct(day, systolic, 90).value == 90


class TestTheMarkOfACorrectedValue:
    def said(self, flag: Flag) -> str:
        (answer,) = FlagEvent.objects.filter(flag=flag, kind=FlagEvent.Kind.CLOSED)
        assert answer.recorded_by
        return answer.action

    def test_says_what_it_was_corrected_to_and_waits_no_longer(self, day: Day) -> None:
        day.begin()
        wrong = day.systolic(1, 190)
        (red,) = day.flags()
        correct(day, wrong, 120)
        assert day.flags() == []
        assert self.said(red) == "Corrected from 190 to 120: typed in the wrong box"
        assert "Corrected from 190 to 120" in services.draft_note(day.session)

    def test_gives_way_to_that_of_the_new_value_where_it_crosses_too(self, day: Day) -> None:
        day.begin()
        wrong = day.systolic(1, 190)
        answer(day, MarkAnswer.TOLD)
        correct(day, wrong, 210)
        (flag,) = day.flags()
        assert (flag.title, flag.acknowledged) == ("Systolic 210, above emergency 200", False)

    def test_struck_out_says_so(self, day: Day) -> None:
        wrong = day.systolic(1, 190)
        (red,) = day.flags()
        correct(day, wrong, None)
        assert self.said(red) == "Struck out as not a true value: typed in the wrong box"

    @pytest.mark.parametrize("by_touch", [True, False])
    def test_stood_for_later_values_too_which_are_marked_now(self, day: Day, by_touch: bool) -> None:
        """One mark was said for all that crossed after it: with it gone, the first true one raises its own."""
        day.begin()
        wrong = day.systolic(1, 190)
        for minute, value in ((2, 170), (3, 192), (4, 130)):
            day.systolic(minute, value)
        assert len(day.flags()) == 1
        if by_touch:
            answer(day, MarkAnswer.NOT_TRUE, "typed in the wrong box")
        else:
            correct(day, wrong, 125)
        assert {flag.title for flag in day.flags()} == {"Systolic 170, above amber 160", "Systolic 192, above red 180"}


def test_a_correction_says_why(day: Day) -> None:
    with pytest.raises(Refusal, match="Write why"):
        services.correct_reading(day.systolic(1, 150), 130, "x", day.nurse, write_id=new_id())


def test_the_database_refuses_to_change_a_reading(day: Day) -> None:
    reading = day.systolic(1, 150)
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        Reading.objects.filter(pk=reading.pk).update(value=120)


def test_storing_a_set_costs_a_few_queries_and_no_more_with_history(day: Day, django_assert_max_num_queries) -> None:
    for minute in range(30):
        day.systolic(minute, 130)
    with django_assert_max_num_queries(6):
        day.read(31)


def test_eight_who_type_at_once_raise_one_flag_for_one_crossing(
    prepared_database: str, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), working_on(prepared_database):
        day = open_day(make_clinic())

        def type_it(hand: int) -> None:
            with working_on(prepared_database):
                day.systolic(1, 165 + hand)

        with ThreadPoolExecutor(8) as hands:
            list(hands.map(type_it, range(8)))
        assert Reading.objects.count() == 8
        assert Flag.objects.count() == 1
        assert queries.version(day.session.pk) == 8


def test_what_does_not_cross_a_limit_costs_the_same_however_much_crossed_before(
    day: Day, django_assert_max_num_queries
) -> None:
    for minute in range(30):
        day.systolic(minute, 165)
        answer(day, MarkAnswer.TOLD)
    with django_assert_max_num_queries(7):
        services.record_readings(day.session, [Entry(Vital.HEART_RATE, 72, day.at(31))], day.nurse, write_id=new_id())


def test_a_check_is_done_when_all_of_it_was_typed(day: Day) -> None:
    day.begin()
    assert day.state(1).next_check.at == day.at(10)
    day.read(10, {Vital.SYSTOLIC: 130, Vital.DIASTOLIC: 80})
    assert day.state(12).check_is_overdue
    day.read(12, {vital: value for vital, value in BEFORE.items() if vital not in (Vital.SYSTOLIC, Vital.DIASTOLIC)})
    assert day.state(13).next_check.at == day.at(20)


def test_a_monitors_stream_alone_completes_no_check(day: Day, monitor: Monitor) -> None:
    day.begin()
    entries = [Entry(vital, value, day.at(10)) for vital, value in BEFORE.items()]
    services.record_readings(day.session, entries, day.nurse, write_id=new_id(), monitor=monitor)
    assert day.state(12).next_check.at == day.at(10)
    assert SessionEvent.objects.filter(session=day.session, kind=SessionEvent.Kind.DOSE_STARTED).exists()
