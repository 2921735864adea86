"""Whom staff call after a session, by when, and what becomes of a call that nobody made."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.followup import calls, services
from daybreak.clinic.followup.models import Call
from daybreak.clinic.followup.queries import follow_up
from daybreak.clinic.followup.tick import tick
from daybreak.clinic.record.models import Course, Flag, FlagEvent, Patient, PatientFact, PatientFactKind, Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import enter_stage, open_course, raise_flag
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.treatment.follow_up import CallKind, call_due_at
from tests.clinic.followup.story import browser
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, make_plan, open_day


def treated(clinic: Clinic, *, dosed: bool = True) -> Day:
    """Somebody who left two hours after the dose, with criteria open."""
    day = open_day(clinic)
    if dosed:
        day.begin()
    day.do(treatment_day.leave, 120, goes_with="her sister", reason="Steady and awake.")
    return day


def left_untreated(clinic: Clinic, name: str) -> None:
    """Somebody else of the same house."""
    patient = Patient.objects.create(
        site=clinic.site, given_name=name, family_name="Person", birth_date=clinic.patient.birth_date, synthetic=True
    )
    course = open_course(patient, "treatment_resistant_depression", clinic.actor(Role.COORDINATOR))
    make_plan(clinic, course=course)
    nurse = clinic.actor(Role.NURSE)
    session = treatment_day.open_session(course, 1, None, nurse, write_id=new_id())
    treatment_day.leave(session, nurse, write_id=new_id(), reason="Went home.")


def due(day: Day, at: datetime) -> list[CallKind]:
    return [each.kind for each in calls.of_site(day.clinic.site, at)[0]]


def called(day: Day, kind: CallKind, outcome: Call.Outcome, at: datetime, **more: object) -> Call:
    who = replace(day.nurse, at=at)
    return services.record_call(day.session, kind, outcome, who, write_id=new_id(), **more)


def test_the_next_day_by_noon_and_back_within_two_hours() -> None:
    left_at = datetime(2026, 3, 3, 15, 40, tzinfo=ZoneInfo("America/New_York"))
    assert call_due_at(CallKind.NEXT_DAY, left_at) == left_at.replace(day=4, hour=12, minute=0)
    assert call_due_at(CallKind.CALL_BACK, left_at) == left_at + timedelta(hours=2)


def test_who_left_with_a_criterion_open_is_called_back_and_called_the_next_day(clinic: Clinic) -> None:
    day = treated(clinic)
    assert due(day, timezone.now()) == [CallKind.CALL_BACK, CallKind.NEXT_DAY], "the earlier deadline first"
    with pytest.raises(Refusal, match=r"left with criteria open\. Write in a few words how they are"):
        called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words=" ")
    called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
    assert due(day, timezone.now()) == [CallKind.NEXT_DAY]


def test_nobody_is_called_who_is_still_here(clinic: Clinic) -> None:
    day = open_day(clinic)
    assert due(day, timezone.now()) == []
    with pytest.raises(Refusal, match="Nobody is to be called"):
        called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, timezone.now())


def test_who_left_before_any_dose_is_owed_the_session_and_the_coordinator_asks(clinic: Clinic) -> None:
    """They came, and went home without treatment: somebody asks how they are, and when it is held or why it is not."""
    day, coordinator = treated(clinic, dosed=False), clinic.users[Role.COORDINATOR]
    ((waiting,), _) = calls.of_site(clinic.site, timezone.now())
    assert (waiting.kind, waiting.owner) == (CallKind.UNTREATED, coordinator)
    assert waiting.why == "Left before any dose: session 1 is still owed. Move it, or say why not"
    late = waiting.due_at + timedelta(minutes=5)
    tick(late)
    (flag,) = Flag.objects.filter(kind="call overdue")
    assert (flag.owner, flag.level) == (coordinator, Flag.Level.WATCH)
    assert "session 1 is still owed" in flag.title
    with pytest.raises(
        Refusal, match=r"Session 1 is still owed\. Write in a few words how they are, and when it is held"
    ):
        called(day, CallKind.UNTREATED, Call.Outcome.REACHED, late)
    called(day, CallKind.UNTREATED, Call.Outcome.REACHED, late, words="Well. Comes on Friday.")
    assert due(day, late) == []


def test_a_session_held_since_is_owed_no_more(clinic: Clinic) -> None:
    day = treated(clinic, dosed=False)
    treatment_day.open_session(clinic.course, 1, None, day.nurse, write_id=new_id())
    assert due(day, timezone.now()) == []


def test_nobody_is_owed_a_session_of_a_course_that_ended(clinic: Clinic) -> None:
    day = treated(clinic, dosed=False)
    enter_stage(clinic.course, Stage.ENDED, clinic.actor(Role.PRESCRIBER))
    assert due(day, timezone.now()) == []


def test_nobody_is_owed_a_session_that_was_taken_out_of_the_plan(clinic: Clinic) -> None:
    """One rule for the list of calls and for the course."""
    day = treated(clinic, dosed=False)
    assert follow_up(Course.objects.with_stage().get(), timezone.now()).owed == (day.session,)
    assert due(day, timezone.now()) == [CallKind.UNTREATED]
    make_plan(clinic, version=2, first_number=2)
    assert follow_up(Course.objects.with_stage().get(), timezone.now()).owed == ()
    assert due(day, timezone.now()) == []


def test_whom_to_call_takes_seven_queries_however_many_went_home_untreated(
    clinic: Clinic, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    treated(clinic, dosed=False)
    for name in ("Second", "Third"):
        left_untreated(clinic, name)
    with django_assert_num_queries(7):
        waiting, _ = calls.of_site(clinic.site, timezone.now())
    assert len(waiting) == 3
    assert {each.owner for each in waiting} == {clinic.users[Role.COORDINATOR]}


def test_who_left_before_any_dose_twice_is_called_once(clinic: Clinic) -> None:
    day = treated(clinic, dosed=False)
    again = treatment_day.open_session(clinic.course, 1, None, day.nurse, write_id=new_id())
    treatment_day.leave(again, day.nurse, write_id=new_id(), reason="Went home again.")
    ((waiting,), _) = calls.of_site(clinic.site, timezone.now())
    assert waiting.session == again


def test_who_was_not_reached_is_tried_again_when_that_was_agreed(clinic: Clinic) -> None:
    day, now = treated(clinic), timezone.now()
    with pytest.raises(Refusal, match="is past"):
        called(day, CallKind.NEXT_DAY, Call.Outcome.NOT_REACHED, now, again_at=now - timedelta(hours=1))
    for far in (now + timedelta(days=3, minutes=1), datetime(9999, 12, 31, tzinfo=UTC)):
        with pytest.raises(Refusal, match=r"The next try is made by .* at the latest"):
            called(day, CallKind.NEXT_DAY, Call.Outcome.NOT_REACHED, now, again_at=far)
    again = now + timedelta(days=1, hours=6)
    called(day, CallKind.NEXT_DAY, Call.Outcome.NOT_REACHED, now, again_at=again)
    (waiting,) = [each for each in calls.of_site(clinic.site, now)[0] if each.kind is CallKind.NEXT_DAY]
    assert waiting.due_at == again
    with pytest.raises(Refusal, match="Write why no further try"):
        called(day, CallKind.NEXT_DAY, Call.Outcome.GIVEN_UP, now)
    called(day, CallKind.NEXT_DAY, Call.Outcome.GIVEN_UP, now, words="Admitted elsewhere.")
    with pytest.raises(Refusal, match="already"):
        called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, now, words="Well.")


def test_reached_with_nothing_said_tells_nobody_how_they_are(clinic: Clinic) -> None:
    day = treated(clinic)
    with pytest.raises(Refusal, match="how they are, or who answered"):
        called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, timezone.now(), words=" ")
    called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, timezone.now(), words="Slept well.")


def test_nobody_who_died_is_reached_or_to_be_called_until_the_death_is_taken_back(clinic: Clinic) -> None:
    day, nurse = treated(clinic), browser(clinic.users[Role.NURSE])
    death = died_at_home(clinic)
    with pytest.raises(Refusal, match="Nobody was reached"):
        called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, timezone.now(), words="Slept well.")
    page = nurse.get(reverse("calls")).content.decode()
    assert "0 to be made" in page
    assert "Recorded as died. Do not call." in page.split('id="dead"')[1]
    PatientFact.objects.create(
        patient=clinic.patient, kind=PatientFactKind.SERIOUS_EVENT, code="hospitalisation", text="Another person.",
        corrects=death, correction_reason="It was another person.",
    )  # fmt: skip
    assert "2 to be made" in nurse.get(reverse("calls")).content.decode()


def test_open_flags_that_ask_to_call_ask_so_no_more_of_who_died_and_again_once_it_is_taken_back(clinic: Clinic) -> None:
    Patient.objects.filter(pk=clinic.patient.pk).update(phone="555 0100")
    raise_flag(
        patient=clinic.patient, course=clinic.course, kind="suicide answer", level=Flag.Level.ACT,
        title="Call and assess: PHQ-9 item 9 is 2", detail="Call 555 0100. Ask about a plan.", rule="PHQ9-9",
        owner=clinic.users[Role.PRESCRIBER], due_at=timezone.now(), actor=clinic.actor(Role.NURSE),
    )  # fmt: skip
    nurse = browser(clinic.users[Role.NURSE])
    assert "Call and assess" in nurse.get(reverse("flags")).content.decode()
    death = died_at_home(clinic)
    for name in ("flags", "today"):
        page = nurse.get(reverse(name)).content.decode()
        assert "Call and assess" not in page
        assert "555 0100" not in page
        assert "Person died. PHQ-9 item 9 is 2" in page
    PatientFact.objects.create(
        patient=clinic.patient, kind=PatientFactKind.SERIOUS_EVENT, code="hospitalisation", text="Another person.",
        corrects=death, correction_reason="It was another person.",
    )  # fmt: skip
    assert "Call and assess" in nurse.get(reverse("flags")).content.decode()


def died_at_home(clinic: Clinic) -> PatientFact:
    return PatientFact.objects.create(
        patient=clinic.patient, kind=PatientFactKind.SERIOUS_EVENT, code=PatientFact.DEATH, text="Died at home."
    )


def test_a_call_nobody_made_is_one_flag_with_its_owner_and_closes_with_the_call(clinic: Clinic) -> None:
    """The next day's call, looked at after noon: the clock says it once, whoever saw the person leave owns it."""
    day = treated(clinic)
    late = call_due_at(CallKind.NEXT_DAY, timezone.localtime(day.at(120))) + timedelta(minutes=5)
    called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
    assert not Flag.objects.filter(kind="call overdue").exists()
    tick(late)
    tick(late + timedelta(minutes=1))
    (flag,) = Flag.objects.filter(kind="call overdue")
    assert (flag.owner, flag.level, flag.rule) == (day.nurse.user, Flag.Level.WATCH, "calls.next_day")
    assert "No phone number is on file" in flag.detail
    called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, late + timedelta(minutes=9), words="Slept well.")
    assert flag.events.get().kind == FlagEvent.Kind.CLOSED
    assert "Slept well." in flag.events.get().action


