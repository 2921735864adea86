"""Who is enrolled in the nasal programme, and who is told."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.programme import queries
from daybreak.clinic.programme.models import PatientEnrolment, SiteEnrolment
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.findings import State
from daybreak.treatment.patient_facts import Setting
from tests.clinic.people import Clinic
from tests.clinic.programme.spray import certify, enrol
from tests.clinic.treatment_day.day import INFUSION, NASAL, make_plan, open_day

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
    with django_assert_max_num_queries(4):
        queries.enrolments([clinic.course], timezone.localdate())
