"""What of a draft no longer follows from the record when its text is signed.

A draft names days and times of the clock, no "today" and no ages: a sentence that the same draft, made anew, does not
hold was changed by the record, and not by the hour.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from daybreak.clinic.record.refusals import Refusal

_ENDS = re.compile(r"\n+|(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a draft: sentences of it that still stand in the text, and what the record says by now and neither
    the draft nor the text does.
    """

    heading: str
    was: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def words(self) -> str:
        about = f"{self.heading}: " if self.heading else ""
        was = f"“{' '.join(self.was)}” " if self.was else ""
        now = f"now: {' '.join(self.now)}" if self.now else "is no longer in the record"
        return f"{about}{was}{now}"


class ChangedSince(Refusal):
    """The record changed since a text was drafted, the text says otherwise, and nobody said why it stays."""

    lead = "The record has changed since this was drafted. Change the text, or say below why it stays."

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(f"{self.lead} {'; '.join(each.words for each in changes)} Nothing was signed.")
        self.changes = tuple(changes)


def changes(drafted: Mapping[str, str], fresh: Mapping[str, str], text: str) -> list[Change]:
    """What changed between two drafts of a text, by heading, as far as the text does not say it.

    Args:
        drafted: the draft the text began from.
        fresh: the same draft made of the record as it is.
        text: as it is to be signed.
    """
    found = []
    for heading in {**drafted, **fresh}:
        old, new = sentences(drafted.get(heading, "")), sentences(fresh.get(heading, ""))
        change = Change(heading, gone(old, new, text), came(old, new, text))
        if change.was or change.now:
            found.append(change)
    return found


def sentences(text: str) -> list[str]:
    """A text in pieces that stand or fall by themselves."""
    return [piece.strip() for piece in _ENDS.split(text) if piece.strip()]


def gone(old: Iterable[str], new: Sequence[str], text: str) -> tuple[str, ...]:
    """What of the old still stands in the text, though it is not among the new."""
    return tuple(piece for piece in old if piece not in new and _stands(piece, text))


def came(old: Sequence[str], new: Iterable[str], text: str) -> tuple[str, ...]:
    """What of the new is neither among the old nor in the text."""
    return tuple(piece for piece in new if piece not in old and not _stands(piece, text))


def _stands(piece: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(_one_space(piece))}(?!\w)", _one_space(text)) is not None


def _one_space(text: str) -> str:
    return " ".join(text.split())
