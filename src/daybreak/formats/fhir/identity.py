"""Is this the same person? A suggestion for a human eye; nothing is ever merged by itself."""

import unicodedata
from enum import StrEnum

from daybreak.formats.fhir.understood import Person


class Match(StrEnum):
    """How two people compare."""

    IDENTIFIER = "identifier"  # one number of the same system in common
    NAME_AND_BIRTH_DATE = "name and birth date"
    CONFLICT = "conflict"  # a number in common, but other birth dates: someone must look
    NONE = "none"


def same_person(one: Person, other: Person) -> Match:
    """How these two compare. An identifier without a system names nobody and is not compared."""
    if _numbers(one) & _numbers(other):
        known = one.birth_date and other.birth_date
        return Match.CONFLICT if known and one.birth_date != other.birth_date else Match.IDENTIFIER
    key = name_and_birth_date_key(one)
    return Match.NAME_AND_BIRTH_DATE if key and key == name_and_birth_date_key(other) else Match.NONE


def name_and_birth_date_key(person: Person) -> str | None:
    """A text equal for two people of the same name and birth date; case and accents do not count.

    None without a birth date: a name alone suggests nobody.
    """
    if person.birth_date is None:
        return None
    return "|".join((_fold(person.family), _fold(" ".join(person.given)), person.birth_date.isoformat()))


def _numbers(person: Person) -> set[tuple[str, str]]:
    return {(each.system, each.value.strip()) for each in person.identifiers if each.system}


def _fold(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
