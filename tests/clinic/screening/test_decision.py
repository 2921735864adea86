"""The prescriber decides; what the label forbids no reason lifts; what was decided is kept as it stood."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import AuditEntry, Course, Stage
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.screening import queries
from daybreak.clinic.screening.models import ScreeningDecision
from daybreak.clinic.screening.services import DecisionRefused
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import State
from daybreak.treatment.ruleset import rule_set
from tests.clinic.people import Clinic
from tests.clinic.screening.cases import (
    REASON,
    answer,
    answer_everything,
    consider,
    decide,
    measure,
    referred,
)

Outcome = ScreeningDecision.Outcome


def stage(course: Course) -> str:
    return Course.objects.with_stage().get(pk=course.pk).stage


@pytest.fixture
def ready(clinic: Clinic) -> Course:
    """The depression referral with everything asked, two failed antidepressants, and nothing in the way."""
    course = referred(clinic)
    answer_everything(clinic, course)
    return course


def test_a_referral_alone_is_no_ground_to_go_on(clinic: Clinic) -> None:
    course = referred(clinic)
    with pytest.raises(DecisionRefused) as refused:
        decide(clinic, course, Outcome.GO_ON)
    assert {problem.about for problem in refused.value.problems} == {"outcome"}
    assert not queries.decisions(course).exists()


def test_everything_asked_and_two_failed_antidepressants_let_it_go_on(clinic: Clinic, ready: Course) -> None:
    decision = decide(clinic, ready, Outcome.GO_ON)
    assert (decision.drug, decision.route, decision.rule_set) == ("esketamine", "nasal", rule_set().version)
    assert decision.recorded_by == clinic.users[Role.PRESCRIBER]
    assert stage(ready) == Stage.PLAN
    assert queries.may_plan(ready) is None


def test_the_first_act_takes_the_course_into_screening(clinic: Clinic) -> None:
    course = referred(clinic)
    assert stage(course) == Stage.REFERRAL
    measure(clinic, course, days_ago=2, systolic=120, diastolic=80)
    assert stage(course) == Stage.SCREENING


def test_a_contraindication_of_the_label_no_reason_lifts(clinic: Clinic, ready: Course) -> None:
    answer(clinic, ready, "EL001", "yes", "CT of 2021: infrarenal, 42 mm")
    answer(clinic, ready, "EL005", "no")
    with pytest.raises(DecisionRefused, match="No reason lifts this") as refused:
        decide(clinic, ready, Outcome.GO_ON, reasons={"EL001": REASON})
    assert [problem.about for problem in refused.value.problems] == ["outcome"]


def test_an_aneurysm_bears_on_ketamine_by_the_judgement_of_the_prescriber(clinic: Clinic, ready: Course) -> None:
    """The ketamine label names no aneurysm: a rise of pressure that would be a hazard (EL005) is what blocks there."""
    answer(clinic, ready, "EL001", "yes", "CT of 2021: infrarenal, 42 mm")
    consider(clinic, ready, Drug.KETAMINE, Route.IV)
    with pytest.raises(DecisionRefused, match="rise of blood or intracranial pressure"):
        decide(clinic, ready, Outcome.GO_ON)
    answer(clinic, ready, "EL005", "no")
    assert decide(clinic, ready, Outcome.GO_ON).outcome == Outcome.GO_ON


@pytest.mark.parametrize(
    ("reason", "stands"), [("", "Yours has none."), ("The cardiologist agrees.", "Yours has 3."), (REASON, None)]
)
def test_a_pressure_above_the_site_s_limit_needs_a_reason_of_ten_words(
    clinic: Clinic, ready: Course, reason: str, stands: str | None
) -> None:
    consider(clinic, ready, Drug.KETAMINE, Route.IV)
    measure(clinic, ready, systolic=168, diastolic=102)
    if stands is None:
        assert decide(clinic, ready, Outcome.GO_ON, reasons={"EL012": reason}).reasons == {"EL012": reason}
        assert AuditEntry.objects.get(action="screening decided").detail["overrides"] == ["EL012"]
        return
    with pytest.raises(DecisionRefused) as refused:
        decide(clinic, ready, Outcome.GO_ON, reasons={"EL012": reason})
    (problem,) = refused.value.problems
    assert problem.about == "EL012"
    assert problem.sentence.endswith(stands)


def test_an_unknown_needs_a_reason_as_much_as_a_no(clinic: Clinic, ready: Course) -> None:
    answer(clinic, ready, "EL031", "unknown", "The old letters are missing")
    with pytest.raises(DecisionRefused, match="Unknown: psychosis"):
        decide(clinic, ready, Outcome.GO_ON)
    assert decide(clinic, ready, Outcome.GO_ON, reasons={"EL031": REASON}).reasons.keys() == {"EL031"}


def test_every_finding_is_kept_as_it_stood(clinic: Clinic, ready: Course) -> None:
    decision = decide(clinic, ready, Outcome.GO_ON)
    answer(clinic, ready, "EL003", "yes", "Letter of 2014 found")
    kept = {finding["rule_id"]: finding for finding in queries.decision(ready).findings}
    assert len(kept) == len(queries.review(ready).findings)
    assert kept["EL003"]["state"] == State.MET
    assert kept["EL003"]["value"].startswith("Denied, ")
    assert kept["EL003"]["sources"] == ["USPI_2020_BRIEF_A"]
    assert decision.count(State.MET) + decision.count(State.UNKNOWN) + decision.count(State.NOT_APPLICABLE) == len(kept)


def test_findings_that_changed_since_they_were_read_are_read_again(clinic: Clinic, ready: Course) -> None:
    read = queries.review(ready).fingerprint
    measure(clinic, ready, systolic=132, diastolic=84)
    with pytest.raises(Refusal, match="changed since you opened the page"):
        decide(clinic, ready, Outcome.GO_ON, read=read)
    decide(clinic, ready, Outcome.GO_ON, read=queries.review(ready).fingerprint)


class TestWaitingAndNotTreating:
    @pytest.mark.parametrize("days", [None, 0, -3])
    def test_waiting_has_a_day_to_come(self, clinic: Clinic, days: int | None) -> None:
        day = None if days is None else timezone.localdate() + timedelta(days=days)
        with pytest.raises(DecisionRefused) as refused:
            decide(clinic, clinic.course, Outcome.WAIT, review_on=day)
        assert [problem.about for problem in refused.value.problems] == ["review_on"]

    def test_waiting_needs_nothing_else(self, clinic: Clinic) -> None:
        decide(clinic, clinic.course, Outcome.WAIT, review_on=timezone.localdate() + timedelta(days=1))
        assert stage(clinic.course) == Stage.SCREENING

    def test_not_treating_says_why(self, clinic: Clinic) -> None:
        with pytest.raises(DecisionRefused, match="Say why"):
            decide(clinic, clinic.course, Outcome.DO_NOT_TREAT)
        assert decide(clinic, clinic.course, Outcome.DO_NOT_TREAT, explanation="An aneurysm of 42 mm.").reasons == {}

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
    def test_nobody_but_a_prescriber_decides(self, clinic: Clinic, role: Role) -> None:
        with pytest.raises(Refusal, match="Only a prescriber"):
            decide(clinic, clinic.course, Outcome.DO_NOT_TREAT, role=role, explanation="Not now.")


class TestMayPlan:
    def test_not_before_a_decision(self, clinic: Clinic) -> None:
        assert "not decided" in queries.may_plan(clinic.course)

    def test_not_while_the_newest_decision_waits(self, clinic: Clinic, ready: Course) -> None:
        decide(clinic, ready, Outcome.GO_ON)
        decide(clinic, ready, Outcome.WAIT, review_on=timezone.localdate() + timedelta(days=7))
        assert "“wait for what is missing”" in queries.may_plan(ready)

    def test_not_when_something_came_to_light_since(self, clinic: Clinic, ready: Course) -> None:
        decide(clinic, ready, Outcome.GO_ON)
        answer(clinic, ready, "EL001", "yes", "CT of 2021: infrarenal, 42 mm")
        assert "Aneurysmal vascular disease. Decide again." in queries.may_plan(ready)

    def test_a_reason_to_go_on_with_an_unknown_does_not_cover_a_yes(self, clinic: Clinic, ready: Course) -> None:
        answer(clinic, ready, "EL031", "unknown", "The old letters are missing")
        decide(clinic, ready, Outcome.GO_ON, reasons={"EL031": REASON})
        assert queries.may_plan(ready) is None
        answer(clinic, ready, "EL031", "yes", "A letter of 2009 came")
        assert "Psychosis now or before" in queries.may_plan(ready)
        decide(clinic, ready, Outcome.GO_ON, reasons={"EL031": REASON})
        assert queries.may_plan(ready) is None

    def test_not_for_another_treatment_than_the_one_decided(self, clinic: Clinic, ready: Course) -> None:
        decide(clinic, ready, Outcome.GO_ON)
        consider(clinic, ready, Drug.KETAMINE, Route.IV)
        assert "now it is ketamine, iv, outpatient" in queries.may_plan(ready)
