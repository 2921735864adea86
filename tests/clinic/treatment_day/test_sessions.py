"""From opening to leaving and the signed note."""

import re
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.planning.models import PlanSignature
from daybreak.clinic.record.models import Course, Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import course_sessions, queries, services
from daybreak.clinic.treatment_day.folding import standing_observations
from daybreak.clinic.treatment_day.models import Chair, Monitor, Session, SessionEvent
from daybreak.clinic.treatment_day.services.dosing import NotDosed
from daybreak.treatment.findings import State
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic, another_course
from tests.clinic.treatment_day.day import BEFORE, Day, make_plan
from tests.web.test_gate import signed_in


def open_one(clinic: Clinic, number: int = 1, chair: Chair | None = None, write_id=None) -> Session:
    return services.open_session(clinic.course, number, chair, clinic.actor(Role.NURSE), write_id=write_id or new_id())


def test_no_session_without_a_signed_plan(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="No plan of this course is signed"):
        open_one(clinic)
    plan = make_plan(clinic)
    assert PlanSignature.objects.filter(plan=plan).exists()
    assert open_one(clinic).plan == plan


def test_the_first_session_brings_the_course_to_its_treatment_days(clinic: Clinic) -> None:
    make_plan(clinic)
    services.leave(open_one(clinic, 1), clinic.actor(Role.NURSE), write_id=new_id())
    open_one(clinic, 2)
    course = Course.objects.with_stage().get(pk=clinic.course.pk)
    assert course.stage == Stage.TREATMENT
    assert course.events.filter(stage=Stage.TREATMENT).count() == 1


def test_a_number_is_opened_once_and_only_if_planned(clinic: Clinic) -> None:
    make_plan(clinic)
    write_id = new_id()
    assert open_one(clinic, 1, write_id=write_id) == open_one(clinic, 1, write_id=write_id)
    with pytest.raises(Refusal, match="opened already"):
        open_one(clinic, 1)
    with pytest.raises(Refusal, match="no session 7"):
        open_one(clinic, 7)


def test_the_list_says_aloud_what_is_off_label(clinic: Clinic) -> None:
    nurse = signed_in(clinic, Role.NURSE)
    make_plan(clinic)
    shown = nurse.get(reverse("sessions", args=[clinic.course.pk])).content.decode()
    assert '<span class="badge off-label">Off-label</span>' in shown


def test_a_chair_holds_one_person(day: Day) -> None:
    other = another_course(day.clinic)
    make_plan(day.clinic, course=other)
    open_there = partial(services.open_session, other, 1, day.session.chair, day.nurse)
    with pytest.raises(Refusal, match="sits in chair 3"):
        open_there(write_id=new_id())
    day.do(services.leave, 10)
    assert open_there(write_id=new_id())


def test_what_is_measured_is_not_asked(day: Day) -> None:
    with pytest.raises(Refusal, match="answered by the readings"):
        services.answer_check(day.session, "pressure_gate", True, day.nurse, write_id=new_id())
    with pytest.raises(Refusal, match="no check called"):
        services.answer_check(day.session, "moon", True, day.nurse, write_id=new_id())


def test_a_check_nobody_knew_stays_open(day: Day) -> None:
    services.answer_check(day.session, "alcohol", None, day.nurse, write_id=new_id(), at=day.at(-5))
    assert "alcohol" in {refusal.check.id for refusal in day.state(0).standing}


def test_what_was_typed_beside_an_answer_stands_in_the_refusal_behind_its_check(day: Day) -> None:
    day.read(-5)
    day.clear_checks(-5, but=["alcohol"])
    services.answer_check(
        day.session, "alcohol", True, day.nurse, write_id=new_id(), at=day.at(-5), detail="two bottles of wine"
    )
    with pytest.raises(NotDosed, match=r"Alcohol in the last 24 hours: two bottles of wine\. Book another day"):
        day.do(services.start_dose, 0)


def test_the_newest_answer_counts(day: Day) -> None:
    for minute, yes in ((-9, True), (-8, False)):
        services.answer_check(day.session, "alcohol", yes, day.nurse, write_id=new_id(), at=day.at(minute))
    assert "alcohol" not in {refusal.check.id for refusal in day.state(0).standing}


def test_who_leaves_with_a_criterion_open_leaves_with_a_reason(day: Day) -> None:
    day.begin()
    with pytest.raises(Refusal, match="Write why this person leaves now"):
        day.do(services.leave, 20)
    event = day.do(services.leave, 20, reason="will not stay", goes_with="her sister")
    assert event.data["with_open_criteria"] is True
    assert day.state(21).left == event


