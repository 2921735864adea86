"""The clock's work is done once, however often it is asked for."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.clinic.followup.tick import every_minute, tick
from daybreak.clinic.record import status
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, Heartbeat
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import enter_stage
from tests.clinic.followup.story import Story


def test_two_weeks_without_an_answer_raise_one_flag(story: Story) -> None:
    assert tick(story.at(days=20)) == 0
    assert tick(story.at(days=22)) == 1
    flag = Flag.objects.get()
    assert (flag.level, flag.title) == (Flag.Level.WATCH, "PHQ-9 not answered 2 times in a row")
    assert flag.owner == story.clinic.users[Role.PRESCRIBER]
    assert flag.due_at == story.at(days=22) + timedelta(days=2)


def test_again_changes_nothing_also_when_a_third_week_is_missing(story: Story) -> None:
    assert [tick(story.at(days=days)) for days in (22, 22, 23, 30)] == [1, 0, 0, 0]


def test_after_an_answer_a_new_silence_is_a_new_flag(story: Story) -> None:
    tick(story.at(days=22))
    story.answer(10, days=23)
    assert tick(story.at(days=36)) == 0
    assert tick(story.at(days=43)) == 1


def test_a_course_that_ended_is_left_alone(story: Story) -> None:
    enter_stage(story.course, "ended", story.clinic.actor(Role.PRESCRIBER), at=timezone.now() + timedelta(minutes=1))
    assert tick(story.at(days=60)) == 0


def test_what_has_days_is_looked_at_once_an_hour(story: Story) -> None:
    tick(story.at(days=14))
    story.answer(10, days=14.02)
    with CaptureQueriesContext(connection) as soon:
        tick(story.at(days=14, hours=59 / 60))
    with CaptureQueriesContext(connection) as later:
        tick(story.at(days=14, hours=61 / 60))
    read = [any("followup_measure" in query["sql"] for query in each) for each in (soon, later)]
    assert read == [False, True], "every running course is read anew, which takes seconds after some years"


def test_a_minute_that_fails_does_not_end_the_service(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = iter([OperationalError("database is locked"), KeyError("a mistake of ours"), None])
    said: list[str] = []

    class Stopped(Exception):
        pass

    def one_pass() -> int:
        if problem := next(passes):
            raise problem
        return tick(story.at(days=22))

    def wait(seconds: float) -> None:
        assert seconds == 60
        if len(said) == 3:
            raise Stopped

    monkeypatch.setattr("daybreak.clinic.followup.tick.tick", one_pass)
    monkeypatch.setattr("daybreak.clinic.followup.tick.close_old_connections", lambda: None)  # a test's one is kept
    with pytest.raises(Stopped):
        every_minute(said.append, wait=wait)
    lost, mistake, done = said
    assert lost == "The clock's work was not done, the next minute tries again: database is locked."
    assert "Traceback" in mistake
    assert "a mistake of ours" in mistake
    assert done == "1 flag raised."


def test_what_breaks_one_part_of_a_pass_leaves_out_no_other(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(by_clock: Actor) -> int:
        raise RuntimeError("A session cannot be read.")

    monkeypatch.setattr("daybreak.clinic.followup.tick.flag_overdue_checks", broken)
    with pytest.raises(RuntimeError, match="cannot be read"):
        tick(story.at(days=22))
    assert Flag.objects.get().title.startswith("PHQ-9 not answered")
    assert not Heartbeat.objects.filter(part="tick").exists(), "the Status page says that the clock's work is not done"


def test_a_clock_that_was_set_back_holds_up_nothing(story: Story) -> None:
    status.beat("part", at=story.at(days=50))
    hour = timedelta(hours=1)
    due = [status.is_due("part", hour, story.at(days=days)) for days in (22, 50, 50.04, 50.05)]
    assert due == [True, False, False, True]


def test_every_pass_shows_that_it_ran(story: Story) -> None:
    tick()
    assert timezone.now() - Heartbeat.objects.get(part="tick").at < timedelta(minutes=1)


def test_the_command_says_what_it_did(story: Story) -> None:
    assert CliRunner().invoke(app, ["tick"]).output == "1 flag raised.\n"
    assert CliRunner().invoke(app, ["tick"]).output == "0 flags raised.\n"
