"""An entry that tells of before a count and is made after it: the count was taken without it.

Where it brings the count and the book closer together it may be what was missing, and the case of the count is told.
Where it sets them apart, either its time or the count is wrong: it is asked about, kept with a reason, and looked into.
"""

from datetime import datetime

from daybreak.clinic.pharmacy import papers, queries
from daybreak.clinic.pharmacy.models import DiscrepancyEvent, LedgerEntry, Lot, StorageLocation
from daybreak.clinic.pharmacy.services.finding import count_differs
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.times import said
from daybreak.treatment.controlled_drug import mg_text, unexplained_micrograms


def against_count(lot: Lot, place: StorageLocation, went: int, at: datetime) -> str:
    """That the last count saw this lot as if so much (below zero: as much that came) had not gone from there by then,
    as a sentence; empty where nothing was counted since, or it fits the count better than the book did.
    """
    last = queries.last_counted(lot, place)
    if last is None and went < 0:
        return _came_before_a_count_without_it(lot, place, at)
    if last is None or not queries.is_before_count(at, last.occurred_at):
        return ""
    differs = queries.difference_at_last_count(lot, place)
    if not _sets_apart(differs, went):
        return ""
    says = lot.formulation.says
    return (
        f"{lot} in {place} was counted at {said(last.occurred_at)}, after this: {says(last.micrograms)} were seen, and "
        f"with this entry {says(last.micrograms + differs - went)} should have been there. Check the time."
    )


def _came_before_a_count_without_it(lot: Lot, place: StorageLocation, at: datetime) -> str:
    """That a count of the whole place, which would have found this lot, did not."""
    count = queries.newest_count(place)
    if count is None or not queries.is_before_count(at, count.counted_at):
        return ""
    return (
        f"{place} was counted at {said(count.counted_at)}, after this, and {lot} was not among what was seen. Check "
        "the time."
    )


def hold_against_counts(entry: LedgerEntry, actor: Actor) -> None:
    """Look at what this entry, just made, changes for counts of after it. Within a write."""
    for place, went in ((entry.from_location, entry.micrograms), (entry.to_location, -entry.micrograms)):
        if entry.lot and place:
            _hold(entry, entry.lot, place, went, actor)


def _hold(entry: LedgerEntry, lot: Lot, place: StorageLocation, went: int, actor: Actor) -> None:
    last = queries.last_counted(lot, place)
    if last is None or not queries.is_before_count(entry.occurred_at, last.occurred_at):
        return
    differs = queries.difference_at_last_count(lot, place)
    before = differs + went
    if _sets_apart(before, went):
        count_differs(lot, place, differs, entry, actor)
    elif case := queries.of_count(queries.count_cases([lot]), lot, place, before, entry):
        agrees = abs(differs) < unexplained_micrograms()
        words = (
            f"Entry {entry.number} was made after the count of {said(last.occurred_at)} and tells of before it: "
            f"{entry.get_kind_display().lower()} {mg_text(entry.micrograms)} mg at {said(entry.occurred_at)}. "
            f"{'The count agrees with the book since.' if agrees else 'The count still differs from the book.'}"
        )
        papers.keep(
            DiscrepancyEvent(discrepancy=case, kind=DiscrepancyEvent.Kind.EXPLAINED, words=words, **actor.stamp),
            case.site, actor,
        )  # fmt: skip


def _sets_apart(differs: int, went: int) -> bool:
    """Whether book and count, which differed by so much (missing above zero), differ no less with this entry."""
    after = differs - went
    return abs(after) >= unexplained_micrograms() and abs(after) >= abs(differs)