def test_the_note_names_the_criteria_that_were_open_when_the_person_left(day: Day) -> None:
    day.begin()
    services.check_criterion(day.session, "walks", False, day.nurse, write_id=new_id(), at=day.at(50))
    services.check_criterion(day.session, "ride", True, day.nurse, write_id=new_id(), at=day.at(50))
    day.do(services.leave, 51, reason="Against advice.", goes_with="her sister")
    (line,) = [line for line in services.draft_note(day.session, day.at(60)).splitlines() if "Left" in line]
    not_met, unknown = line.split("Unknown: ")
    assert "Left with criteria open, with her sister. Not met:" in not_met
    assert "60 minutes since the end of the infusion" in not_met
    assert "Walks steadily, first steps watched" in not_met
    assert "Suicide risk asked again" in unknown
    assert "Against advice" in unknown
    assert "A named adult" not in line


def test_leaving_releases_the_monitor(day: Day) -> None:
    monitor = Monitor.objects.create(site=day.clinic.site, identifier="M3")
    services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
    day.do(services.leave, 20)
    assert [tie.session for tie in monitor.ties.order_by("at")] == [day.session, None]


def test_every_criterion_met_needs_no_reason(day: Day) -> None:
    day.begin()
    day.do(services.stop, 40)
    day.read(100)
    for criterion in day.state(101).criteria:
        if criterion.id != "observation":
            services.check_criterion(day.session, criterion.id, True, day.nurse, write_id=new_id(), at=day.at(101))
    assert {criterion.state for criterion in day.state(102).criteria} == {State.MET}
    assert day.do(services.leave, 102).data["with_open_criteria"] is False


def test_who_was_not_dosed_just_leaves(day: Day) -> None:
    assert day.do(services.leave, 5).data["with_open_criteria"] is False


def test_the_end_of_an_infusion_must_be_recorded_before_its_hour_is_met(day: Day) -> None:
    day.begin()
    states = {criterion.id: criterion.state for criterion in day.state(110).criteria}
    assert states["observation"] is State.UNKNOWN
    day.do(services.stop, 41)
    states = {criterion.id: criterion.state for criterion in day.state(110).criteria}
    assert states["observation"] is State.MET


def test_values_after_the_check_are_not_the_check_again(day: Day) -> None:
    day.begin()
    day.read(11)
    day.read(13, {**BEFORE, Vital.SYSTOLIC: 151})
    draft = services.draft_note(day.session)
    assert draft.count("Check at 10 min: ") == 1
    assert "Check at 10 min: 128/78" in draft
    assert f"{timezone.localtime(day.at(13)):%H:%M} 151/78" in draft


def test_a_check_done_early_is_not_told_as_done_at_its_minute(day: Day) -> None:
    day.begin()
    day.read(7)
    assert "Check due at 10 min: 128/78" in services.draft_note(day.session)


def test_a_value_corrected_twice_keeps_both_reasons_and_both_values(day: Day) -> None:
    day.begin()
    wrong = next(row for row in day.read(10, {**BEFORE, Vital.DISSOCIATION: 6}) if row.vital == Vital.DISSOCIATION)
    nearer = services.correct_reading(wrong, 2, "wrong box", day.nurse, write_id=new_id())
    services.correct_reading(nearer, 3, "misheard the number", day.nurse, write_id=new_id())
    line = next(line for line in services.draft_note(day.session).splitlines() if "Check at 10 min" in line)
    assert "dissociation 3 [was 6, then 2]" in line
    assert line.index("“wrong box”") < line.index("“misheard the number”")


def test_the_note_is_drafted_in_the_order_things_happened(day: Day) -> None:
    day.begin()
    services.observe(day.session, "nausea", day.nurse, write_id=new_id(), at=day.at(12))
    wrong = next(row for row in day.read(10, {**BEFORE, Vital.DISSOCIATION: 6}) if row.vital == Vital.DISSOCIATION)
    services.correct_reading(wrong, 3, "wrong box", day.nurse, write_id=new_id())
    day.do(services.stop, 20, reason="distress")
    draft = services.draft_note(day.session)
    lines = draft.splitlines()
    assert lines[0].endswith("Given: ketamine iv 17.5 mg.")
    opened = timezone.localtime(day.session.opened_at).replace(second=0, microsecond=0)
    clocks = [datetime.strptime(line[:5], "%H:%M").replace(tzinfo=opened.tzinfo) for line in lines[1:]]
    since = [(clock - opened) % timedelta(days=1) for clock in clocks]  # it may be past midnight
    assert since == sorted(since)
    assert "Check at 10 min: 128/78, heart 72, SpO₂ 98, breaths 15, alert 5, dissociation 3 [was 6]" in draft
    assert "Nausea" in draft
    assert "Stopped, 17.5 of 35 mg given (distress" in draft


