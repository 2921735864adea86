"""HL7 v2 messages from bedside monitors (ORU^R01): reading, acknowledging, and writing them for a simulation."""

from daybreak.formats.hl7v2.mapping import MonitorMapping, generic_mapping
from daybreak.formats.hl7v2.messages import MonitorMessage, MonitorReading, UnknownCode, UnreadableMessage
from daybreak.formats.hl7v2.reading import parse_oru
from daybreak.formats.hl7v2.writing import Acknowledgement, acknowledge, build_oru

__all__ = [
    "Acknowledgement",
    "MonitorMapping",
    "MonitorMessage",
    "MonitorReading",
    "UnknownCode",
    "UnreadableMessage",
    "acknowledge",
    "build_oru",
    "generic_mapping",
    "parse_oru",
]
