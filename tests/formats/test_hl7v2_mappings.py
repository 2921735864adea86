"""What each make of monitor sends: every row of a mapping stands on a document, and a site's own file is checked."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from daybreak.formats.hl7v2 import MappingError, MonitorMessage, open_oru, parse_oru, read_folder, shipped_mappings
from daybreak.formats.units import convert
from daybreak.treatment.sources import Status
from daybreak.treatment.vitals import Vital

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MAKES = sorted(set(shipped_mappings()) - {"generic"})


def said(name: str, *lines: str) -> MonitorMessage:
    return parse_oru("\r".join(lines).encode(), shipped_mappings()[name], zone=UTC, received_at=NOW)


def values(message: MonitorMessage) -> dict[Vital, float | None]:
    return {each.vital: each.value for each in message.readings if each.preferred}


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_row_has_a_source_and_a_unit_its_vital_sign_can_have(name):
    mapping = shipped_mappings()[name]
    for row in (*mapping.codes, *mapping.units):
        assert row.provenance.sources, row
    for code in mapping.codes:
        assert convert(code.vital, 1.0, mapping.ucum(code.unit)) is not None, code
    assert len({(code.system, code.code) for code in mapping.codes}) == len(mapping.codes)


@pytest.mark.parametrize("name", MAKES)
def test_a_makes_own_rows_were_read_in_a_document(name):
    mapping, generic = shipped_mappings()[name], shipped_mappings()["generic"]
    own = [row for row in mapping.codes if row.provenance not in [each.provenance for each in generic.codes]]
    assert own
    assert {row.provenance.status for row in own} == {Status.SEEN}


def test_an_efficia_is_known_by_its_serial_number_and_speaks_mdil():
    """In the shape its guide prints. All of them call themselves EfficiaCM in the header."""
    message = said(
        "philips_efficia_cm",
        r"MSH|^~\&|^EfficiaCM||||20140510124500||ORU^R01^ORU_R01|MONITORABC000000002D|P|2.4",
        "PV1|||^^LOCATION34",
        "ORC|NW|||||||||||||||||MONITORABC",
        "OBR||||MONITOR|||20140510124500",
        "OBX||NM|0002-4bb8^SpO2^MDIL||98|0004-0220^%^MDIL|||||F",
        "OBX||NM|0002-4a05^NBPs^MDIL||122|0004-0f20^mmHg^MDIL|||||F|||20140510124430",
        "OBX||NM|0002-4a06^NBPd^MDIL||85|0004-0f20^mmHg^MDIL|||||F|||20140510124430",
        "OBX||NM|0002-4182^HR^MDIL|||0004-0aa0^bpm^MDIL|||||X",
        "OBX||NM|0002-480a^Pulse^MDIL||80|0004-0aa0^bpm^MDIL|||||F||||||0002-4bb8^SpO2^MDIL",
        "OBX||NM|0002-5000^Resp^MDIL||20|0004-0ae0^rpm^MDIL|||||F",
        "OBX||NM|0002-f0c7^T1^MDIL||99.1|0004-1140^F^MDIL|||||F",
    )
    assert message.device_id == "MONITORABC"
    assert values(message) == {
        Vital.SPO2: 98, Vital.SYSTOLIC: 122, Vital.DIASTOLIC: 85, Vital.HEART_RATE: 80, Vital.RESPIRATORY_RATE: 20,
        Vital.TEMPERATURE: 37.3,
    }  # fmt: skip
    assert message.unknown == ()


def test_an_information_center_names_the_bed():
    message = said(
        "philips_information_center",
        r"MSH|^~\&|||||||ORU^R01|HP1|P|2.3||||||8859/1",
        "PV1||I|8-3600^^8-3604&4&1",
        "OBX||NM|0002-4bb8^SpO2^MDIL|0|98|0004-0220^%^MDIL|||||F",
        "OBX||NM|0002-4182^HR^MDIL|0|87|0004-0aa0^bpm^MDIL|||||F",
        r"OBX||NM|0002-f125^pNN50^MDIL|0|2.73x10\S\-7|0004-0220^%^MDIL|||||F",
    )
    assert message.device_id == "8-3604"
    assert values(message) == {Vital.SPO2: 98, Vital.HEART_RATE: 87}
    assert [each.name for each in message.unknown] == ["pNN50"]


def test_a_ge_b40_and_a_mindray_gateway_speak_the_standard_and_name_the_monitor():
    device = "080019FFFE0B4020^B40_GE"
    message = said(
        "ge_b40",
        r"MSH|^~\&|VSP^080019FFFE134535^EUI-64|GE Healthcare|||20130122134100||ORU^R01^ORU_R01|1|P|2.6",
        f"OBX|43|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.22.1.2|99|262688^MDC_DIM_PERCENT^MDC|||||R|||||||{device}",
        f"OBX|45|NM|151562^MDC_RESP_RATE^MDC|1.20.1.1|18|264928^MDC_DIM_RESP_PER_MIN^MDC|||||R|||||||{device}",
        f"OBX|9|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.13.1.1|112|266016^MDC_DIM_MMHG^MDC|||||R|||||||{device}",
    )
    assert message.device_id == "080019FFFE0B4020"
    assert values(message) == {Vital.SPO2: 99, Vital.RESPIRATORY_RATE: 18, Vital.SYSTOLIC: 112}
    gateway = said(
        "mindray_egateway",
        r"MSH|^~\&|MINDRAY_EGATEWAY^00A03700273EDE18^EUI-64|MINDRAY|||20260912120000.0000+0530||ORU^R01^ORU_R01|2|P|2.6",
        "OBX|5|NM|151578^MDC_TTHOR_RESP_RATE^MDC|1.7.1.151578|17|264928^MDC_DIM_RESP_PER_MIN^MDC|||||R"
        "|||20260912120000.0000+0530||||000F14049B507238^BIG_DIPPER^000F14049B507238^EUI-64",
        "OBX|7|NM|108^MNDRY_ECG_PAUSE_RATE^99MNDRY|1.7.2.108|0|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R",
    )
    assert (gateway.device_id, values(gateway)) == ("000F14049B507238", {Vital.RESPIRATORY_RATE: 17})
    assert [each.system for each in gateway.unknown] == ["99MNDRY"]


def test_a_message_opened_once_can_be_asked_for_every_name():
    raw = rb"MSH|^~\&|^EfficiaCM||||||ORU^R01|1|P|2.4" + b"\rORC|NW" + b"|" * 17 + b"S1\rPV1|||^^B2"
    envelope = open_oru(raw)
    names = [envelope.device_id(place) for place in ("", "ORC-18", "PV1-3.3", "ZZZ-1")]
    assert names == ["EfficiaCM", "S1", "B2", ""]


ROW = '{system: L, code: HR, vital: heart_rate, unit: "/min", status: seen, source: "Manual 1, page 2"}'


def written(folder: Path, text: str, name: str = "ours") -> Path:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_site_writes_a_mapping_of_its_own(tmp_path):
    own = read_folder(written(tmp_path, f"title: Ours\ndevice: PV1-3.3\nalso: [generic]\ncodes:\n- {ROW}\n"))["ours"]
    assert (own.title, own.device, own.codes[0].provenance.note) == ("Ours", "PV1-3.3", "Manual 1, page 2")
    assert own.find("L", "HR").vital is Vital.HEART_RATE
    assert own.find("MDC", "150456").vital is Vital.SPO2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("codes: [", "is no YAML"),
        ("title: Ours", "lists no codes"),
        ("codes: [HR]", "“HR” is no row"),
        ("codes: [{system: L, code: HR}]", "row of HR does not say its vital, unit"),
        (
            f"codes: [{ROW.replace('heart_rate', 'mood')}]",
            "“mood” of code HR is no vital sign. Choose one of: systolic",
        ),
        (f"codes: [{ROW}, {ROW}]", "code HR of L is listed twice"),
        (
            f"codes: [{ROW.replace('/min', 'beatz')}]",
            "unit “beatz” of code HR is not known for heart_rate. Write one of /m",
        ),
        (f"codes: [{ROW.replace('seen', 'sure')}]", "says no status"),
        (f"codes: [{ROW.replace('source:', 'page:')}]", "says no source"),
        (f"codes: [{ROW}]\nalso: [nothing]", "`also: nothing` names no mapping"),
        (f"codes: [{ROW}]\ndevice: the bed", "no place in a message"),
        (f"codes: [{ROW}]\nunits: 7", "`units:` is no list"),
        (f"codes: [{ROW}]\nno_measurement: [{{value: none}}]", "is no number"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_with_a_sentence(tmp_path, text, words):
    with pytest.raises(MappingError, match=r"^ours\.yaml: ") as refused:
        read_folder(written(tmp_path, text))
    assert words in str(refused.value)
    assert str(refused.value).endswith((".", ")."))


def test_a_site_cannot_replace_a_mapping_that_comes_with_daybreak(tmp_path):
    with pytest.raises(MappingError, match="comes with Daybreak"):
        read_folder(written(tmp_path, f"codes: [{ROW}]", "generic"))
    with pytest.raises(MappingError, match="There is no folder"):
        read_folder(tmp_path / "nowhere")
