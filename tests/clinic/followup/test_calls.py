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
        called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, next_day(day), words=" ")
    called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, next_day(day), words="Slept well.")


class TestACallOfAnotherDay:
    """What somebody says on the phone minutes after leaving is not how they are the next day."""

    def test_is_settled_before_its_day_only_with_a_word_of_why_which_is_kept(self, clinic: Clinic) -> None:
        day, early = treated(clinic), timezone.now()
        for why in ("", " ", "."):
            with pytest.raises(Refusal, match=r"This call is due on .*\. Write in a few words why"):
                called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, early, words="Fine.", why_early=why)
        assert CallKind.NEXT_DAY in due(day, early)
        why = "Flies home tonight, no phone there."
        call = called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, early, words="Fine.", why_early=why)
        assert call.why_early == why
        assert CallKind.NEXT_DAY not in due(day, early)
        assert why in browser(clinic.users[Role.NURSE]).get(reverse("calls")).content.decode()

    def test_is_asked_nothing_on_its_day(self, clinic: Clinic) -> None:
        day = treated(clinic)
        morning = next_day(day).replace(hour=0, minute=1)
        assert called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, morning, words="Slept well.").why_early == ""

    def test_may_be_tried_before_it_and_a_call_back_is_asked_nothing(self, clinic: Clinic) -> None:
        day = treated(clinic)
        called(day, CallKind.NEXT_DAY, Call.Outcome.NOT_REACHED, timezone.now())
        called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
        assert due(day, timezone.now()) == [CallKind.NEXT_DAY]


class TestACallTakenBack:
    """Recorded for the wrong person, it must not leave this one uncalled."""

    def test_is_due_again_and_stays_struck_through_with_who_and_why(self, clinic: Clinic) -> None:
        day, nurse = treated(clinic), browser(clinic.users[Role.NURSE])
        call = called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
        before = waiting_of(day)
        with pytest.raises(Refusal, match="Write in a few words how it came"):
            taken_back(day, call, reason=" ")
        taken_back(day, call)
        (again,) = set(waiting_of(day)) - set(before)
        assert (again, due(day, timezone.now())) == (CallKind.CALL_BACK, [CallKind.CALL_BACK, CallKind.NEXT_DAY])
        page = nurse.get(reverse("calls")).content.decode()
        assert "Awake.</s> Taken back" in page
        assert "A synthetic session nurse: It was another person." in page
        with pytest.raises(Refusal, match="already"):
            taken_back(day, call)
        assert called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="At home, awake.")

    def test_takes_the_time_agreed_for_the_next_try_with_it(self, clinic: Clinic) -> None:
        day, now = treated(clinic), timezone.now()
        first = waiting_of(day)[CallKind.NEXT_DAY]
        again = now + timedelta(days=2)
        call = called(day, CallKind.NEXT_DAY, Call.Outcome.NOT_REACHED, now, again_at=again)
        assert waiting_of(day)[CallKind.NEXT_DAY] == again
        taken_back(day, call)
        assert waiting_of(day)[CallKind.NEXT_DAY] == first

    def test_has_its_flag_again_which_the_call_had_closed_and_never_two(self, clinic: Clinic) -> None:
        day = treated(clinic)
        late = next_day(day).replace(hour=12, minute=5)
        called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
        tick(late)
        for minute, flags_by_now in ((1, 2), (10, 3)):
            at = late + timedelta(minutes=minute)
            call = called(day, CallKind.NEXT_DAY, Call.Outcome.REACHED, at, words="Slept well.")
            assert not open_flags(site=clinic.site).filter(kind="call overdue").exists()
            taken_back(day, call, at)
            tick(at + timedelta(minutes=1))
            tick(at + timedelta(minutes=2))
            assert open_flags(site=clinic.site).filter(kind="call overdue").count() == 1
            assert Flag.objects.filter(kind="call overdue").count() == flags_by_now
        at = late + timedelta(minutes=20)
        taken_back(day, called(day, CallKind.NEXT_DAY, Call.Outcome.NOT_REACHED, at), at)
        tick(at + timedelta(minutes=1))
        assert open_flags(site=clinic.site).filter(kind="call overdue").count() == 1

    def test_on_the_page_with_a_word_of_how_it_came(self, clinic: Clinic) -> None:
        day, nurse = treated(clinic), browser(clinic.users[Role.NURSE])
        call = called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
        address, fields = reverse("call_take_back", args=[day.session.pk]), {"write_id": new_id(), "of": call.pk}
        refused = nurse.post(address, fields | {"reason": "x"})
        assert refused.status_code == 422
        assert 'name="reason" maxlength="500" value="x"' in refused.content.decode()
        page = nurse.post(address, fields | {"reason": "The wrong line."}, follow=True).content.decode()
        assert "2 to be made" in page
        assert "The wrong line." in page


class TestARefusedCall:
    """What somebody said on the phone is not said twice."""

    @pytest.mark.parametrize(
        ("outcome", "again", "why"),
        [
            ("not reached", timedelta(hours=-1), "is past"),
            ("not reached", timedelta(days=4), "at the latest"),
            ("reached", None, "This call is due on"),
            ("", None, "Choose whether the person was reached."),
        ],
    )
    def test_keeps_what_was_typed_and_says_why_in_the_open_form(
        self, clinic: Clinic, outcome: str, again: timedelta | None, why: str
    ) -> None:
        day, nurse = treated(clinic), browser(clinic.users[Role.NURSE])
        at = f"{timezone.localtime() + again:%Y-%m-%dT%H:%M}" if again else ""
        fields = {"write_id": new_id(), "kind": "next_day", "words": "Her sister says: asleep.", "again_at": at}
        refused = nurse.post(reverse("call_record", args=[day.session.pk]), fields | {"outcome": outcome})
        page = refused.content.decode()
        assert refused.status_code == 422
        assert "2 to be made" in page
        assert page.count("<details open>") == 1
        form = page.split("<details open>")[1].split("</details>")[0]
        for said in (why, 'value="next_day"', 'value="Her sister says: asleep."', f'value="{at}"', "autofocus"):
            assert said in form, said
        assert not Call.objects.exists()

    def test_of_a_call_that_somebody_else_made_meanwhile_still_says_what_was_typed(self, clinic: Clinic) -> None:
        day, nurse = treated(clinic), browser(clinic.users[Role.NURSE])
        called(day, CallKind.CALL_BACK, Call.Outcome.REACHED, timezone.now(), words="Awake.")
        fields = {"write_id": new_id(), "kind": "call_back", "outcome": "reached", "words": "Has a headache."}
        refused = nurse.post(reverse("call_record", args=[day.session.pk]), fields)
        assert refused.status_code == 422
        assert "Typed and not saved: Has a headache." in refused.content.decode()


def next_day(day: Day) -> datetime:
    """The morning after the person left."""
    return (timezone.localtime(day.at(120)) + timedelta(days=1)).replace(hour=9)


def waiting_of(day: Day) -> dict[CallKind, datetime]:
    return {each.kind: each.due_at for each in calls.of_site(day.clinic.site, timezone.now())[0]}


def taken_back(day: Day, call: Call, at: datetime | None = None, reason: str = "It was another person.") -> Call:
    who = replace(day.nurse, at=at or timezone.now())
    return services.take_back_call(call, who, write_id=new_id(), reason=reason)


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
