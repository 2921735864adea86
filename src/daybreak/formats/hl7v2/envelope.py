"""An ORU^R01 opened: its segments, who sent it and under which id; what it says is read in `reading`."""

import re
from dataclasses import dataclass
from typing import Any

import hl7  # type: ignore[import-untyped]

from daybreak.formats.hl7v2.messages import UnreadableMessage
from daybreak.formats.hl7v2.syntax import Delimiters

MAX_BYTES = 200_000  # a monitor sends a few thousand
MAX_SEGMENTS = 5_000
# MSH-18, HL7 table 0211
_CHARACTER_SETS = {
    "": "utf-8",
    "ASCII": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "8859/1": "latin-1",
}
PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,2})(?:\.(\d))?", re.ASCII)  # a segment, a field, perhaps a component


@dataclass(frozen=True, slots=True)
class Segment:
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


@dataclass(frozen=True, slots=True)
class Envelope:
    """The segments of one ORU^R01, its header first."""

    segments: tuple[Segment, ...]

    @property
    def header(self) -> Segment:
        return self.segments[0]

    @property
    def control_id(self) -> str:
        return self.header.text(10)

    def first(self, name: str) -> Segment:
        """The first segment of this name; an empty one where there is none."""
        empty = Segment((), self.header.delimiters)
        return next((segment for segment in self.segments if segment.name == name), empty)

    def device_id(self, place: str = "") -> str:
        """The name the monitor gives itself.

        Args:
            place: where a make writes it, as "ORC-18" or "PV1-3.3"; without it OBX-18, or else MSH-3.2.
        """
        if found := PLACE.fullmatch(place):
            segment, field, component = found.groups()
            return self.first(segment).text(int(field), int(component or 1))
        named = (segment.text(18) for segment in self.segments if segment.name == "OBX")
        return next(filter(None, named), "") or self.header.text(3, 2)


def open_oru(raw: bytes) -> Envelope:
    """Open one ORU^R01 without its MLLP frame.

    Raises:
        UnreadableMessage: if the bytes are none; nothing else is ever raised for what they hold.
    """
    envelope = Envelope(tuple(_segments(raw)))
    header = envelope.header
    if (header.text(9), header.text(9, 2)) != ("ORU", "R01"):
        raise UnreadableMessage(
            f"The message is {header.text(9)[:20]}^{header.text(9, 2)[:20]}. Only ORU^R01 is taken from monitors."
        )
    if not envelope.control_id:
        raise UnreadableMessage("The message has no control id (MSH-10), so it cannot be acknowledged by name.")
    return envelope


def _segments(raw: bytes) -> list[Segment]:
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
    return [Segment(segment, delimiters) for segment in hl7.parse("\r".join(lines))]


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
