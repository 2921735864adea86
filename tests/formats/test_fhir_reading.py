"""What is understood of each kind of resource."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.formats.fhir import read_referral
from daybreak.formats.fhir.accessors import parse_when
from daybreak.treatment.vitals import Vital
from tests.formats.bundles import DATA, PATIENT, TODAY, observation, read


def complete():
    return read_referral((DATA / "complete-referral.json").read_bytes(), today=TODAY)


def test_a_complete_referral_lacks_nothing():
    found = complete()
    assert found.missing == ()
    assert found.problems == ()


def test_the_person_as_sent_digits_and_all():
    person = complete().person
    assert (person.family, person.given) == ("Abe604", ("Zoë12", "Test"))
    assert person.phone == "555-0101"  # the mobile
    assert person.language == "de"  # the preferred
    assert person.address == "1 Test Street, Sample, 00000"
    assert [(each.system, each.value) for each in person.identifiers] == [("urn:example:clinic", "A-17")]


def test_units_are_converted_and_what_was_sent_is_kept():
    vitals = {each.vital: each for each in complete().vitals}
    assert vitals[Vital.WEIGHT].value == pytest.approx(69.853, abs=0.001)  # 154 lb
    assert (vitals[Vital.WEIGHT].sent_value, vitals[Vital.WEIGHT].sent_unit) == (154.0, "[lb_av]")
    assert vitals[Vital.HEIGHT].value == pytest.approx(165.1)  # 65 in
    assert vitals[Vital.SYSTOLIC].value == pytest.approx(120.01, abs=0.01)  # 16.0 kPa
    assert vitals[Vital.DIASTOLIC].value == 80
    assert vitals[Vital.SPO2].value == 98
    assert vitals[Vital.WEIGHT].age_days == 3


def test_a_value_with_two_units_is_not_read():
    """Read by its code alone, a person of 180 kg would be dosed as one of 82."""
    weight = observation("29463-7")
    pounds = {"value": 180, "unit": "kg", "code": "[lb_av]", "system": "http://unitsofmeasure.org"}
    found = read(weight | {"valueQuantity": pounds}, weight | {"valueQuantity": pounds | {"unit": "lb"}})
    assert [each.value for each in found.vitals] == [pytest.approx(81.65, abs=0.01)]
    assert [each.as_sent for each in found.vitals] == ["180 [lb_av]"]
    assert "was sent as 180 “kg” with the code “[lb_av]”: two units" in found.problems[0].sentence


def test_earlier_scores_carry_instrument_and_age():
    assert [(each.instrument, each.value, each.age_days) for each in complete().scores] == [
        ("PHQ9", 19, 8),
        ("GAD7", 12, 8),
    ]


def test_a_medicine_named_by_reference_and_the_dosage_in_words():
    medicine = complete().medicines[0]
    assert (medicine.text, medicine.dosage, medicine.active) == ("Sertraline 100 mg", "1 in the morning", True)


def test_a_year_of_onset_stays_a_year():
    condition = complete().conditions[0]
    assert str(condition.onset) == "2015"
    assert condition.meaning.means == "recurrent major depression"


def test_what_was_entered_in_error_is_left_out_and_counted():
    reasons = {(each.resource_type, each.count): each.reason for each in complete().left_out}
    assert reasons["Condition", 1] == "The sender marked it as entered in error."


def allergy(**parts) -> dict:
    return {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p1"}} | parts


def test_nothing_about_allergies_is_not_recorded():
    found = read()
    assert found.allergies is None
    assert any("Allergies are not recorded" in sentence for sentence in found.missing)


def test_no_known_allergy_is_an_answer():
    found = read(allergy(code={"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}))
    assert [each.none_known for each in found.allergies] == [True]
    assert not any("Allergies" in sentence for sentence in found.missing)


def test_an_allergy_is_never_taken_for_none():
    found = read(allergy(code={"text": "Latex"}))
    assert [(each.text, each.none_known) for each in found.allergies] == [("Latex", False)]


def test_a_retracted_allergy_leaves_allergies_not_recorded():
    retracted = {"coding": [{"code": "entered-in-error"}]}
    assert read(allergy(code={"text": "Latex"}, verificationStatus=retracted)).allergies is None


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (observation("29463-7", 7841.6, "kg"), "outside 20 to 350 kg"),
        (observation("29463-7", 12.0, "stone"), "“stone”"),
        (observation("29463-7", None, "kg"), "no number"),
        (observation("29463-7", "70", "kg"), "no number"),
        (observation("8867-4", 72, "/min", effectiveDateTime="2027-01-01"), "in the future"),
        (observation("8867-4", 72, "/min", effectiveDateTime="yesterday"), "no date"),
        (observation("59408-5", valueQuantity={"value": 90, "comparator": "<", "unit": "%"}), "<90"),
        (observation("44261-6", 99, "{score}"), "runs from 0 to 27"),
        ({"resourceType": "Condition"}, "neither a name nor a code"),
        ({"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/x"}}, "no name"),
        ({"resourceType": "Condition", "code": {"text": "x"}, "subject": {"reference": "Patient/p2"}}, "another"),
        ({}, "no FHIR resource"),
    ],
)
def test_one_bad_entry_is_reported_by_number_and_the_rest_is_read(resource, words):
    found = read(resource, observation("8867-4", 64, "/min"))
    assert [problem.entry for problem in found.problems] == [2]
    assert words in found.problems[0].sentence
    assert [each.value for each in found.vitals] == [64]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/3"},
        {"reference": "https://example.org/fhir/Patient/p1"},
        {"reference": "Patient?identifier=urn:example:clinic|A-17"},
        {"identifier": {"system": "urn:example:clinic", "value": "A-17"}},
        {"display": "Ann Test"},
        {},
    ],
)
def test_every_way_to_refer_to_the_patient(subject):
    found = read({"resourceType": "Condition", "code": {"text": "Migraine"}, "subject": subject})
    assert [each.text for each in found.conditions] == ["Migraine"]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p11"},
        {"reference": "Group/p1"},
        {"reference": "Patient?identifier=urn:example:clinic|B-2"},
        {"identifier": {"system": "urn:example:clinic", "value": "B-2"}},
    ],
)
def test_another_persons_diagnosis_is_never_taken_in(subject):
    found = read({"resourceType": "Condition", "code": {"text": "Schizophrenia"}, "subject": subject})
    assert found.conditions == ()
    assert "another person" in found.problems[0].sentence


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"doNotPerform": True}, "not to give"),
        ({"intent": "proposal"}, "proposed or planned"),
        ({"status": "entered-in-error"}, "entered in error"),
    ],
)
def test_orders_that_are_no_treatment_are_left_out(parts, reason):
    order = {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "Lithium"}} | parts
    found = read(order)
    assert found.medicines == ()
    assert reason in found.left_out[0].reason


def test_a_death_and_an_incomplete_page_are_said_aloud():
    found = read(patient=PATIENT | {"deceasedDateTime": "2026-01-01"}, link=[{"relation": "next", "url": "x"}])
    said = " ".join(problem.sentence for problem in found.problems)
    assert found.person.deceased
    assert "one page of a longer result" in said


def test_a_birth_year_alone_is_asked_for():
    found = read(patient=PATIENT | {"birthDate": "1980"})
    assert found.person.birth_date is None
    assert "No full birth date was sent." in found.missing


def test_an_old_measurement_is_old_and_a_recent_one_is_not():
    recent = read(observation("29463-7", 70, "kg", effectiveDateTime="2026-08-25"))  # 90 days
    older = read(observation("29463-7", 70, "kg", effectiveDateTime="2026-08-24"))  # 91 days
    assert not any("body weight" in sentence for sentence in recent.missing)
    assert "No body weight of the last 90 days: the newest is of 2026-08-24, 91 days ago." in older.missing


def test_other_results_are_kept_as_sent():
    found = read(
        observation("2160-0", 0.9, "mg/dL"),
        observation("72166-2", valueQuantity=None, valueCodeableConcept={"text": "Never smoker"}),
        observation("777-3", valueQuantity={"value": 20, "comparator": "<", "unit": "10*3/uL"}),
    )
    assert [(each.value, each.unit) for each in found.observations] == [
        ("0.9", "mg/dL"),
        ("Never smoker", ""),
        ("<20", "10*3/uL"),
    ]


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=OFFSETS))
def test_any_moment_written_by_the_standard_is_read_back(moment):
    assert parse_when(moment.isoformat()).start == moment


@pytest.mark.parametrize("sent", ["2026-W05", "20260101", "2026-13", "2026-01-01T25:00:00Z", "٢٠٢٦", "", "2026-1-1"])
def test_what_is_no_fhir_date(sent):
    assert parse_when(sent) is None


def test_a_moment_that_utc_cannot_hold_is_no_date() -> None:
    medicine = {"resourceType": "MedicationRequest", "status": "active", "medicationCodeableConcept": {"text": "X"}}
    understood = read({**medicine, "authoredOn": "0001-01-01T00:00:00+14:00"})
    assert all(each.authored_on is None for each in understood.medicines)


def test_a_kind_of_record_that_cannot_be_a_name_is_a_problem_and_no_more() -> None:
    understood = read({"resourceType": "\ud800"}, {"resourceType": "<b>"})
    assert len(understood.problems) == 2
    assert not understood.left_out


REFERRAL = {"resourceType": "ServiceRequest", "subject": {"reference": "Patient/p1"}, "authoredOn": "2026-01-05"}


def test_when_it_was_referred_is_the_date_of_the_request_for_it_and_of_no_other_order():
    asked = {"category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}]}
    blood = {"code": {"text": "Blood count"}, "authoredOn": "2026-02-01"}
    found = read(REFERRAL | asked, REFERRAL | blood, timestamp="2026-01-07T09:00:00Z")
    assert str(found.referred) == "2026-01-05"
    assert str(found.made) == "2026-01-07"
    in_words = read(REFERRAL | {"code": {"text": "Referral to psychiatry"}})
    assert str(in_words.referred) == "2026-01-05"
    assert (read(REFERRAL | blood).referred, read(REFERRAL | blood).made) == (None, None)
