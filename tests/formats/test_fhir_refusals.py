"""Files that cannot be a referral are refused with a sentence, whatever they hold."""

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybreak.demonstration.referrals import referral
from daybreak.formats.fhir import ReferralUnderstood, RefusedBundle, read_referral
from tests.formats.bundles import DATA, PATIENT, TODAY, bundle, read


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedBundle) as refused:
        read_referral(data, today=TODAY)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert len(sentence) < 400
    return sentence


class Endless(io.RawIOBase):
    """An upload of 200 MB that counts what is read of it."""

    def __init__(self):
        self.given = 0

    def read(self, size=-1):
        assert size >= 0, "read whole"
        self.given += size
        assert self.given < 21_000_000, "more than the limit was read"
        return b" " * size


def test_a_200_mb_upload_is_refused_after_20_mb_and_never_parsed():
    with pytest.raises(RefusedBundle, match="larger than 20 MB"):
        read_referral(Endless(), today=TODAY)


def test_the_size_limit_is_exact():
    data = bundle()
    assert read_referral(io.BytesIO(data), today=TODAY, max_bytes=len(data))
    with pytest.raises(RefusedBundle, match="larger than"):
        read_referral(io.BytesIO(data), today=TODAY, max_bytes=len(data) - 1)


@pytest.mark.parametrize("data", [b"", b" \n\t "])
def test_an_empty_file(data):
    assert "empty" in refusal(data)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_truncated_file_says_where_it_ends(share):
    whole = referral("major-depression")
    cut = whole[: int(len(whole) * share)]
    assert f"after {len(cut.decode().rstrip()):,} characters" in refusal(cut)


@pytest.mark.parametrize("levels", [65, 10_000, 1_000_000])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_deep_nesting_is_seen_before_it_is_parsed(levels, bracket):
    assert "64 levels" in refusal(bracket * levels)


def test_brackets_inside_texts_nest_nothing():
    deep_words = {**PATIENT, "address": [{"text": "[" * 90 + '\\"{{' + "]" * 90}]}
    assert read(patient=deep_words).person.address.startswith("[[[")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"name,birth date\nTest,1980", "not JSON"),
        (b'{"resourceType": Bundle}', "column 18"),
        (b"<Bundle/>", "XML"),
        (b"<html><script>alert(1)</script>", "XML or HTML"),
        (b"PK\x03\x04", "compressed"),
        (b"\x1f\x8b\x08", "compressed"),
        ('{"a": "é"}'.encode("latin-1"), "not UTF-8 text (byte 8"),
        (b"[1, 2]", "not a FHIR resource"),
        (b"null", "not a FHIR resource"),
        (b'{"a": 1}\n{"a": 2}', "more than one JSON document"),
        (b'{"resourceType": "Bundle", "total": NaN}', "NaN"),
        (b'{"resourceType": "Bundle", "total": -Infinity}', "-Infinity"),
        (b'{"resourceType": "Bundle", "resourceType": "Patient"}', "twice"),
        (b'{"total": ' + b"9" * 5000 + b"}", "digits"),
        (b'{"resourceType": "Patient"}', "FHIR Patient, not a Bundle"),
        (b"{}", "without a resourceType"),
    ],
)
def test_what_is_no_bundle(data, words):
    assert words in refusal(data)


@pytest.mark.parametrize("kind", ["history", "transaction-response", "message", "", "nonsense"])
def test_bundle_types_that_are_no_patient_record(kind):
    assert f"type “{kind}”" in refusal(bundle(type=kind))


@pytest.mark.parametrize("kind", ["transaction", "collection", "document", "searchset", "batch"])
def test_bundle_types_that_are(kind):
    assert read(type=kind).person.family == "Test"


def test_a_bundle_without_entries_and_one_with_too_many():
    assert "no entries" in refusal(b'{"resourceType": "Bundle", "type": "collection", "entry": []}')
    with pytest.raises(RefusedBundle, match="3 entries; at most 2"):
        read_referral(bundle(PATIENT, PATIENT), today=TODAY, max_entries=2)


