"""From bytes to what a monitor measured."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from daybreak.formats.hl7v2.doubts import doubt
from daybreak.formats.hl7v2.envelope import Envelope, Segment, open_oru
from daybreak.formats.hl7v2.mapping import MappedCode, MonitorMapping
from daybreak.formats.hl7v2.messages import MonitorMessage, MonitorReading, UnknownCode
from daybreak.formats.hl7v2.syntax import read_time
from daybreak.formats.units import convert
from daybreak.treatment.artefacts import without_unit
from daybreak.treatment.vitals import NAMES, Vital, measured

_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{0,9})?", re.ASCII)
# OBX-11, HL7 table 0085: results that hold no value to use
_NO_RESULT = {
    "D": "The monitor deleted this result.",
    "I": "The result is still to come.",
    "N": "It was not asked for.",
    "O": "It was ordered only.",
    "W": "The monitor sent it for a wrong patient.",
    "X": "The monitor could not measure it.",
}


def parse_oru(raw: bytes, mapping: MonitorMapping, *, zone: tzinfo, received_at: datetime) -> MonitorMessage:
    """What a monitor measured, from one ORU^R01 without its MLLP frame: `open_oru`, then `read_oru`."""
    return read_oru(open_oru(raw), mapping, zone=zone, received_at=received_at)


def read_oru(envelope: Envelope, mapping: MonitorMapping, *, zone: tzinfo, received_at: datetime) -> MonitorMessage:
    """What a monitor measured. Nothing is raised, whatever the segments hold.

    Args:
        envelope: the opened message.
        mapping: what this monitor's codes and units mean, and where it writes its name.
        zone: the zone of times sent without an offset.
        received_at: the time of arrival, used where the message names no time. Timezone-aware.
    """
    header = envelope.header
    clock = _Clock(zone, received_at, header.text(7))
    observations = list(_observations(envelope.segments, clock))
    patient, visit = envelope.first("PID"), envelope.first("PV1")
    return MonitorMessage(
        control_id=envelope.control_id,
        sending_application=header.text(3),
        sending_facility=header.text(4),
        device_id=envelope.device_id(mapping.device),
        patient_id=patient.text(3),
        visit_id=visit.text(19),
        location=" ".join(filter(None, (visit.text(3, component) for component in (1, 2, 3)))),
        bed=visit.text(3, 3),
        sent_at=read_time(header.text(7), zone),
        readings=_preferred(_readings(observations, mapping), mapping),
        unknown=tuple(dict.fromkeys(_unknown(observations, mapping))),
    )


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


_Observation = tuple[Segment, _Time]


def _observations(segments: Iterable[Segment], clock: _Clock) -> Iterator[_Observation]:
    order_time = ""
    for segment in segments:
        if segment.name == "OBR":
            order_time = segment.text(7)
        elif segment.name == "OBX":
            yield segment, clock.of(segment.text(14), order_time)


def _mapped(segment: Segment, mapping: MonitorMapping) -> MappedCode | None:
    """The meaning of OBX-3, by its code or else by its alternate code."""
    return mapping.find(segment.text(3, 3), segment.text(3, 1)) or mapping.find(segment.text(3, 6), segment.text(3, 4))


def _readings(observations: list[_Observation], mapping: MonitorMapping) -> Iterator[MonitorReading]:
    for segment, time in observations:
        if code := _mapped(segment, mapping):
            value = _Value() if time.reason else _value(segment, code, mapping)
            yield MonitorReading(
                vital=code.vital,
                value=value.number,
                at=time.at,
                time_from=time.source,
                code=code.code,
                system=code.system,
                sent_value=segment.text(5)[:40],
                sent_unit=_unit_words(segment),
                status=segment.text(11)[:5],
                reason=value.reason or time.reason,
                doubt=value.doubt,
            )


def _unit_words(segment: Segment) -> str:
    """The unit as sent, by its name where its code is a bare number."""
    code, name = segment.text(6), segment.text(6, 2)
    return (name if name and (not code or code.isdigit()) else code)[:40]


@dataclass(frozen=True, slots=True)
class _Value:
    """A number in the unit of its vital sign; or as it was sent, and why it is in doubt; or none, and why."""

    number: float | None = None
    reason: str = ""
    doubt: str = ""


def _value(segment: Segment, code: MappedCode, mapping: MonitorMapping) -> _Value:
    sent = segment.text(5)
    names = [segment.text(3, 2), segment.text(3, 5)]
    if any(name.startswith("MDC_") and code.system == "MDC" and name != code.name for name in names):
        return _Value(reason=f"Code {code.code} is {code.name}, but it was sent under the name {names[0][:40]}.")
    if why := _NO_RESULT.get(segment.text(11)):
        return _Value(reason=why)
    if not sent:
        return _Value(reason="No value was sent.")
    if segment.repeats(5) or segment.text(5, 2) or not _NUMBER.fullmatch(sent):
        return _Value(reason=f"“{sent[:40]}” is not one number.")
    number = float(sent)
    if number in mapping.no_measurement:
        return _Value(reason=f"{sent} is what monitors send when they have no measurement.")
    if number < 0:
        return _Value(reason=f"{sent} is below zero, which no {NAMES[code.vital].lower()} is.")
    return _with_unit(segment, code.vital, number, mapping)


def _with_unit(segment: Segment, vital: Vital, number: float, mapping: MonitorMapping) -> _Value:
    """The number by the unit it names; as it was sent where there is none, or one that cannot be meant."""
    sent = [unit for unit in (segment.text(6), segment.text(6, 2)) if unit]
    if not sent:
        return _Value(number, doubt=without_unit(number))
    if number == 0:
        return _Value(number)  # no signal, in any unit
    for unit in map(mapping.ucum, sent):
        value = convert(vital, number, unit)
        if value is not None:
            why = doubt(vital, number, unit, value)
            is_as_sent = bool(why) or value == number
            # 24.5 kPa are 184 mmHg, not 183.766: what is shown is what is held against limits.
            return _Value(number if is_as_sent else measured(vital, value), doubt=why)
    return _Value(number, doubt=doubt(vital, number, _unit_words(segment), None))


def _preferred(readings: Iterable[MonitorReading], mapping: MonitorMapping) -> tuple[MonitorReading, ...]:
    """The readings, each vital sign preferred once for each time: a sound value before one in doubt, and that before
    none, then by the mapping."""
    rank = {(code.system, code.code): code.rank for code in mapping.codes}
    listed = list(readings)
    best: dict[tuple[Vital, datetime], MonitorReading] = {}
    for reading in sorted(
        listed, key=lambda each: (each.value is None, each.doubt != "", rank[each.system, each.code])
    ):
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
