"""What is kept beside the entries: counts, cases, what was found out about them, recalls. An entry notes each.

The entry holds the paper's own hash and moves nothing; the chain guards the entry, and so the paper.
"""

from typing import Any, TypeAlias

from daybreak.clinic.pharmacy import chain
from daybreak.clinic.pharmacy.models import Count, Discrepancy, DiscrepancyEvent, LedgerEntry, LotRecall
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site

Paper: TypeAlias = Count | Discrepancy | DiscrepancyEvent | LotRecall
# Each kind, and where it names its site.
SITE_OF: dict[type[Paper], str] = {
    Count: "site",
    Discrepancy: "site",
    DiscrepancyEvent: "discrepancy__site",
    LotRecall: "lot__formulation__site",
}


def keep(paper: Paper, site: Site, actor: Actor, **stamp: Any) -> None:
    """Save a new paper and append the entry that notes it."""
    paper.save(force_insert=True)
    chain.append(
        site, actor, LedgerEntry.Kind.NOTED, 0, document=_name(paper), words=chain.digest_of(content(paper)), **stamp
    )


def content(paper: Paper) -> dict[str, Any]:
    """Every column of a paper."""
    return {field.attname: getattr(paper, field.attname) for field in paper._meta.concrete_fields}


def _name(paper: Paper) -> str:
    return f"{paper._meta.verbose_name} {paper.pk}"


def problem(site: Site) -> str:
    """What is wrong with the first paper that is not as it was noted, as a sentence; empty when all are.

    A paper from before there were such entries is not looked at: nothing was noted of it.
    """
    noted = LedgerEntry.objects.filter(site=site, kind=LedgerEntry.Kind.NOTED).order_by("number")
    entries = {entry.document: entry for entry in noted.iterator(chunk_size=chain.AT_A_TIME)}
    if not entries:
        return ""
    since = next(iter(entries.values())).recorded_at
    found: list[tuple[int, str]] = []
    for kind, place in SITE_OF.items():
        for paper in kind.objects.filter(**{place: site}).iterator(chunk_size=chain.AT_A_TIME):
            entry = entries.pop(_name(paper), None)
            if entry is None and paper.recorded_at >= since:
                found.append((0, f"No entry notes the {_name(paper)}."))
            elif entry is not None and entry.words != chain.digest_of(content(paper)):
                found.append((entry.number, f"The {entry.document}, noted by entry {entry.number}, was changed."))
    for entry in entries.values():
        found.append((entry.number, f"The {entry.document}, noted by entry {entry.number}, is gone."))
    return min(found, default=(0, ""))[1]