def test_a_coordinators_call_back_is_kept_and_its_flag_left_for_who_treats(clinic: Clinic) -> None:
    day = treated(clinic)
    late = day.at(120) + timedelta(hours=2, minutes=5)
    tick(late)
    (flag,) = Flag.objects.filter(kind="call overdue", rule="calls.call_back")
    who = replace(clinic.actor(Role.COORDINATOR), at=late)
    services.record_call(day.session, CallKind.CALL_BACK, Call.Outcome.REACHED, who, write_id=new_id(), words="Awake.")
    assert flag.level == Flag.Level.ACT
    assert flag.events.get().kind == FlagEvent.Kind.ACKNOWLEDGED
    assert flag in open_flags(site=clinic.site)


def test_old_calls_raise_no_flags_when_the_clock_was_off_for_long(clinic: Clinic) -> None:
    day = treated(clinic)
    tick(day.at(120) + timedelta(days=4))
    assert not Flag.objects.filter(kind="call overdue").exists()
    assert due(day, day.at(120) + timedelta(days=4)), "and still stand on the list"


def test_the_page_says_whom_to_call_and_keeps_what_was_said(
    clinic: Clinic, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    day = treated(clinic)
    clinic.patient.phone = "555 0123"
    clinic.patient.save()
    nurse = browser(clinic.users[Role.NURSE])
    page = nurse.get(reverse("calls")).content.decode()
    for said in (
        'href="tel:5550123">555 0123',
        "Left session 1 with criteria open: call back",
        "with her sister",
        "Owner: A synthetic",
    ):
        assert said in page, said
    fields = {"write_id": new_id(), "kind": "call_back", "words": "Is well."}
    address = reverse("call_record", args=[day.session.pk])
    assert nurse.post(address, fields).status_code == 422
    for never in ("0001-01-01T00:00", "9999-12-31T23:59"):
        assert nurse.post(address, fields | {"outcome": "not reached", "again_at": never}).status_code == 422
    assert "Is well." in nurse.post(address, fields | {"outcome": "reached"}, follow=True).content.decode()
    nurse.get(reverse("calls"))
    with django_assert_max_num_queries(11):
        assert nurse.get(reverse("calls")).status_code == 200
