"""Who is enrolled in the nasal programme, and who is told."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.planning.models import Plan
from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment
from daybreak.clinic.record.models import Course, Patient, PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import open_course, record_facts
from daybreak.clinic.screening import services as screening
from daybreak.clinic.screening.queries import review
from daybreak.clinic.treatment_day.known_answers import ENROLLED_RULE
from daybreak.treatment.findings import Finding, State
from daybreak.treatment.patient_facts import Setting
from tests.clinic.people import Clinic
from tests.clinic.programme.spray import certify, enrol
from tests.clinic.treatment_day.day import INFUSION, NASAL, Day, make_plan, open_day

Step = PatientEnrolment.State


def standing(clinic: Clinic) -> queries.Enrolment:
    return queries.enrolment(clinic.course, timezone.localdate())


def test_without_the_spray_in_the_plan_there_is_nothing_to_say(clinic: Clinic) -> None:
    assert standing(clinic).state is State.NOT_APPLICABLE
    make_plan(clinic, INFUSION)
    assert standing(clinic).state is State.NOT_APPLICABLE


def test_elsewhere_there_is_no_programme(clinic: Clinic) -> None:
    make_plan(clinic, NASAL)
    clinic.site.jurisdiction = "UK"
    clinic.site.save()
    assert standing(clinic).state is State.NOT_APPLICABLE
    with pytest.raises(Refusal, match="exists in the US"):
        certify(clinic)


def test_each_step_says_what_is_known_and_what_resolves_it(clinic: Clinic) -> None:
    make_plan(clinic, NASAL)
    assert standing(clinic).state is State.UNKNOWN
    assert "certified" in standing(clinic).sentence
    certify(clinic)
    assert standing(clinic).state is State.NOT_MET
    assert "sign the enrolment form" in standing(clinic).resolves
    enrol(clinic, Step.SENT)
    assert standing(clinic).state is State.NOT_MET
    assert "not confirmed" in standing(clinic).sentence
    enrol(clinic, Step.ENROLLED)
    assert (standing(clinic).state, standing(clinic).resolves) == (State.MET, "")
    enrol(clinic, Step.ENDED, on=timezone.localdate(), reason="Moved to another site.")
    assert standing(clinic).state is State.NOT_MET
    assert "ended" in standing(clinic).sentence


def test_an_enrolment_of_tomorrow_is_none_today_and_yesterdays_end_was_none_before(clinic: Clinic) -> None:
    make_plan(clinic, NASAL)
    certify(clinic)
    with pytest.raises(Refusal, match="still to come"):
        enrol(clinic, on=timezone.localdate() + timedelta(days=1))
    enrol(clinic)
    enrol(clinic, Step.ENDED, on=timezone.localdate(), reason="Pause.")
    before = queries.enrolment(clinic.course, timezone.localdate() - timedelta(days=1))
    assert before.state is State.MET


def test_both_sign_and_an_end_has_a_reason(clinic: Clinic) -> None:
    for missing in ({"prescriber": None}, {"agreed_on": None}):
        with pytest.raises(Refusal, match="both sign"):
            enrol(clinic, **missing)
    with pytest.raises(Refusal, match="why it ended"):
        enrol(clinic, Step.ENDED)
    with pytest.raises(Refusal, match="representative"):
        certify(clinic, representative=" ")


def test_nothing_was_certified_before_the_programme_began(clinic: Clinic) -> None:
    with pytest.raises(Refusal, match="did not exist in the year 1"):
        certify(clinic, on=date(1, 1, 1))
    assert certify(clinic, on=date(2019, 4, 1)).on == date(2019, 4, 1)


def test_the_sites_certification_comes_first(clinic: Clinic) -> None:
    make_plan(clinic, NASAL)
    enrol(clinic)
    certify(clinic)
    certify(clinic, timezone.localdate(), state=SiteEnrolment.State.ENDED, reason="Audit.")
    assert standing(clinic).state is State.NOT_MET
    assert "This site's certification" in standing(clinic).sentence


def test_what_screening_was_told_stands_when_the_site_is_certified(clinic: Clinic) -> None:
    """The record knows nothing of the person's enrolment, so it takes nothing back."""
    make_plan(clinic, NASAL)
    said = PatientFact(
        kind=PatientFactKind.ANSWER, code=ENROLLED_RULE, state="yes", text="The portal says so, number 123.",
        occurred_at=timezone.now(), source="screening",
    )  # fmt: skip
    record_facts(clinic.patient, [said], clinic.actor(Role.PRESCRIBER))
    certify(clinic)
    assert "says enrolled; day and prescriber stand nowhere" in standing(clinic).sentence


