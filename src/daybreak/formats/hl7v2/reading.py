"""From bytes to what a monitor measured."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

import hl7  # type: ignore[import-untyped]

from daybreak.formats.hl7v2.mapping import MappedCode, MonitorMapping
from daybreak.formats.hl7v2.messages import MonitorMessage, MonitorReading, UnknownCode, UnreadableMessage
from daybreak.formats.hl7v2.syntax import Delimiters, read_time
from daybreak.formats.units import convert
from daybreak.treatment.vitals import NAMES, UNITS, Vital

MAX_BYTES = 200_000  # a monitor sends a few thousand
MAX_SEGMENTS = 5_000
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{0,9})?", re.ASCII)
# MSH-18, HL7 table 0211
_CHARACTER_SETS = {
    "": "utf-8",
    "ASCII": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "8859/1": "latin-1",
}
# OBX-11, HL7 table 0085: results that hold no value to use
_NO_RESULT = {
    "D": "The monitor deleted this result.",
    "I": "The result is still to come.",
    "N": "It was not asked for.",
    "O": "It was ordered only.",
    "W": "The monitor sent it for a wrong patient.",
    "X": "The monitor could not measure it.",
}


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment, read by position as the HL7 chapters count, with the escapes undone."""

    parsed: Any
    delimiters: Delimiters

    @property
    def name(self) -> str:
        return str(self.parsed[0])

    def text(self, field: int, component: int = 1) -> str:
        """A component's first subcomponent, of the field's first repetition; "" where nothing is."""
        leaf: Any = self.parsed[field] if field < len(self.parsed) else ""
        for index in (0, component - 1, 0):
            if isinstance(leaf, str):
                return self.delimiters.read(leaf) if index == 0 else ""
            leaf = leaf[index] if index < len(leaf) else ""
        return self.delimiters.read(str(leaf))

    def repeats(self, field: int) -> bool:
        return field < len(self.parsed) and len(self.parsed[field]) > 1


def parse_oru(raw: bytes, mapping: MonitorMapping, *, zone: tzinfo, received_at: datetime) -> MonitorMessage:
    """What a monitor measured, from one ORU^R01 without its MLLP frame.

    Args:
        raw: the message.
        mapping: what this monitor's codes and units mean.
        zone: the zone of times sent without an offset.
        received_at: the time of arrival, used where the message names no time. Timezone-aware.

    Raises:
        UnreadableMessage: if the bytes are no ORU^R01; nothing else is ever raised for what they hold.
    """
    segments, delimiters = _segments(raw)
    header = segments[0]
    if (header.text(9), header.text(9, 2)) != ("ORU", "R01"):
        raise UnreadableMessage(
            f"The message is {header.text(9)[:20]}^{header.text(9, 2)[:20]}. Only ORU^R01 is taken from monitors."
        )
    if not header.text(10):
        raise UnreadableMessage("The message has no control id (MSH-10), so it cannot be acknowledged by name.")
    clock = _Clock(zone, received_at, header.text(7))
    observations = list(_observations(segments, clock))
    first = {segment.name: segment for segment in reversed(segments)}
    nothing = _Segment((), delimiters)
    patient, visit = first.get("PID", nothing), first.get("PV1", nothing)
    devices = (segment.text(18) for segment, _ in observations)
    return MonitorMessage(
        control_id=header.text(10),
        sending_application=header.text(3),
        sending_facility=header.text(4),
        device_id=next(filter(None, devices), "") or header.text(3, 2),
        patient_id=patient.text(3),
        visit_id=visit.text(19),
        location=" ".join(filter(None, (visit.text(3, component) for component in (1, 2, 3)))),
        bed=visit.text(3, 3),
        readings=_preferred(_readings(observations, mapping), mapping),
        unknown=tuple(dict.fromkeys(_unknown(observations, mapping))),
    )


def _segments(raw: bytes) -> tuple[list[_Segment], Delimiters]:
    """The segments, MSH first."""
    if len(raw) > MAX_BYTES:
        raise UnreadableMessage(f"The message has {len(raw):,} bytes; at most {MAX_BYTES:,} are read.")
    if not raw.strip():
        raise UnreadableMessage("The message is empty.")
    text = _decode(raw).replace("\n", "\r")
    lines = [line.strip() for line in text.split("\r") if line.strip()]
    delimiters = Delimiters.of_header(lines[0]) if lines and lines[0].startswith("MSH") else None
    if delimiters is None:
        raise UnreadableMessage("The message does not begin with an HL7 v2 header (MSH|^~\\&|).")
    if len(lines) > MAX_SEGMENTS:
        raise UnreadableMessage(f"The message has {len(lines):,} segments; at most {MAX_SEGMENTS:,} are read.")
    if any(line.startswith(("MSH", "BHS", "FHS")) for line in lines[1:]):
        raise UnreadableMessage("The bytes hold more than one message. Send each in its own frame.")
    parsed = hl7.parse("\r".join(lines))
    return [_Segment(segment, delimiters) for segment in parsed], delimiters


