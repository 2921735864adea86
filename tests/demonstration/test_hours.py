"""The demonstration keeps its promises at any hour, on any weekday, at the end of a month and of a year."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from daybreak.clinic.followup.schedule import asked, due
from daybreak.clinic.record.models import Course, Flag, Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.treatment_day import board, planned_today, queries, services
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.demonstration.filling import fill
from daybreak.demonstration.people import PREFIX
from daybreak.demonstration.stories import Reached, Story, stories

pytestmark = pytest.mark.django_db

MOMENTS = [
    datetime(2026, 3, 8, 5, 0, tzinfo=UTC),  # a Sunday, before anybody is there
    datetime(2026, 3, 7, 14, 40, tzinfo=UTC),  # a Saturday
    datetime(2026, 3, 31, 23, 50, tzinfo=UTC),  # the last minutes of a month
    datetime(2026, 1, 1, 0, 1, tzinfo=UTC),  # the first of a year, a minute after midnight
]


@pytest.fixture(scope="module", params=MOMENTS, ids=lambda at: f"{at:%a-%Y-%m-%d-%H%M}")
def told(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[datetime]:
    """Those of whom something happens now, told up to this moment."""
    people = [story for story in stories() if story.today or "signs_in" in story.unusual or _expected(story)]
    with django_db_blocker.unblock(), transaction.atomic():
        fill(request.param, people=people)
        yield request.param
        transaction.set_rollback(True)


def _expected(story: Story) -> bool:
    """Whether the first session of a person is planned for today."""
    return story.reached is Reached.SIGNED and story.next_in == 0


def states(now: datetime) -> list[tuple[Session, SessionState]]:
    return [(session, queries.state(session, now)) for session in queries.sessions().filter(is_over=False)]


def test_one_session_runs_and_its_last_check_was_just_done(told: datetime) -> None:
    ((session, state),) = [(session, state) for session, state in states(told) if state.runs]
    assert told - state.started_at == timedelta(minutes=24)
    assert told - max(reading.at for reading in state.readings) < timedelta(minutes=30)
    assert state.overdue == ()
    assert queries.is_on_monitor(session)


def test_a_crossed_limit_of_it_waits(told: datetime) -> None:
    flag = open_flags().get(kind=queries.LIMIT_CROSSED)
    assert not flag.acknowledged
    assert timedelta() < told - flag.recorded_at < timedelta(minutes=30)


def test_one_person_is_made_ready(told: datetime) -> None:
    ((_, state),) = [(session, state) for session, state in states(told) if not state.runs]
    assert state.answers
    assert state.standing


def test_one_has_just_left_with_a_signed_note(told: datetime) -> None:
    left = SessionEvent.objects.filter(kind=SessionEvent.Kind.LEFT, occurred_at__gt=told - timedelta(hours=2))
    assert left.count() == 1
    assert left.get().session.events.filter(kind=SessionEvent.Kind.NOTE_SIGNED).exists()


def test_an_answer_about_death_waits_for_the_prescriber(told: datetime) -> None:
    flag = open_flags().get(rule="PHQ9-ITEM9")
    assert (flag.owner.role, flag.level) == (Role.PRESCRIBER, Flag.Level.ACT)
    assert timedelta() < told - flag.recorded_at < timedelta(hours=1)
    assert flag.due_at > told


def test_who_may_sign_in_has_questions_due(told: datetime) -> None:
    patient = User.objects.get(username=f"{PREFIX}{Role.PATIENT}").patient
    course = Course.objects.with_stage().get(patient=patient)
    now = due(asked(course, course.measures.all(), queries.doses_given(course, told), told))
    assert {each.question.instrument_id for each in now} == {"PHQ9", "MOOD"}


def test_the_board_shows_both_chairs_and_asks_for_nobody_twice(told: datetime) -> None:
    site = Site.objects.get()
    shown = board.now(site, told)
    assert sum(row.session is not None for row in shown.rows) == 2
    sitting = {row.session.course_id for row in shown.rows if row.session}
    expected = planned_today.expected(site, told.date())
    assert not sitting & {each.course for each in expected}
    assert [each.name.partition(" ")[0] for each in expected] == ["Sage"]


def test_nothing_is_recorded_after_now_and_no_check_is_overdue(told: datetime) -> None:
    assert not Flag.objects.filter(recorded_at__gt=told).exists()
    assert not SessionEvent.objects.filter(occurred_at__gt=told).exists()
    assert not open_flags().filter(kind=services.OVERDUE_CHECK).exists()
