"""What is booked and not in the plan any more is told, on every page where somebody can do something about it."""

from datetime import time, timedelta
from typing import Any

from django.utils import timezone

from daybreak.clinic.planning import services as planning
from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.record.models import PatientFact, PatientFactKind, Stage, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import enter_stage
from daybreak.clinic.schedule import services
from daybreak.clinic.schedule.fitting import misfits_of_course, misfits_of_site
from daybreak.clinic.treatment_day.services import leave, open_session
from tests.clinic.schedule.week import Week
from tests.web.test_gate import signed_in


def changed(
    week: Week, text: str = "ketamine 0.5 mg/kg iv over 40 min, weekly for 3 weeks", *, in_days: int = 0
) -> Plan:
    """Another version of the plan is in force."""
    course, prescriber = week.clinic.course, week.clinic.actor(Role.PRESCRIBER)
    plan = planning.draft_plan(
        course, text, week.plan.first_day + timedelta(days=in_days), prescriber, weight_kg=70.0,
        change_reason="Fewer sessions.",
    )  # fmt: skip
    PlanSignature.objects.create(plan=plan, statement="Signed.", **prescriber.stamp)
    return plan


def told(week: Week) -> list[tuple[int, str]]:
    return [(each.appointment.number, each.says) for each in misfits_of_course(week.clinic.course, timezone.now())]


def test_nothing_is_said_of_what_fits(week: Week) -> None:
    week.book(1, week.at(0, 9))
    assert told(week) == []


def test_a_session_the_plan_has_no_more_is_told(week: Week) -> None:
    week.book(1, week.at(0, 9))
    week.book(6, week.at(3, 9), reason="Booked ahead.")
    changed(week)
    assert told(week) == [(6, "Version 2 is in force and has no session 6.")]
    assert [each.appointment.number for each in misfits_of_site(week.clinic.site, timezone.now())] == [6]


def test_a_session_on_another_day_of_the_plan_is_told_until_it_is_moved(week: Week) -> None:
    booked = week.book(1, week.at(0, 9))
    changed(week, in_days=30)
    ((number, says),) = told(week)
    assert number == 1
    assert says.startswith("Version 2 is in force and plans session 1 for ")
    services.move(booked, week.wanted(1, week.at(2, 9)), week.coordinator, write_id=new_id(), reason="The plan changed")
    assert told(week) == []


def test_a_stay_too_short_for_the_plan_in_force_is_told_also_beside_another_day(week: Week) -> None:
    """Booked for 40 minutes of infusion: 130 minutes. The plan in force asks for an hour of it, and for 20 more."""
    booked = week.book(1, week.at(0, 9))
    changed(week, "ketamine 0.5 mg/kg iv over 60 min, weekly for 3 weeks")
    short = "Version 2 is in force and needs 2 h 30 min for session 1; 2 h 10 min are booked."
    assert told(week) == [(1, short)]
    other = changed(week, "ketamine 0.5 mg/kg iv over 60 min, weekly for 2 weeks", in_days=30)
    ((_, says),) = told(week)
    assert says.startswith("Version 3 is in force and plans session 1 for ")
    assert says.endswith("It needs 2 h 30 min for session 1; 2 h 10 min are booked.")
    services.move(booked, week.wanted(1, week.at(2, 9)), week.coordinator, write_id=new_id(), reason="The plan changed")
    assert (other.version, told(week)) == (3, []), "moved, it is as long as the plan in force needs"


def test_an_ended_course_is_told_and_what_is_over_is_not(week: Week) -> None:
    booked = week.book(1, week.at(0, 9))
    enter_stage(week.clinic.course, Stage.ENDED, week.coordinator)
    assert told(week) == [(1, "The course has ended.")]
    assert misfits_of_course(week.clinic.course, booked.ends_at) == []
    services.cancel(booked, week.coordinator, write_id=new_id(), reason="The course has ended")
    assert told(week) == []


def test_who_came_is_told_no_more(week: Week) -> None:
    week.book(1, week.at(0, 9))
    changed(week, in_days=30)
    open_session(week.clinic.course, 1, None, week.clinic.actor(Role.NURSE), write_id=new_id())
    assert told(week) == []


def test_a_session_left_before_any_dose_is_told_of_where_it_is_booked_anew(week: Week) -> None:
    booked, nurse = week.book(1, week.at(0, 9)), week.clinic.actor(Role.NURSE)
    leave(open_session(week.clinic.course, 1, None, nurse, write_id=new_id()), nurse, write_id=new_id(), reason="Ill.")
    services.move(booked, week.wanted(1, week.at(2, 9)), week.coordinator, write_id=new_id(), reason="Left untreated")
    changed(week, in_days=30)
    assert [number for number, _ in told(week)] == [1], "its number was given back, so the plan counts again"


