"""A dose started by a slip: the start stays in the record, nothing was given, the session stands before the dose."""

import pytest

from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import board, queries, services
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.timeline import moments
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, Day, open_day

SLIP = "Touched at the wrong chair."


def taken_back(day: Day, minute: float = 2) -> None:
    day.begin()
    day.do(services.take_back_start, minute, reason=SLIP)


def lines(day: Day, minute: float) -> list[str]:
    record = queries.record(day.session)
    return [f"{each.what} ({each.detail})" for each in moments(record, record.state(day.at(minute)), [])]


def test_the_session_stands_before_the_dose_again(day: Day) -> None:
    taken_back(day)
    state = day.state(5)
    assert (state.phase, state.started_at, state.due, state.criteria) == (Phase.PREPARED, None, (), ())
    assert state.next_dose == state.planned[0]
    assert state.given_mg == 0


def test_what_was_given_in_the_course_leaves_it_out(day: Day) -> None:
    taken_back(day, 20)
    assert queries.given_regimen(day.session, day.at(60)) is None
    assert queries.doses_given(day.session.course, day.at(60)) == []


def test_both_stay_in_the_record_and_in_the_note(day: Day) -> None:
    taken_back(day)
    told = lines(day, 5)
    assert f"Started by mistake, nothing of 35 mg was given ({SLIP}; A synthetic session nurse" in told[0]
    assert any("Infusion started, 35 mg over 40 min, by mistake, nothing was given" in line for line in told)
    note = services.draft_note(day.session, day.at(5))
    assert "No dose was given." in note
    assert SLIP in note
    assert set(day.session.events.values_list("kind", flat=True)) >= {"dose started", "dose not given"}


def test_the_real_dose_starts_anew_with_its_own_time(day: Day) -> None:
    taken_back(day)
    day.begin(10)
    state = day.state(30)
    assert state.started_at == day.at(10)
    assert state.given_mg == pytest.approx(35 * 20 / 40)
    assert queries.given_regimen(day.session, day.at(60)).total_mg(70) == pytest.approx(35)
    assert [line for line in lines(day, 60) if "Infusion started" in line and "mistake" not in line]


def test_before_it_was_taken_back_the_dose_ran_as_far_as_anybody_knew(day: Day) -> None:
    taken_back(day, 4)
    assert day.state(3).phase is Phase.RUNNING


def test_a_reason_and_a_started_dose_are_needed(day: Day) -> None:
    with pytest.raises(Refusal, match="nothing to take back"):
        day.do(services.take_back_start, 1, reason=SLIP)
    day.begin()
    with pytest.raises(Refusal, match="Write how it came"):
        day.do(services.take_back_start, 2, reason=" ")
    assert day.state(3).phase is Phase.RUNNING


def test_what_says_that_some_was_given_is_corrected_first(clinic: Clinic, day: Day) -> None:
    day.begin()
    day.do(services.stop, 20)
    day.do(services.correct_amount, 21, mg=16)
    with pytest.raises(Refusal, match="16 mg were stated as given"):
        day.do(services.take_back_start, 25, reason=SLIP)
    day.do(services.correct_amount, 26, mg=0, reason=SLIP)
    day.do(services.take_back_start, 27, reason=SLIP)
    assert day.state(30).phase is Phase.PREPARED


def test_two_devices_are_no_slip(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.give_device, 6)
    with pytest.raises(Refusal, match="2 devices were recorded as given"):
        day.do(services.take_back_start, 8, reason=SLIP)


def test_a_stop_that_followed_the_mistaken_start_still_stands_in_the_list(day: Day) -> None:
    day.begin()
    day.do(services.stop, 1, reason="Wrong person")
    day.do(services.take_back_start, 2, reason=SLIP)
    assert any("Wrong person" in line for line in lines(day, 5))
    assert SessionEvent.objects.filter(session=day.session, kind="dose stopped").count() == 1


def test_a_device_that_comes_late_for_a_start_taken_back_is_told_what_to_do(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    taken_back(day, 9)
    with pytest.raises(Refusal, match=r"taken back since.* start the dose again"):
        day.do(services.give_device, 6)


def test_what_ran_for_long_and_ended_is_no_slip_until_the_amount_says_so(day: Day) -> None:
    day.begin()
    day.do(services.stop, 38)
    with pytest.raises(Refusal, match=r"ran for 38 minutes.* Correct the amount to 0 first"):
        day.do(services.take_back_start, 39, reason=SLIP)
    day.do(services.correct_amount, 40, mg=0, reason=SLIP)
    assert day.do(services.take_back_start, 41, reason=SLIP)


def test_nothing_is_taken_back_once_the_person_left(day: Day) -> None:
    day.begin()
    day.do(services.stop, 1)
    day.do(services.leave, 3, reason="Wants to go.")
    with pytest.raises(Refusal, match="This person has left"):
        day.do(services.take_back_start, 2, reason=SLIP)


def test_nothing_is_taken_back_once_the_note_is_signed(day: Day) -> None:
    day.begin()
    day.do(services.stop, 1)
    services.sign_note(day.session, "Stopped at once.", day.nurse, write_id=new_id(), at=day.at(2))
    with pytest.raises(Refusal, match="The note is signed"):
        day.do(services.take_back_start, 3, reason=SLIP)


def test_what_was_asked_before_a_start_taken_back_was_asked(day: Day) -> None:
    taken_back(day)
    (line,) = [line for line in lines(day, 5) if "Checks asked" in line]
    assert "Checks asked, 0" not in line


def test_identity_and_everything_else_is_asked_again_before_the_real_dose(day: Day) -> None:
    taken_back(day)
    asked = [check for check in day.state(5).checks if not check.is_measured]
    assert asked
    assert not day.state(5).answers
    with pytest.raises(Refusal, match="may not be dosed yet"):
        day.do(services.start_dose, 6)


def test_a_stop_after_it_says_that_nothing_was_running(day: Day) -> None:
    taken_back(day)
    day.do(services.stop, 10)
    assert any(line.startswith("Stop touched; no dose was running") for line in lines(day, 12))


def test_an_answered_criterion_keeps_its_sentence(day: Day) -> None:
    day.begin()
    criterion = next(each for each in day.state(1).criteria if each.id == "walks")
    services.check_criterion(day.session, criterion.id, True, day.nurse, write_id=new_id(), at=day.at(1))
    day.do(services.take_back_start, 2, reason=SLIP)
    assert any(line.startswith(criterion.sentence) for line in lines(day, 5))


def test_the_board_shows_as_before_what_the_monitor_sent_last_before_the_real_dose(day: Day) -> None:
    monitor = services.add_monitor("M1", day.clinic.site, day.nurse)
    services.tie_monitor(monitor, day.session, day.nurse, at=day.at(-10))
    for minute, systolic in ((-2, 121), (5, 133), (20, 150)):
        day.read(minute, {Vital.SYSTOLIC: systolic, Vital.DIASTOLIC: 80}, monitor=monitor)
    day.clear_checks(-5)
    day.read(-5)
    day.do(services.start_dose, 0)
    day.do(services.take_back_start, 2, reason=SLIP)
    (row,) = board.now(day.clinic.site, day.at(25)).rows
    assert (row.pressure, row.before) == ("150/80", "")
    day.clear_checks(6)
    day.read(6, {Vital.HEART_RATE: 72, Vital.SPO2: 98, Vital.RESPIRATORY_RATE: 15})
    day.do(services.start_dose, 7)
    (row,) = board.now(day.clinic.site, day.at(25)).rows
    assert (row.pressure, row.before) == ("150/80", "133/80")
