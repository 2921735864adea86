"""The four referrals of the demonstration: a generator's real output, read whole."""

from datetime import date

import pytest

from daybreak.demonstration.referrals import NAMES, referral, unpack
from daybreak.formats.fhir import ReferralUnderstood, read_referral
from daybreak.treatment.vitals import Vital
from tests.formats.bundles import TODAY


def understood(name: str) -> ReferralUnderstood:
    return read_referral(referral(name), today=TODAY)


@pytest.mark.parametrize(
    ("name", "person", "birth_date", "sex", "conditions", "medicines", "diagnosis"),
    [
        ("major-depression", "Milan Beatty", date(1973, 11, 24), "male", 5, 3, "major depression"),
        ("fibromyalgia", "Suzi Bechtelar", date(1986, 5, 5), "female", 9, 5, "fibromyalgia"),
        ("chronic-pain", "Jessi Parisian", date(1988, 2, 14), "female", 15, 8, "chronic pain"),
        ("neuropathy", "Morris Lockman", date(1970, 12, 24), "male", 9, 2, "diabetic neuropathy"),
    ],
)
def test_who_it_is_and_what_they_have(name, person, birth_date, sex, conditions, medicines, diagnosis):
    found = understood(name)
    assert (found.person.name, found.person.birth_date, found.person.sex) == (person, birth_date, sex)
    assert (len(found.conditions), len(found.medicines)) == (conditions, medicines)
    active = [each for each in found.conditions if each.clinical_status == "active"]
    assert diagnosis in [each.meaning.means for each in active if each.meaning]


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_taken_in_left_out_with_a_reason_or_reported(name):
    found = understood(name)
    assert found.problems == ()
    assert all(each.reason.endswith(".") and each.count > 0 for each in found.left_out)
    pressures = sum(each.vital is Vital.DIASTOLIC for each in found.vitals)  # two vital signs, one resource
    taken = (*found.conditions, *found.medicines, *found.vitals, *found.scores, *found.observations)
    entries = {"major-depression": 220, "fibromyalgia": 400, "chronic-pain": 329, "neuropathy": 237}[name]
    patient = 1
    assert len(taken) - pressures + sum(each.count for each in found.left_out) + patient == entries


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_said(name):
    found = understood(name)
    assert found.allergies is None
    assert not [score for score in found.scores if score.instrument == "PHQ9"]
    missing = " ".join(found.missing)
    assert "Allergies are not recorded" in missing
    assert "No PHQ-9 total" in missing
    assert "No blood pressure of the last 90 days" in missing


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_vital_signs_are_of_2019_or_2020_and_their_age_is_counted(name):
    for vital in (Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.WEIGHT, Vital.HEIGHT):
        newest = understood(name).newest(vital)
        assert newest.when.day.year in (2019, 2020)
        assert newest.age_days == (TODAY - newest.when.day).days > 2000


def test_the_depression_is_treated_with_fluoxetine_since_1993():
    medicines = understood("major-depression").medicines
    active = [each for each in medicines if each.active]
    assert [each.text for each in active] == ["Fluoxetine 25MG"]
    assert str(active[0].authored_on) == "1993-01-17"
    assert active[0].dosage == "1, 1 times per 1 d"


def test_a_blood_pressure_is_found_by_its_components_whatever_code_the_panel_has():
    newest = understood("neuropathy")
    assert newest.newest(Vital.SYSTOLIC).value == pytest.approx(172.68, abs=0.01)
    assert newest.newest(Vital.DIASTOLIC).value == pytest.approx(109.93, abs=0.01)


def test_the_same_file_has_the_same_fingerprint_and_another_file_another():
    prints = {understood(name).sha256 for name in (*NAMES, *NAMES)}
    assert len(prints) == 4


def test_the_files_can_be_unpacked_for_upload(tmp_path):
    paths = unpack(tmp_path / "referrals")
    assert [path.name for path in paths] == [f"{name}.json" for name in NAMES]
    assert [path.read_bytes() for path in paths] == [referral(name) for name in NAMES]
