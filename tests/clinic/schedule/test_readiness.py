"""What is ready for a day: never more than is known, and with what would settle the rest."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import queries as pharmacy_queries
from daybreak.clinic.pharmacy import services as pharmacy
from daybreak.clinic.planning.models import Plan, PlanSignature
from daybreak.clinic.record.models import Flag, PatientFact, PatientFactKind, Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import enter_stage, raise_flag, record_facts
from daybreak.clinic.schedule import readiness, services
from daybreak.clinic.schedule.models import Appointment, Authorisation
from daybreak.clinic.schedule.queries import Visit
from daybreak.clinic.schedule.supply import Need, Supply, outlook
from daybreak.clinic.treatment_day.services import open_session
from daybreak.treatment.days import said_day
from daybreak.treatment.drugs import Drug, Route, Way
from daybreak.treatment.findings import State
from daybreak.treatment.vitals import Vital
from tests.clinic.pharmacy.store import Container, Store
from tests.clinic.planning.cases import screened
from tests.clinic.schedule.week import Week
from tests.web.test_gate import signed_in

NASAL = "esketamine 56 mg nasal twice weekly for 4 weeks"


@pytest.fixture
def booked(week: Week) -> Appointment:
    return week.book(1, week.at(0, 9))


def points(appointment: Appointment) -> dict[str, readiness.Point]:
    day = timezone.localdate(appointment.starts_at)
    people = readiness.of_day(appointment.course.patient.site, day)
    (found,) = [each for each in people if each.visit.appointment.pk == appointment.pk]
    return {point.name: point for point in found.points}


def test_a_plan_changed_since_needs_a_longer_stay(week: Week, booked: Appointment) -> None:
    """The appointment was booked for forty minutes of infusion; the plan in force now asks for two hours and a half."""
    assert points(booked)["Plan"].state is State.MET
    stamp = week.clinic.actor(Role.PRESCRIBER).stamp
    changed = Plan.objects.create(
        course=booked.course, version=2, regimen_text="ketamine 80 mg iv over 150 min, once", weight_kg=70.0,
        first_day=timezone.localdate(), jurisdiction="US", labelled=False, **stamp,
    )  # fmt: skip
    PlanSignature.objects.create(plan=changed, statement="Signed.", **stamp)
    point = points(booked)["Plan"]
    assert (point.state, point.detail) == (
        State.NOT_MET, "Version 2 is in force and needs 4 h for session 1; 2 h 10 min are booked.",
    )  # fmt: skip
    other = readiness.of_day(week.clinic.site, timezone.localdate(booked.starts_at))
    assert "Plan" in [each.name for each in other[0].open]
    assert points(booked)["Drug in stock"].detail.startswith("80 mg needed")


def test_an_ended_course_still_booked_is_said(week: Week, booked: Appointment) -> None:
    enter_stage(booked.course, Stage.ENDED, week.coordinator)
    assert points(booked)["Plan"].detail == "The course has ended."


def test_a_day_closed_after_people_were_booked_is_not_ready(week: Week, booked: Appointment) -> None:
    day, director = timezone.localdate(booked.starts_at), week.clinic.actor(Role.DIRECTOR)
    closing = services.close_days(
        week.clinic.site, director, write_id=new_id(), first=day, last=None, words="Burst pipe"
    )
    point = points(booked)["Plan"]
    assert (point.state, point.detail) == (State.NOT_MET, "The site is closed on this day: Burst pipe.")
    services.open_again(closing, director, write_id=new_id(), reason="Mended.")
    assert points(booked)["Plan"].state is State.MET


def test_two_sessions_on_one_day_are_not_ready(week: Week, booked: Appointment) -> None:
    later = booked.starts_at + timedelta(hours=5)
    Appointment.objects.create(
        course=booked.course, plan=booked.plan, number=6, starts_at=later, ends_at=later + booked.length,
        chair=booked.chair, nurse=booked.nurse, prescriber=booked.prescriber, **week.coordinator.stamp,
    )  # fmt: skip
    point = points(booked)["Plan"]
    assert (point.state, point.detail) == (State.NOT_MET, "Session 6 is on this day as well.")


def test_what_nobody_recorded_is_unknown_and_says_how_to_find_out(booked: Appointment) -> None:
    found = points(booked)
    for name in ("Consent", "Screening", "Authorisation", "Ride home", "Weight"):
        assert found[name].state is State.UNKNOWN, name
        assert found[name].resolve, name
    assert found["Flags"].state is State.MET
    assert found["Nasal programme"].state is State.NOT_APPLICABLE


def test_the_spray_asks_for_the_programme_and_says_what_is_missing(week: Week) -> None:
    made = week.book(1, week.at(0, 9), course=week.another(words=NASAL))
    point = points(made)["Nasal programme"]
    assert point.state is State.UNKNOWN
    assert point.resolve == "Record the certification under Nasal programme."


def test_consent_and_the_decision_are_read_from_screening(week: Week, booked: Appointment) -> None:
    screened(week.clinic)
    found = points(booked)
    assert (found["Consent"].state, found["Screening"].state) == (State.MET, State.MET)
    other = week.book(2, week.at(3, 9))
    assert points(other)["Screening"].state is State.MET


def test_a_decision_about_another_drug_does_not_count(week: Week, booked: Appointment) -> None:
    screened(week.clinic, Drug.ESKETAMINE, Route.NASAL)
    point = points(booked)["Screening"]
    assert point.state is State.NOT_MET
    assert "It was about esketamine nasal." in point.detail


def test_a_consent_for_another_drug_does_not_count(week: Week, booked: Appointment) -> None:
    screened(week.clinic, Drug.ESKETAMINE, Route.NASAL)
    point = points(booked)["Consent"]
    assert point.state is State.NOT_MET
    assert point.detail.startswith("Signed for esketamine nasal, recorded ")
    assert point.detail.endswith("This day is ketamine iv.")


def test_an_authorisation_counts_until_its_last_day_and_no_longer(week: Week, booked: Appointment) -> None:
    day = timezone.localdate(booked.starts_at)
    for last, state in ((day, State.MET), (day - timedelta(days=1), State.NOT_MET)):
        services.record_authorisation(
            booked.course, Authorisation.Answer.GRANTED, week.coordinator, write_id=new_id(), reference="A7",
            expires_on=last,
        )  # fmt: skip
        assert points(booked)["Authorisation"].state is state
    services.record_authorisation(booked.course, Authorisation.Answer.NOT_NEEDED, week.coordinator, write_id=new_id())
    assert points(booked)["Authorisation"].state is State.MET


def test_an_authorisation_that_covers_no_day_to_come_is_refused(week: Week) -> None:
    today = timezone.localdate()
    for last, said in ((today - timedelta(days=1), "is past"), (date(9999, 1, 1), "more than 10 years ahead")):
        with pytest.raises(Refusal, match=said):
            services.record_authorisation(
                week.clinic.course, Authorisation.Answer.GRANTED, week.coordinator, write_id=new_id(), expires_on=last
            )


def test_the_ride_is_what_was_said_last(week: Week, booked: Appointment) -> None:
    for arranged, words, state in ((True, "Her sister", State.MET), (False, "The sister is ill", State.NOT_MET)):
        services.record_ride(booked, week.coordinator, write_id=new_id(), arranged=arranged, words=words)
        assert points(booked)["Ride home"].state is state


def test_a_weight_is_old_on_the_day_it_is_used_and_not_on_the_day_one_looks(week: Week, booked: Appointment) -> None:
    starts = booked.starts_at
    for days, state in ((31, State.NOT_MET), (30, State.MET)):
        weighed = PatientFact(
            kind=PatientFactKind.VITAL, code=Vital.WEIGHT, value=70.0, unit="kg",
            occurred_at=starts - timedelta(days=days), source="scales",
        )  # fmt: skip
        record_facts(week.clinic.patient, [weighed], week.coordinator)
        assert points(booked)["Weight"].state is state
        assert f"{days} days old then" in points(booked)["Weight"].detail


def test_a_flag_is_named(week: Week, booked: Appointment) -> None:
    raise_flag(
        patient=week.clinic.patient, kind="test", level=Flag.Level.WATCH, title="Ask about the bladder",
        owner=week.clinic.users[Role.NURSE], due_at=timezone.now(), actor=week.coordinator,
    )  # fmt: skip
    assert "Ask about the bladder" in points(booked)["Flags"].detail


class TestStock:
    """35 mg a session. What cannot be used that day is not there."""

    def test_an_empty_account_has_nothing(self, booked: Appointment) -> None:
        point = points(booked)["Drug in stock"]
        assert point.state is State.NOT_MET
        assert (
            "35 mg needed; of one usable lot in one place, made for a dose by vein, at most 0 mg is left."
            in point.detail
        )

    def test_a_lot_that_expires_before_the_day_or_is_recalled_does_not_count(
        self, week: Week, booked: Appointment
    ) -> None:
        store, day = Store(week.clinic), timezone.localdate(booked.starts_at)
        store.lot(lot="OLD", expires_on=day - timedelta(days=1))
        assert points(booked)["Drug in stock"].state is State.NOT_MET
        good = store.lot(lot="GOOD", expires_on=day)
        assert points(booked)["Drug in stock"].detail == "Lot GOOD, Safe."
        pharmacy.recall(good, "By the maker.", store.lead, write_id=new_id())
        assert points(booked)["Drug in stock"].state is State.NOT_MET

    def test_two_people_do_not_count_on_the_same_milligrams(self, week: Week, booked: Appointment) -> None:
        store = Store(week.clinic)
        store.lot(containers=1)  # 500 mg: enough for fourteen people with 35 mg each
        later = week.book(1, week.at(0, 9, 30), course=week.another(words="ketamine 480 mg iv over 40 min, once"),
                          chair=1)  # fmt: skip
        assert points(booked)["Drug in stock"].state is State.MET
        assert points(later)["Drug in stock"].state is State.NOT_MET
        services.cancel(booked, week.coordinator, write_id=new_id(), reason="Ill.")
        assert points(later)["Drug in stock"].state is State.MET

    def test_the_page_of_one_appointment_takes_the_others_of_its_day_off_too(self, week: Week) -> None:
        """Two devices, and two people who need two each: both were "in stock" while each was looked at alone."""
        store = Store(week.clinic)
        store.lot(store.devices, containers=2, lot="LAST")
        made = [
            week.book(1, week.at(0, 11, 30), course=week.another("A", NASAL)),
            week.book(1, week.at(0, 11, 30), course=week.another("B", NASAL), chair=1),
        ]
        day = timezone.localdate(made[0].starts_at)
        alone = [
            point
            for each in made
            for ready in readiness.of(week.clinic.site, day, [Visit(each, None, missed=False)])
            for point in ready.points
            if point.name == "Drug in stock"
        ]
        assert [point.state for point in alone] == [State.MET, State.NOT_MET]
        assert alone[0].detail == "Lot LAST, Safe. Enough for 1 of 2 people of this day."
        assert alone[1].detail.endswith("at most 0 mg is left. Enough for 1 of 2 people of this day.")

    def test_who_came_and_has_not_drawn_yet_still_needs_it(self, week: Week) -> None:
        """Their session is open, so they wait no longer on the list; the last two devices are theirs all the same."""
        store = Store(week.clinic)
        lot = store.lot(store.devices, containers=2)
        use = store.use(Drug.ESKETAMINE, planned_mg=56, way=Way(Route.NASAL))
        supply = Supply.of(week.clinic.site, timezone.localdate())
        assert [(need.of, need.micrograms) for need in supply.needs] == [(use.pk, 56_000)]
        later = Need(new_id(), timezone.localdate(), week.clinic.patient.pk, "esketamine", frozenset(use.ways), 56_000)
        held = Supply(pharmacy_queries.stock(week.clinic.site), [*supply.needs, later])
        assert held.lots[later.of] is None
        store.draw(use, lot, 28)
        (need,) = Supply.of(week.clinic.site, timezone.localdate()).needs
        assert need.micrograms == 28_000, "what is in the hand is not needed again"
        pharmacy.end_use(use, store.nurse, timezone.now())
        assert Supply.of(week.clinic.site, timezone.localdate()).needs == []

    def test_what_is_needed_before_within_a_week_is_not_there_for_a_later_day(self, week: Week) -> None:
        """A week is ours: until a later day an order can come."""
        store, site, today = Store(week.clinic), week.clinic.site, timezone.localdate()
        store.lot(store.devices, containers=2)
        made = [(1, week.another("A", NASAL)), (3, week.another("B", NASAL)), (12, week.another("C", NASAL))]
        of = {
            days: Appointment.objects.create(
                course=course, plan=course.plans.get(), number=1, chair=week.chairs[0],
                starts_at=timezone.now() + timedelta(days=days), ends_at=timezone.now() + timedelta(days=days, hours=2),
                nurse=week.clinic.users[Role.NURSE], prescriber=week.clinic.users[Role.PRESCRIBER],
                **week.coordinator.stamp,
            ).pk
            for days, course in made
        }  # fmt: skip
        for days, is_supplied in ((1, True), (3, False), (12, True)):
            supply = Supply.of(site, today + timedelta(days=days))
            assert (supply.lots[of[days]] is not None) == is_supplied, days
        assert outlook(site) == (
            "Of the 2 to be treated from today over 7 days, drug is in stock for 1: esketamine is short from "
            f"{said_day(today + timedelta(days=3))}. Tell the controlled-drug lead, who orders it."
        )
        store.lot(store.devices, containers=2, lot="MORE")
        assert outlook(site) == ""

    def test_a_vial_for_injection_is_no_stock_for_a_dose_under_the_tongue(self, week: Week) -> None:
        """Enough milligrams of the right drug, in a form nobody melts. Half a lozenge is nobody else's."""
        store = Store(week.clinic)
        store.lot()
        melts = "ketamine 50 mg sublingual swallowed once"
        held = week.book(1, week.at(0, 9), course=week.another("A", melts))
        later = week.book(1, week.at(0, 9), course=week.another("B", melts), chair=1)
        assert points(held)["Drug in stock"].detail == (
            "50 mg needed; of one usable lot in one place, made for a dose under the tongue, at most 0 mg is left. "
            "Enough for 0 of 2 people of this day."
        )
        store.lot(store.another(Container.LOZENGE, 100), containers=1, lot="L1")
        assert points(held)["Drug in stock"].detail == "Lot L1, Safe. Enough for 1 of 2 people of this day."
        assert points(later)["Drug in stock"].state is State.NOT_MET

    def test_one_device_of_two_is_not_enough_for_a_spray(self, week: Week) -> None:
        store = Store(week.clinic)
        spray = week.book(1, week.at(0, 9), course=week.another(words=NASAL))
        store.lot(store.devices, containers=1)
        assert points(spray)["Drug in stock"].detail.startswith(
            "56 mg needed; of one usable lot in one place, made for a dose as a nasal spray, at most 28"
        )
        store.lot(store.devices, containers=2, lot="TWO")
        assert points(spray)["Drug in stock"].detail == "Lot TWO, Safe."

    def test_devices_of_one_person_are_nobody_elses(self, week: Week) -> None:
        store = Store(week.clinic)
        first, other = week.another("A", NASAL), week.another("B", NASAL)
        store.lot(store.devices, containers=2, lot="NAMED", patient=first.patient)
        of_first = week.book(1, week.at(0, 9), course=first)
        of_other = week.book(1, week.at(0, 9), course=other, chair=1)
        assert points(of_first)["Drug in stock"].detail == "Lot NAMED, Safe."
        assert points(of_other)["Drug in stock"].state is State.NOT_MET


def test_who_came_is_no_longer_on_the_list(week: Week) -> None:
    made = week.book(1, week.at(0, 9))
    open_session(week.clinic.course, 1, None, week.clinic.actor(Role.NURSE), write_id=new_id())
    assert readiness.of_day(week.clinic.site, timezone.localdate(made.starts_at)) == []
    assert readiness.of_day(week.clinic.site, date(2031, 1, 1)) == []


def test_of_somebody_who_died_nothing_is_asked_but_the_appointment_and_nobody_is_called(
    week: Week, booked: Appointment
) -> None:
    PatientFact.objects.create(
        patient=booked.course.patient, kind=PatientFactKind.SERIOUS_EVENT, code=PatientFact.DEATH, text="Died."
    )
    assert set(points(booked)) == {"Plan"}
    assert points(booked)["Plan"].resolve == "Cancel the appointment."
    page = signed_in(week.clinic, Role.COORDINATOR).get(f"/appointments/{booked.pk}/").content.decode()
    assert "Call the person" not in page
