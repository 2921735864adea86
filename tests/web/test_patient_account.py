"""A person of the record gets a sign-in, and may lose it again, outside the demonstration too."""

import pytest
from typer.testing import CliRunner, Result

from daybreak.cli import app
from daybreak.clinic.record.models import AuditEntry, Patient, PatientIdentifier, User, new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.followup.story import browser
from tests.clinic.people import Clinic
from tests.web.test_accounts import signs_in

PASSWORD = "a right password, kept by one person"


def account(*said: str, typed: str = f"{PASSWORD}\n{PASSWORD}\n") -> Result:
    return CliRunner().invoke(app, ["account", *said], input=typed)


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    """Known by a number, with no sign-in."""
    someone = Patient.objects.create(
        site=clinic.site, given_name="Another", family_name="Person", birth_date="1990-05-04", synthetic=True
    )
    PatientIdentifier.objects.create(patient=someone, system="urn:test", value="MRN-77")
    return someone


def test_a_person_of_the_record_signs_in_with_the_password_that_was_asked_for(patient: Patient) -> None:
    done = account("patient", "MRN-77", "--username", "another")
    assert done.exit_code == 0, done.output
    assert "Another Person, born 4 May 1990" in done.output
    user = User.objects.get(username="another")
    assert (user.role, user.patient, user.site) == (Role.PATIENT, patient, patient.site)
    assert signs_in(user, PASSWORD)
    assert browser(user).get("/me/").status_code == 200
    entry = AuditEntry.objects.get(action="patient account added")
    assert (entry.patient, entry.address) == (patient, "command line")


def test_it_is_ended_opened_again_and_given_another_password_as_that_of_staff(patient: Patient) -> None:
    account("patient", patient.record_number, "--username", "another")
    user = User.objects.get(username="another")
    assert account("end", "another", "--why", "Treatment ended.", "--yes").exit_code == 0
    assert not signs_in(user, PASSWORD)
    again = account("patient", "MRN-77", "--username", "third")
    assert (again.exit_code, "another" in again.output, "open-again" in again.output) == (2, True, True)
    assert account("open-again", "another", "--why", "Back.").exit_code == 0
    other = PASSWORD[::-1]
    assert account("password", "another", typed=f"{other}\n{other}\n").exit_code == 0
    assert signs_in(user, other)


def test_nobody_gets_one_for_an_unknown_or_doubtful_number_and_no_weak_password(patient: Patient) -> None:
    twin = Patient.objects.create(
        site=patient.site, given_name="A", family_name="Twin", birth_date="1991-01-01", synthetic=True
    )
    PatientIdentifier.objects.create(patient=twin, system="urn:other", value="MRN-77")
    doubtful = account("patient", "MRN-77", "--username", "another")
    assert (doubtful.exit_code, "Another Person" in doubtful.output, "A Twin" in doubtful.output) == (2, True, True)
    assert account("patient", f"{new_id()}", "--username", "another").exit_code == 2
    mine = f"Daybreak {patient.pk.hex[-8:]}"
    assert account("patient", mine, "--username", "another", typed="short\nshort\n").exit_code == 2
    assert not User.objects.filter(username="another").exists()


def test_follow_up_says_where_a_person_has_no_sign_in(clinic: Clinic) -> None:
    nurse, address = browser(clinic.users[Role.NURSE]), f"/courses/{clinic.course.pk}/followup"
    assert "no sign-in" not in nurse.get(address).content.decode()
    User.objects.filter(patient=clinic.patient).update(is_active=False)
    assert "no sign-in" in nurse.get(address).content.decode()
