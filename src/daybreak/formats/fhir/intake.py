"""From bytes to checked JSON: what may be parsed at all.

Every check that guards the parser runs before the parser: size before reading, depth before `json.loads`.
"""

import hashlib
import json
import re
from itertools import accumulate
from typing import Any, BinaryIO

_MEGABYTE = 1_000_000
# A string, closed or running to the end of the file. Possessive, so that no file makes it slow.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


class RefusedBundle(ValueError):
    """A file that cannot be a referral. The message is a sentence: what is wrong and what to do."""


def read_bytes(source: bytes | BinaryIO, max_bytes: int) -> bytes:
    """The file's bytes, never more than `max_bytes` of them in memory.

    Raises:
        RefusedBundle: if the file is empty or larger.
    """
    data = source if isinstance(source, bytes) else source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise RefusedBundle(
            f"The file is larger than {max_bytes / _MEGABYTE:g} MB and was not opened. "
            "Ask the sender for this one patient's record only."
        )
    if not data.strip():
        raise RefusedBundle("The file is empty. Ask the sender to send it again.")
    return data


def sha256(data: bytes) -> str:
    """The fingerprint by which the same file is known again."""
    return hashlib.sha256(data).hexdigest()


def depth(data: bytes) -> int:
    """How deep brackets nest in JSON text, outside its strings."""
    brackets = _STRING.sub(b"", data).translate(None, delete=_NOT_A_BRACKET)
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)


def parse(data: bytes, max_depth: int) -> dict[str, Any]:
    """The JSON object in the file.

    Raises:
        RefusedBundle: if it is not UTF-8, not JSON, cut off, nested too deep, ambiguous, or not an object.
    """
    text = _decode(data)
    if depth(data) > max_depth:
        raise RefusedBundle(
            f"The file nests more than {max_depth} levels deep, which no FHIR record does. It was not read."
        )
    try:
        parsed = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RefusedBundle:
        raise
    except json.JSONDecodeError as error:
        raise RefusedBundle(_not_json(text, error)) from None
    except ValueError:  # the parser's own limit on the digits of one number
        raise RefusedBundle("The file holds a number with thousands of digits. It was not read.") from None
    if not isinstance(parsed, dict):
        raise RefusedBundle("The file is JSON but not a FHIR resource. Send a FHIR R4 Bundle.")
    return parsed


def _decode(data: bytes) -> str:
    start = data.lstrip()[:5]
    if start.startswith(b"<"):
        raise RefusedBundle("The file is XML or HTML. Daybreak reads FHIR R4 as JSON: ask the sender for that.")
    if start[:2] in (b"\x1f\x8b", b"PK"):
        raise RefusedBundle("The file is compressed. Unpack it first, then upload the .json file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedBundle(
            f"The file is not UTF-8 text (byte {error.start + 1:,} cannot be read). "
            "FHIR JSON is always UTF-8: ask the sender to send it again."
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise RefusedBundle(f'The file says "{shown(twice)}" twice in one place, so its meaning is unclear. Not read.')
    return found


def _constant(word: str) -> None:
    raise RefusedBundle(f'The file holds "{word}" where a number belongs, which is not JSON. Not read.')


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    whole = text.rstrip()
    if error.msg.startswith("Unterminated") or error.pos >= len(whole) - 4:
        return (
            f"The file ends in the middle, at line {whole.count(chr(10)) + 1:,} after {len(whole):,} "
            "characters: it was cut off on the way. Ask the sender to send it again."
        )
    if error.msg.startswith("Extra data"):
        return (
            f"The file holds more than one JSON document (the second starts on line {error.lineno:,}). "
            "Send one Bundle for one patient."
        )
    return (
        f"The file is not JSON: it breaks at line {error.lineno:,}, column {error.colno:,}. "
        "Send a FHIR R4 Bundle as JSON."
    )


def shown(value: str, limit: int = 40) -> str:
    """A value from the file, short and printable, for use inside a sentence."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in value)
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"
