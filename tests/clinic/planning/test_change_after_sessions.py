"""A plan changed after sessions begins with the next one: what was held stays as it was.

Counted from its own first session, a dose that was lowered would be matched to sessions already given, and the nurse
would be offered the old one.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.planning import queries, services
from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.planning.proposal import PlanRefusal, proposal_of
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.schedule.queries import course_rows
from daybreak.clinic.treatment_day import planned_today
from daybreak.clinic.treatment_day import queries as treatment_day
from daybreak.clinic.treatment_day.course_sessions import numbers_of
from daybreak.clinic.treatment_day.services import leave, open_session, take_back_start
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, Day, open_day
from tests.web.test_gate import signed_in

LOWERED = "esketamine 56 mg nasal twice weekly for 1 week, then 84 mg nasal twice weekly for 2 weeks"
TOMORROW = timedelta(days=1)


@pytest.fixture
def held(clinic: Clinic) -> Day:
    """The first session of a plan was held today."""
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(leave, 5, reason="Done, and well.")
    return day


def change(clinic: Clinic, *, in_days: int = 4, text: str = LOWERED, **more: object) -> Plan:
    return services.draft_plan(
        clinic.course, text, timezone.localdate() + timedelta(days=in_days), clinic.actor(Role.PRESCRIBER),
        weight_kg=70.0, change_reason="Dissociation at the higher dose.", **more,
    )  # fmt: skip


def in_force(clinic: Clinic) -> Plan:
    plan = change(clinic)
    PlanSignature.objects.create(plan=plan, statement="Signed.", **clinic.actor(Role.PRESCRIBER).stamp)
    return plan


def test_the_next_session_is_the_first_of_the_change(held: Day) -> None:
    plan = in_force(held.clinic)
    numbers = numbers_of(held.clinic.course)
    assert (plan.first_number, numbers.next, numbers.planned[2].dose_mg) == (2, 2, 56)
    assert [each.dose_mg for each in queries.planned_sessions(plan)] == [56, 56, 84, 84, 84, 84]
    assert queries.planned_session(plan, 1) is None
    session = open_session(held.clinic.course, 2, None, held.clinic.actor(Role.NURSE), write_id=new_id())
    assert [dose.mg for dose in treatment_day.planned_doses(session)] == [56]


def test_the_board_and_the_calendar_expect_it_under_its_number(held: Day) -> None:
    plan = in_force(held.clinic)
    (expected,) = planned_today.expected(held.clinic.site, plan.first_day)
    assert (expected.course, expected.number) == (held.clinic.course.pk, 2)
    assert [row.planned.number for row in course_rows(held.clinic.course)] == [2, 3, 4, 5, 6, 7]


def test_what_was_held_keeps_the_plan_it_was_given_under(held: Day) -> None:
    in_force(held.clinic)
    assert [dose.mg for dose in treatment_day.planned_doses(held.session)] == [56]
    assert held.session.plan.first_number == 1


def test_a_change_begins_after_the_last_session(held: Day) -> None:
    day = timezone.localdate(held.session.opened_at)  # yesterday, where this test runs just after midnight
    with pytest.raises(PlanRefusal, match="Session 1 was held on"):
        change(held.clinic, in_days=(day - timezone.localdate()).days)


def test_a_session_held_since_it_was_written_is_not_swallowed(held: Day) -> None:
    plan = change(held.clinic)
    open_session(held.clinic.course, 2, None, held.clinic.actor(Role.NURSE), write_id=new_id())
    refused = services.may_not_sign(plan, held.clinic.users[Role.PRESCRIBER])
    assert refused is not None
    assert "Session 2 was held since version 2 was written" in refused


def test_who_signs_reads_the_numbers(held: Day) -> None:
    assert "as session 2 to 7 of the course" in services.statement(
        change(held.clinic), held.clinic.users[Role.PRESCRIBER]
    )


def test_the_form_says_what_was_held_and_writes_nothing_for_what_is_to_come(held: Day) -> None:
    page = signed_in(held.clinic, Role.PRESCRIBER).get(f"/courses/{held.clinic.course.pk}/plan?change").content.decode()
    assert "what you write begins with session 2" in page
    assert "Write only what is still to come" in page
    assert NASAL not in page.split('id="id_text"')[1].split("</textarea>")[0]


def test_before_the_first_session_a_change_is_the_whole_course(clinic: Clinic) -> None:
    assert change(clinic).first_number == 1


TWICE = "esketamine 56 mg nasal twice weekly for 1 week"


def given_today(clinic: Clinic) -> Day:
    """The first session of a plan was given today."""
    day = open_day(clinic, NASAL)
    day.begin()
    return day


def test_the_label_is_held_against_what_was_given_and_what_is_planned(clinic: Clinic) -> None:
    given_today(clinic)
    with pytest.raises(PlanRefusal) as refused:
        change(clinic, in_days=1, text=TWICE)
    assert "ESK_PER_WEEK" in refused.value.by_field.popitem()[0]
    assert change(clinic, in_days=7, text=TWICE).labelled


def test_a_saved_change_still_says_it(clinic: Clinic) -> None:
    given_today(clinic)
    plan = change(
        clinic,
        in_days=1,
        text=TWICE,
        reasons={"ESK_PER_WEEK": "A holiday follows; agreed with the person and the pharmacy today."},
    )
    (outside,) = proposal_of(plan).outside_label
    assert outside.startswith("Outside the label: 3 sessions within 7 days")
    assert not plan.labelled
    (session,) = clinic.course.sessions.all()
    assert proposal_of(session.plan).outside_label == ()


def test_a_session_without_a_dose_counts_for_nothing(clinic: Clinic) -> None:
    open_day(clinic, NASAL).do(leave, 5, reason="Felt ill before the dose.")
    assert change(clinic, in_days=1, text=TWICE).labelled


def test_a_start_taken_back_counts_for_nothing(clinic: Clinic) -> None:
    given_today(clinic).do(take_back_start, 5, reason="The wrong chair: nothing was given to this person.")
    assert change(clinic, in_days=1, text=TWICE).labelled
