"""A serious event after a session reaches the next chair, the prescriber, and whoever would still ask the person."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from daybreak.clinic.followup import calls
from daybreak.clinic.followup.queries import follow_up
from daybreak.clinic.letters import services as letters
from daybreak.clinic.letters.models import Kind
from daybreak.clinic.programme import services
from daybreak.clinic.programme.models import SeriousEvent
from daybreak.clinic.programme.services import SeriousEventWords
from daybreak.clinic.record.models import Course, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import banner, open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries as days
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.clinic.treatment_day import session_page
from daybreak.clinic.treatment_day.models import Session
from daybreak.treatment.checks import SERIOUS_EVENT_CHECK
from tests.clinic.letters.forms import words
from tests.clinic.people import Clinic
from tests.clinic.programme.spray import sprayed
from tests.clinic.programme.test_pages import signed_in
from tests.clinic.treatment_day.day import NASAL, Day, open_day

WHY = "A cardiologist saw the person on Friday and found nothing; the pressure is controlled since."


@pytest.fixture
def day(clinic: Clinic) -> Day:
    return sprayed(clinic)


def told(day: Day, kind: str = "hospitalisation", **more: object) -> SeriousEventWords:
    usual = SeriousEventWords(
        timezone.now() - timedelta(minutes=30), timezone.localdate(), (kind,), "Admitted with chest pain"
    )
    return replace(usual, **more)


def record(day: Day, *args: str, **more: object) -> SeriousEvent:
    coordinator = day.clinic.actor(Role.COORDINATOR)
    return services.record_event(day.session, told(day, *args, **more), coordinator, write_id=new_id())


def next_session(day: Day) -> Session:
    return treatment_day.open_session(day.clinic.course, 2, None, day.nurse, write_id=new_id())


def against(session: Session) -> list[str]:
    now = days.state(days.sessions().get(pk=session.pk), timezone.now())
    return [each.why for each in now.standing if each.check.id == SERIOUS_EVENT_CHECK]


class TestBeforeTheNextDose:
    def test_it_stands_against_it_until_a_prescriber_writes_why(self, day: Day) -> None:
        record(day)
        session = next_session(day)
        (why,) = against(session)
        assert "Hospital stay" in why
        assert "Admitted with chest pain" in why
        with pytest.raises(Refusal, match="record"):
            treatment_day.answer_check(session, SERIOUS_EVENT_CHECK, False, day.nurse, write_id=new_id())
        with pytest.raises(Refusal, match="prescriber"):
            treatment_day.give_reason(session, SERIOUS_EVENT_CHECK, WHY, day.nurse, write_id=new_id())
        treatment_day.give_reason(session, SERIOUS_EVENT_CHECK, WHY, day.prescriber, write_id=new_id())
        assert against(session) == []
        assert WHY in treatment_day.draft_note(session)

    def test_a_newer_account_is_not_what_the_reason_was_written_of(self, day: Day) -> None:
        event, session = record(day), next_session(day)
        treatment_day.give_reason(session, SERIOUS_EVENT_CHECK, WHY, day.prescriber, write_id=new_id())
        services.correct_event(
            event, told(day, words="A heart attack"), "The letter came.", day.nurse, write_id=new_id()
        )
        (why,) = against(session)
        assert "heart attack" in why
        assert "chest pain" not in why

    def test_without_one_nothing_is_asked(self, day: Day) -> None:
        page = session_page.build(days.sessions().get(pk=next_session(day).pk), timezone.localtime())
        assert SERIOUS_EVENT_CHECK not in {row.check.id for row in page.checks}

    def test_one_recorded_before_the_record_was_told_of_any_stands_against_it_too(self, day: Day) -> None:
        SeriousEvent.objects.create(
            session=day.session, occurred_at=timezone.now(), known_on=timezone.localdate(), words="A fall.",
            seriousness=["important_medical_event", "hospitalisation"], **day.nurse.stamp,
        )  # fmt: skip
        import_module("daybreak.clinic.programme.migrations.0005_serious_events_told").tell_record(apps, None)
        (why,) = against(next_session(day))
        assert "Hospital stay, or a longer one, Another important medical event: A fall." in why

    def test_every_page_of_the_course_names_it(self, day: Day) -> None:
        record(day)
        (fact,) = banner(day.clinic.course).serious_events
        assert fact.text == "Hospital stay, or a longer one: Admitted with chest pain"
        page = signed_in(day.clinic, Role.NURSE).get(f"/courses/{day.clinic.course.pk}/sessions")
        assert "Admitted with chest pain" in page.content.decode()


def test_the_prescriber_of_the_course_is_asked_to_read_it_and_stays_so_once_it_was_reported(day: Day) -> None:
    event = record(day)
    read = open_flags().filter(kind="serious_event_read", subject=event.pk)
    assert [flag.owner for flag in read] == [day.clinic.users[Role.PRESCRIBER]]
    newer = services.correct_event(event, told(day), "More is known.", day.nurse, write_id=new_id())
    assert not read.all().exists()
    assert open_flags().filter(kind="serious_event_read", subject=newer.pk).count() == 1


class TestDeath:
    def test_no_session_is_opened_until_the_record_is_corrected(self, day: Day) -> None:
        event = record(day, "death")
        with pytest.raises(Refusal, match="died"):
            next_session(day)
        services.correct_event(event, told(day), "It was another person.", day.nurse, write_id=new_id())
        assert next_session(day).number == 2

    def test_no_letter_goes_to_them_and_none_names_a_next_session(self, day: Day) -> None:
        course, who = day.clinic.course, day.clinic.actor(Role.PRESCRIBER)
        theirs = letters.write_letter(course, Kind.FOR_PATIENT, None, who, write_id=new_id())
        record(day, "death")
        with pytest.raises(Refusal, match="No letter goes to this person"):
            letters.write_letter(course, Kind.FOR_PATIENT, None, who, write_id=new_id())
        with pytest.raises(Refusal, match="No letter goes to this person"):
            letters.sign_letter(theirs, words(theirs), who, write_id=new_id(), after=1)
        to_a_colleague = letters.write_letter(course, Kind.AFTER_SESSION, day.session, who, write_id=new_id())
        comes_next = dict(words(to_a_colleague).sections)["What comes next"]
        assert comes_next.startswith("Recorded as died")

    def test_nobody_is_told_to_call_and_nothing_is_asked_any_more(self, day: Day) -> None:
        course = Course.objects.with_stage().get(pk=day.clinic.course.pk)
        assert any(each.due for each in follow_up(course).asked)
        assert follow_up(course).next_session is not None
        record(day, "death")
        assert follow_up(course).next_session is None
        waiting, _ = calls.of_site(day.clinic.site, timezone.now())
        assert waiting
        assert all("died" in due.phone for due in waiting)
        late = timezone.now() + timedelta(days=3)
        assert not any(due.is_overdue(late) for due in waiting)
        assert not any(each.due for each in follow_up(course).asked)


def test_an_event_before_the_session_was_opened_is_confirmed_and_a_death_there_cannot_be(day: Day) -> None:
    earlier = timezone.localtime(day.session.opened_at) - timedelta(seconds=1)
    with pytest.raises(Refusal, match="before session 1 was opened"):
        record(day, occurred_at=earlier)
    with pytest.raises(Refusal, match="before session 1 was opened"):
        record(day, "death", occurred_at=earlier, is_before=True)
    assert record(day, occurred_at=earlier, is_before=True).occurred_at == earlier


def test_a_death_recorded_meanwhile_stands_against_the_next_device_which_is_not_offered_first(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    record(day, "death", occurred_at=timezone.now())
    page = session_page.build(day.session, timezone.localtime(), with_model=False)
    assert page.against_device[0].startswith("Recorded as died")
    assert page.person_first
    with pytest.raises(Refusal, match="Recorded as died"):
        day.do(treatment_day.give_device, 6, lot="E1")
    assert "Recorded as died" in signed_in(clinic, Role.NURSE).get("/today/").content.decode()


def test_a_death_recorded_meanwhile_reaches_the_head_of_an_open_session(day: Day) -> None:
    """The page asks every two seconds: it must be told that something changed, and be given the head anew."""
    session = next_session(day)
    nurse, url = signed_in(day.clinic, Role.NURSE), f"/sessions/{session.pk}/live"
    seen = session_page.token(days.version(session.pk), timezone.localtime())
    record(day, "death")
    assert days.version(session.pk) != int(seen.split(".")[0])
    head = nurse.get(url, {"version": seen}).content.decode().split('id="live-serious"')[1].split("</div>")[0]
    assert "Recorded as died" in head
