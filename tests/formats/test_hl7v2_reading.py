"""What a bedside monitor says, read from HL7 v2."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daybreak.formats.hl7v2 import (
    MonitorMessage,
    UnknownCode,
    UnreadableMessage,
    build_oru,
    generic_mapping,
    parse_oru,
)
from daybreak.formats.hl7v2.syntax import Delimiters, read_time, write_time
from daybreak.treatment.vitals import Vital

ARRIVAL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
HEADER = r"MSH|^~\&|XH80X^00A0370^EUI-64|WARD|||20261123113000||ORU^R01^ORU_R01|42|P|2.6"
HEART_RATE = "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|72|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R"


def read(*segments: str, header: str = HEADER) -> MonitorMessage:
    raw = "\r".join((header, *segments)).encode()
    return parse_oru(raw, generic_mapping(), zone=PARIS, received_at=ARRIVAL)


def obx(code: str, value: str, unit: str, status: str = "R", at: str = "") -> str:
    return f"OBX|1|NM|{code}|1.1.1.1|{value}|{unit}|||||{status}|||{at}"


def only(*segments: str):
    (reading,) = read(*segments).readings
    return reading


def test_who_sends_for_whom_and_where():
    message = read(
        "PID|||P-17^^^CLINIC^MR||Test^Ann",
        "PV1||O|INFUSION^ROOM 2^CHAIR 3||||||||||||||||V-99",
        "OBR|1|||182777000^monitoring of patient^SCT|||20261123113000",
        HEART_RATE + "|||||||DEV-5^EUI-64",
    )
    assert (message.control_id, message.sending_application, message.sending_facility) == ("42", "XH80X", "WARD")
    assert (message.patient_id, message.visit_id) == ("P-17", "V-99")
    assert (message.location, message.bed) == ("INFUSION ROOM 2 CHAIR 3", "CHAIR 3")
    assert message.device_id == "DEV-5"


def test_without_an_equipment_id_the_sending_application_names_the_device():
    assert read(HEART_RATE).device_id == "00A0370"


@pytest.mark.parametrize(
    ("segment", "vital", "value"),
    [
        (HEART_RATE, Vital.HEART_RATE, 72),
        (obx("150456^MDC_PULS_OXIM_SAT_O2^MDC", "97", "262688^MDC_DIM_PERCENT^MDC"), Vital.SPO2, 97),
        (obx("150021^MDC_PRESS_BLD_NONINV_SYS^MDC", "128.5", "266016^MDC_DIM_MMHG^MDC"), Vital.SYSTOLIC, 128.5),
        (obx("150022^^MDC", "81", "mmHg"), Vital.DIASTOLIC, 81),
        (obx("150301^MDC_PRESS_CUFF_SYS^MDC", "147", "266016^MDC_DIM_MMHG^MDC"), Vital.SYSTOLIC, 147),
        (obx("151594^MDC_CO2_RESP_RATE^MDC", "14", "^MDC_DIM_RESP_PER_MIN^MDC"), Vital.RESPIRATORY_RATE, 14),
        (obx("8867-4^Heart rate^LN", "64", "/min^per minute^UCUM"), Vital.HEART_RATE, 64),
        (obx("local^HR^99X^8867-4^Heart rate^LN", "65", "bpm"), Vital.HEART_RATE, 65),
        (obx("59408-5^SpO2^LN", "0", "%"), Vital.SPO2, 0),  # a zero is for the clinic to judge
    ],
)
def test_codes_and_units_of_ieee_11073_loinc_and_ucum(segment, vital, value):
    reading = only(segment)
    assert (reading.vital, reading.value, reading.reason) == (vital, value, "")


@pytest.mark.parametrize("unit", ["kPa", "265987^MDC_DIM_KILO_PASCAL^MDC"])
@pytest.mark.parametrize(("sent", "mmhg"), [("16.0", 120), ("24.5", 184), ("12", 90), ("24.0", 180)])
def test_kilopascal_become_whole_millimetres_of_mercury(unit, sent, mmhg):
    """24.5 kPa is 183.766 mmHg: no cuff measures the last figures. What is shown is what is held against limits."""
    reading = only(obx("150021^MDC_PRESS_BLD_NONINV_SYS^MDC", sent, unit))
    assert (reading.value, reading.sent_value) == (mmhg, sent)


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (obx("147842^^MDC", "", "/min"), "No value"),
        (obx("147842^^MDC", "---", "/min"), "not one number"),
        (obx("147842^^MDC", "72~73", "/min"), "not one number"),
        (obx("147842^^MDC", "<^72", "/min"), "not one number"),
        (obx("147842^^MDC", "1e3", "/min"), "not one number"),
        (obx("147842^^MDC", "NaN", "/min"), "not one number"),
        (obx("147842^^MDC", "٧٢", "/min"), "not one number"),
        (obx("147842^^MDC", "-100", "/min"), "no measurement"),
        (obx("150456^^MDC", "8388607", "%"), "no measurement"),
        (obx("147842^^MDC", "-5", "/min"), "below zero"),
        (obx("147842^^MDC", "72", "/min", status="X"), "could not measure"),
        (obx("147842^^MDC", "72", "/min", status="W"), "wrong patient"),
        (obx("147842^^MDC", "72", "/min", at="20261399"), "cannot be read"),
        # A real sender's slip: the code of the systolic pressure under the name of the diastolic.
        (obx("150021^MDC_PRESS_BLD_NONINV_DIA^MDC", "80", "mmHg"), "sent under the name"),
    ],
)
def test_a_reading_without_a_usable_value_keeps_its_place_and_says_why(segment, words):
    reading = only(segment)
    assert reading.value is None
    assert words in reading.reason


@pytest.mark.parametrize(
    ("segment", "value"),
    [
        (obx("150344^MDC_TEMP^MDC", "98.6", "266560^MDC_DIM_FAHR^MDC"), 37.0),
        (obx("150344^MDC_TEMP^MDC", "98.6", "^DegF"), 37.0),
        (obx("150344^MDC_TEMP^MDC", "98.1", "^DegF"), 36.7),
        (obx("150344^MDC_TEMP^MDC", "36.6", "268192^MDC_DIM_DEGC^MDC"), 36.6),
        (obx("150456^^MDC", "0.98", "1"), 98.0),
        (obx("150456^^MDC", "0.98", "262656^MDC_DIM_DIMLESS^MDC"), 98.0),
    ],
)
def test_fahrenheit_and_fractions_are_converted_by_the_unit_they_name(segment, value):
    reading = only(segment)
    assert (reading.value, reading.doubt) == (value, "")


@pytest.mark.parametrize(
    ("segment", "sent", "words"),
    [
        (obx("150021^^MDC", "120", "kPa"), 120, "900 mmHg by this unit, 120 mmHg if it was sent in mmHg"),
        (obx("150021^^MDC", "16", "mmHg"), 16, "120 mmHg if it was sent in kPa"),
        (obx("150344^^MDC", "36.6", "266560^MDC_DIM_FAHR^MDC"), 36.6, "36.6 °C if it was sent in °C"),
        (obx("150344^^MDC", "98.6", "Cel"), 98.6, "37 °C if it was sent in °F"),
        (obx("150456^^MDC", "0.98", "%"), 0.98, "98 % if it was sent as a fraction"),
        (obx("150456^^MDC", "98", "1"), 98, "9.8e+03 % by this unit"),
        (obx("147842^^MDC", "72", "kg"), 72, "Heart rate 72 kg, it is measured in per minute"),
        (obx("147842^^MDC", "72", ""), 72, "No unit: 72 kept as sent"),
    ],
)
def test_a_number_that_contradicts_its_unit_is_kept_as_sent_and_marked(segment, sent, words):
    reading = only(segment)
    assert reading.value == sent
    assert words in reading.doubt


def test_a_zero_and_what_no_unit_explains_are_left_to_the_rules_of_artefacts():
    assert only(obx("150021^^MDC", "0", "kPa")).doubt == ""
    assert (only(obx("150021^^MDC", "600", "mmHg")).value, only(obx("150021^^MDC", "600", "mmHg")).doubt) == (600, "")


def test_a_pulse_in_its_unit_is_preferred_to_an_ecg_rate_without_one():
    pulse = obx("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "70", "264864^MDC_DIM_BEAT_PER_MIN^MDC")
    assert [each.preferred for each in read(obx("147842^^MDC", "72", ""), pulse).readings] == [False, True]


def test_a_device_part_is_no_reading_and_no_unknown_code():
    message = read("OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X", HEART_RATE)
    assert len(message.readings) == 1
    assert message.unknown == ()


def test_unknown_codes_are_listed_once():
    perfusion = obx("150488^MDC_BLD_PERF_INDEX^MDC", "1.8", "262688^MDC_DIM_PERCENT^MDC")
    message = read(perfusion, perfusion, HEART_RATE)
    assert message.unknown == (UnknownCode("150488", "MDC_BLD_PERF_INDEX", "MDC", "1.8", "MDC_DIM_PERCENT"),)
    assert len(message.readings) == 1


def test_the_heart_rate_of_the_ecg_is_preferred_to_the_pulse():
    pulse = obx("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "70", "264864^MDC_DIM_BEAT_PER_MIN^MDC")
    assert [(each.value, each.preferred) for each in read(pulse, HEART_RATE).readings] == [(70, False), (72, True)]


def test_a_pulse_with_a_value_is_preferred_to_an_ecg_without():
    pulse = obx("149530^MDC_PULS_OXIM_PULS_RATE^MDC", "70", "264864^MDC_DIM_BEAT_PER_MIN^MDC")
    lead_off = obx("147842^MDC_ECG_HEART_RATE^MDC", "-100", "264864^MDC_DIM_BEAT_PER_MIN^MDC")
    assert [each.preferred for each in read(lead_off, pulse).readings] == [False, True]


@pytest.mark.parametrize(
    ("obx_14", "obr_7", "msh_7", "at", "time_from"),
    [
        ("20261123101500-0500", "x", "x", datetime(2026, 11, 23, 15, 15, tzinfo=UTC), "OBX-14"),
        ("20261123101500", "", "", datetime(2026, 11, 23, 10, 15, tzinfo=PARIS), "OBX-14"),
        ("", "20260701101500", "", datetime(2026, 7, 1, 8, 15, tzinfo=UTC), "OBR-7"),  # summer time
        ("", "", "202611231015", datetime(2026, 11, 23, 9, 15, tzinfo=UTC), "MSH-7"),
        ("", "", "", ARRIVAL, "arrival"),
    ],
)
def test_the_time_nearest_to_the_measurement_counts(obx_14, obr_7, msh_7, at, time_from):
    header = rf"MSH|^~\&|M|W|||{msh_7}||ORU^R01|1|P|2.6"
    (reading,) = read(f"OBR|1||||||{obr_7}", obx("147842^^MDC", "72", "/min", at=obx_14), header=header).readings
    assert (reading.at, reading.time_from, reading.value) == (at, time_from, 72)
    assert reading.at.utcoffset() is not None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"\r\n \r", "empty"),
        (b"hello", "header"),
        (b"MSH", "header"),
        (b"MSH|^~\\", "header"),
        (b"MSHA^~\\&A", "header"),
        (b"MSH|^^\\&|A", "header"),
        (b"MSH|^~\\&|A|B|||20260101||ADT^A01|1|P|2.6", "ADT^A01"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01||P|2.6", "control id"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|1|P|2.6\rMSH|^~\\&|", "more than one message"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|1|P|2.6\rBHS", "more than one message"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|1|P|2.6\rOBX|\xff", "not UTF-8"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|1|P|2.6||||||KLINGON", "KLINGON"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|1|P|2.6" + b"|" * 200_000, "at most 200,000"),
        (b"MSH|^~\\&|A|B|||20260101||ORU^R01|1|P|2.6" + b"\rOBX" * 5000, "5,001 segments"),
        (b"{}", "header"),
    ],
)
def test_what_is_no_monitor_message_is_refused_with_a_sentence(raw, words):
    with pytest.raises(UnreadableMessage, match=r"\.$") as unreadable:
        parse_oru(raw, generic_mapping(), zone=UTC, received_at=ARRIVAL)
    assert words in str(unreadable.value)


def test_line_feeds_latin_1_and_other_delimiters_are_read():
    text = HEADER.replace("|2.6", "|2.6||||||8859/1") + "\nPID|||Zo\xeb\r\n" + HEART_RATE + "\n"
    message = parse_oru(text.encode("latin-1"), generic_mapping(), zone=UTC, received_at=ARRIVAL)
    assert (message.patient_id, len(message.readings)) == ("Zoë", 1)
    other = HEADER.replace("|", "#").replace("^", "*") + "\r" + HEART_RATE.replace("|", "#").replace("^", "*")
    assert len(parse_oru(other.encode(), generic_mapping(), zone=UTC, received_at=ARRIVAL).readings) == 1


def test_an_escape_that_asks_for_a_million_spaces_gets_none():
    assert read(r"PID|||A\.sp999999999\B\T\C\X41\D").patient_id == "AB&CD"


SOUND = build_oru(
    {Vital.HEART_RATE: 72, Vital.SPO2: None, Vital.SYSTOLIC: 128},
    mapping=generic_mapping(),
    at=ARRIVAL,
    control_id="1",
    device_id="M",
    patient_id="P",
    bed="3",
).decode()
PIECES = ["|", "^", "~", "\\", "&", "\r", "\n", "\x0b", "\x1c", "MSH", "OBX", "-999", "\\.sp9", "é", "9" * 30, ""]


@st.composite
def bent_messages(draw) -> bytes:
    """A sound message with pieces cut out and others put in."""
    text = SOUND
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
    return text.encode()


@given(st.binary(max_size=300) | st.binary(max_size=60).map(b"MSH|^~\\&".__add__) | bent_messages())
@example(b"MSH|^~\\&|\rBHS")
@example(b"\x1cMSH|^~\\&|||||||ORU^R01|1")
def test_any_bytes_are_a_message_or_a_sentence(raw):
    try:
        message = parse_oru(raw, generic_mapping(), zone=PARIS, received_at=ARRIVAL)
    except UnreadableMessage as unreadable:
        sentence = str(unreadable)
    else:
        sentence = "."
        assert all(reading.at.utcoffset() is not None for reading in message.readings)
        assert all((reading.value is None) == bool(reading.reason) for reading in message.readings)
        assert repr(message).isprintable()
    assert sentence.endswith(".")


@given(st.text(max_size=40))
def test_text_written_into_a_field_is_read_back(text):
    delimiters = Delimiters()
    written = delimiters.write(text)
    assert not set(written) & set("|^~&\r\n")
    assert delimiters.read(written) == delimiters.read(delimiters.write(delimiters.read(written)))
    if text.isprintable():
        assert delimiters.read(written) == text.strip()


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=OFFSETS))
def test_a_time_written_is_read_back_to_the_second(moment):
    moment = moment.replace(microsecond=0)
    assert read_time(write_time(moment), UTC) == moment


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=OFFSETS))
def test_a_fine_time_written_is_read_back_to_a_ten_thousandth_of_a_second(moment):
    read_back = read_time(write_time(moment, fine=True), UTC)
    assert read_back == moment.replace(microsecond=moment.microsecond // 100 * 100)


@pytest.mark.parametrize(
    "sent", ["", "2026", "20261123", "20261323101500", "2026112310150", "x", "20261123101500+9900"]
)
def test_what_is_no_time_of_a_measurement(sent):
    assert read_time(sent, UTC) is None
