"""What a real referral tells the rules, and what it leaves to be asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.record.models import Course, PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import current_facts
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import open_course, record_facts
from daybreak.clinic.screening import queries, services
from daybreak.clinic.screening.answers import PregnancyAnswer
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import Effect, State, refusals
from daybreak.treatment.resistance import AntidepressantTrial, EpisodeSeverity
from tests.clinic.people import Clinic
from tests.clinic.screening.cases import (
    INDICATIONS,
    answer,
    answer_everything,
    consider,
    failed_trial,
    finding,
    measure,
    referred,
    state,
)


class TestARealReferral:
    """Four referrals of a public generator: observations of 2019 and 2020, no PHQ-9, no allergies."""

    @pytest.mark.parametrize("name", INDICATIONS)
    def test_no_answer_is_read_out_of_silence(self, clinic: Clinic, name: str) -> None:
        found = queries.review(referred(clinic, name)).findings
        assert {one.rule_id for one in found if one.state is State.MET and one.question} == set()

    @pytest.mark.parametrize("name", INDICATIONS)
    def test_everything_asked_and_measured_can_be_settled(self, clinic: Clinic, name: str) -> None:
        """What is left standing is in the referral itself, and nothing that blocks."""
        course = referred(clinic, name)
        answer_everything(clinic, course)
        left = refusals(queries.review(course).findings)
        assert all(one.effect is Effect.REASON and "Recorded" in one.value for one in left), left

    def test_aneurysm_and_resistance_are_unknown(self, clinic: Clinic) -> None:
        course = referred(clinic)
        assert finding(course, "EL001").value == "No record"
        assert state(course, "EL001") is State.UNKNOWN
        assert finding(course, "EL068").value.startswith("No antidepressant history")

    def test_a_pressure_of_years_ago_leaves_the_question_open_and_is_said(self, clinic: Clinic) -> None:
        found = finding(referred(clinic), "EL010")
        assert found.state is State.UNKNOWN
        assert "on 5 Sep 2020, more than 30 days ago" in found.value

    def test_a_consent_is_for_what_was_considered_when_it_was_signed(self, clinic: Clinic) -> None:
        course = referred(clinic)
        consider(clinic, course, Drug.KETAMINE, Route.IV)
        answer(clinic, course, "EL067", "yes")
        assert finding(course, "EL067").value.endswith(", for ketamine iv")
        consider(clinic, course, Drug.ESKETAMINE, Route.NASAL)
        assert state(course, "EL067") is State.UNKNOWN
        answer(clinic, course, "EL067", "yes")
        assert state(course, "EL067") is State.MET

    def test_allergies_that_nobody_sent_are_not_recorded(self, clinic: Clinic) -> None:
        assert finding(referred(clinic), "EL004").value == "Allergies are not recorded"

    def test_the_medicine_list_of_the_referral_is_read(self, clinic: Clinic) -> None:
        """The neuropathy patient takes hydrochlorothiazide, a medicine for blood pressure."""
        assert "Hydrochlorothiazide" in finding(referred(clinic, "neuropathy"), "DI016").value


class TestTheTreatmentConsidered:
    def test_the_labelled_one_comes_first(self, clinic: Clinic) -> None:
        assert queries.treatment_request(clinic.course).drug is Drug.ESKETAMINE

    def test_where_no_label_covers_it_it_is_ketamine_by_vein(self, clinic: Clinic) -> None:
        request = queries.treatment_request(referred(clinic, "fibromyalgia"))
        assert (request.drug, request.route) == (Drug.KETAMINE, Route.IV)

    def test_the_prescriber_chooses_another_and_other_rules_hold(self, clinic: Clinic) -> None:
        consider(clinic, clinic.course, Drug.KETAMINE, Route.IV)
        rules = {one.rule_id for one in queries.review(clinic.course).findings}
        assert "EL012" in rules
        assert "EL001" not in rules

    def test_nobody_else_chooses(self, clinic: Clinic) -> None:
        nurse = clinic.actor(Role.NURSE)
        with pytest.raises(Refusal, match="Only a prescriber"):
            services.consider(clinic.course, Drug.KETAMINE, Route.IV, nurse, request_id=new_id())

    def test_a_site_without_rules_gets_a_sentence(self, clinic: Clinic) -> None:
        clinic.course.patient.site.jurisdiction = "ZZ"
        with pytest.raises(Refusal, match="no rules for 'ZZ'"):
            queries.review(clinic.course)


class TestAnswers:
    def test_an_answer_says_who_and_when(self, clinic: Clinic) -> None:
        answer(clinic, clinic.course, "EL003", "no")
        today = timezone.localdate()
        said = f"Denied, {today.day} {today:%b %Y}, A synthetic session nurse"
        assert finding(clinic.course, "EL003").value == said

    def test_a_changed_answer_says_why_and_replaces_the_first(self, clinic: Clinic) -> None:
        first = answer(clinic, clinic.course, "EL003", "no")
        with pytest.raises(Refusal, match="why the answer changes"):
            answer(clinic, clinic.course, "EL003", "yes")
        second = answer(clinic, clinic.course, "EL003", "yes", "Letter of 2014 found")
        assert (second.corrects, second.correction_reason) == (first, "Letter of 2014 found")
        assert state(clinic.course, "EL003") is State.NOT_MET
        assert list(current_facts(clinic.patient, PatientFactKind.ANSWER)) == [second]

    def test_what_was_not_known_may_be_answered_later_without_a_reason(self, clinic: Clinic) -> None:
        answer(clinic, clinic.course, "EL003", "unknown")
        assert state(clinic.course, "EL003") is State.UNKNOWN
        answer(clinic, clinic.course, "EL003", "no")
        assert state(clinic.course, "EL003") is State.MET

    @pytest.mark.parametrize(
        ("rule_id", "value", "said"),
        [("EL003", "perhaps", "perhaps"), ("EL010", "yes", "Yes"), ("EL999", "yes", "Yes")],
    )
    def test_an_answer_that_does_not_fit_is_refused(self, clinic: Clinic, rule_id: str, value: str, said: str) -> None:
        with pytest.raises(Refusal, match=f"“{said}” is no answer to .*{rule_id}"):
            answer(clinic, clinic.course, rule_id, value)

    def test_a_refusal_says_an_answer_as_the_page_does(self, clinic: Clinic) -> None:
        answer(clinic, clinic.course, "EL050", "test_negative", at=timezone.now())
        with pytest.raises(Refusal) as changed:
            answer(clinic, clinic.course, "EL050", "not_possible")
        said = str(changed.value)
        assert (
            "“Could this person be pregnant? Asked of everyone.” (EL050) was answered “Possible, test negative”."
            in said
        )
        with pytest.raises(Refusal) as unfit:
            answer(clinic, clinic.course, "EL050", "maybe_so")
        assert "It takes: “Not possible”, “Possible, test negative”, “Possible, no test”, “Pregnant”." in str(
            unfit.value
        )
        assert "_" not in said + str(unfit.value)

    def test_nothing_is_answered_tomorrow(self, clinic: Clinic) -> None:
        with pytest.raises(Refusal, match="still to come"):
            answer(clinic, clinic.course, "EL003", "no", at=timezone.now() + timedelta(days=1))

    def test_an_earlier_course_counts_against_and_never_for(self, clinic: Clinic) -> None:
        """Consent is asked again for a new course; a haemorrhage once told is not forgotten."""
        answer(clinic, clinic.course, "EL067", "yes")
        answer(clinic, clinic.course, "EL003", "yes")
        later = open_course(clinic.patient, "treatment_resistant_depression", clinic.actor(Role.COORDINATOR))
        assert state(later, "EL067") is State.UNKNOWN
        assert state(later, "EL003") is State.NOT_MET

    @pytest.mark.parametrize(
        ("value", "days_ago", "expected"),
        [
            (PregnancyAnswer.NOT_POSSIBLE, 0, State.MET),
            (PregnancyAnswer.POSSIBLE, 0, State.UNKNOWN),
            (PregnancyAnswer.TEST_NEGATIVE, 2, State.MET),
            (PregnancyAnswer.TEST_NEGATIVE, 9, State.UNKNOWN),
            (PregnancyAnswer.PREGNANT, 0, State.NOT_MET),
        ],
    )
    def test_pregnancy_is_settled_by_a_fresh_test(
        self, clinic: Clinic, value: str, days_ago: int, expected: State
    ) -> None:
        answer(clinic, clinic.course, "EL050", value, at=timezone.now() - timedelta(days=days_ago))
        assert state(clinic.course, "EL050") is expected


class TestMeasurements:
    def test_a_fresh_pressure_settles_the_question(self, clinic: Clinic) -> None:
        course = referred(clinic)
        measure(clinic, course, systolic=168, diastolic=102)
        assert state(course, "EL010") is State.NOT_MET
        measure(clinic, course, systolic=124, diastolic=78)
        assert state(course, "EL010") is State.MET

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"systolic": 1200, "diastolic": 80}, "1200 is no value for systolic pressure"),
            ({"weight": 7}, "7 is no value for weight. Type 20 to 350."),
            ({"systolic": 120}, "Type both"),
            ({"systolic": 80, "diastolic": 120}, "80/120 is not a blood pressure"),
            ({}, "Nothing was measured"),
        ],
    )
    def test_what_cannot_be_is_refused(self, clinic: Clinic, values: dict[str, float], sentence: str) -> None:
        with pytest.raises(Refusal, match=sentence):
            measure(clinic, clinic.course, **values)


class TestAllergies:
    def record(self, clinic: Clinic, *names: str) -> None:
        services.record_allergies(clinic.course, names, clinic.actor(Role.NURSE), entry_id=new_id())

    def test_none_known_is_not_the_same_as_not_recorded(self, clinic: Clinic) -> None:
        self.record(clinic)
        assert queries.review(clinic.course).facts.allergies == ()
        assert finding(clinic.course, "EL004").value == "Not among the recorded allergies"

    def test_an_allergy_to_ketamine_stops(self, clinic: Clinic) -> None:
        self.record(clinic)
        self.record(clinic, "Penicillin", "Ketamine")
        assert state(clinic.course, "EL004") is State.NOT_MET
        assert len(current_facts(clinic.patient, PatientFactKind.ALLERGY)) == 2

    def test_none_known_does_not_wipe_out_an_allergy(self, clinic: Clinic) -> None:
        self.record(clinic, "Penicillin")
        with pytest.raises(Refusal, match="Recorded already: Penicillin"):
            self.record(clinic)
        with pytest.raises(Refusal, match="Nothing was added"):
            self.record(clinic, "penicillin")


class TestResistance:
    def test_two_adequate_failed_antidepressants_of_this_episode_document_it(self, clinic: Clinic) -> None:
        course = referred(clinic)
        failed_trial(clinic, course, "sertraline", 150)
        assert state(course, "EL068") is State.NOT_MET
        failed_trial(clinic, course, "mirtazapine", 15, weeks=1.3)
        assert state(course, "EL068") is State.NOT_MET
        failed_trial(clinic, course, "venlafaxine", 225)
        assert state(course, "EL068") is State.MET

    def test_a_corrected_trial_counts_as_corrected(self, clinic: Clinic) -> None:
        course, nurse = referred(clinic), clinic.actor(Role.NURSE)
        failed_trial(clinic, course, "sertraline", 150)
        second = failed_trial(clinic, course, "venlafaxine", 225)
        short = AntidepressantTrial("venlafaxine", dose_mg_per_day=225, weeks=3, source="pharmacy record")
        with pytest.raises(Refusal, match="Say why"):
            services.correct_trial(second, short, " ", nurse, trial_id=new_id())
        services.correct_trial(second, short, "the pharmacy gave three weeks", nurse, trial_id=new_id())
        assert state(course, "EL068") is State.NOT_MET
        assert [trial.weeks for trial in queries.trials(course)] == [8, 3]
        with pytest.raises(Refusal, match="corrected already"):
            services.correct_trial(second, short, "again", nurse, trial_id=new_id())

    def test_a_history_that_was_taken_and_is_empty_says_none(self, clinic: Clinic) -> None:
        answer(clinic, clinic.course, "BC02", "yes")
        assert finding(clinic.course, "EL068").value.startswith("No antidepressant taken")

    def test_the_eu_label_asks_how_severe_the_episode_is(self, clinic: Clinic) -> None:
        clinic.site.jurisdiction = "EU"
        clinic.site.save()
        course = Course.objects.get(pk=clinic.course.pk)
        failed_trial(clinic, course, "sertraline", 150)
        failed_trial(clinic, course, "venlafaxine", 225)
        assert state(course, "EL068") is State.UNKNOWN
        answer(clinic, course, "EL068", EpisodeSeverity.SEVERE)
        assert state(course, "EL068") is State.MET


class TestAJudgement:
    """A recorded aneurysm is in nobody's way by an esketamine rule alone."""

    def test_changing_the_drug_does_not_make_a_recorded_aneurysm_vanish(self, clinic: Clinic) -> None:
        course = referred(clinic)
        answer(clinic, course, "EL005", "no")
        record_facts(
            course.patient,
            [PatientFact(kind=PatientFactKind.CONDITION, text="Brain aneurysm", source="referral")],
            clinic.actor(Role.COORDINATOR),
        )
        consider(clinic, course, Drug.KETAMINE, Route.IV)
        found = finding(course, "EL005")
        assert (found.state, found.effect) == (State.UNKNOWN, Effect.BLOCK)
        assert "Recorded: Brain aneurysm" in found.value
        answer(clinic, course, "EL005", "no")
        assert state(course, "EL005") is State.MET

    def test_a_nurse_does_not_judge_it_away(self, clinic: Clinic) -> None:
        course = referred(clinic)
        services.answer(course, "EL005", "no", "", clinic.actor(Role.NURSE), answer_id=new_id())
        assert state(course, "EL005") is State.UNKNOWN


class TestScoresThatWereSent:
    def test_a_score_of_a_referral_reaches_the_rule_it_prompts(self, clinic: Clinic) -> None:
        """Told by the sender: AUDIT-C 7. The question about substance use says so."""
        score = PatientFact(
            kind=PatientFactKind.SCORE, code="AUDITC", text="AUDIT-C", value=7, occurred_at=timezone.now()
        )
        record_facts(clinic.patient, [score], clinic.actor(Role.COORDINATOR))
        consider(clinic, clinic.course, Drug.KETAMINE, Route.IV)
        assert "AUDIT-C 7" in finding(clinic.course, "EL037").value
