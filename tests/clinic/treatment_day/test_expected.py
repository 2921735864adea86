"""The band behind the pressures of a session: from this session's own values, for those it is meant for, and cheap."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.charts import Band, Limit
from daybreak.clinic.planning import outlook
from daybreak.clinic.planning.expectation import body_of, expect
from daybreak.clinic.planning.proposal import proposal_of
from daybreak.clinic.planning.queries import facts_on_file, medicines_taken, with_medicines
from daybreak.clinic.record.models import PatientFact, PatientFactKind
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.services import record_facts
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.beside_model import beside
from daybreak.clinic.treatment_day.expected import (
    Concentration,
    expected_body,
    expected_concentration,
    expected_day,
    otherwise_than_planned,
)
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.session_chart import pressure_chart
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, MUSCLE, NASAL, Day, open_day
from tests.clinic.treatment_day.test_pages import page, signed_in

SHADED = "Shaded: what the model expects"


def expected(day: Day, minute: float = 20):
    session, state = queries.sessions().get(pk=day.session.pk), day.state(minute)
    return expected_day(session, state, expected_body(session, state))


def test_before_a_dose_nothing_is_expected(day: Day) -> None:
    day.read(-5)
    assert expected(day, -1) is None
    assert SHADED not in page(signed_in(day.clinic), day)


def test_it_begins_at_the_pressure_before_this_dose(day: Day) -> None:
    day.begin()
    band = expected(day).systolic
    assert band.median[0] == pytest.approx(BEFORE[Vital.SYSTOLIC], abs=3)
    assert (band.lower < band.upper).all()


def test_readings_after_the_dose_do_not_move_it(day: Day) -> None:
    day.begin()
    before = expected(day)
    day.systolic(10, 171)
    assert expected(day) is before, "and it was not computed again"


def test_it_is_a_band_and_the_limits_stay_what_they_were(day: Day) -> None:
    day.begin()
    state = day.state(20)
    with_band, without = pressure_chart(state, expected(day)), pressure_chart(state)
    assert sum(isinstance(mark, Band) for mark in with_band.marks) == 2
    limits = [[mark for mark in chart.marks if isinstance(mark, Limit)] for chart in (with_band, without)]
    assert limits[0] == limits[1]


def test_without_a_pressure_before_the_dose_no_band_is_made_up(day: Day) -> None:
    day.begin()
    state = day.state(20)
    state.baseline_values.pop(Vital.SYSTOLIC)
    session = queries.sessions().get(pk=day.session.pk)
    assert expected_day(session, state, expected_body(session, state)) is None


def test_a_dose_without_a_model_leaves_the_page_as_it_was(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    from daybreak.pharmacology.models import NoModelError

    def no_model(*_: object, **__: object) -> None:
        raise NoModelError("No kinetic model in this version serves this.")

    day = open_day(clinic, NASAL)
    day.begin()
    outlook._day.cache_clear()
    monkeypatch.setattr(outlook, "predict_day", no_model)
    shown = page(signed_in(day.clinic), day)
    assert SHADED not in shown
    assert "Blood pressure since the dose began" in shown


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.NURSE, True), (Role.PRESCRIBER, True), (Role.DIRECTOR, True), (Role.THERAPIST, False)]
)
def test_it_is_for_clinicians(day: Day, role: Role, sees: bool) -> None:
    day.clinic.course.therapist = day.clinic.users[Role.THERAPIST]
    day.clinic.course.save()
    day.begin()
    assert (SHADED in page(signed_in(day.clinic, role), day)) is sees


def test_an_injection_says_what_pressure_did_under_the_skin_beside_what_is_predicted(clinic: Clinic) -> None:
    day = open_day(clinic, MUSCLE)
    day.begin()
    shown = page(signed_in(day.clinic), day)
    assert "into a muscle is on file. Under the skin pressure rose less than is predicted" in shown
    assert "4.9 mmHg systolic" in shown


def test_it_asks_the_database_for_the_medicines_alone(
    day: Day, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    day.begin()
    session, state = queries.sessions().get(pk=day.session.pk), day.state(20)
    with django_assert_num_queries(1):
        body = expected_body(session, state)
        assert expected_day(session, state, body) is not None
        assert expected_concentration(state, body) is not None


def test_an_open_page_computes_it_once(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.begin()
    calls, really = [], outlook.predict_day

    def counted(*given: object, **more: object) -> object:
        calls.append(given)
        return really(*given, **more)

    outlook._day.cache_clear()
    monkeypatch.setattr(outlook, "predict_day", counted)
    client = signed_in(day.clinic)
    for _ in range(3):
        assert client.get(reverse("session_live", args=[day.session.pk])).status_code == 200
    assert len(calls) == 1


def concentration(day: Day, minute: float) -> Concentration | None:
    session, state = queries.sessions().get(pk=day.session.pk), day.state(minute)
    return expected_concentration(state, expected_body(session, state))


def test_before_a_dose_there_is_no_concentration(day: Day) -> None:
    day.read(-5)
    assert concentration(day, -1) is None


def test_while_it_runs_the_concentration_is_of_the_plan_and_then_of_what_was_given(day: Day) -> None:
    """Half an infusion brings half of the drug: less than the whole one's peak, and at its own end."""
    day.begin()
    planned = concentration(day, 10)
    day.do(services.stop, 20)
    given = concentration(day, 60)
    assert (planned.as_given, given.as_given) == (False, True)
    highest = [each.curve.median.max() for each in (planned, given)]
    assert 0.4 < highest[1] / highest[0] < 0.9
    place = given.curve.median.argmax()
    assert given.band.times_h[place] == pytest.approx(20 / 60, abs=0.02)


