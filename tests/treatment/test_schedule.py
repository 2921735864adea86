"""When checks are due, and how long a person is observed at least."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.schedule import (
    DueCheck,
    UnknownScheduleError,
    due_checks,
    missed,
    next_due,
    observation,
    overdue,
)
from daybreak.treatment.sources import Basis, Status
from daybreak.treatment.vitals import Vital

START = datetime(2026, 3, 2, 10, 12, tzinfo=UTC)
KNOWN = [
    (Drug.ESKETAMINE, Route.NASAL),
    (Drug.KETAMINE, Route.IV),
    (Drug.KETAMINE, Route.IM),
    (Drug.KETAMINE, Route.SC),
    (Drug.KETAMINE, Route.ORAL),
    (Drug.KETAMINE, Route.SUBLINGUAL),
]


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def minutes_of(due: tuple[DueCheck, ...]) -> list[float]:
    return [(check.at - START) / timedelta(minutes=1) for check in due]


def test_esketamine_is_observed_two_hours_from_the_first_device() -> None:
    least = observation(Drug.ESKETAMINE, Route.NASAL)
    assert least.over_at(START, after(10)) == after(120)
    assert least.provenance.status is Status.SEEN
    assert least.provenance.basis is Basis.LABEL


def test_an_infusion_is_observed_an_hour_from_its_end() -> None:
    assert observation(Drug.KETAMINE, Route.IV).over_at(START, after(40)) == after(100)


def test_the_pressure_is_checked_at_the_peak_of_esketamine() -> None:
    due = due_checks(Drug.ESKETAMINE, Route.NASAL, 0, START)
    assert minutes_of(due) == [0, 20, 40, 60, 90, 120]
    peak = due[2]
    assert peak.why == "Pressure peaks about 40 minutes after the dose"
    assert peak.provenance.basis is Basis.LABEL
    assert {Vital.SYSTOLIC, Vital.DIASTOLIC} <= set(peak.vitals)
    assert due[1].provenance.status is Status.RECALLED


def test_a_forty_minute_infusion_is_checked_every_ten_then_every_fifteen_minutes() -> None:
    due = due_checks(Drug.KETAMINE, Route.IV, 40, START)
    assert minutes_of(due) == [0, 10, 20, 30, 40, 55, 70, 85, 100]


def test_an_infusion_stopped_early_is_observed_from_when_it_stopped() -> None:
    due = due_checks(Drug.KETAMINE, Route.IV, 40, START, stopped_at=after(26))
    assert minutes_of(due) == [0, 10, 20, 26, 41, 56, 71, 86]


def test_an_infusion_that_ran_longer_is_observed_longer() -> None:
    due = due_checks(Drug.KETAMINE, Route.IV, 40, START, stopped_at=after(60))
    assert minutes_of(due)[-1] == 120


def test_what_no_schedule_is_known_for_is_refused_before_the_dose() -> None:
    with pytest.raises(UnknownScheduleError, match="medical director must set one"):
        due_checks(Drug.KETAMINE, Route.NASAL, 0, START)


def test_a_dose_cannot_end_before_it_began() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        due_checks(Drug.KETAMINE, Route.IV, 40, START, stopped_at=after(-1))


sessions = st.tuples(st.sampled_from(KNOWN), st.floats(0, 360), st.none() | st.floats(0, 400, allow_subnormal=False))


@given(sessions)
def test_due_checks_stand_in_order_and_cover_the_least_observation(
    session: tuple[tuple[Drug, Route], float, float | None],
) -> None:
    (drug, route), duration_min, stopped_min = session
    stopped_at = None if stopped_min is None else after(stopped_min)
    due = due_checks(drug, route, duration_min, START, stopped_at)
    ended_at = stopped_at or after(duration_min)
    assert due[0].at == START
    assert due[-1].at >= observation(drug, route).over_at(START, ended_at)
    for earlier, later in pairwise(due):
        assert earlier.at < later.at
        assert earlier.at <= later.counts_from <= later.at


@given(st.floats(1, 360))
def test_during_an_infusion_no_two_checks_are_more_than_ten_minutes_apart(duration_min: float) -> None:
    due = due_checks(Drug.KETAMINE, Route.IV, duration_min, START)
    times = [check.at for check in due if check.at <= after(duration_min)]
    assert times[-1] == after(duration_min)
    assert all(later - earlier <= timedelta(minutes=10) for earlier, later in pairwise(times))


DUE = due_checks(Drug.KETAMINE, Route.IV, 40, START)


def test_the_next_check_is_the_first_after_the_start_that_is_not_done() -> None:
    for done in ([], [after(-5)]):
        following = next_due(DUE, done)
        assert following is not None
        assert following.at == after(10)


@pytest.mark.parametrize("minute", [-16, 0, 1, 4])
def test_nothing_old_and_nothing_from_the_start_on_is_the_check_before_the_dose(minute: float) -> None:
    assert not DUE[0].is_done([after(minute)])
    assert missed(DUE, [after(minute)])[0].at == START


def test_what_was_done_shortly_before_the_start_is_the_check_before_the_dose() -> None:
    assert DUE[0].is_done([after(-5)])
    assert missed(DUE, [after(-5)]) == ()


def test_a_check_left_out_stays_missed_when_a_later_one_was_done() -> None:
    due = due_checks(Drug.ESKETAMINE, Route.NASAL, 0, START)
    left_out = missed(due, [after(-5), after(20), after(60)])
    assert [check.why for check in left_out] == ["Pressure peaks about 40 minutes after the dose"]


@given(st.lists(st.floats(-30, 200)))
def test_every_check_is_done_or_missed_or_still_to_come(done: list[float]) -> None:
    times = [after(minute) for minute in done]
    following, left_out = next_due(DUE, times), missed(DUE, times)
    for check in DUE:
        to_come = following is not None and check.at >= following.at
        assert [check.is_done(times), check in left_out, to_come].count(True) == 1


def test_a_check_done_counts_for_the_due_time_it_is_nearest_to() -> None:
    early, late = next_due(DUE, [after(16)]), next_due(DUE, [after(14)])
    assert early is not None
    assert early.at == after(30)
    assert late is not None
    assert late.at == after(20)


def test_a_check_before_the_end_of_observation_is_not_the_check_before_leaving() -> None:
    last = next_due(DUE, [after(99)])
    assert last is not None
    assert last.at == after(100)
    assert next_due(DUE, [after(100)]) is None


def test_a_check_is_overdue_once_its_time_has_passed_until_one_is_done() -> None:
    done = [after(0)]
    assert overdue(DUE, done, after(10)) == ()
    assert [check.at for check in overdue(DUE, done, after(21))] == [after(10), after(20)]
    assert overdue(DUE, [*done, after(21)], after(21)) == ()


@given(st.lists(st.floats(-30, 200)), st.floats(-30, 200))
def test_nothing_overdue_lies_ahead_and_all_of_it_is_still_to_be_done(done: list[float], now: float) -> None:
    times = [after(minute) for minute in done]
    late = overdue(DUE, times, after(now))
    assert all(check.at < after(now) for check in late)
    assert not late or late[0] == next_due(DUE, times)
