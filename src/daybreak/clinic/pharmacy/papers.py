"""What is kept beside the entries: counts, cases, what was found out about them, recalls, and that a treatment day is
over, with what was planned for it. An entry notes each.

The entry holds the paper's own hash and moves nothing; the chain guards the entry, and so the paper.
"""

from datetime import datetime
from typing import Any, TypeAlias

from daybreak.clinic.pharmacy import chain
from daybreak.clinic.pharmacy.models import Count, Discrepancy, DiscrepancyEvent, LedgerEntry, LotRecall, Use, UseEnd
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site

Paper: TypeAlias = Count | Discrepancy | DiscrepancyEvent | LotRecall | UseEnd
# Each kind, and where it names its site.
SITE_OF: dict[type[Paper], str] = {
    Count: "site",
    Discrepancy: "site",
    DiscrepancyEvent: "discrepancy__site",
    LotRecall: "lot__formulation__site",
    UseEnd: "use__site",
}


def keep(paper: Paper, site: Site, actor: Actor, **stamp: Any) -> None:
    """Save a new paper and append the entry that notes it."""
    paper.save(force_insert=True)
    chain.append(
        site, actor, LedgerEntry.Kind.NOTED, 0, document=_name(paper), words=chain.digest_of(content(paper)), **stamp
    )


def content(paper: Paper) -> dict[str, Any]:
    """Every column of a paper; of the end of a treatment day also what the day was."""
    return _columns(paper) | ({"of": _columns(paper.use)} if isinstance(paper, UseEnd) else {})


def _columns(row: Paper | Use) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _name(paper: Paper) -> str:
    return f"{paper._meta.verbose_name} {paper.pk}"


_BESIDE: dict[type[Paper], tuple[str, ...]] = {
    DiscrepancyEvent: ("discrepancy",), LotRecall: ("lot",), UseEnd: ("use",),
}  # fmt: skip


def _newest_time(paper: Paper) -> datetime:
    """The newest time a paper tells of: it was not kept before what it is about."""
    about: dict[type[Paper], Any] = {
        Count: lambda: paper.counted_at,
        Discrepancy: lambda: paper.found_at,
        DiscrepancyEvent: lambda: paper.discrepancy.recorded_at,
        LotRecall: lambda: paper.lot.recorded_at,
        UseEnd: lambda: max(paper.at, paper.use.recorded_at),
    }
    return max(paper.recorded_at, about[type(paper)]())


def problem(site: Site) -> str:
    """What is wrong with the first paper that is not as it was noted, as a sentence; empty when all are.

    A paper from before there were such entries is not looked at: nothing was noted of it. When it was kept is not
    believed alone, since whoever puts one in can date it back.
    """
    noted = LedgerEntry.objects.filter(site=site, kind=LedgerEntry.Kind.NOTED).order_by("number")
    entries = {entry.document: entry for entry in noted.iterator(chunk_size=chain.AT_A_TIME)}
    if not entries:
        return ""
    since: datetime | None = next(iter(entries.values())).recorded_at
    of_ends = [entry.recorded_at for entry in entries.values() if entry.notes == UseEnd._meta.verbose_name]
    found: list[tuple[int, str]] = []
    for kind, place in SITE_OF.items():
        rows = kind.objects.filter(**{place: site}).select_related(*_BESIDE.get(kind, ()))
        if kind is UseEnd:  # noted since later than the others
            since = min(of_ends, default=None)
        for paper in rows.iterator(chunk_size=chain.AT_A_TIME):
            entry = entries.pop(_name(paper), None)
            if entry is None and since is not None and _newest_time(paper) >= since:
                found.append((0, f"No entry notes the {_name(paper)}."))
            elif entry is not None and entry.words != chain.digest_of(content(paper)):
                found.append((entry.number, f"The {entry.document}, noted by entry {entry.number}, was changed."))
    for entry in entries.values():
        found.append((entry.number, f"The {entry.document}, noted by entry {entry.number}, is gone."))
    return min(found, default=(0, ""))[1]
