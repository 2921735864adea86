"""From another system's file to a patient and a course: understood first, saved on confirmation, never doubled."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from daybreak.clinic.record.models import (
    Course,
    Patient,
    PatientFact,
    PatientFactKind,
    PatientIdentifier,
    Stage,
    new_id,
)
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.referral import queries, services
from daybreak.clinic.referral.models import Acceptance, Referral
from daybreak.clinic.referral.services import Confirmation
from daybreak.demonstration.referrals import NAMES, referral
from tests.clinic.people import Clinic
from tests.web.test_gate import signed_in


def received(clinic: Clinic, content: bytes, name: str = "file.json") -> Referral:
    who = clinic.actor(Role.COORDINATOR)
    return services.receive(BytesIO(content), name, clinic.site, who, referral_id=new_id())


def confirmed(clinic: Clinic, document: Referral, indication: str = "treatment_resistant_depression") -> Acceptance:
    choice = Confirmation(indication, clinic.users[Role.PRESCRIBER])
    return services.confirm(document, choice, clinic.actor(Role.COORDINATOR), acceptance_id=new_id())


@pytest.mark.parametrize("name", NAMES)
def test_each_real_bundle_becomes_a_patient_and_a_course(clinic: Clinic, name: str) -> None:
    accepted = confirmed(clinic, received(clinic, referral(name)))
    course = Course.objects.with_stage().get(pk=accepted.course_id)
    assert course.stage == Stage.REFERRAL
    assert course.patient == accepted.patient
    assert PatientFact.objects.filter(patient=accepted.patient, kind=PatientFactKind.CONDITION).exists()
    assert not PatientFact.objects.filter(patient=accepted.patient, kind=PatientFactKind.ALLERGY).exists()


def test_the_same_file_again_is_the_same_referral(clinic: Clinic) -> None:
    assert received(clinic, referral("neuropathy")) == received(clinic, referral("neuropathy"))


def test_a_second_upload_finds_the_same_person_and_doubles_nothing(clinic: Clinic) -> None:
    first = confirmed(clinic, received(clinic, referral("neuropathy")), "neuropathic_pain")
    facts = PatientFact.objects.filter(patient=first.patient).count()
    changed = json.loads(referral("neuropathy"))
    changed["meta"] = {"tag": [{"code": "sent again"}]}
    second = confirmed(clinic, received(clinic, json.dumps(changed).encode()), "neuropathic_pain")
    assert (second.patient, second.course, second.new_facts) == (first.patient, first.course, 0)
    assert PatientFact.objects.filter(patient=first.patient).count() == facts


def test_the_same_number_with_another_birth_date_is_refused(clinic: Clinic) -> None:
    accepted = confirmed(clinic, received(clinic, referral("neuropathy")))
    Patient.objects.filter(pk=accepted.patient_id).update(birth_date="1950-01-01")
    changed = referral("neuropathy").replace(b'"transaction"', b'"transaction" ', 1)
    before = Patient.objects.count()
    with pytest.raises(Refusal, match="another birth date"):
        confirmed(clinic, received(clinic, changed))
    assert Patient.objects.count() == before


def test_a_confirmation_that_fails_midway_leaves_nothing(clinic: Clinic) -> None:
    document, patients = received(clinic, referral("fibromyalgia")), Patient.objects.count()
    choice = Confirmation("fibromyalgia", clinic.users[Role.NURSE])  # a nurse does not decide about treatment
    with pytest.raises(Refusal, match="Choose a prescriber"):
        services.confirm(document, choice, clinic.actor(Role.COORDINATOR), acceptance_id=new_id())
    assert (Patient.objects.count(), PatientFact.objects.count()) == (patients, 0)
    assert not PatientIdentifier.objects.exists()


HOSTILE = {
    "truncated": referral("neuropathy")[:200_000],
    "ten thousand levels": b'{"resourceType":"Bundle","x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "not a bundle": b'{"resourceType":"Patient"}',
    "script in a name": referral("neuropathy").replace(b'"family": "', b'"family": "<script>alert(1)</script>', 1),
    "not JSON": b"\x89PNG\r\n\x1a\n",
    "empty": b"",
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_a_broken_or_hostile_file_is_refused_with_a_sentence(clinic: Clinic, case: str) -> None:
    client = signed_in(clinic, Role.COORDINATOR)
    file = SimpleUploadedFile("referral.json", HOSTILE[case], content_type="application/json")
    response = client.post("/referrals/new", {"write_id": new_id(), "file": file})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Nothing was saved" in page
    assert "<script>alert" not in page
    assert not Referral.objects.exists()


def test_a_file_larger_than_any_referral_is_not_kept_for_a_moment(clinic: Clinic, tmp_path: Path) -> None:
    client = signed_in(clinic, Role.COORDINATOR)
    file = SimpleUploadedFile("referral.json", b" " * 25_000_000, content_type="application/json")
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path)):
        response = client.post("/referrals/new", {"write_id": new_id(), "file": file})
    assert response.status_code == 422
    assert "The file is about 25 MB; a referral may have 20 MB" in response.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_the_way_in_the_browser(clinic: Clinic, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client = signed_in(clinic, Role.COORDINATOR)
    file = SimpleUploadedFile("major-depression.json", referral("major-depression"), content_type="application/json")
    response = client.post("/referrals/new", {"write_id": new_id(), "file": file})
    page = client.get(response["Location"]).content.decode()
    assert "Fluoxetine" in page
    assert "No PHQ-9 total was sent" in page
    said = {
        "write_id": new_id(),
        "person": "new",
        "indication": "treatment_resistant_depression",
        "prescriber": clinic.users[Role.PRESCRIBER].pk,
    }
    for _ in range(2):  # a double click
        answer = client.post(response["Location"], said)
        assert answer.status_code == 302
    assert Acceptance.objects.count() == 1
    with django_assert_max_num_queries(17):  # the last of them: whether the site is certified
        assert client.get(answer["Location"]).status_code == 200


def test_a_death_stands_by_itself_and_opens_no_course(clinic: Clinic) -> None:
    told = json.loads(referral("neuropathy"))
    person = next(each["resource"] for each in told["entry"] if each["resource"]["resourceType"] == "Patient")
    person["deceasedDateTime"] = "2026-01-01"
    document = received(clinic, json.dumps(told).encode())
    page = signed_in(clinic, Role.COORDINATOR).get(f"/referrals/{document.pk}/").content.decode()
    assert "The sender records that this person has died" in page
    with pytest.raises(Refusal, match="has died"):
        confirmed(clinic, document)


def test_what_was_measured_and_is_used_by_no_rule_is_shown(clinic: Clinic) -> None:
    """A creatinine that no rule reads is still something a prescriber wants to see."""
    document = received(clinic, referral("major-depression"))
    page = signed_in(clinic, Role.COORDINATOR).get(f"/referrals/{document.pk}/").content.decode()
    others = page.split('aria-labelledby="other"')[1].split("</section>")[0]
    assert "Creatinine" in others
    counted = queries.other_results(queries.understood(document))
    assert sum(row.count for row in counted) == len(queries.understood(document).observations) > 50


def test_one_that_leads_to_nothing_is_set_aside_with_a_reason_and_can_still_be_confirmed(clinic: Clinic) -> None:
    document, client = received(clinic, referral("neuropathy")), signed_in(clinic, Role.COORDINATOR)
    address = f"/referrals/{document.pk}/set-aside"
    refused = client.post(address, {"write_id": new_id(), "reason": " "})
    assert (refused.status_code, "Write why it is set aside" in refused.content.decode()) == (422, True)
    assert document in queries.waiting(clinic.site)
    client.post(address, {"write_id": new_id(), "reason": "Meant for another clinic."})
    assert document not in queries.waiting(clinic.site)
    again = client.post(address, {"write_id": new_id(), "reason": "Again."})
    assert "set aside already" in again.content.decode()
    assert received(clinic, referral("neuropathy")) == document
    assert (
        "Meant for another clinic. It can still be confirmed."
        in client.get(f"/referrals/{document.pk}/").content.decode()
    )
    confirmed(clinic, document)


def test_a_document_of_another_site_does_not_exist_here(clinic: Clinic) -> None:
    from tests.clinic.people import make_clinic

    document = received(clinic, referral("neuropathy"))
    other = make_clinic("Elsewhere")
    assert signed_in(other, Role.COORDINATOR).get(f"/referrals/{document.pk}/").status_code == 404


def test_an_upload_without_a_file_says_so(clinic: Clinic) -> None:
    client: Client = signed_in(clinic, Role.COORDINATOR)
    response = client.post("/referrals/new", {"write_id": new_id()})
    assert response.status_code == 422
    assert "Choose the file first" in response.content.decode()


def test_the_same_id_with_another_document_is_a_conflict(clinic: Clinic) -> None:
    who, one = clinic.actor(Role.COORDINATOR), new_id()
    services.receive(BytesIO(referral("neuropathy")), "a.json", clinic.site, who, referral_id=one)
    with pytest.raises(WriteConflict):
        services.receive(BytesIO(referral("fibromyalgia")), "b.json", clinic.site, who, referral_id=one)


@pytest.mark.parametrize("body", ["{}", "not a form"])
def test_a_body_that_is_no_form_is_refused_with_a_sentence(clinic: Clinic, body: str) -> None:
    response = signed_in(clinic, Role.COORDINATOR).post("/referrals/new", body, content_type="application/json")
    assert response.status_code == 422
