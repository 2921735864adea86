"""The syntax of HL7 v2: delimiters, escapes, times. Structure is split by python-hl7.

Escapes are undone here and not by python-hl7, which repeats a formatting escape as often as the message
asks (`\\.sp999999999\\` fills the memory).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?(?:([+-])(\d\d)(\d\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The five characters that structure a message."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @classmethod
    def of_header(cls, header: str) -> "Delimiters | None":
        """The delimiters a header `MSH|^~\\&|` declares; None unless they are five different punctuation marks."""
        declared = header[3:8]
        ends = header[8:9] in ("", header[3:4]) or header[9:10] == header[3:4]  # a sixth, of v2.7, may follow
        if len(declared) == 5 and len(set(declared)) == 5 and set(declared) <= _PUNCTUATION and ends:
            return cls(*declared)
        return None

    def __str__(self) -> str:
        return self.field + self.encoding_characters

    @property
    def encoding_characters(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent

    def write(self, text: str) -> str:
        """Text made safe inside a field: delimiters escaped, control characters replaced by spaces."""
        letters = {
            self.field: "F",
            self.component: "S",
            self.subcomponent: "T",
            self.repetition: "R",
            self.escape: "E",
        }
        escaped = (f"{self.escape}{letters[c]}{self.escape}" if c in letters else c for c in text)
        return "".join(c if c.isprintable() else " " for c in "".join(escaped))

    def read(self, text: str) -> str:
        """Text with its escapes undone; other escapes (highlight, hexadecimal) vanish. One printable line."""
        if self.escape not in text:
            return _printable(text)
        undone = {
            "F": self.field,
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
        }
        parts = text.split(self.escape)
        if len(parts) % 2 == 0:  # an odd escape character escapes nothing
            return _printable(text)
        return _printable("".join(p if i % 2 == 0 else undone.get(p, "") for i, p in enumerate(parts)))


def _printable(text: str) -> str:
    if text.isprintable():
        return text.strip()
    return "".join(c if c.isprintable() else " " for c in text).strip()


def read_time(sent: str, zone: tzinfo) -> datetime | None:
    """An HL7 time to the minute or finer, in its own offset or else in `zone`; None if it is none."""
    match = _TIME.fullmatch(sent)
    if match is None:
        return None
    *whole, fraction, sign, hours, minutes = match.groups()
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset >= timedelta(hours=24):
            return None
        zone = timezone(-offset if sign == "-" else offset)
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in whole)
        at = datetime(year, month, day, hour, minute, second, int((fraction or "").ljust(6, "0")), tzinfo=zone)
        at.astimezone(UTC)  # the first and last days of the calendar have no UTC
    except (ValueError, OverflowError):
        return None
    return at


def write_time(at: datetime, *, fine: bool = False) -> str:
    """An HL7 time to the second with its offset; `fine` to a ten-thousandth of it, the most HL7 has.

    Raises:
        ValueError: if the time has no timezone.
    """
    if at.utcoffset() is None:
        raise ValueError(f"{at} has no timezone.")
    fraction = f".{at.microsecond // 100:04}" if fine else ""
    return f"{at:%Y%m%d%H%M%S}{fraction}{at:%z}"