def _decode(raw: bytes) -> str:
    header = raw.lstrip()[:1000].splitlines()[0].decode("latin-1")
    fields = header.split(header[3:4] or "|")
    named = fields[17].strip() if len(fields) > 17 else ""
    if named not in _CHARACTER_SETS:
        raise UnreadableMessage(f"The character set “{named[:20]}” (MSH-18) is not one that is read: use UTF-8.")
    try:
        return raw.decode(_CHARACTER_SETS[named])
    except UnicodeDecodeError as error:
        raise UnreadableMessage(f"Byte {error.start + 1:,} of the message is not UTF-8.") from None


@dataclass(frozen=True, slots=True)
class _Time:
    """When something was measured, who said so, and what was wrong with a time that could not be read."""

    at: datetime
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Clock:
    zone: tzinfo
    received_at: datetime
    message_time: str

    def of(self, observation: str, order: str) -> _Time:
        """The time of an OBX. A time that is sent but cannot be read makes its value unusable."""
        sent = (("OBX-14", observation), ("OBR-7", order), ("MSH-7", self.message_time))
        reason = ""
        for source, text in sent:
            if at := read_time(text, self.zone):
                return _Time(at, source, reason)
            if text and not reason:
                reason = f"Its time “{text[:30]}” ({source}) cannot be read."
        return _Time(self.received_at, "arrival", reason)


_Observation = tuple[_Segment, _Time]


def _observations(segments: list[_Segment], clock: _Clock) -> Iterator[_Observation]:
    order_time = ""
    for segment in segments:
        if segment.name == "OBR":
            order_time = segment.text(7)
        elif segment.name == "OBX":
            yield segment, clock.of(segment.text(14), order_time)


def _mapped(segment: _Segment, mapping: MonitorMapping) -> MappedCode | None:
    """The meaning of OBX-3, by its code or else by its alternate code."""
    return mapping.find(segment.text(3, 3), segment.text(3, 1)) or mapping.find(segment.text(3, 6), segment.text(3, 4))


def _readings(observations: list[_Observation], mapping: MonitorMapping) -> Iterator[MonitorReading]:
    for segment, time in observations:
        if code := _mapped(segment, mapping):
            value, reason = _value(segment, code, mapping)
            yield MonitorReading(
                vital=code.vital,
                value=None if time.reason else value,
                at=time.at,
                time_from=time.source,
                code=code.code,
                system=code.system,
                sent_value=segment.text(5)[:40],
                sent_unit=_unit_words(segment),
                status=segment.text(11)[:5],
                reason=reason or time.reason,
            )


def _unit_words(segment: _Segment) -> str:
    """The unit as sent, by its name where its code is a bare number."""
    code, name = segment.text(6), segment.text(6, 2)
    return (name if name and (not code or code.isdigit()) else code)[:40]


def _value(segment: _Segment, code: MappedCode, mapping: MonitorMapping) -> tuple[float | None, str]:
    """The value in the unit of its vital sign, or None and why."""
    sent = segment.text(5)
    names = [segment.text(3, 2), segment.text(3, 5)]
    if any(name.startswith("MDC_") and code.system == "MDC" and name != code.name for name in names):
        return None, f"Code {code.code} is {code.name}, but it was sent under the name {names[0][:40]}."
    if why := _NO_RESULT.get(segment.text(11)):
        return None, why
    if not sent:
        return None, "No value was sent."
    if segment.repeats(5) or segment.text(5, 2) or not _NUMBER.fullmatch(sent):
        return None, f"“{sent[:40]}” is not one number."
    number = float(sent)
    if number in mapping.no_measurement:
        return None, f"{sent} is what monitors send when they have no measurement."
    if number < 0:
        return None, f"{sent} is below zero, which no {NAMES[code.vital].lower()} is."
    units = [unit for unit in (segment.text(6), segment.text(6, 2)) if unit]
    if not units:
        return None, "No unit was sent."
    values = (convert(code.vital, number, mapping.ucum(unit)) for unit in units)
    value = next((each for each in values if each is not None), None)
    if value is None:
        return None, f"The unit “{units[0][:40]}” cannot be read as {UNITS[code.vital]}."
    return value, ""


def _preferred(readings: Iterable[MonitorReading], mapping: MonitorMapping) -> tuple[MonitorReading, ...]:
    """The readings, each vital sign preferred once for each time: a value before none, then by the mapping."""
    rank = {(code.system, code.code): code.rank for code in mapping.codes}
    listed = list(readings)
    best: dict[tuple[Vital, datetime], MonitorReading] = {}
    for reading in sorted(listed, key=lambda each: (each.value is None, rank[each.system, each.code])):
        best.setdefault((reading.vital, reading.at), reading)
    return tuple(replace(each, preferred=best[each.vital, each.at] is each) for each in listed)


def _unknown(observations: list[_Observation], mapping: MonitorMapping) -> Iterator[UnknownCode]:
    for segment, _ in observations:
        # A row without value names a part of the device (IHE PCD-01), not a measurement.
        if segment.text(5) and _mapped(segment, mapping) is None:
            yield UnknownCode(
                code=segment.text(3)[:60],
                name=segment.text(3, 2)[:60],
                system=segment.text(3, 3)[:20],
                value=segment.text(5)[:40],
                unit=_unit_words(segment),
            )