OF_THAT = "of that it does not speak"


def test_the_band_says_at_once_what_it_does_not_follow(day: Day) -> None:
    """A pause or another rate changes the pressure while the band goes on as planned: nobody reads it as of this."""
    day.begin()
    assert otherwise_than_planned(day.state(9)) == ""
    day.do(services.pause, 10)
    assert otherwise_than_planned(day.state(10)) == f"The dose was paused: {OF_THAT}."
    assert f"The dose was paused: {OF_THAT}." in page(signed_in(day.clinic), day)
    day.do(services.resume, 20)
    day.do(services.stop, 30)
    assert otherwise_than_planned(day.state(31)) == f"The dose was paused and 17.5 mg was given: {OF_THAT}."
    day.read(40)
    assert any(OF_THAT in note for note in beside(day.state(60), expected(day, 60), None).notes)


def test_a_whole_dose_of_two_devices_is_what_the_band_speaks_of(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    assert otherwise_than_planned(day.state(2)) == "", "the second device is still to come"
    day.do(services.stop, 5)
    assert otherwise_than_planned(day.state(6)) == f"28 mg was given: {OF_THAT}."


def test_a_stated_amount_scales_it(day: Day) -> None:
    """The kinetics are linear: half the amount over the same time is half the concentration."""
    day.begin()
    day.do(services.stop, 40)
    whole = concentration(day, 60)
    day.do(services.correct_amount, 41, mg=17.5)
    assert concentration(day, 60).curve.median == pytest.approx(whole.curve.median / 2, rel=1e-6)


def test_the_devices_of_a_dose_stay_one_dose_and_one_device_is_less_than_two(clinic: Clinic) -> None:
    """The model takes up less of a second device; two separate doses would be too much."""
    day = open_day(clinic, NASAL)
    day.begin()
    planned = concentration(day, 2)
    day.do(services.give_device, 5)
    assert concentration(day, 60).curve.median == pytest.approx(planned.curve.median)
    day.do(services.correct_amount, 6, mg=28)
    assert concentration(day, 60).curve.median.max() < 0.8 * planned.curve.median.max()


def test_measured_stands_beside_expected_for_each_check(day: Day) -> None:
    day.begin()
    day.read(10, {**BEFORE, Vital.SYSTOLIC: 139})
    day.read(40, {**BEFORE, Vital.SYSTOLIC: 150})
    found = beside(day.state(60), expected(day, 60), concentration(day, 60))
    assert [row[:2] for row in found.rows] == [("10 min", "139/78"), ("40 min", "150/78")]
    assert all(" to " in cell for row in found.rows for cell in row[2:])
    assert all("mmHg" in name or "ng/mL" in name for name in found.header[1:])
    middles = [float(row[4].split()[0]) for row in found.rows]
    assert middles[0] < middles[1], "the infusion still runs at ten minutes"


def test_the_table_of_what_is_expected_is_for_clinicians(day: Day) -> None:
    day.clinic.course.therapist = day.clinic.users[Role.THERAPIST]
    day.clinic.course.save()
    day.begin()
    day.read(10)
    for role, sees in ((Role.NURSE, True), (Role.THERAPIST, False)):
        shown = page(signed_in(day.clinic, role), day)
        assert ("Measured beside what the model expected" in shown) is sees
        assert ("Concentration expected" in shown) is sees


class TestOtherMedicines:
    """The session's curves are those of the plan: reckoned with the same medicines, and they say so."""

    TABLET = "esketamine 56 mg oral once"

    def taking(
        self, clinic: Clinic, text: str, state: str = "active", corrects: PatientFact | None = None
    ) -> PatientFact:
        fact = PatientFact(kind=PatientFactKind.MEDICINE, text=text, state=state, corrects=corrects)
        return record_facts(clinic.patient, [fact], clinic.actor(Role.NURSE))[0]

    def test_they_are_the_plan_s_curves(self, clinic: Clinic) -> None:
        self.taking(clinic, "Clarithromycin 500 mg tablet")
        day = open_day(clinic, self.TABLET)
        day.begin()
        plan = day.session.plan
        proposal = with_medicines(
            proposal_of(plan), medicines_taken(facts_on_file(clinic.patient), plan.other_medicines)
        )
        session, state = queries.sessions().get(pk=day.session.pk), day.state(20)
        assert expected_body(session, state) == body_of(proposal)
        shown, planned = concentration(day, 20), expect(proposal)
        assert shown.curve.cmax_ng_per_ml.median == pytest.approx(planned.curve.cmax_ng_per_ml.median, rel=0.05)
        page_of_day = page(signed_in(clinic), day)
        assert "Other medicines it reckons with, as on the plan: clarithromycin." in page_of_day
        assert "With clarithromycin: area under the curve 2.6 times" in page_of_day

    def test_one_the_plan_says_goes_on_counts_and_one_that_was_stopped_does_not(self, clinic: Clinic) -> None:
        self.taking(clinic, "Clarithromycin 500 mg tablet", state="stopped")
        day = open_day(clinic, self.TABLET)
        day.begin()
        assert "No medicine on file is known to change how ketamine is cleared." in page(signed_in(clinic), day)
        session, state = queries.sessions().get(pk=day.session.pk), day.state(20)
        session.plan.other_medicines = "Rifampicin goes on"
        assert expected_body(session, state).medicines == {"rifampicin"}

    def test_what_was_learned_after_the_person_left_does_not_change_what_was_expected(self, clinic: Clinic) -> None:
        taken = self.taking(clinic, "Clarithromycin 500 mg tablet")
        day = open_day(clinic, self.TABLET)
        day.begin()
        session, state = queries.sessions().get(pk=day.session.pk), day.state(20)
        left = SessionEvent(recorded_at=timezone.now())
        self.taking(clinic, "Clarithromycin 500 mg tablet", state="stopped", corrects=taken)
        self.taking(clinic, "Rifampicin 300 mg")
        assert expected_body(session, replace(state, left=left)).medicines == {"clarithromycin"}