def test_plan_appointments_and_what_is_ready_lead_to_it(week: Week) -> None:
    week.book(1, week.at(0, 9))
    gone = week.book(6, week.at(3, 9), reason="Booked ahead.")
    changed(week)
    desk, course = signed_in(week.clinic, Role.COORDINATOR), week.clinic.course.pk
    assert f"/courses/{course}/appointments/misfits" in desk.get(f"/courses/{course}/plan").content.decode()
    for address in (f"/courses/{course}/appointments/misfits", f"/courses/{course}/appointments", "/calendar/ready"):
        page = desk.get(address).content.decode()
        assert f"/appointments/{gone.pk}/" in page.split('id="misfits"')[1]
        assert "has no session 6" in page


def dies(week: Week) -> PatientFact:
    return PatientFact.objects.create(
        patient=week.clinic.patient, kind=PatientFactKind.SERIOUS_EVENT, code=PatientFact.DEATH, text="Died at home."
    )


class TestTheRulesOfTheSiteChanged:
    """Booked by the rules of that day: a closing or fewer people for one nurse leaves nobody standing on no list."""

    def test_a_day_closed_later_is_told_until_it_is_open_again(self, week: Week) -> None:
        booked = week.book(1, week.at(0, 9))
        director, day = week.clinic.actor(Role.DIRECTOR), timezone.localdate(booked.starts_at)
        made = services.close_days(week.clinic.site, director, write_id=new_id(), first=day, last=None, words="Fair")
        assert told(week) == [(1, "The site is closed on this day: Fair.")]
        page = signed_in(week.clinic, Role.COORDINATOR).get("/calendar/ready").content.decode()
        assert f"/appointments/{booked.pk}/" in page.split('id="misfits"')[1]
        today = signed_in(week.clinic, Role.COORDINATOR).get("/calendar/coming").content.decode()
        assert "1 appointment to come cannot stay as booked" in today
        services.open_again(made, director, write_id=new_id(), reason="No fair.")
        assert told(week) == []

    def test_hours_and_staffing_lowered_below_what_is_booked_are_told_of_each(self, week: Week) -> None:
        week.book(1, week.at(0, 9))
        week.book(1, week.at(0, 10), course=week.another(), chair=1)
        alone = week.book(1, week.at(1, 9), course=week.another("Alone"))
        assert misfits_of_site(week.clinic.site, timezone.now()) == []
        self.hours(week, people_per_nurse=1)
        found = misfits_of_site(week.clinic.site, timezone.now())
        assert len(found) == 2
        assert all("would watch 2 people at once; here one person watches at most 1." in each.says for each in found)
        self.hours(week, people_per_nurse=2, closes=time(11))
        late = [each.appointment.pk for each in misfits_of_site(week.clinic.site, timezone.now())]
        assert len(late) == 3
        assert alone.pk in late

    def hours(self, week: Week, **more: Any) -> None:
        usual = {"opens": time(8), "closes": time(18), "weekdays": [1, 2, 3, 4, 5], "people_per_nurse": 2}
        director = week.clinic.actor(Role.DIRECTOR)
        services.set_hours(week.clinic.site, director, write_id=new_id(), reason="Fewer staff.", **usual | more)

    def test_a_retired_chair_and_an_account_that_ended_are_told(self, week: Week) -> None:
        week.book(1, week.at(0, 9))
        type(week.chairs[0]).objects.filter(pk=week.chairs[0].pk).update(retired_at=timezone.now())
        User.objects.filter(pk=week.clinic.users[Role.NURSE].pk).update(is_active=False)
        ((_, says),) = told(week)
        assert "is retired." in says
        assert "who watches, ended." in says


class TestAfterADeath:
    def test_every_booking_is_told_and_cancelled_with_one_touch(self, week: Week) -> None:
        booked = week.book(1, week.at(0, 9))
        week.book(2, week.at(3, 9))
        dies(week)
        assert told(week) == [(1, "Recorded as died."), (2, "Recorded as died.")]
        desk = signed_in(week.clinic, Role.COORDINATOR)
        page = desk.get("/calendar/ready").content.decode().split('id="misfits"')[1]
        assert f'action="/appointments/{booked.pk}/cancel"' in page
        assert 'name="reason" value="Recorded as died."' in page
        desk.post(f"/appointments/{booked.pk}/cancel", {"write_id": new_id(), "reason": "Recorded as died."})
        assert [number for number, _ in told(week)] == [2]

    def test_taken_back_the_bookings_stand_as_before(self, week: Week) -> None:
        week.book(1, week.at(0, 9))
        death = dies(week)
        PatientFact.objects.create(
            patient=week.clinic.patient, kind=PatientFactKind.SERIOUS_EVENT, code="hospitalisation", text="Another.",
            corrects=death, correction_reason="It was another person.",
        )  # fmt: skip
        assert told(week) == []
