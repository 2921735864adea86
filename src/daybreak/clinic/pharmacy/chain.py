"""The chain of entries: each holds the hash of the one before and of its own content, one chain for each site.

Whoever changes, removes, inserts or reorders a row behind the application's back breaks it. A whole chain could be
computed anew, or its end cut off: so each hash also stands in the audit trail, and the last one on every count
sheet, where it can be compared by hand.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from daybreak.clinic.pharmacy.models import NOTHING_BEFORE, LedgerEntry, Lot, StorageLocation, Use
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import AuditEntry, Site

AUDITED = "drug ledger"
AT_A_TIME = 2000
_RELATED = ("lot__formulation", "from_location", "to_location", "counted_in", "use")


def alone_in(site: Site) -> None:
    """Wait until nobody else writes in this site's account, and hold it to the end of the transaction.

    SQLite's transactions exclude each other anyway; PostgreSQL locks the row of the site, which hinders no reader
    and nobody who only refers to the site.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


@transaction.atomic
def append(site: Site, actor: Actor, kind: LedgerEntry.Kind, micrograms: int, **fields: Any) -> LedgerEntry:
    """Append one entry to the chain of this site, and its hash to the audit trail."""
    alone_in(site)
    last = LedgerEntry.objects.filter(site=site).order_by("-number").values("number", "hash").first()
    fields.setdefault("occurred_at", actor.now)
    entry = LedgerEntry(
        site=site,
        number=last["number"] + 1 if last else 1,
        previous_hash=last["hash"] if last else NOTHING_BEFORE,
        kind=kind,
        micrograms=micrograms,
        **fields,
        **actor.stamp,
    )
    entry.hash = digest(entry)
    entry.save(force_insert=True)
    patient = entry.use.patient if entry.use else None
    audit.record(
        actor, AUDITED, patient=patient, subject=entry.pk, site=str(site.pk), number=entry.number, hash=entry.hash,
        kind=str(kind), micrograms=micrograms,
    )  # fmt: skip
    return entry


def digest(entry: LedgerEntry) -> str:
    """SHA-256 of an entry's content as canonical JSON. The entry's lot, places and use count as what they say."""
    return digest_of(_content(entry))


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 of a content as canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(entry: LedgerEntry) -> dict[str, Any]:
    own = {
        field.attname: getattr(entry, field.attname)
        for field in LedgerEntry._meta.concrete_fields
        if field.attname != "hash"
    }
    return own | {
        "lot": _lot(entry.lot),
        "from": _place(entry.from_location),
        "to": _place(entry.to_location),
        "in": _place(entry.counted_in),
        "use": _use(entry.use),
    }


def _lot(lot: Lot | None) -> list[Any] | None:
    if lot is None:
        return None
    what = lot.formulation
    holds = [what.drug, what.container, what.micrograms_each, what.microlitres_each, what.product_code]
    return [lot.number, lot.expires_on, lot.patient_id, lot.use_by, *holds]


def _place(location: StorageLocation | None) -> str | None:
    return location.name if location else None


def _use(use: Use | None) -> list[Any] | None:
    return [use.patient_id, use.label, use.drug, use.opened_at] if use else None


def _plain(value: object) -> str:
    """A value as text that reads the same before it is stored and after, on either database."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (UUID, date)):
        return str(value)
    raise TypeError(f"{value!r} has no canonical form")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a chain found. `bad` numbers the first entry that is not as it was written; None: all are."""

    site: Site
    entries: int
    last_hash: str
    bad: int | None = None
    sentence: str = ""

    @property
    def holds(self) -> bool:
        return self.bad is None


def verify(site: Site, printed: tuple[int, str] | None = None) -> Verdict:
    """Go through a site's chain from its first entry to its last.

    Args:
        printed: number and hash (or its beginning) from a count sheet.
    """
    audited = _audited(site)
    expected, before, last = 1, NOTHING_BEFORE, 0
    for entry in _entries(site):
        problem = _problem(entry, expected, before, audited)
        if problem:
            return Verdict(site, last, before, min(expected, entry.number), problem)
        expected, before, last = entry.number + 1, entry.hash, entry.number
        if printed and printed[0] == entry.number and not entry.hash.startswith(printed[1]):
            return Verdict(site, last, before, entry.number, "its hash is not the one on the sheet")
    known = max([*audited, printed[0] if printed else 0])
    if known > last:
        return Verdict(site, last, before, last + 1, f"it and what follows, to entry {known}, are gone from the end")
    return Verdict(site, last, before)


def _entries(site: Site) -> Iterator[LedgerEntry]:
    rows = LedgerEntry.objects.filter(site=site).select_related(*_RELATED).order_by("number", "recorded_at")
    return rows.iterator(chunk_size=AT_A_TIME)


def _audited(site: Site) -> dict[int, str]:
    rows = AuditEntry.objects.filter(action=AUDITED, detail__site=str(site.pk)).order_by("at")
    return {detail["number"]: detail["hash"] for detail in rows.values_list("detail", flat=True).iterator()}


def _problem(entry: LedgerEntry, expected: int, before: str, audited: dict[int, str]) -> str:
    """What is wrong with this entry, as the end of a sentence about it; empty when nothing is."""
    if entry.number > expected:
        until = f" to {entry.number - 1}" if entry.number > expected + 1 else ""
        return f"it{until} is gone from the middle"
    if entry.number < expected:
        return "its number stands twice"
    if entry.previous_hash != before:
        return "it does not follow the entry before it"
    if entry.hash != digest(entry):
        return "its content is not what was written"
    if entry.number not in audited:
        return "the audit trail knows nothing of it"
    if entry.hash != audited[entry.number]:
        return "the audit trail holds another hash: it was written anew"
    return ""
