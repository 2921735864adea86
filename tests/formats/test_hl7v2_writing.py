"""Acknowledgements and simulated messages, checked by hl7apy, a parser this project does not use."""

from datetime import UTC, datetime

import pytest
from hl7apy.parser import parse_message
from hypothesis import given
from hypothesis import strategies as st

from daybreak.formats.hl7v2 import Acknowledgement, acknowledge, build_oru, generic_mapping, parse_oru
from daybreak.treatment.vitals import Vital

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MEASURED = [Vital.HEART_RATE, Vital.SPO2, Vital.SYSTOLIC, Vital.DIASTOLIC, Vital.RESPIRATORY_RATE]


def oru(values, **other) -> bytes:
    parts = {"control_id": "C-1", "device_id": "MON-1", "patient_id": "P-17", "bed": "CHAIR 3"} | other
    return build_oru(values, mapping=generic_mapping(), at=AT, **parts)


def independently(raw: bytes):
    return parse_message(raw.decode(), find_groups=False)


def test_a_simulated_message_says_the_same_to_an_independent_parser():
    message = independently(oru({Vital.HEART_RATE: 72, Vital.SYSTOLIC: 128.5, Vital.SPO2: None}))
    assert message.msh.msh_9.to_er7() == "ORU^R01^ORU_R01"
    assert message.msh.msh_10.to_er7() == "C-1"
    assert message.pid.pid_3.cx_1.to_er7() == "P-17"
    assert message.pv1.pv1_3.pl_3.to_er7() == "CHAIR 3"
    assert [each.obx_3.cwe_2.to_er7() for each in message.obx] == [
        "MDC_ECG_HEART_RATE",
        "MDC_PRESS_BLD_NONINV_SYS",
        "MDC_PULS_OXIM_SAT_O2",
    ]
    assert [each.obx_5.to_er7() for each in message.obx] == ["72", "128.5", ""]
    assert [each.obx_11.to_er7() for each in message.obx] == ["R", "R", "X"]
    assert {each.obx_14.to_er7() for each in message.obx} == {"20261123093000+0000"}


def test_the_same_arguments_give_the_same_bytes():
    assert oru({Vital.HEART_RATE: 72}) == oru({Vital.HEART_RATE: 72})


def test_what_a_monitor_does_not_measure_cannot_be_sent():
    with pytest.raises(KeyError):
        oru({Vital.DISSOCIATION: 3})


def test_a_time_without_a_zone_cannot_be_sent():
    with pytest.raises(ValueError, match="no timezone"):
        build_oru({}, mapping=generic_mapping(), at=AT.replace(tzinfo=None), control_id="1", device_id="M")


NUMBERS = st.none() | st.integers(0, 3000).map(lambda tenths: tenths / 10)
WORDS = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text == text.strip())


@given(st.dictionaries(st.sampled_from(MEASURED), NUMBERS), WORDS, WORDS, WORDS)
def test_what_is_sent_is_what_is_read(values, control_id, patient_id, bed):
    raw = oru(values, control_id=control_id, patient_id=patient_id, bed=bed)
    message = parse_oru(raw, generic_mapping(), zone=UTC, received_at=AT)
    assert {reading.vital: reading.value for reading in message.readings} == values
    assert (message.control_id, message.patient_id, message.bed) == (control_id, patient_id, bed)
    assert all(reading.at == AT and reading.preferred for reading in message.readings)
    assert message.device_id == "MON-1"


def test_an_acknowledgement_answers_the_sender_by_control_id():
    message = independently(acknowledge(oru({}), Acknowledgement.ACCEPTED, at=AT))
    assert message.msh.msh_9.to_er7() == "ACK^R01^ACK"
    assert (message.msh.msh_5.to_er7(), message.msh.msh_3.to_er7()) == ("DAYBREAK_SIMULATOR^MON-1^SIMULATED", "")
    assert message.msh.msh_12.to_er7() == "2.6"
    assert (message.msa.msa_1.to_er7(), message.msa.msa_2.to_er7()) == ("AA", "C-1")


def test_a_refusal_carries_its_sentence():
    raw = acknowledge(b"rubbish", Acknowledgement.REJECTED, "No header (MSH|^~\\&|).", at=AT)
    message = independently(raw)
    assert message.msa.msa_1.to_er7() == "AR"
    assert message.msa.msa_3.to_er7() == "No header (MSH\\F\\\\S\\\\R\\\\E\\\\T\\\\F\\)."


def test_an_acknowledgement_speaks_with_the_senders_delimiters_and_version():
    raw = b"MSH#*~\\&#M#W#D#C#20260101##ORU*R01#9#T#2.3.1"
    answer = acknowledge(raw, Acknowledgement.ERROR, at=AT)
    assert answer.startswith(b"MSH#*~\\&#D#C#M#W#20261123093000+0000##ACK*R01*ACK#A9#T#2.3.1")
    assert answer.endswith(b"\rMSA#AE#9\r")


@given(st.binary(max_size=300) | st.binary(max_size=80).map(b"MSH|^~\\&|".__add__), st.text(max_size=30))
def test_any_bytes_are_answered_with_two_whole_segments(raw, text):
    answer = acknowledge(raw, Acknowledgement.ERROR, text, at=AT).decode()
    segments = answer.split("\r")
    assert [segment[:3] for segment in segments] == ["MSH", "MSA", ""]
    assert answer.replace("\r", "").isprintable()
    assert len(answer) < 4000