def test_nobody_or_more_than_one_person():
    nobody = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {}}]}).encode()
    assert "no Patient" in refusal(nobody)
    other = {**PATIENT, "id": "p2", "identifier": [{"system": "urn:example:clinic", "value": "B-1"}]}
    assert "2 people" in refusal(bundle(other))


def test_the_same_person_twice_is_one_person():
    assert read(PATIENT).person.family == "Test"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "MedicationRequest", "medication": {"concept": {"text": "Sertraline"}}},
        {"resourceType": "Encounter", "class": [{"text": "ambulatory"}]},
        {"resourceType": "MedicationUsage"},
        {"resourceType": "Observation", "meta": {"profile": ["http://hl7.org/fhir/5.0/x"]}},
        {"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"},
    ],
)
def test_r5_is_named_and_refused(resource):
    sentence = refusal(bundle(resource))
    assert "FHIR R5 (entry 2" in sentence


@pytest.mark.parametrize(
    "resource",
    [{"resourceType": "MedicationOrder"}, {"resourceType": "Condition", "clinicalStatus": "active"}],
)
def test_an_earlier_release_is_refused(resource):
    assert "an earlier release than R4" in refusal(bundle(resource))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": [{"family": "<script>alert(1)</script>"}]}, "family name"),
        ({"name": [{"family": "Test", "given": ["Ann\u0000"]}]}, "given name"),
        ({"name": [{"family": "Test\u202e"}]}, "family name"),
        ({"name": [{"family": "Te\ud800st"}]}, "family name"),
        ({"name": [{"text": "Ann > Test"}]}, "name"),
        ({"telecom": [{"system": "phone", "value": "<b>1</b>"}]}, "phone number"),
        ({"address": [{"city": "<i>"}]}, "address"),
        ({"identifier": [{"system": "s", "value": "<"}]}, "identifier"),
        ({"name": [{"family": "A" * 300}]}, "family name"),
    ],
)
def test_a_script_or_control_character_in_the_person_names_the_field(change, field):
    sentence = refusal(bundle(patient=PATIENT | change))
    assert sentence.startswith(f"The {field} “")
    sentence.encode()  # printable everywhere, surrogates and all


def test_a_patient_without_a_name():
    assert "no name" in refusal(bundle(patient=PATIENT | {"name": [{"use": "old", "family": "Former"}]}))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("2026-11-24", "in the future"),
        ("1800-01-01", "226 years old"),
        ("1980-02-30", "not a date"),
        ("29.2.1980", "not a date"),
        ("0000-01-01", "not a date"),
    ],
)
def test_impossible_birth_dates(sent, words):
    assert words in refusal(bundle(patient=PATIENT | {"birthDate": sent}))


# What may stand where something else belongs.
ODD = [None, True, 0, -1.5, 10**400, 1e308, "", " ", "x\u0000", "\ud800", "2026-99-99", "5.0", [], {}, [[]], [{}]]
ODD += [["a", 1], {"value": []}, {"reference": 3}, {"reference": "#x"}, {"start": {}}, [{"coding": [[]]}], [None]]
SOUND = json.loads((DATA / "complete-referral.json").read_text())["entry"]


@st.composite
def broken_resources(draw) -> dict:
    """A sound resource with one element at any depth replaced by something odd."""
    resource = json.loads(json.dumps(draw(st.sampled_from(SOUND))["resource"]))
    place = resource
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inside = place[key]
        if not (isinstance(inside, dict | list) and inside and draw(st.booleans())):
            place[key] = draw(st.sampled_from(ODD))
            return resource
        place = inside


@given(st.lists(broken_resources(), max_size=4))
def test_any_element_may_be_broken_and_the_answer_is_a_referral_or_a_sentence(resources):
    with contextlib.suppress(RefusedBundle):
        found = read_referral(bundle(*resources), today=TODAY)
        assert isinstance(found, ReferralUnderstood)
        repr(found).encode()  # nothing unprintable was let in


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ae1', max_size=60).map(str.encode))
def test_any_bytes_are_refused_with_a_sentence(data):
    with pytest.raises(RefusedBundle):
        read_referral(data, today=TODAY)
