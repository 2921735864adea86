"""Lenient typed reads from parsed JSON: a wrong shape reads as absent, never as an exception."""

import math
import re
from datetime import UTC, datetime
from typing import Any

from daybreak.formats.fhir.understood import Coding, Precision, When

MAX_TEXT = 1000  # characters kept of one text; longer ones are cut with an ellipsis

_WHEN = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(?P<time>T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


def record(value: Any, key: str) -> dict[str, Any]:
    """The object under a key; empty if there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def records(value: Any, key: str) -> list[dict[str, Any]]:
    """The objects of the list under a key; empty if there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def raw_text(value: Any, key: str) -> str:
    """The text under a key exactly as sent; "" if there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def text(value: Any, key: str) -> str:
    """The text under a key, on one line, printable, at most `MAX_TEXT` long; "" if there is none."""
    return clean(raw_text(value, key))


def texts(value: Any, key: str) -> list[str]:
    """The texts of the list under a key, exactly as sent."""
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def clean(value: str) -> str:
    """One printable line: control characters, lone surrogates and odd spaces become single spaces."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def number(value: Any, key: str) -> float | None:
    """The finite number under a key. Text is no number, nor are true and false."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return float(found) if math.isfinite(found) else None
    except OverflowError:
        return None


def when(value: Any, *keys: str) -> When | None:
    """The first FHIR date, dateTime or Period (its start) that can be read under these keys."""
    for key in keys:
        sent = raw_text(value, key) or raw_text(record(value, key), "start")
        if found := parse_when(sent):
            return found
    return None


def parse_when(sent: str) -> When | None:
    """A FHIR date or dateTime; None if it is neither or no such day exists."""
    match = _WHEN.fullmatch(sent)
    if not match:
        return None
    try:
        if match["time"]:
            start = datetime.fromisoformat(sent)
            start = start if start.tzinfo else start.replace(tzinfo=UTC)
            start.astimezone(UTC)  # a moment that UTC cannot hold cannot be kept
            return When(start, Precision.INSTANT)
        year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
        start = datetime(year, month, day, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    if match["day"]:
        return When(start, Precision.DAY)
    return When(start, Precision.MONTH if match["month"] else Precision.YEAR)


def codings(concept: dict[str, Any]) -> tuple[Coding, ...]:
    """The codes of a CodeableConcept that have a code."""
    found = (Coding(text(item, "system"), text(item, "code")) for item in records(concept, "coding"))
    return tuple(coding for coding in found if coding.code)


def concept_text(concept: dict[str, Any]) -> str:
    """The words of a CodeableConcept: its text, else a display, else a code; "" if it has none."""
    displays = (text(item, key) for key in ("display", "code") for item in records(concept, "coding"))
    return text(concept, "text") or next((words for words in displays if words), "")


def code_of(concept: dict[str, Any]) -> str:
    """The first code of a CodeableConcept, for FHIR's own short status lists."""
    return next((coding.code for coding in codings(concept)), "")
