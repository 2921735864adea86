"""The Patient resource."""

from datetime import date
from typing import Any

from daybreak.formats.fhir.accessors import (
    clean,
    concept_text,
    parse_when,
    raw_text,
    record,
    records,
    text,
    texts,
)
from daybreak.formats.fhir.intake import RefusedBundle, shown
from daybreak.formats.fhir.understood import Identifier, Person, Precision

OLDEST_YEARS = 125  # the longest documented human life is 122 years
MAX_NAME = 200  # characters
_NAME_USES = ("official", "usual", "", "temp", "nickname", "anonymous")  # never old or maiden


def read_person(patient: dict[str, Any], today: date) -> Person:
    """The person of a Patient resource.

    Raises:
        RefusedBundle: if there is no name, the birth date cannot be, or a field holds what no name or
            address holds (control characters, angle brackets).
    """
    family, given = _name(patient)
    languages = records(patient, "communication")
    spoken = [item for item in languages if item.get("preferred") is True] or languages
    language = record(spoken[0], "language") if spoken else {}
    code = next((text(coding, "code") for coding in records(language, "coding")), "")
    return Person(
        family=family,
        given=given,
        birth_date=_birth_date(raw_text(patient, "birthDate"), today),
        sex=text(patient, "gender"),
        identifiers=_identifiers(patient),
        deceased=patient.get("deceasedBoolean") is True or bool(raw_text(patient, "deceasedDateTime")),
        phone=_plain(_phone(patient), "phone number"),
        address=_plain(_address(patient), "address"),
        language=_plain(code or concept_text(language), "language"),
    )


def _name(patient: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    names = [name for name in records(patient, "name") if raw_text(name, "use") in _NAME_USES]
    names.sort(key=lambda name: _NAME_USES.index(raw_text(name, "use")))
    for name in names:
        family = _plain(raw_text(name, "family"), "family name")
        given = tuple(filter(None, (_plain(each, "given name") for each in texts(name, "given"))))
        if family or given:
            return family, given
        if whole := _plain(raw_text(name, "text"), "name"):
            return whole, ()
    raise RefusedBundle("The patient in this bundle has no name. Ask the sender for it.")


def _plain(value: str, field: str) -> str:
    """The value on one line.

    Raises:
        RefusedBundle: if it holds a control character or an angle bracket, or is longer than `MAX_NAME`.
    """
    line = value.replace("\r\n", " ").replace("\n", " ").replace("\t", " ") if field == "address" else value
    if any(letter in "<>" or not letter.isprintable() for letter in line):
        raise RefusedBundle(
            f"The {field} “{shown(value)}” holds characters that no {field} has (< or > or control "
            "characters). The file was not taken in: ask the sender to correct it."
        )
    if len(line) > MAX_NAME:
        raise RefusedBundle(
            f"The {field} “{shown(value)}” is {len(line):,} characters long; at most {MAX_NAME} are taken. "
            "Ask the sender to correct it."
        )
    return clean(line)


def _birth_date(sent: str, today: date) -> date | None:
    if not sent:
        return None
    found = parse_when(sent)
    if found is None or found.precision is Precision.INSTANT:
        raise RefusedBundle(f"The birth date “{shown(sent)}” is not a date. Ask the sender to correct it.")
    if found.day > today:
        raise RefusedBundle(f"The birth date {found} is in the future. Ask the sender to correct it.")
    if today.year - found.day.year > OLDEST_YEARS:
        raise RefusedBundle(
            f"The birth date {found} would make the patient {today.year - found.day.year} years old. "
            "Ask the sender to correct it."
        )
    return found.day if found.precision is Precision.DAY else None


def _identifiers(patient: dict[str, Any]) -> tuple[Identifier, ...]:
    found = (
        Identifier(
            system=_plain(raw_text(item, "system"), "identifier"),
            value=_plain(raw_text(item, "value"), "identifier"),
            kind=_plain(concept_text(record(item, "type")), "identifier"),
        )
        for item in records(patient, "identifier")
    )
    return tuple(identifier for identifier in found if identifier.value)


def _phone(patient: dict[str, Any]) -> str:
    numbers = [item for item in records(patient, "telecom") if raw_text(item, "system") in ("phone", "sms")]
    mobile_first = sorted(numbers, key=lambda item: raw_text(item, "use") != "mobile")
    return next((raw_text(item, "value") for item in mobile_first if raw_text(item, "use") != "old"), "")


def _address(patient: dict[str, Any]) -> str:
    for item in records(patient, "address"):
        if raw_text(item, "use") == "old":
            continue
        town = " ".join(filter(None, (raw_text(item, key) for key in ("state", "postalCode"))))
        parts = (*texts(item, "line"), raw_text(item, "city"), town, raw_text(item, "country"))
        return ", ".join(filter(None, parts)) or raw_text(item, "text")
    return ""
