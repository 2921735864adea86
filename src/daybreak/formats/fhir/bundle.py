"""The bundle as a container: its entries, its one patient, and who each entry is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from daybreak.formats.fhir.accessors import raw_text, record, records
from daybreak.formats.fhir.intake import RefusedBundle, shown
from daybreak.formats.fhir.release import other_release

_TYPES = ("transaction", "collection", "document", "searchset", "batch")


_TYPE_NAME = re.compile(r"[A-Za-z]{1,60}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `number` counts from 1. `resource` is empty when the entry holds none."""

    number: int
    full_url: str
    resource: dict[str, Any]

    @property
    def kind(self) -> str:
        """The resource's type; "" where it has none, or none that could be a name."""
        kind = raw_text(self.resource, "resourceType")
        return kind if _TYPE_NAME.fullmatch(kind) else ""


def open_bundle(parsed: dict[str, Any], max_entries: int) -> list[Entry]:
    """The entries of a Bundle.

    Raises:
        RefusedBundle: if it is no Bundle, of a type that is no patient record, empty, too long, or not R4.
    """
    kind = raw_text(parsed, "resourceType")
    if kind != "Bundle":
        said = f"a FHIR {shown(kind)}" if kind else "JSON without a resourceType"
        raise RefusedBundle(f"The file is {said}, not a Bundle. Ask the sender for a FHIR R4 Bundle.")
    bundle_type = raw_text(parsed, "type")
    if bundle_type not in _TYPES:
        raise RefusedBundle(
            f"A Bundle of type “{shown(bundle_type)}” is not a patient record. Types that are read: "
            f"{', '.join(_TYPES)}."
        )
    listed = parsed.get("entry")
    if not isinstance(listed, list) or not listed:
        raise RefusedBundle("The Bundle has no entries. Ask the sender to send it again.")
    if len(listed) > max_entries:
        raise RefusedBundle(f"The Bundle has {len(listed):,} entries; at most {max_entries:,} are read.")
    _refuse_other_release(0, parsed)
    entries = [_entry(number, item) for number, item in enumerate(listed, start=1)]
    for entry in entries:
        _refuse_other_release(entry.number, entry.resource)
    return entries


def _entry(number: int, item: Any) -> Entry:
    return Entry(number, raw_text(item, "fullUrl"), record(item, "resource"))


def _refuse_other_release(number: int, resource: dict[str, Any]) -> None:
    if release := other_release(resource):
        where = f"entry {number:,}, {shown(raw_text(resource, 'resourceType'))}" if number else "its header"
        raise RefusedBundle(
            f"The Bundle is written in FHIR {release} ({where}). Daybreak reads R4: ask the sender for that."
        )


def is_incomplete(parsed: dict[str, Any]) -> bool:
    """Whether this is one page of a longer search result."""
    return any(raw_text(link, "relation") == "next" for link in records(parsed, "link"))


def is_about(entry: Entry, patients: list[Entry]) -> bool:
    """Whether the entry names one of these Patient entries as its subject, or names nobody."""
    subject = record(entry.resource, "subject") or record(entry.resource, "patient")
    reference = raw_text(subject, "reference").split("/_history/")[0]
    if reference.startswith("Patient?identifier="):
        named = {reference.removeprefix("Patient?identifier=")}
        return any(named & set(_identifiers(patient.resource)) for patient in patients)
    if not reference:
        pair = record(subject, "identifier")
        token = f"{raw_text(pair, 'system')}|{raw_text(pair, 'value')}"
        return not pair or any(token in _identifiers(patient.resource) for patient in patients)
    # An absolute reference counts for a patient whose own server is not named.
    return any(reference in _names_of(patient) for patient in patients) or any(
        reference.endswith(f"/Patient/{raw_text(patient.resource, 'id')}")
        for patient in patients
        if raw_text(patient.resource, "id") and not patient.full_url.startswith("http")
    )


def by_reference(entries: list[Entry], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of one kind by every way another entry may refer to them."""
    return {name: entry.resource for entry in entries if entry.kind == kind for name in _names_of(entry)}


def _names_of(entry: Entry) -> set[str]:
    identity = raw_text(entry.resource, "id")
    return {name for name in (entry.full_url, f"{entry.kind}/{identity}" if identity else "") if name}


def _identifiers(patient: dict[str, Any]) -> Iterator[str]:
    for item in records(patient, "identifier"):
        yield f"{raw_text(item, 'system')}|{raw_text(item, 'value')}"
