"""An overdue check is a flag with an owner and a deadline, once, until the check is done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import Flag, FlagEvent
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import answer_flag
from daybreak.clinic.treatment_day import board, services
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.treatment.schedule import overdue_rule
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.treatment_day.day import INFUSION, NASAL, Day, open_day

AFTER_MIN = overdue_rule().after / timedelta(minutes=1)


def clock_works(day: Day, minute: float) -> int:
    """What `daybreak tick` does for the treatment day."""
    return services.flag_overdue_checks(replace(SYSTEM, at=day.at(minute)))


def waiting(day: Day) -> list[Flag]:
    return list(open_flags(patients=[day.clinic.patient]).filter(kind=services.OVERDUE_CHECK))


@pytest.fixture
def day(clinic: Clinic) -> Day:
    """Nasal esketamine: checks at 20, 40, 60, 90 and 120 minutes."""
    day = open_day(clinic, NASAL)
    day.begin()
    return day


def test_it_has_an_owner_a_deadline_and_says_what_is_due(day: Day) -> None:
    assert clock_works(day, 20 + AFTER_MIN - 1) == 0
    assert clock_works(day, 20 + AFTER_MIN) == 1
    (flag,) = waiting(day)
    assert flag.owner == day.nurse.user
    assert flag.due_at == day.at(20) + overdue_rule().within
    assert flag.title == f"The check of {timezone.localtime(day.at(20)):%H:%M} is overdue, 20 min since the dose began"
    assert flag.subject == day.session.pk


def test_a_check_from_before_midnight_is_named_with_its_day(clinic: Clinic) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    began = midnight - timedelta(minutes=22)
    day = open_day(clinic, NASAL, hours_ago=(timezone.now() - began) / timedelta(hours=1))
    day.begin()
    clock_works(day, 28)
    (flag,) = waiting(day)
    assert flag.title.startswith(f"The check of 23:58 on {began.day} {began:%b} is overdue")


def test_again_changes_nothing(day: Day) -> None:
    assert [clock_works(day, minute) for minute in (26, 26, 27, 38)] == [1, 0, 0, 0]
    assert Flag.objects.filter(kind=services.OVERDUE_CHECK).count() == 1


def test_each_overdue_check_has_its_own(day: Day) -> None:
    assert clock_works(day, 70) == 3
    assert [flag.title.partition(", ")[2] for flag in waiting(day)] == [
        f"{n} min since the dose began" for n in (20, 40, 60)
    ]


def test_the_check_done_closes_it_and_says_when(day: Day) -> None:
    clock_works(day, 28)
    day.read(29)
    clock_works(day, 30)
    assert not waiting(day)
    (closed,) = FlagEvent.objects.filter(kind=FlagEvent.Kind.CLOSED)
    assert closed.action == f"Done at {timezone.localtime(day.at(29)):%H:%M}."
    assert clock_works(day, 31) == 0


def test_half_a_check_closes_nothing(day: Day) -> None:
    clock_works(day, 28)
    day.systolic(29, 130)
    clock_works(day, 30)
    assert len(waiting(day)) == 1


def test_one_left_out_is_closed_as_that_when_a_later_check_was_done(day: Day) -> None:
    clock_works(day, 50)
    day.read(48)  # nearer to 40 than to 60
    clock_works(day, 51)
    said = [event.action for event in FlagEvent.objects.filter(kind=FlagEvent.Kind.CLOSED).order_by("flag__due_at")]
    assert said == ["Left out: a later check was done.", f"Done at {timezone.localtime(day.at(48)):%H:%M}."]
    assert not waiting(day)


def test_who_left_is_asked_for_no_check_more(day: Day) -> None:
    clock_works(day, 28)
    day.do(services.leave, 30, reason="Goes home early, the prescriber knows and agrees.")
    assert clock_works(day, 45) == 0
    assert not waiting(day)
    assert FlagEvent.objects.get(kind=FlagEvent.Kind.CLOSED).action.startswith("The person left at")


def test_a_start_taken_back_asks_for_no_check(day: Day) -> None:
    clock_works(day, 28)
    day.do(services.take_back_start, 30, reason="Wrong chair.")
    assert clock_works(day, 31) == 0
    assert not waiting(day)


def test_a_stop_moves_the_checks_after_an_infusion_and_what_is_due_no_more_is_closed(clinic: Clinic) -> None:
    day = open_day(clinic, INFUSION)
    day.begin()
    day.read(10)
    clock_works(day, 26)  # the check of 20 minutes
    day.do(services.stop, 15)
    clock_works(day, 27)
    assert [flag.title.partition(", ")[2] for flag in waiting(day)] == ["at the end of the dose"]
    clock_works(day, 36)
    assert waiting(day)[-1].title.endswith(", 15 min since the dose ended")
    assert FlagEvent.objects.get(kind=FlagEvent.Kind.CLOSED).action.startswith("No longer due")


def test_a_session_nobody_closed_yesterday_asks_for_nothing_that_cannot_be_done_any_more(day: Day) -> None:
    assert clock_works(day, 24 * 60) == 0


def test_a_session_that_cannot_be_read_holds_up_no_other(day: Day) -> None:
    other = open_day(make_clinic("Other"), NASAL)
    other.begin()
    kind, at = SessionEvent.Kind.CHECK_ANSWERED, day.at(-1)
    SessionEvent.objects.create(session=day.session, kind=kind, occurred_at=at, data=["?"], **day.nurse.stamp)
    assert services.flag_overdue_checks(replace(SYSTEM, at=other.at(28))) == 1
    assert len(waiting(other)) == 1


def test_before_the_dose_nothing_is_overdue(clinic: Clinic) -> None:
    assert clock_works(open_day(clinic), 200) == 0


def test_it_is_closed_by_hand_by_those_who_treat_alone_and_does_not_come_back(day: Day) -> None:
    clock_works(day, 28)
    (flag,) = waiting(day)
    with pytest.raises(Refusal, match="Tell them"):
        answer_flag(flag, FlagEvent.Kind.CLOSED, "Looks fine.", day.clinic.actor(Role.COORDINATOR))
    answer_flag(flag, FlagEvent.Kind.CLOSED, "The person sleeps.", day.clinic.actor(Role.PRESCRIBER))
    assert clock_works(day, 30) == 0
    assert not waiting(day)


def test_the_board_shows_it_at_its_chair_and_among_what_waits(day: Day) -> None:
    clock_works(day, 28)
    shown = board.now(day.clinic.site, day.at(28))
    (row,) = [row for row in shown.rows if row.session]
    assert row.overdue_min == 8
    assert [(each.flag.kind, each.session) for each in shown.flags] == [(services.OVERDUE_CHECK, day.session)]