def test_what_one_touch_noted_is_taken_back_and_both_stay(day: Day) -> None:
    day.begin()
    noted = services.observe(day.session, "nausea", day.nurse, write_id=new_id(), at=day.at(12))
    services.take_back(day.session, noted.pk, day.nurse, write_id=new_id(), at=day.at(13))
    record = queries.record(day.session)
    assert standing_observations(record.events, day.at(14)) == []
    assert standing_observations(record.events, day.at(12.5)) == [noted]
    lines = [line for line in services.draft_note(day.session).splitlines() if "Nausea" in line]
    assert len(lines) == 1
    assert "taken back at" in lines[0]
    assert "[was Nausea]" in lines[0]
    with pytest.raises(Refusal, match="Only Nausea, Distress, Emergency called, Medicine given, a stop and leaving"):
        services.take_back(day.session, new_id(), day.nurse, write_id=new_id(), at=day.at(14))


def test_a_signed_note_is_locked_and_only_amended(day: Day) -> None:
    with pytest.raises(Refusal, match="empty"):
        services.sign_note(day.session, "  ", day.nurse, write_id=new_id())
    with pytest.raises(Refusal, match="not signed yet"):
        services.amend_note(day.session, "later", day.nurse, write_id=new_id())
    services.sign_note(day.session, "All as planned.", day.nurse, write_id=new_id())
    with pytest.raises(Refusal, match="locked"):
        services.sign_note(day.session, "Better.", day.nurse, write_id=new_id())
    services.amend_note(day.session, "Called at 17:00.", day.prescriber, write_id=new_id())
    state = day.state()
    assert state.note.data["text"] == "All as planned."
    assert [event.data["text"] for event in state.amendments] == ["Called at 17:00."]


def test_a_medicine_needs_its_words(day: Day) -> None:
    with pytest.raises(Refusal, match="few words"):
        services.observe(day.session, "medicine", day.nurse, write_id=new_id())
    with pytest.raises(Refusal, match="cannot be noted"):
        services.observe(day.session, "weather", day.nurse, write_id=new_id())


def test_things_entered_out_of_order_are_told_in_order(day: Day) -> None:
    day.begin()
    day.do(services.stop, 30)
    services.pause(day.session, day.nurse, write_id=new_id(), at=day.at(10))
    assert day.state(60).given_mg == pytest.approx(35 * 10 / 40)
    assert SessionEvent.objects.filter(session=day.session, kind=SessionEvent.Kind.DOSE_PAUSED).count() == 1


def test_the_sessions_of_a_course_stand_beside_its_plan(day: Day, django_assert_max_num_queries) -> None:
    day.begin()
    day.do(services.leave, 10, reason="Will not stay.")
    open_one(day.clinic, 2)
    with django_assert_max_num_queries(5):
        numbers = course_sessions.numbers_of(day.clinic.course)
        rows = course_sessions.rows_of(day.clinic.course, numbers, numbers.all)
    assert numbers.next == 3
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.session is not None for row in rows] == [True, True, False, False, False, False]


def test_of_a_long_course_the_page_shows_where_it_stands_and_leads_to_the_rest(day: Day) -> None:
    """However long somebody is treated: twenty sessions, those around the next one."""
    day.begin()
    day.do(services.leave, 10, reason="Will not stay.")
    once = {"course": day.clinic.course, "plan": day.session.plan, "is_over": True}
    held = [Session(**once, number=number) for number in range(3, 45)]
    Session.objects.bulk_create(held)
    client, address = signed_in(day.clinic, Role.NURSE), reverse("sessions", args=[day.clinic.course.pk])

    def shown(page: str = "") -> list[int]:
        text = client.get(f"{address}{page}").content.decode()
        assert "44 sessions planned or held" in text
        return [int(number) for number in re.findall(r">Session (\d+)<", text)]

    assert shown() == list(range(1, 21)), "session 2 comes next"
    open_one(day.clinic, 2)
    assert shown() == list(range(41, 45)), "none is to come"
    assert shown("?page=2") == list(range(21, 41))


def test_a_session_the_plan_in_force_no_longer_has_stays_on_the_list(day: Day) -> None:
    Session.objects.create(course=day.clinic.course, plan=day.session.plan, number=99, opened_at=day.at(-600))
    page = signed_in(day.clinic, Role.NURSE).get(reverse("sessions", args=[day.clinic.course.pk]))
    assert page.status_code == 200
    assert "Not in the plan in force" in page.content.decode()
