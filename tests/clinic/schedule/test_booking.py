"""What may be booked beside what, and what is said instead."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.planning.queries import signed_plan
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import NotYours, Refusal
from daybreak.clinic.record.services import enter_stage
from daybreak.clinic.schedule import queries, services
from daybreak.clinic.schedule.models import Appointment, AppointmentEnd
from daybreak.clinic.schedule.services import Clashing
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import leave, open_session
from tests.clinic.people import make_clinic
from tests.clinic.schedule.week import Week

NASAL = "esketamine 56 mg nasal twice weekly for 4 weeks"


def test_a_stay_is_as_long_as_the_dose_and_its_least_observation(week: Week) -> None:
    assert week.book(1, week.at(0, 9)).length == timedelta(minutes=30 + 40 + 60)
    assert week.book(1, week.at(0, 9), course=week.another(words=NASAL), chair=1).length == timedelta(minutes=150)


def test_a_taken_chair_is_refused_with_who_sits_there_and_the_next_free_time(week: Week) -> None:
    week.book(1, week.at(0, 9))
    with pytest.raises(Clashing) as refused:
        week.book(1, week.at(0, 10), course=week.another())
    said = str(refused.value)
    assert "Chair 1 is taken from 09:00 to 11:10 by Test Person." in said
    assert "Next free with this chair and this nurse: 11:15 on" in said
    assert "Free at the time wanted: Chair 2." in said
    assert Appointment.objects.count() == 1
    # And what is proposed is free indeed: a stay that begins when another ends does not clash.
    week.book(1, week.at(0, 11, 15), course=week.another("Third"))


def test_what_ends_when_the_other_begins_does_not_clash(week: Week) -> None:
    week.book(1, week.at(0, 9))
    assert week.book(1, week.at(0, 11, 10), course=week.another()).chair == week.chairs[0]


def test_a_person_is_in_one_chair_at_a_time(week: Week) -> None:
    week.book(1, week.at(0, 9))
    with pytest.raises(Clashing, match=r"Test Person is booked at that time already: session 1, from 09:00 to 11:10"):
        week.book(2, week.at(0, 10), chair=1, reason="Travels.")


def test_a_nurse_watches_no_more_people_at_once_than_the_site_allows(week: Week) -> None:
    """Three overlap in a row, but never more than two at one moment: that goes. The fourth would be the third."""
    services.set_hours(
        week.clinic.site, week.clinic.actor(Role.DIRECTOR), write_id=new_id(), opens=time(8), closes=time(18),
        weekdays=range(1, 6), people_per_nurse=1, reason="New here.",
    )  # fmt: skip
    week.book(1, week.at(0, 9))
    with pytest.raises(Clashing, match="would watch 2 people at 11:00; here one person watches at most 1 at once"):
        week.book(1, week.at(0, 11), course=week.another("A"), chair=1)
    other = week.clinic.users[Role.PRESCRIBER]
    assert week.book(1, week.at(0, 11), course=week.another("B"), chair=1, nurse=other).nurse == other


def test_people_at_once_are_counted_by_the_moment_and_not_over_the_whole_stay(week: Week) -> None:
    week.book(1, week.at(0, 8), chair=1)
    week.book(1, week.at(0, 10, 15), course=week.another("A"), chair=1)
    week.book(1, week.at(0, 9), course=week.another("B"))
    assert Appointment.objects.count() == 3


def test_a_whole_stay_lies_within_the_opening_hours(week: Week) -> None:
    for at, said in (
        (week.at(0, 16), "16:00 to 18:10"),
        (week.at(0, 7, 45), "07:45 to 09:55"),
        (week.at(5, 9), "Saturday"),
    ):
        with pytest.raises(Clashing, match=f"Open Monday to Friday, 08:00 to 18:00; this would be .*{said}"):
            week.book(1, at)
    with pytest.raises(Clashing) as refused:
        week.book(1, week.at(5, 9))
    monday = week.at(7, 8)
    assert f"08:00 on {monday.day} {monday:%b}" in str(refused.value)


def test_the_directors_hours_count_and_nobody_else_sets_them(week: Week) -> None:
    hours = {"opens": time(8), "closes": time(20), "weekdays": [6], "people_per_nurse": 2, "reason": "Saturdays too."}
    with pytest.raises(Refusal, match="Only the medical director"):
        services.set_hours(week.clinic.site, week.coordinator, write_id=new_id(), **hours)
    services.set_hours(week.clinic.site, week.clinic.actor(Role.DIRECTOR), write_id=new_id(), **hours)
    assert week.book(1, week.at(5, 16)).starts_at == week.at(5, 16)


def test_nearer_than_the_plan_allows_needs_a_reason_which_is_kept(week: Week) -> None:
    week.book(1, week.at(0, 9))
    with pytest.raises(Clashing, match="1 day from one to the other, and the plan leaves at least 3") as refused:
        week.book(2, week.at(1, 9))
    assert refused.value.wants_reason
    made = week.book(2, week.at(1, 9), reason="Travels from Wednesday on.")
    assert made.despite.endswith("Travels from Wednesday on.")
    assert week.book(3, week.at(4, 9)).despite == "", "three days after the second: the plan's own step"


def test_a_session_held_counts_for_the_distance_as_one_that_is_booked(week: Week) -> None:
    open_session(week.clinic.course, 1, None, week.clinic.actor(Role.NURSE), write_id=new_id())
    soon = timezone.localtime() + timedelta(days=1)
    (tried,) = services.try_out(week.clinic.course, [week.wanted(2, soon)], timezone.now())
    assert "the plan leaves at least 3" in tried.answer.near[0]


def test_what_is_offered_next_is_a_time_the_plan_asks_nothing_about(week: Week) -> None:
    """Who takes the time that is offered is not asked a question about it then."""
    week.book(1, week.at(0, 9))
    week.book(1, week.at(1, 9), course=week.another())
    with pytest.raises(Clashing) as refused:
        week.book(2, week.at(1, 9))
    third = week.at(3, 8)
    assert f"Next free with this chair and this nurse: 08:00 on {third.day} {third:%b %Y}." in str(refused.value)
    assert week.book(2, third).despite == ""


def test_where_the_plan_asks_about_every_time_the_next_is_offered_with_what_it_asks(week: Week) -> None:
    week.book(1, week.at(0, 9))
    week.book(3, week.at(4, 9))
    week.book(1, week.at(1, 9), course=week.another())
    with pytest.raises(Clashing) as refused:
        week.book(2, week.at(1, 9))
    said = str(refused.value)
    second = week.at(1, 9)
    assert f"Next free with this chair and this nurse: 11:15 on {second.day} {second:%b %Y}. But it asks for a" in said
    assert "1 day from one to the other, and the plan leaves at least 3" in said


def test_one_person_comes_once_a_day_whatever_the_numbers(week: Week) -> None:
    week.book(2, week.at(0, 9))
    with pytest.raises(
        Clashing, match=r"Test Person comes on .* already: session 2, from 09:00 to 11:10\. One session"
    ):
        week.book(6, week.at(0, 14), reason="Travels.")


def test_the_distance_is_kept_to_the_nearest_in_time_and_never_counts_backwards(week: Week) -> None:
    week.book(2, week.at(0, 9))
    with pytest.raises(Clashing, match=r"and session 6 on .*: 1 day from one to the other") as refused:
        week.book(6, week.at(1, 9))
    assert refused.value.wants_reason
    with pytest.raises(
        Clashing, match=r"Session 6 on .* would come before session 2 on .* the other way round"
    ) as back:
        week.book(6, week.at(-4, 9))
    assert "-" not in str(back.value)


def test_a_chair_with_somebody_in_it_is_taken_until_they_are_expected_to_leave(week: Week) -> None:
    """Opened at 09:00 without an appointment: 130 minutes by the plan. What was opened is no other appointment."""
    walk_in = week.another("Early")
    came = open_session(walk_in, 1, week.chairs[0], week.clinic.actor(Role.NURSE), write_id=new_id())
    came.opened_at = week.at(0, 9)
    came.save()
    now = week.at(0, 9, 30)
    (tried,) = services.try_out(week.clinic.course, [week.wanted(1, week.at(0, 10))], now)
    assert "Chair 1 is taken from 09:00 to 11:10 by Early Person." in tried.answer.against
    (later,) = services.try_out(week.clinic.course, [week.wanted(1, week.at(0, 11, 10))], now)
    assert not later.answer.against
    (overstayed,) = services.try_out(week.clinic.course, [week.wanted(1, week.at(0, 13))], week.at(0, 12, 50))
    assert "Chair 1 is taken from 09:00 to 13:05 by Early Person." in overstayed.answer.against


def test_a_start_that_was_taken_back_moves_no_expected_end(week: Week) -> None:
    """Opened at 09:00, begun at 10:00: until 11:40. Begun by mistake: as if it had not been."""
    nurse = week.clinic.actor(Role.NURSE)
    came = open_session(week.another("Early"), 1, week.chairs[0], nurse, write_id=new_id())
    came.opened_at = week.at(0, 9)
    came.save()

    def free_at(minute: int) -> bool:
        wanted = week.wanted(1, week.at(0, 11, minute))
        (tried,) = services.try_out(week.clinic.course, [wanted], week.at(0, 10, 5))
        return not tried.answer.against

    for kind, at in ((SessionEvent.Kind.DOSE_STARTED, 0), (SessionEvent.Kind.DOSE_NOT_GIVEN, 2)):
        came.events.create(kind=kind, occurred_at=week.at(0, 10, at), data={"mg": 35.0}, **nurse.stamp)
        assert free_at(15) is (kind == SessionEvent.Kind.DOSE_NOT_GIVEN)
    assert free_at(40)


@pytest.mark.parametrize(("prepare", "number", "said"), [
    (lambda week: week.clinic.course.plans.all(), 99, "The plan has no session 99"),
    (lambda week: week.book(1, week.at(3, 9)), 1, "is booked for 09:00 on .* Move that appointment instead"),
    (lambda week: open_session(week.clinic.course, 1, None, week.clinic.actor(Role.NURSE), write_id=new_id()), 1,
     "was opened already"),
    (lambda week: enter_stage(week.clinic.course, Stage.ENDED, week.coordinator), 1, "This course ended"),
])  # fmt: skip
def test_what_cannot_be_booked_says_why(week: Week, prepare, number: int, said: str) -> None:
    prepare(week)
    with pytest.raises(Refusal, match=said):
        week.book(number, week.at(0, 9))


def test_nothing_is_booked_without_a_signed_plan_nor_in_the_past(week: Week) -> None:
    with pytest.raises(Refusal, match="is past"):
        week.book(1, timezone.now() - timedelta(days=1))
    other = make_clinic("Elsewhere")
    with pytest.raises(NotYours):
        services.book(week.clinic.course, [week.wanted(1, week.at(0, 9))], other.actor(Role.COORDINATOR),
                      write_id=new_id())  # fmt: skip
    with pytest.raises(Refusal, match="No plan of this course is signed"):
        services.book(other.course, [], other.actor(Role.COORDINATOR), write_id=new_id())


def test_only_who_may_watch_watches(week: Week) -> None:
    with pytest.raises(Refusal, match="watches nobody"):
        week.book(1, week.at(0, 9), nurse=week.clinic.users[Role.COORDINATOR])


def test_a_series_is_booked_whole_or_not_at_all(week: Week) -> None:
    week.book(1, week.at(3, 9), course=week.another())
    series = [week.wanted(number, week.at(day, 9)) for number, day in ((1, 0), (2, 3), (3, 7))]
    with pytest.raises(Clashing) as refused:
        services.book(week.clinic.course, series, week.coordinator, write_id=new_id())
    assert list(refused.value.by_number) == [2]
    assert Appointment.objects.filter(course=week.clinic.course).count() == 0
    series[1] = replace(series[1], chair=week.chairs[1])
    made = services.book(week.clinic.course, series, week.coordinator, write_id=new_id())
    assert [each.number for each in made] == [1, 2, 3]


def test_a_move_keeps_what_it_was_and_says_why(week: Week) -> None:
    first = week.book(1, week.at(0, 9))
    second = services.move(
        first, week.wanted(1, week.at(0, 10)), week.coordinator, write_id=new_id(), reason="Late train."
    )
    assert (second.corrects, second.correction_reason) == (first, "Late train.")
    assert [each.pk for each in queries.standing(Appointment.objects.all())] == [second.pk], "its own place was free"
    assert queries.history(second) == [first]
    with pytest.raises(Refusal, match="It was moved to 10:00"):
        services.cancel(first, week.coordinator, write_id=new_id(), reason="Ill.")
    with pytest.raises(Refusal, match="Write why it is moved"):
        services.move(second, week.wanted(1, week.at(0, 11)), week.coordinator, write_id=new_id(), reason=" ")


def test_what_is_cancelled_frees_its_chair_and_can_be_booked_again(week: Week) -> None:
    first = week.book(1, week.at(0, 9))
    with pytest.raises(Refusal, match="Write why"):
        services.cancel(first, week.coordinator, write_id=new_id(), reason="")
    services.cancel(first, week.coordinator, write_id=new_id(), reason="Ill.")
    week.book(1, week.at(0, 9), course=week.another())
    assert week.book(1, week.at(0, 13)).number == 1
    with pytest.raises(Refusal, match="“cancelled” already"):
        services.no_show(replace_time(first), week.coordinator, write_id=new_id(), reason="x")


def replace_time(appointment: Appointment) -> Appointment:
    appointment.starts_at = timezone.now() - timedelta(hours=1)
    return appointment


def test_nobody_is_missed_before_their_time(week: Week) -> None:
    made = week.book(1, week.at(0, 9))
    with pytest.raises(Refusal, match="is known 15 minutes after that"):
        services.no_show(made, replace(week.coordinator, at=week.at(0, 9, 14)), write_id=new_id(), reason="Late.")
    later = replace(week.coordinator, at=week.at(0, 9, 15))
    with pytest.raises(Refusal, match="Write what is known of it"):
        services.no_show(made, later, write_id=new_id(), reason=" ")
    assert services.no_show(made, later, write_id=new_id(), reason="No answer.").kind == AppointmentEnd.Kind.NO_SHOW


def test_who_sits_in_a_chair_did_not_stay_away_whatever_their_session_is_called(week: Week) -> None:
    """Booked for session 2 and opened as session 1: the page still offered that they did not come."""
    made, nurse = week.book(2, week.at(0, 9)), week.clinic.actor(Role.NURSE)
    session = open_session(week.clinic.course, 1, week.chairs[1], nurse, write_id=new_id())
    type(session).objects.filter(pk=session.pk).update(opened_at=week.at(0, 9, 5))
    later = replace(week.coordinator, at=made.starts_at + timedelta(minutes=20))
    with pytest.raises(Refusal, match=f"The person came: session 1 was opened at .*, {week.chairs[1]}"):
        services.no_show(made, later, write_id=new_id(), reason="Nobody seen.")
    leave(session, nurse, write_id=new_id(), reason="Ill.")
    with pytest.raises(Refusal, match="The person came"):
        services.no_show(made, later, write_id=new_id(), reason="Nobody seen.")


def test_nothing_is_moved_into_the_past_and_another_chair_is_no_move_in_time(week: Week) -> None:
    made, now = week.book(1, week.at(0, 9)), week.at(0, 9, 20)
    desk = replace(week.coordinator, at=now)
    with pytest.raises(Refusal, match="is past"):
        services.move(made, week.wanted(1, week.at(0, 9, 10)), desk, write_id=new_id(), reason="Came late.")
    moved = services.move(made, week.wanted(1, week.at(0, 9), chair=1), desk, write_id=new_id(), reason="Broken.")
    assert moved.chair == week.chairs[1]
    at_once = services.move(moved, week.wanted(1, week.at(0, 9, 20)), desk, write_id=new_id(), reason="Late.")
    assert at_once.starts_at == week.at(0, 9, 20)


def test_the_same_booking_again_is_one_and_gives_the_same(week: Week) -> None:
    write_id = new_id()
    first = week.book(1, week.at(0, 9), write_id=write_id)
    assert week.book(1, week.at(0, 9), write_id=write_id) == first
    assert Appointment.objects.count() == 1


def test_nothing_is_booked_on_a_closed_day_until_it_is_open_again(week: Week) -> None:
    director, fair = week.clinic.actor(Role.DIRECTOR), week.at(1, 9).date()
    with pytest.raises(Refusal, match="Only the medical director"):
        services.close_days(
            week.clinic.site, week.coordinator, write_id=new_id(), first=fair, last=None, words="A fair"
        )
    closing = services.close_days(
        week.clinic.site, director, write_id=new_id(), first=fair, last=week.at(2, 9).date(), words="A fair"
    )
    for day in (1, 2):
        with pytest.raises(Clashing, match=rf"Closed on {week.at(day, 9):%-d %b}: A fair\. Next free .*: 08:00 on"):
            week.book(1, week.at(day, 9))
    week.book(1, week.at(0, 9))
    services.open_again(closing, director, write_id=new_id(), reason="Put off.")
    assert week.book(2, week.at(2, 9), reason="Travels.").number == 2
    with pytest.raises(Refusal, match="is taken back already"):
        services.open_again(closing, director, write_id=new_id(), reason="Again.")


def test_closing_today_asks_nobody_to_move_who_is_here_or_was(week: Week) -> None:
    """Somebody in a chair cannot be moved; who comes later today can."""
    now = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    site, today = week.clinic.site, now.date()
    director = Actor(week.clinic.users[Role.DIRECTOR], at=now)
    for course, number, hour in (
        (week.clinic.course, 1, 11), (week.another("Later"), 1, 14), (week.another("Missed"), 1, 8)
    ):  # fmt: skip
        at = now.replace(hour=hour)
        Appointment.objects.create(
            course=course, plan=signed_plan(course), number=number, starts_at=at, ends_at=at + timedelta(hours=2),
            chair=week.chairs[0], nurse=week.clinic.users[Role.NURSE], prescriber=week.clinic.users[Role.PRESCRIBER],
            **director.stamp,
        )  # fmt: skip
    assert queries.booked_between(site, today, today, now) == 2
    open_session(week.clinic.course, 1, None, week.clinic.actor(Role.NURSE), write_id=new_id())
    assert queries.booked_between(site, today, today, now) == 1


def test_what_is_free_next_lies_after_the_closed_days(week: Week) -> None:
    director, first = week.clinic.actor(Role.DIRECTOR), week.at(0, 9).date()
    services.close_days(
        week.clinic.site, director, write_id=new_id(), first=first, last=week.at(3, 9).date(), words="A fair"
    )
    with pytest.raises(Clashing) as refused:
        week.book(1, week.at(0, 9))
    friday = week.at(4, 8)
    assert f"Next free with this chair and this nurse: 08:00 on {friday.day} {friday:%b %Y}" in str(refused.value)


def test_whoever_left_before_any_dose_is_booked_anew_under_the_same_number(week: Week) -> None:
    """The appointment of that day stays theirs in the calendar until it is moved; the chair is free when they left."""
    course, nurse = week.clinic.course, week.clinic.actor(Role.NURSE)
    made = week.book(1, week.at(0, 9))
    came = open_session(course, 1, week.chairs[0], nurse, write_id=new_id())
    leave(came, nurse, write_id=new_id(), reason="Pressure 170 all morning.")
    came.refresh_from_db()
    came.opened_at = week.at(0, 9, 5)
    came.save()
    (visit,) = queries.visits(course.patient.site, came.opened_at.date())
    assert visit.session == came
    assert queries.next_appointment(course, week.at(0, 10), list(course.sessions.all())) is None
    moved = services.move(made, week.wanted(1, week.at(1, 9)), week.coordinator, write_id=new_id(), reason="Again.")
    assert queries.next_appointment(course, week.at(0, 10), list(course.sessions.all())) == moved
    (visit,) = queries.visits(course.patient.site, moved.starts_at.date())
    assert visit.session is None
    (walk_in,) = queries.walk_ins(course.patient.site, came.opened_at.date(), [], week.at(0, 10))
    assert walk_in.session == came
