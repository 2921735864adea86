"""A leaving or a call for help that was touched by mistake is taken back: both stay in the record, the day goes on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.followup import calls
from daybreak.clinic.followup import services as followup
from daybreak.clinic.followup.models import Call
from daybreak.clinic.followup.tick import tick
from daybreak.clinic.record.actor import SYSTEM
from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.schedule.queries.stays import leaves, with_stay
from daybreak.clinic.treatment_day import board, queries, services
from daybreak.clinic.treatment_day.folding import standing_observations
from daybreak.clinic.treatment_day.models import Chair, Monitor, Session, SessionEvent
from daybreak.clinic.treatment_day.services.going_on import put_right
from daybreak.treatment.follow_up import CallKind
from tests.clinic.people import Clinic, another_course
from tests.clinic.treatment_day.day import INFUSION, Day, make_plan, open_day
from tests.web.test_gate import signed_in

WHY = "Touched at the wrong chair."


def left(day: Day, minute: float, **more: object) -> SessionEvent:
    return day.do(services.leave, minute, reason="Feels well.", goes_with="her sister", **more)


def back(day: Day, event: SessionEvent, minute: float, reason: str = WHY) -> SessionEvent:
    return services.take_back(day.session, event.pk, day.nurse, write_id=new_id(), at=day.at(minute), reason=reason)


def now_of(day: Day) -> Session:
    return queries.sessions().get(pk=day.session.pk)


def flags_of(day: Day, kind: str) -> list[Flag]:
    return list(open_flags(patients=[day.clinic.patient]).filter(kind=kind))


class TestALeavingTakenBack:
    def test_opens_the_session_again_and_stays_in_the_record(self, day: Day) -> None:
        day.begin()
        event = left(day, 12)
        back(day, event, 14)
        assert day.state(15).left is None
        assert not now_of(day).is_over
        assert put_right(SYSTEM) == []
        (line,) = [each for each in services.draft_note(day.session).splitlines() if "Left with criteria open" in each]
        at = f"{timezone.localtime(day.at(14)):%H:%M}"
        assert f"taken back at {at} by A synthetic session nurse: Touched at the wrong chair" in line
        assert "[was Left with criteria open, with her sister. Not met:" in line

    def test_brings_the_person_back_onto_board_and_calendar(self, day: Day) -> None:
        day.begin()
        back(day, left(day, 12), 14)
        assert [row.session for row in board.now(day.clinic.site).rows if row.session] == [day.session]
        (stays,) = with_stay(Session.objects.filter(pk=day.session.pk))
        assert leaves(stays, stays.events.all(), timezone.now()) > timezone.now()

    def test_lets_the_dose_go_on_as_it_ran_and_takes_what_came_meanwhile(self, day: Day) -> None:
        day.begin()
        event = left(day, 10)
        back(day, event, 12)
        day.do(services.pause, 11)  # typed later, of the time between
        day.do(services.resume, 13)
        day.do(services.stop, 42)
        assert day.state(43).given_mg == pytest.approx(35)

    def test_brings_its_values_back_onto_the_board_and_takes_those_until_the_true_leaving(self, day: Day) -> None:
        day.begin()
        back(day, left(day, 12), 14)
        day.systolic(20, 151)
        (row,) = [each for each in board.now(day.clinic.site).rows if each.session]
        assert row.pressure.startswith("151")
        left(day, 30)
        day.session.refresh_from_db()
        services.record_reading(day.session, "systolic", 149, day.at(25), day.nurse, reading_id=new_id())
        with pytest.raises(Refusal, match="This session ended on"):
            services.record_reading(day.session, "systolic", 148, day.at(31), day.nurse, reading_id=new_id())

    def test_asks_for_its_checks_again(self, day: Day) -> None:
        day.begin()
        clock = [services.flag_overdue_checks(replace(SYSTEM, at=day.at(minute))) for minute in (16, 17)]
        event = left(day, 18)
        services.flag_overdue_checks(replace(SYSTEM, at=day.at(19)))
        assert clock == [1, 0]
        assert flags_of(day, services.OVERDUE_CHECK) == []
        back(day, event, 20)
        assert [services.flag_overdue_checks(replace(SYSTEM, at=day.at(minute))) for minute in (20, 21)] == [1, 0]
        assert day.state(21).next_check

    def test_asks_for_no_check_twice(self, day: Day) -> None:
        day.begin()
        services.flag_overdue_checks(replace(SYSTEM, at=day.at(16)))
        back(day, left(day, 17), 18)
        assert services.flag_overdue_checks(replace(SYSTEM, at=day.at(19))) == 0
        assert len(flags_of(day, services.OVERDUE_CHECK)) == 1

    def test_closes_what_the_prescriber_was_told_of_it(self, day: Day) -> None:
        day.begin()
        event = left(day, 12)
        assert flags_of(day, queries.LEFT_WITH_OPEN)
        back(day, event, 14)
        assert flags_of(day, queries.LEFT_WITH_OPEN) == []
        assert FlagEvent.objects.get(kind=FlagEvent.Kind.CLOSED).action.startswith("The leaving was taken back")

    def test_withdraws_the_calls_and_the_flag_that_nobody_made_one(self, day: Day) -> None:
        day.begin()
        event = left(day, 12)
        tick(now=day.at(12 + 3 * 60))
        assert flags_of(day, "call overdue")
        back(day, event, 14)
        assert calls.of_site(day.clinic.site, timezone.now()) == ([], [])
        tick(now=day.at(12 + 3 * 60 + 1))
        assert flags_of(day, "call overdue") == []
        with pytest.raises(Refusal, match="still here"):
            followup.record_call(
                day.session, CallKind.NEXT_DAY, Call.Outcome.REACHED, day.nurse, write_id=new_id(), words="Well."
            )

    def test_leaves_a_released_monitor_released_and_says_so(self, day: Day) -> None:
        day.begin()
        monitor = Monitor.objects.create(site=day.clinic.site, identifier="M3")
        services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
        event = left(day, 12)
        back(day, event, 14)
        page = signed_in(day.clinic, Role.NURSE).get(reverse("session", args=[day.session.pk])).content.decode()
        assert "not tied again: M3" in page
        services.tie_monitor(monitor, day.session, day.nurse)
        page = signed_in(day.clinic, Role.NURSE).get(reverse("session", args=[day.session.pk])).content.decode()
        assert "tied again: M3. Until" not in page

    def test_leaving_again_counts_and_owes_its_own_calls(self, day: Day) -> None:
        day.begin()
        first = left(day, 12)
        followup.record_call(
            day.session, CallKind.NEXT_DAY, Call.Outcome.REACHED, replace(day.nurse, at=day.at(13)), write_id=new_id(),
            words="Still sits here.", why_early="Goes abroad.",
        )  # fmt: skip
        back(day, first, 14)
        again = left(day, 120)
        assert day.state(121).left == again
        assert now_of(day).is_over
        waiting, _ = calls.of_site(day.clinic.site, timezone.now())
        assert {each.kind for each in waiting} == {CallKind.CALL_BACK, CallKind.NEXT_DAY}
        assert {each.left.pk for each in waiting} == {again.pk}
        back(day, again, 122)
        assert day.state(123).left is None

    def test_of_who_had_no_dose_holds_the_number_again(self, day: Day) -> None:
        event = left(day, 5)
        back(day, event, 6)
        assert now_of(day).holds_number
        with pytest.raises(Refusal, match="opened already"):
            services.open_session(day.clinic.course, 1, None, day.nurse, write_id=new_id())


class TestItIsRefused:
    def test_without_a_reason(self, day: Day) -> None:
        day.begin()
        event = left(day, 12)
        with pytest.raises(Refusal, match="Write in a few words how it came"):
            back(day, event, 14, reason=" ")
        assert day.state(15).left == event

    def test_a_second_time(self, day: Day) -> None:
        event = left(day, 12)
        back(day, event, 14)
        with pytest.raises(Refusal, match="already"):
            back(day, event, 15)

    def test_once_the_next_day_rests_on_it(self, clinic: Clinic) -> None:
        day = open_day(clinic, hours_ago=15)
        day.begin()
        then = replace(day.nurse, at=day.at(30))
        event = services.leave(day.session, then, write_id=new_id(), at=day.at(30), reason="Feels well.")
        with pytest.raises(Refusal, match=r"more than 12 hours ago.*amendment of the note"):
            services.take_back(day.session, event.pk, day.nurse, write_id=new_id(), reason=WHY)

    def test_where_the_session_was_opened_anew(self, day: Day) -> None:
        event = left(day, 5)
        anew = services.open_session(day.clinic.course, 1, None, day.nurse, write_id=new_id())
        with pytest.raises(Refusal, match=r"was opened anew at .* Go on there"):
            back(day, event, 6)
        assert [each.pk for each in Session.objects.filter(is_over=False)] == [anew.pk]


def test_a_chair_that_somebody_else_has_by_now_is_theirs(day: Day) -> None:
    event = left(day, 12)
    course = another_course(day.clinic)
    make_plan(day.clinic, INFUSION, course=course)
    services.open_session(course, 1, Chair.objects.get(), day.nurse, write_id=new_id())
    back(day, event, 14)
    seen = board.now(day.clinic.site)
    assert [each.pk for each in seen.without_chair] == [day.session.pk]
    (line,) = [each for each in services.draft_note(day.session).splitlines() if "taken back" in each]
    assert "Chair 3 is taken: they sit in none here" in line


class TestAnEmergencyNotCalled:
    def called(self, day: Day) -> SessionEvent:
        return services.observe(day.session, "emergency", day.nurse, write_id=new_id(), at=day.at(12))

    def test_is_taken_back_with_a_reason_and_struck_through(self, day: Day) -> None:
        day.begin()
        event = self.called(day)
        with pytest.raises(Refusal, match="Write in a few words how it came"):
            back(day, event, 13, reason="")
        back(day, event, 13, reason="The card was open and the wrong button was touched.")
        (line,) = [each for each in services.draft_note(day.session).splitlines() if "Emergency called" in each]
        assert "by A synthetic session nurse: The card was open" in line
        assert "[was Emergency called]" in line

    def test_from_the_page_of_whoever_treats(self, day: Day) -> None:
        day.begin()
        event, nurse = self.called(day), signed_in(day.clinic, Role.NURSE)
        page = nurse.get(reverse("session", args=[day.session.pk])).content.decode()
        assert 'aria-label="How it came: Emergency called"' in page
        typed = {"write_id": str(new_id()), "of": str(event.pk), "reason": WHY}
        assert nurse.post(reverse("session_take_back", args=[day.session.pk]), typed).status_code == 302
        page = nurse.get(reverse("session", args=[day.session.pk])).content.decode()
        assert "<s>Emergency called</s> taken back at" in page


class TestAMedicineOfAnotherPerson:
    def test_is_taken_back_with_a_reason_and_told_no_more(self, day: Day) -> None:
        """What stands here as given is not given again by whoever reads it, and goes into the letter."""
        day.begin()
        event = services.observe(
            day.session, "medicine", day.nurse, write_id=new_id(), at=day.at(12), words="Ondansetron 4 mg iv."
        )
        with pytest.raises(Refusal, match="Write in a few words how it came"):
            back(day, event, 13, reason="")
        page = signed_in(day.clinic, Role.NURSE).get(reverse("session", args=[day.session.pk])).content.decode()
        assert 'aria-label="How it came: Medicine given: Ondansetron 4 mg iv."' in page
        back(day, event, 13, reason="Given to the person in chair 4.")
        (line,) = [each for each in services.draft_note(day.session).splitlines() if "Ondansetron" in each]
        assert "Given to the person in chair 4 [was Medicine given: Ondansetron 4 mg iv.]" in line
        assert standing_observations(queries.record(day.session).events, day.at(20)) == []


def test_the_page_offers_it_after_a_leaving_for_twelve_hours(day: Day) -> None:
    day.begin()
    nurse, address = signed_in(day.clinic, Role.NURSE), reverse("session", args=[day.session.pk])
    assert 'id="do-stay"' not in nurse.get(address).content.decode()
    event = left(day, 12)
    assert 'id="do-stay"' in nurse.get(address).content.decode()
    typed = {"write_id": str(new_id()), "of": str(event.pk), "reason": WHY}
    nurse.post(reverse("session_take_back", args=[day.session.pk]), typed)
    page = nurse.get(address).content.decode()
    assert 'id="do-leave"' in page
    assert "The leaving was taken back at" in page
    assert timedelta(hours=12) == services.taking_back.AT_LATEST