def test_an_inpatient_site_enrols_nobody(clinic: Clinic) -> None:
    make_plan(clinic, NASAL)
    certify(clinic, setting=Setting.INPATIENT)
    assert standing(clinic).state is State.MET


def test_the_check_before_the_dose_knows_it(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    assert "enrolled" in {each.check.id for each in day.state().standing}
    enrol(clinic)
    assert "enrolled" not in {each.check.id for each in day.state().standing}
    enrol(clinic, Step.ENDED, reason="Withdrew.")
    assert "enrolled" in {each.check.id for each in day.state().standing}


def test_many_courses_cost_no_more_queries_than_their_plans(clinic: Clinic, django_assert_max_num_queries) -> None:
    make_plan(clinic, NASAL)
    certify(clinic)
    enrol(clinic)
    courses = [clinic.course, *(another(clinic) for _ in range(5))]
    plans = {plan.course_id: plan for plan in Plan.objects.select_related("course__patient__site")}
    with django_assert_max_num_queries(4):
        found = queries.enrolments(courses, timezone.localdate(), plans)
    assert [found[course.pk].state for course in courses] == [State.MET] + [State.NOT_MET] * 5


def another(clinic: Clinic) -> Course:
    """A course with the spray, of somebody else."""
    desk = clinic.actor(Role.COORDINATOR)
    patient = Patient.objects.create(
        site=clinic.site, family_name="Other", birth_date=date(1984, 3, 1), sex="male", synthetic=True
    )
    course = open_course(patient, "treatment_resistant_depression", desk, prescriber=clinic.users[Role.PRESCRIBER])
    make_plan(clinic, NASAL, course=course)
    return course


class TestTheOrderOfSteps:
    """The step of the latest day holds, whenever it was typed."""

    def days_ago(self, days: int) -> date:
        return timezone.localdate() - timedelta(days=days)

    def enrolled_and_ended(self, clinic: Clinic) -> PatientEnrolment:
        make_plan(clinic, NASAL)
        certify(clinic)
        enrol(clinic, on=self.days_ago(10), agreed_on=self.days_ago(10))
        return enrol(clinic, Step.ENDED, on=self.days_ago(2), reason="Moved away.")

    def test_an_older_step_typed_later_is_asked_about_and_overrides_no_ending(self, clinic: Clinic) -> None:
        self.enrolled_and_ended(clinic)
        older = {"on": self.days_ago(8), "agreed_on": self.days_ago(8)}
        with pytest.raises(Refusal, match=r"Enrolment ended, .*\(Moved away\.\) is recorded, after this day"):
            enrol(clinic, **older)
        enrol(clinic, older=True, **older)
        assert standing(clinic).state is State.NOT_MET
        assert "ended on" in standing(clinic).sentence
        fact = clinic.patient.facts.filter(code="EL061", corrected_by__isnull=True).order_by("recorded_at").last()
        assert "ended on" in fact.text

    def test_a_step_recorded_wrongly_is_replaced_with_a_reason_and_stays_in_the_record(self, clinic: Clinic) -> None:
        wrong = self.enrolled_and_ended(clinic)
        with pytest.raises(Refusal, match="why the other step was wrong"):
            enrol(clinic, on=self.days_ago(9), agreed_on=self.days_ago(9), instead_of=wrong)
        enrol(clinic, on=self.days_ago(9), agreed_on=self.days_ago(9), instead_of=wrong, reason="Another person's.")
        assert standing(clinic).state is State.MET
        assert PatientEnrolment.objects.count() == 3
        with pytest.raises(Refusal, match="replaced already"):
            enrol(clinic, instead_of=wrong, reason="Again.")

    def test_a_step_that_never_happened_leaves_what_stood_before_it(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        certify(clinic)
        with pytest.raises(Refusal, match="Choose which step"):
            enrol(clinic, Step.NOTHING, reason="Wrong person.")
        enrol(clinic, Step.NOTHING, instead_of=enrol(clinic), reason="Wrong person.")
        assert "Not enrolled" in standing(clinic).sentence
        assert "enrolled" in {each.check.id for each in day.state().standing}

    def test_the_sites_steps_go_by_their_day_too(self, clinic: Clinic) -> None:
        make_plan(clinic, NASAL)
        certify(clinic, self.days_ago(90))
        ended = certify(clinic, self.days_ago(2), state=SiteEnrolment.State.ENDED, reason="Audit.")
        with pytest.raises(Refusal, match=r"Certification ended, .*after this day"):
            certify(clinic, self.days_ago(60), representative="Another")
        certify(clinic, self.days_ago(60), representative="Another", older=True)
        assert "This site's certification" in standing(clinic).sentence
        certify(clinic, self.days_ago(60), instead_of=ended, reason="Another site's letter.")
        assert "Not enrolled" in standing(clinic).sentence


class TestTheEndOfTheSitesCertification:
    """Nobody is given the spray where the site is not certified, whoever is enrolled."""

    def end(self, clinic: Clinic) -> SiteEnrolment:
        return certify(clinic, timezone.localdate(), state=SiteEnrolment.State.ENDED, reason="Audit.")

    def against(self, day: Day) -> str:
        return " ".join(each.why for each in day.state().standing if each.check.id == "enrolled")

    def test_it_stands_against_the_next_dose_until_the_site_is_certified_anew(self, clinic: Clinic) -> None:
        certify(clinic)
        enrol(clinic)
        day = open_day(clinic, NASAL)
        assert self.against(day) == ""
        self.end(clinic)
        assert "This site's certification in the nasal programme ended" in self.against(day)
        certify(clinic, timezone.localdate())
        assert self.against(day) == ""

    def test_a_step_recorded_after_it_clears_no_dose(self, clinic: Clinic) -> None:
        certify(clinic)
        self.end(clinic)
        day = open_day(clinic, NASAL)
        enrol(clinic)
        assert "This site's certification" in self.against(day)

    def test_screening_knows_whether_the_site_is_certified(self, clinic: Clinic) -> None:
        make_plan(clinic, NASAL)
        certify(clinic)
        enrol(clinic)
        stamp = clinic.actor(Role.PRESCRIBER).stamp
        clinic.course.screening_requests.create(drug="esketamine", route="nasal", setting="outpatient", **stamp)

        def known() -> tuple[State, State]:
            found = review(clinic.course)
            (finding,) = [each for each in found.findings if each.rule_id == "EL060"]
            (condition,) = [each for each in found.held_conditions if "site enrolled" in each.says]
            return finding.state, condition.state

        assert known() == (State.MET, State.MET)
        self.end(clinic)
        assert known() == (State.NOT_MET, State.NOT_MET)

    def test_nobody_is_asked_in_screening_what_stands_in_the_programme(self, clinic: Clinic) -> None:
        def certified() -> Finding:
            return next(each for each in review(clinic.course).findings if each.rule_id == "EL060")

        assert certified().state is State.UNKNOWN
        assert "under Nasal programme" in certified().resolve
        with pytest.raises(Refusal, match="stands under Nasal programme"):
            screening.answer(clinic.course, "EL060", "yes", "", clinic.actor(Role.PRESCRIBER), answer_id=new_id())
        step = certify(clinic)
        assert certified().state is State.MET  # before this person has an enrolment or a plan
        certify(clinic, state=SiteEnrolment.State.NOTHING, instead_of=step, reason="Another site's letter.")
        assert certified().state is State.UNKNOWN

    def test_what_was_answered_by_hand_counts_until_the_programme_says_otherwise(self, clinic: Clinic) -> None:
        actor = clinic.actor(Role.PRESCRIBER)
        told = PatientFact(kind=PatientFactKind.ANSWER, code="EL060", state="yes", occurred_at=actor.now)
        record_facts(clinic.patient, [told], actor)

        def certified() -> State:
            return next(each.state for each in review(clinic.course).findings if each.rule_id == "EL060")

        assert certified() is State.MET
        certify(clinic)
        self.end(clinic)
        assert certified() is State.NOT_MET
