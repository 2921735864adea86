"""HL7 v2 messages from bedside monitors (ORU^R01): reading, acknowledging, and writing them for a simulation."""

from daybreak.formats.hl7v2.envelope import Envelope, open_oru
from daybreak.formats.hl7v2.mapping import (
    GENERIC,
    MappingError,
    MonitorMapping,
    generic_mapping,
    read_folder,
    shipped_mappings,
)
from daybreak.formats.hl7v2.messages import MonitorMessage, MonitorReading, UnknownCode, UnreadableMessage
from daybreak.formats.hl7v2.reading import parse_oru, read_oru
from daybreak.formats.hl7v2.writing import Acknowledgement, acknowledge, build_oru

__all__ = [
    "GENERIC",
    "Acknowledgement",
    "Envelope",
    "MappingError",
    "MonitorMapping",
    "MonitorMessage",
    "MonitorReading",
    "UnknownCode",
    "UnreadableMessage",
    "acknowledge",
    "build_oru",
    "generic_mapping",
    "open_oru",
    "parse_oru",
    "read_folder",
    "read_oru",
    "shipped_mappings",
]
