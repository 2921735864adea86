"""The plan's page: what is typed is shown as understood, what is saved is read back, and who sees what."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.planning import queries, services
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.record.models import AuditEntry, User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.screening.services import record_vitals
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.planning.cases import INFUSIONS, REASON, SPRAYS, TOO_MUCH, drafted, first_day, screened


@pytest.fixture
def course(clinic: Clinic) -> Clinic:
    """The clinic, with a therapist on the course and a weight on file."""
    clinic.course.therapist = clinic.users[Role.THERAPIST]
    clinic.course.save()
    services.record_weight(clinic.patient, 72.0, clinic.actor(Role.NURSE))
    return clinic


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client


def address(clinic: Clinic, name: str = "plan") -> str:
    return reverse(name, args=[clinic.course.pk])


def read(clinic: Clinic, role: Role = Role.PRESCRIBER, query: str = "") -> str:
    return browser(clinic.users[role]).get(address(clinic) + query).content.decode()


def typed(text: str = INFUSIONS, **more: Any) -> dict[str, Any]:
    """What the form sends."""
    blank = dict.fromkeys(("weight_kg", "goals", "stop_rules", "review_on", "psychotherapy", "other_medicines"), "")
    return {
        **blank, "write_id": new_id(), "replaces": 0, "text": text, "first_day": first_day(),
        "concentration_mg_per_ml": 1, "change_reason": "", **more,
    }  # fmt: skip


def signed(clinic: Clinic) -> None:
    screened(clinic)
    services.sign_plan(drafted(clinic), clinic.actor(Role.PRESCRIBER))


def record_height(clinic: Clinic, cm: float) -> None:
    measured = {Vital.HEIGHT: cm}
    record_vitals(clinic.course, measured, clinic.actor(Role.NURSE), entry_id=new_id())


def preview(clinic: Clinic, **given: Any) -> str:
    page = browser(clinic.users[Role.PRESCRIBER]).post(address(clinic, "plan_preview"), typed(**given))
    assert page.status_code == 200
    assert not Plan.objects.exists()
    return page.content.decode()


def save(clinic: Clinic, **given: Any) -> Any:
    return browser(clinic.users[Role.PRESCRIBER]).post(address(clinic, "plan_save"), typed(**given))


class TestWhileTyping:
    def test_sessions_milligrams_label_and_peak_are_said(self, course: Clinic) -> None:
        page = preview(course)
        for said in (
            "10 sessions", "36 mg each", "at 72 kg", "360 mg in all", "Off-label", "36 mL at 1 mg/mL", "Median 173",
        ):  # fmt: skip
            assert said in page

    def test_the_weight_measured_now_counts_before_the_one_on_file(self, course: Clinic) -> None:
        assert "40 mg each" in preview(course, weight_kg="80")
        assert queries.weight_on_file(course.patient).kg == 72

    def test_from_a_body_mass_index_of_30_the_dose_on_each_weight_stands_beside_the_plan(self, course: Clinic) -> None:
        record_height(course, 160)
        page = preview(course, weight_kg="100")
        assert "Body mass index 39.1 (160 cm)" in page
        for name, kg, mg in (("Actual", "100", "50"), ("Adjusted", "71.4", "35.7"), ("Ideal", "52.4", "26.2")):
            assert f'{name}</th><td class="num" data-label="kg">{kg}</td>' in page
            assert f'data-label="mg at 0.5 mg/kg">{mg}</td>' in page
        assert "Body mass index" not in preview(course, weight_kg="76")  # 29.7
        assert "Body mass index" not in preview(course, text=SPRAYS, weight_kg="100")
        assert "Body mass index" not in preview(course, text="ketamine 36 mg iv over 40 min, once", weight_kg="100")

    def test_without_a_height_or_a_sex_the_formula_knows_no_weight_is_made_up(self, course: Clinic) -> None:
        assert "Body mass index" not in preview(course, weight_kg="100")
        record_height(course, 160)
        course.patient.sex = ""
        course.patient.save()
        page = preview(course, weight_kg="100")
        assert "the actual weight stands alone" in page
        assert "Adjusted</th>" not in page

    def test_a_template_replaces_the_words_and_keeps_the_rest(self, course: Clinic) -> None:
        page = preview(course, text="", template="KET_IV_TRD_THREE", goals="Sleep through the night")
        assert "three times weekly for 2 weeks</textarea>" in page
        assert "Sleep through the night" in page

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"text": "ketamine 0,5 mg/kg iv over 40 min once"}, "Write a decimal point: 0.5"),
            ({"text": ""}, "Write the regimen"),
            ({"text": "x" * 3000}, "at most 2000 characters"),
            ({"first_day": ""}, "Choose the day"),
            ({"first_day": "9999-12-31"}, "more than a year from today"),
            ({"weight_kg": "700"}, "700 is no value for weight"),
            ({"weight_kg": "nan"}, "as a number of kilograms"),
            ({"concentration_mg_per_ml": "0"}, "0 mg/mL is not a concentration"),
            ({"concentration_mg_per_ml": "1e400"}, "Write a number"),
            ({"text": "esketamine 60 mg nasal once"}, "comes in devices of 28 mg"),
        ],
    )
    def test_what_is_wrong_is_said_in_a_sentence(self, course: Clinic, given: dict[str, str], sentence: str) -> None:
        assert sentence in preview(course, **given)

    def test_without_a_weight_the_page_asks_for_one(self, clinic: Clinic) -> None:
        page = preview(clinic)
        assert "needs a body weight, and none is recorded" in page
        assert "No weight is on file" in page
        assert "No weight is recorded, so no concentration is predicted" in page

    def test_an_old_weight_is_pointed_out(self, clinic: Clinic) -> None:
        measured = timezone.now() - timedelta(days=40)
        services.record_weight(clinic.patient, 70.0, clinic.actor(Role.NURSE), at=measured)
        assert "Old weight" in preview(clinic)


class TestSaving:
    def test_what_was_typed_is_read_back(self, course: Clinic) -> None:
        assert save(course, goals="Back at work").status_code == 302
        page = read(course)
        assert INFUSIONS in page
        assert "Back at work" in page

    def test_the_weight_measured_now_is_kept_with_the_person(self, course: Clinic) -> None:
        save(course, weight_kg="74")
        assert queries.weight_on_file(course.patient).kg == 74
        assert Plan.objects.get().weight_kg == 74

    def test_the_same_form_twice_is_one_version(self, course: Clinic) -> None:
        form = typed()
        client = browser(course.users[Role.PRESCRIBER])
        assert [client.post(address(course, "plan_save"), form).status_code for _ in "ab"] == [302, 302]
        assert Plan.objects.get().pk == form["write_id"]

    def test_a_reason_is_asked_for_at_its_remark_and_the_rest_is_kept(self, course: Clinic) -> None:
        refused = save(course, text=TOO_MUCH, goals="Sleep")
        assert refused.status_code == 422
        for said in ("Yours has none", "reaches or passes 1 mg/kg", "Sleep"):
            assert said in refused.content.decode()
        assert save(course, text=TOO_MUCH, reason_KET_IV_MG_PER_KG=REASON).status_code == 302
        assert REASON in read(course)

    def test_a_refused_plan_leaves_no_weight_behind(self, course: Clinic) -> None:
        assert save(course, text=TOO_MUCH, weight_kg="90").status_code == 422
        assert queries.weight_on_file(course.patient).kg == 72

    def test_a_change_starts_from_the_newest_version_and_needs_a_reason(self, course: Clinic) -> None:
        drafted(course, goals="Sleep")
        form = read(course, query="?change=1")
        assert INFUSIONS in form
        assert "Sleep" in form
        assert "Write in a few words why this replaces version 1" in save(course, replaces=1).content.decode()
        assert save(course, replaces=1, change_reason="A later start").status_code == 302
        assert [each.version for each in queries.versions(course.course)] == [2, 1]

    def test_a_page_that_was_overtaken_says_by_whom(self, course: Clinic) -> None:
        drafted(course)
        overtaken = save(course, text=SPRAYS)
        assert overtaken.status_code == 422
        page = overtaken.content.decode()
        assert "A synthetic prescriber saved version 1" in page
        assert SPRAYS in page, "what was typed is still there"

    def test_the_same_id_with_other_words_is_a_conflict(self, course: Clinic) -> None:
        write_id = new_id()
        assert save(course, write_id=write_id).status_code == 302
        assert save(course, write_id=write_id, text=SPRAYS).status_code == 409
        assert Plan.objects.get().regimen_text == INFUSIONS

    def test_an_empty_or_stale_form_is_no_error_of_the_server(self, course: Clinic) -> None:
        client = browser(course.users[Role.PRESCRIBER])
        assert client.post(address(course, "plan_save"), {}).status_code == 422
        assert "out of date" in save(course, write_id="x").content.decode()
        assert "out of date" in save(course, replaces="x").content.decode()


class TestSigningOnThePage:
    def test_the_prescriber_signs_and_the_name_stands_there(self, course: Clinic) -> None:
        screened(course)
        plan = drafted(course)
        assert "Sign the plan" in read(course)
        form = {"write_id": new_id(), "plan": plan.pk}
        client = browser(course.users[Role.PRESCRIBER])
        assert [client.post(address(course, "plan_sign"), form).status_code for _ in "ab"] == [302, 302]
        page = read(course, Role.NURSE)
        assert "I, A synthetic prescriber, have read version 1" in page
        assert "Sign the plan" not in page

    def test_before_screening_decided_the_page_says_what_is_missing(self, course: Clinic) -> None:
        drafted(course)
        page = read(course)
        assert "has not decided in screening" in page
        assert "Sign the plan" not in page

    def test_the_plan_of_another_course_is_not_signed_here(self, course: Clinic) -> None:
        form = {"write_id": new_id(), "plan": new_id()}
        client = browser(course.users[Role.PRESCRIBER])
        assert client.post(address(course, "plan_sign"), form).status_code == 404


class TestReading:
    def test_an_older_version_can_be_read_and_is_not_changed_from_there(self, course: Clinic) -> None:
        drafted(course, goals="The first goal")
        drafted(course, SPRAYS, change_reason="The insurer covers the spray")
        page = read(course, query="?version=1")
        assert "The first goal" in page
        assert "Change the plan" not in page
        client = browser(course.users[Role.NURSE])
        assert client.get(address(course) + "?version=7").status_code == 404

    def test_a_new_weight_is_set_against_the_one_the_plan_was_made_with(self, course: Clinic) -> None:
        drafted(course)
        services.record_weight(course.patient, 79.0, course.actor(Role.NURSE))
        assert "computed with 72 kg; the newest weight is 79 kg" in " ".join(read(course).split())

    @pytest.mark.parametrize("role", [Role.NURSE, Role.COORDINATOR, Role.THERAPIST, Role.DIRECTOR])
    def test_who_does_not_prescribe_reads_and_changes_nothing(self, course: Clinic, role: Role) -> None:
        assert ("No plan is signed yet" if role is Role.THERAPIST else "No plan yet") in read(course, role)
        signed(course)
        page = read(course, role)
        assert INFUSIONS in page
        for deed in ("Change the plan", "Sign the plan", "<textarea"):
            assert deed not in page

    @pytest.mark.parametrize(
        ("role", "sees"),
        [
            (Role.PRESCRIBER, True),
            (Role.NURSE, True),
            (Role.DIRECTOR, True),
            (Role.THERAPIST, False),
            (Role.COORDINATOR, False),
        ],
    )
    def test_the_model_is_for_clinicians(self, course: Clinic, role: Role, sees: bool) -> None:
        signed(course)
        assert ("Median 173" in read(course, role)) is sees

    def test_what_is_written_is_text_and_nothing_else(self, course: Clinic) -> None:
        drafted(course, goals="<script>alert(1)</script>")
        assert "<script>alert" not in read(course)

    def test_the_opening_is_in_the_audit_trail(self, course: Clinic) -> None:
        drafted(course)
        read(course, Role.NURSE)
        opened = AuditEntry.objects.get(user=course.users[Role.NURSE], action="opened")
        assert (opened.patient, opened.subject) == (course.patient, "plan")


class TestQueries:
    """Sign-in, record and page of the busiest course: a number that grows tells of a loop.

    One of them asks which proposed rows of the trials stand, for the evidence beside the plan, and one what screening
    decided.
    """

    def test_reading_a_plan(self, course: Clinic, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        for version in range(6):
            drafted(course, change_reason=f"Change {version}")
        client = browser(course.users[Role.NURSE])
        client.get(address(course))
        with django_assert_max_num_queries(13):
            assert client.get(address(course)).status_code == 200

    def test_reading_a_plan_to_sign_it(
        self, course: Clinic, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        screened(course)
        drafted(course)
        client = browser(course.users[Role.PRESCRIBER])
        client.get(address(course))
        with django_assert_max_num_queries(21):
            assert client.get(address(course)).status_code == 200

    def test_a_keystroke(self, course: Clinic, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        client = browser(course.users[Role.PRESCRIBER])
        with django_assert_max_num_queries(13):
            client.post(address(course, "plan_preview"), typed())


class TestWhatIsSaidAloud:
    def test_a_spray_asks_for_no_concentration_and_an_infusion_does(self, course: Clinic) -> None:
        assert "Not needed: nothing is drawn up." in preview(course, text=SPRAYS, concentration_mg_per_ml="")
        assert "Not needed" not in preview(course)
        assert "Write the concentration it is drawn up at." in preview(course, concentration_mg_per_ml="")
        assert save(course, text=SPRAYS, concentration_mg_per_ml="").status_code == 302

    def test_a_dose_and_its_volume_are_rounded_alike(self, course: Clinic) -> None:
        page = preview(course, weight_kg="82.5", reason_WEIGHT_CHANGE=REASON)
        assert "<strong>41.3 mg each</strong>" in page
        assert ">41.3</td>" in page
        assert "41.3 mL at 1 mg/mL" in page

    def test_another_treatment_than_was_screened_is_said_as_soon_as_it_is_read(self, course: Clinic) -> None:
        screened(course)
        assert "Not what was screened" not in preview(course)
        assert "decided on ketamine iv; this plan gives esketamine nasal" in preview(course, text=SPRAYS)
        drafted(course, SPRAYS, Role.NURSE)
        assert "decided on ketamine iv; this plan gives esketamine nasal" in read(course, Role.NURSE)

    def test_an_anaesthetic_dose_leads_in_red(self, course: Clinic) -> None:
        page = preview(course, text="ketamine 5 mg/kg iv over 40 min, once")
        assert page.count("Look first, reason needed") == 1
        assert page.index("induces anaesthesia") < page.index("above 100 mg")

    def test_a_weight_typed_in_pounds_is_said_and_needs_a_reason(self, course: Clinic) -> None:
        text = "ketamine 20 mg iv over 40 min, once"
        assert "looks like a slip of typing" in preview(course, text=text, weight_kg="158.7")
        assert save(course, text=text, weight_kg="158.7").status_code == 422
        assert save(course, text=text, weight_kg="158.7", reason_WEIGHT_CHANGE=REASON).status_code == 302
        assert "Reason given for the weight" in read(course)

    def test_the_label_stands_with_its_conditions_and_falls_with_its_frequency(self, course: Clinic) -> None:
        labelled = preview(course, text=SPRAYS)
        assert '<span class="badge">Labelled</span>' in labelled
        assert "Alone or with an oral antidepressant" in labelled
        outside = preview(course, text="esketamine 56 mg nasal twice weekly for 8 weeks")
        assert '<span class="badge">Labelled</span>' not in outside
        assert "Outside the label" in outside

    def test_the_model_speaks_of_virtual_people_and_says_what_it_rests_on(self, course: Clinic) -> None:
        page = preview(course)
        assert "90 of 100 virtual people peak between" in page
        assert "not a published model" in page
        assert "may lie a factor of" in page

    def test_an_incomplete_plan_is_signed_with_a_reason(self, course: Clinic) -> None:
        screened(course)
        plan = drafted(course, stop_rules="", review_on=None)
        assert "No rule says when to stop." in read(course)
        client = browser(course.users[Role.PRESCRIBER])
        refused = client.post(address(course, "plan_sign"), {"write_id": new_id(), "plan": plan.pk, "reason": "Soon"})
        assert refused.status_code == 422
        assert "at least ten words" in refused.content.decode()
        signed = client.post(address(course, "plan_sign"), {"write_id": new_id(), "plan": plan.pk, "reason": REASON})
        assert signed.status_code == 302
