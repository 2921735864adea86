"""A plan is a chain of versions, each with its reasons; a prescriber signs the newest, and screening comes before."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from daybreak.clinic.planning import queries, services
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.proposal import PlanRefusal
from daybreak.clinic.record.models import Course, PatientFact, PatientFactKind, Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import enter_stage
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.vitals import Vital
from tests.clinic.people import ADDRESS, Clinic
from tests.clinic.planning.cases import INFUSIONS, REASON, SPRAYS, TOO_MUCH, drafted, first_day, proposed, screened


def refused_fields(clinic: Clinic, **given: object) -> dict[str, str]:
    with pytest.raises(PlanRefusal) as refused:
        drafted(clinic, **given)
    return refused.value.by_field


def stage(clinic: Clinic) -> str:
    return Course.objects.with_stage().get(pk=clinic.course.pk).stage


class TestDrafting:
    def test_the_canonical_words_are_kept_whatever_was_typed(self, clinic: Clinic) -> None:
        loose = drafted(clinic, "Ketamine 0.5mg/kg IV over 40 minutes twice a week for 3 weeks then weekly for 4 weeks")
        assert loose.regimen_text == INFUSIONS

    def test_who_and_from_where_stand_in_it(self, clinic: Clinic) -> None:
        plan = drafted(clinic)
        assert (plan.recorded_by, plan.recorded_from) == (clinic.users[Role.PRESCRIBER], ADDRESS)

    def test_off_label_is_kept_with_the_plan(self, clinic: Clinic) -> None:
        assert not drafted(clinic).labelled
        assert drafted(clinic, SPRAYS, change_reason="The spray is covered").labelled

    def test_the_first_draft_brings_the_course_to_planning_once(self, clinic: Clinic) -> None:
        drafted(clinic)
        drafted(clinic, change_reason="A later start")
        assert stage(clinic) == Stage.PLAN
        assert clinic.course.events.filter(stage=Stage.PLAN).count() == 1

    def test_a_plan_told_of_afterwards_is_still_the_latest_stage(self, clinic: Clinic) -> None:
        long_ago = timezone.now() - timedelta(days=3)
        assert drafted(clinic, at=long_ago).recorded_at == long_ago
        assert stage(clinic) == Stage.PLAN

    def test_a_new_version_during_treatment_moves_nothing_back(self, clinic: Clinic) -> None:
        drafted(clinic)
        enter_stage(clinic.course, Stage.TREATMENT, clinic.actor(Role.NURSE))
        drafted(clinic, change_reason="Fewer sessions")
        assert stage(clinic) == Stage.TREATMENT

    def test_a_course_that_ended_is_planned_no_more(self, clinic: Clinic) -> None:
        enter_stage(clinic.course, Stage.ENDED, clinic.actor(Role.PRESCRIBER))
        with pytest.raises(Refusal, match="has ended"):
            drafted(clinic)

    def test_a_dose_by_weight_needs_the_weight(self, clinic: Clinic) -> None:
        assert "0.5 mg/kg needs a body weight" in refused_fields(clinic, weight_kg=None)["weight_kg"]
        assert drafted(clinic, SPRAYS, weight_kg=None).weight_kg is None

    def test_a_review_before_the_first_session_is_refused(self, clinic: Clinic) -> None:
        assert set(refused_fields(clinic, review_on=first_day() - timedelta(days=1))) == {"review_on"}

    def test_nothing_of_a_refused_draft_is_saved(self, clinic: Clinic) -> None:
        refused_fields(clinic, text="ketamine")
        assert not Plan.objects.exists()
        assert stage(clinic) == Stage.REFERRAL


class TestReasons:
    def test_a_crossed_limit_asks_for_a_reason_of_ten_words(self, clinic: Clinic) -> None:
        assert set(refused_fields(clinic, text=TOO_MUCH)) == {"reason_KET_IV_MG_PER_KG"}
        short = refused_fields(clinic, text=TOO_MUCH, reasons={"KET_IV_MG_PER_KG": "It helped before"})
        assert short["reason_KET_IV_MG_PER_KG"] == "Write the reason to go on, at least ten words. Yours has 3."

    def test_the_reason_is_kept_with_the_version(self, clinic: Clinic) -> None:
        plan = drafted(clinic, TOO_MUCH, reasons={"KET_IV_MG_PER_KG": REASON})
        assert plan.reasons == {"KET_IV_MG_PER_KG": REASON}

    def test_a_reason_nobody_asked_for_is_not_kept(self, clinic: Clinic) -> None:
        assert drafted(clinic, reasons={"KET_IV_MG_PER_KG": REASON}).reasons == {}


class TestVersions:
    def test_a_change_is_a_new_version_with_its_reason(self, clinic: Clinic) -> None:
        first = drafted(clinic)
        assert set(refused_fields(clinic)) == {"change_reason"}
        second = drafted(clinic, SPRAYS, change_reason="The insurer covers the spray")
        assert queries.versions(clinic.course) == [second, first]
        assert [plan.version for plan in (second, first)] == [2, 1]
        assert (first.change_reason, second.change_reason) == ("", "The insurer covers the spray")
        assert Plan.objects.get(pk=first.pk).regimen_text == INFUSIONS

    def test_a_version_cannot_be_edited(self, clinic: Clinic) -> None:
        plan = drafted(clinic)
        plan.goals = "Something else"
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            plan.save()

    def test_a_version_saved_meanwhile_is_not_overlooked(self, clinic: Clinic) -> None:
        drafted(clinic, replaces=0)
        with pytest.raises(Refusal, match="saved version 1"):
            drafted(clinic, SPRAYS, replaces=0)
        assert drafted(clinic, SPRAYS, replaces=1, change_reason="The insurer covers the spray").version == 2


class TestSigning:
    def test_the_signed_version_is_in_force_until_a_newer_one_is_signed(self, clinic: Clinic) -> None:
        screened(clinic)
        first = drafted(clinic)
        assert queries.signed_plan(clinic.course) is None
        services.sign_plan(first, clinic.actor(Role.PRESCRIBER))
        second = drafted(clinic, change_reason="A later start", first_day=first_day() + timedelta(days=7))
        assert queries.signed_plan(clinic.course) == first
        services.sign_plan(second, clinic.actor(Role.PRESCRIBER))
        assert queries.signed_plan(clinic.course) == second

    def test_the_statement_names_signer_person_regimen_and_what_is_off_label(self, clinic: Clinic) -> None:
        screened(clinic)
        signature = services.sign_plan(drafted(clinic), clinic.actor(Role.PRESCRIBER), signature_id=new_id())
        for said in ("A synthetic prescriber", "Test Person", INFUSIONS, "has no label for any depression"):
            assert said in signature.statement

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
    def test_nobody_but_a_prescriber_signs(self, clinic: Clinic, role: Role) -> None:
        with pytest.raises(Refusal, match="Only a prescriber"):
            services.sign_plan(drafted(clinic), clinic.actor(role))

    def test_nothing_is_signed_before_screening_decides_to_go_on(self, clinic: Clinic) -> None:
        with pytest.raises(Refusal, match="has not decided in screening"):
            services.sign_plan(drafted(clinic), clinic.actor(Role.PRESCRIBER))

    @pytest.mark.parametrize(("words", "is_open"), [("", True), ("swallowed", False), ("spat out", False)])
    def test_a_plan_under_the_tongue_says_what_becomes_of_the_rest(
        self, clinic: Clinic, words: str, is_open: bool
    ) -> None:
        plan = drafted(clinic, f"ketamine 100 mg sublingual {words}, once")
        against = services.may_not_sign(plan, clinic.users[Role.PRESCRIBER])
        assert ("what becomes of the rest under the tongue" in str(against)) is is_open

    def test_what_is_signed_is_what_screening_decided_on(self, clinic: Clinic) -> None:
        screened(clinic, Drug.ESKETAMINE, Route.NASAL)
        with pytest.raises(Refusal, match="decided on esketamine nasal; this plan gives ketamine iv"):
            services.sign_plan(drafted(clinic), clinic.actor(Role.PRESCRIBER))

    def test_a_version_is_signed_once(self, clinic: Clinic) -> None:
        screened(clinic)
        plan, who = drafted(clinic), clinic.actor(Role.PRESCRIBER)
        services.sign_plan(plan, who)
        with pytest.raises(Refusal, match="signed already"):
            services.sign_plan(Plan.objects.get(pk=plan.pk), who)

    def test_a_replaced_version_is_not_signed(self, clinic: Clinic) -> None:
        screened(clinic)
        old = drafted(clinic)
        drafted(clinic, change_reason="A later start")
        with pytest.raises(Refusal, match="Version 2 has replaced version 1"):
            services.sign_plan(old, clinic.actor(Role.PRESCRIBER))


class TestWeight:
    def test_a_measured_weight_becomes_the_weight_on_file(self, clinic: Clinic) -> None:
        services.record_weight(clinic.patient, 71.4, clinic.actor(Role.NURSE))
        on_file = queries.weight_on_file(clinic.patient)
        assert on_file is not None
        assert (on_file.kg, on_file.measured_on, on_file.is_old) == (71.4, timezone.localdate(), False)

    @pytest.mark.parametrize(("days", "is_old"), [(30, False), (31, True)])
    def test_a_weight_older_than_thirty_days_is_old(self, clinic: Clinic, days: int, is_old: bool) -> None:
        measured = timezone.now() - timedelta(days=days)
        services.record_weight(clinic.patient, 71.4, clinic.actor(Role.NURSE), at=measured)
        assert queries.weight_on_file(clinic.patient).is_old is is_old

    def test_a_weight_without_its_day_is_old(self, clinic: Clinic) -> None:
        PatientFact.objects.create(patient=clinic.patient, kind=PatientFactKind.VITAL, code=Vital.WEIGHT, value=70)
        assert queries.weight_on_file(clinic.patient).is_old

    def test_no_person_weighs_seven_kilograms(self, clinic: Clinic) -> None:
        with pytest.raises(PlanRefusal, match="no value for weight"):
            services.record_weight(clinic.patient, 7.2, clinic.actor(Role.NURSE))
        PatientFact.objects.create(patient=clinic.patient, kind=PatientFactKind.VITAL, code=Vital.WEIGHT, value=7.2)
        assert queries.weight_on_file(clinic.patient) is None

    @pytest.mark.parametrize(
        ("now_kg", "says"),
        [
            (80.0, "80 kg now, 72 kg on file: 11 % more within 0 days"),
            (158.7, "as many kilograms as there are pounds in the earlier weight"),
            (32.7, "55 % less"),
        ],
    )
    def test_a_weight_far_from_the_one_on_file_asks_to_confirm(self, clinic: Clinic, now_kg: float, says: str) -> None:
        services.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE))
        remark = queries.weight_remark(queries.weight_on_file(clinic.patient), now_kg)
        assert remark is not None
        assert says in remark.sentence
        text = "ketamine 20 mg iv over 40 min, once"
        assert set(refused_fields(clinic, text=text, weight_kg=now_kg)) == {"reason_WEIGHT_CHANGE"}
        assert drafted(clinic, text, weight_kg=now_kg, reasons={"WEIGHT_CHANGE": REASON}).reasons.keys() == {
            "WEIGHT_CHANGE"
        }

    def test_a_first_session_before_today_asks_for_a_reason_once(self, clinic: Clinic) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        assert set(refused_fields(clinic, first_day=yesterday)) == {"reason_PAST_START"}
        drafted(clinic, first_day=yesterday, reasons={"PAST_START": REASON})
        changed = drafted(clinic, first_day=yesterday, change_reason="A stop rule")
        assert changed.reasons == {}, "the day the course began on stays"
        assert drafted(clinic, first_day=timezone.localdate(), change_reason="Begins today").reasons == {}

    def test_a_weight_near_the_one_on_file_or_long_after_it_is_asked_nothing(self, clinic: Clinic) -> None:
        measured = timezone.now() - timedelta(days=91)
        services.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE), at=measured)
        on_file = queries.weight_on_file(clinic.patient)
        assert queries.weight_remark(on_file, 90.0) is None
        assert queries.weight_remark(on_file, 159.0) is not None
        services.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE))
        assert queries.weight_remark(queries.weight_on_file(clinic.patient), 79.0) is None


class TestWhatAPlanNeeds:
    """A plan says when to stop and when it is reviewed; without, its signature says why."""

    def test_without_a_stop_rule_or_a_review_a_signature_needs_a_reason(self, clinic: Clinic) -> None:
        screened(clinic)
        plan, who = drafted(clinic, stop_rules="", review_on=None), clinic.actor(Role.PRESCRIBER)
        assert services.lacks(plan) == ("No rule says when to stop.", "No day of review is set.")
        with pytest.raises(PlanRefusal) as refused:
            services.sign_plan(plan, who)
        assert set(refused.value.by_field) == {"reason"}
        signed = services.sign_plan(plan, who, reason=REASON)
        assert f"No rule says when to stop. No day of review is set. Reason: {REASON}" in signed.statement

    def test_a_complete_plan_lacks_nothing(self, clinic: Clinic) -> None:
        assert services.lacks(drafted(clinic)) == ()


class TestTheLabelsConditions:
    def medicines(self, clinic: Clinic, other: str = "", state: str = "active", recorded: str = "") -> str:
        clinic.course.indication = "depression_with_suicidal_ideation"
        if recorded:
            PatientFact.objects.create(
                patient=clinic.patient, kind=PatientFactKind.MEDICINE, text=recorded, state=state
            )
        taken = queries.medicines_taken(queries.facts_on_file(clinic.patient), other)
        held = queries.held_conditions(proposed(clinic, SPRAYS), taken)
        return next(one.state for one in held if one.says == "With an oral antidepressant")

    def test_an_antidepressant_on_the_record_meets_the_us_label(self, clinic: Clinic) -> None:
        assert self.medicines(clinic, recorded="Sertraline 100 MG Oral Tablet") == "met"

    def test_one_that_was_stopped_does_not(self, clinic: Clinic) -> None:
        assert self.medicines(clinic, recorded="Sertraline 100 MG Oral Tablet", state="stopped") == "unknown"

    @pytest.mark.parametrize(
        ("other", "state"),
        [
            ("Sertraline 150 mg goes on, lorazepam is held", "met"),
            ("Venlafaxine unchanged", "met"),
            ("Stop sertraline 150 mg", "unknown"),
            ("Sertraline", "unknown"),
            ("Consider sertraline 50 mg", "unknown"),
            ("", "unknown"),
        ],
    )
    def test_what_the_plan_says_counts_where_it_is_clear(self, clinic: Clinic, other: str, state: str) -> None:
        assert self.medicines(clinic, other) == state
