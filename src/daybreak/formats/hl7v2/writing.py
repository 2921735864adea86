"""To a monitor: the acknowledgement. From a simulated monitor: the message."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from daybreak.formats.hl7v2.mapping import MonitorMapping
from daybreak.formats.hl7v2.syntax import Delimiters, write_time
from daybreak.treatment.vitals import Vital

VERSION = "2.6"  # where the sender names none
_MAX_FIELD = 200  # characters of the sender's header that are echoed


class Acknowledgement(StrEnum):
    """MSA-1, HL7 table 0008."""

    ACCEPTED = "AA"
    ERROR = "AE"  # understood but could not be taken; may be sent again
    REJECTED = "AR"  # not understood; sending it again will not help


def acknowledge(raw: bytes, code: Acknowledgement, text: str = "", *, at: datetime) -> bytes:
    """The ACK for any bytes, readable or not, without its MLLP frame.

    What the sender's header holds is echoed (who, trigger event, control id, processing id, version); what
    it lacks stays empty. `at` is the time of the acknowledgement, timezone-aware.

    Raises:
        ValueError: if `at` has no timezone.
    """
    delimiters, fields = _header(raw)

    def echo(number: int) -> str:
        return fields[number - 1][:_MAX_FIELD] if number <= len(fields) else ""

    trigger = echo(9).split(delimiters.component)[1:2]
    kind = delimiters.component.join(("ACK", *trigger, "ACK") if trigger else ("ACK",))
    stamp, control_id = write_time(at), echo(10)
    header = ["MSH", delimiters.encoding_characters, echo(5), echo(6), echo(3), echo(4), stamp, ""]
    header += [kind, f"A{control_id}", echo(11) or "P", echo(12) or VERSION, *[""] * 5, "UNICODE UTF-8"]
    answer = ["MSA", code, control_id, delimiters.write(text)]
    lines = (delimiters.field.join(parts).rstrip(delimiters.field) for parts in (header, answer))
    return "".join(f"{line}\r" for line in lines).encode()


def _header(raw: bytes) -> tuple[Delimiters, list[str]]:
    """The delimiters and fields of MSH, the field at index n being MSH-(n+1); empty for what is no header."""
    lines = raw.lstrip()[:4000].splitlines()
    line = lines[0].decode("utf-8", errors="replace") if lines else ""
    delimiters = Delimiters.of_header(line) if line.startswith("MSH") else None
    if delimiters is None:
        return Delimiters(), []
    printable = "".join(letter if letter.isprintable() else " " for letter in line)
    return delimiters, [delimiters.field, *printable.split(delimiters.field)[1:]]


def build_oru(
    values: Mapping[Vital, float | None],
    *,
    mapping: MonitorMapping,
    at: datetime,
    control_id: str,
    device_id: str,
    patient_id: str = "",
    bed: str = "",
    fine: bool = False,
) -> bytes:
    """An ORU^R01 as a bedside monitor sends it, in the shape of IHE PCD-01, without its MLLP frame.

    The same arguments give the same bytes. A value of None is sent as "could not be measured".

    Args:
        values: what is measured, in the units of `UNITS`.
        mapping: gives the preferred code and the unit code of each vital sign.
        at: the time of measurement. Timezone-aware.
        fine: write it to a ten-thousandth of a second, not to the second.

    Raises:
        KeyError: if the mapping has no code for a vital sign.
        ValueError: if `at` has no timezone.
    """
    write, stamp = Delimiters().write, write_time(at, fine=fine)
    device = f"{write(device_id)}^SIMULATED"
    segments = [
        f"MSH|^~\\&|DAYBREAK_SIMULATOR^{device}||||{stamp}||ORU^R01^ORU_R01|{write(control_id)}|P|{VERSION}"
        "||||||UNICODE UTF-8",
        f"PID|||{write(patient_id)}",
        f"PV1||O|^^{write(bed)}",
        f"OBR|1|||182777000^^SCT|||{stamp}",
    ]
    for number, (vital, value) in enumerate(values.items(), start=1):
        code = mapping.code_for(vital)
        unit = next((each for each in mapping.units if each.name == code.unit), None)
        units = f"{unit.code}^{unit.name}^MDC" if unit else code.unit
        result = ("", "X") if value is None else (f"{value:.10g}", "R")
        segments.append(
            f"OBX|{number}|NM|{code.code}^{code.name}^{code.system}|1.0.0.{number}|{result[0]}|{units}|||||"
            f"{result[1]}|||{stamp}||||{device}"
        )
    return "".join(f"{segment}\r" for segment in segments).encode()
