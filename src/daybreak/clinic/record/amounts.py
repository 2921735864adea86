"""Amounts of a drug in a text: which of them a person typed and no draft from the record says, or says no longer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daybreak.clinic.record.refusals import Point, Refusal

# A unit as it is written, and as it is compared.
_UNITS = {
    "mg/kg": r"mg/kg", "mg/ml": r"mg/mL", "mg": r"mgs?|milligram(?:me)?s?", "µg": r"microgram(?:me)?s?|mcgs?|[µμ]g",
    "ml": r"mls?|millilit(?:er|re)s?|cc", "g": r"g|gram(?:me)?s?",
}  # fmt: skip
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|hundred|thousand|"
    r"(?:thir|four|fif|six|seven|eigh|nine)(?:teen|ty)|forty|eighty)"
)
_IN_WORDS = rf"{_NUMBER_WORD}(?:[\s-](?:and\s)?{_NUMBER_WORD})*"
_AMOUNT = re.compile(rf"(?<![\d.,])(\d+(?:[.,]\d+)?|\b{_IN_WORDS})[\s-]?({'|'.join(_UNITS.values())})\b", re.IGNORECASE)


# Words right before an amount that say it was not that one; "was it not" asks whether it was. Ours.
_NOT = re.compile(r"\b(?:not|instead of|rather than)\s+$", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:is|are|was|were)\s+(?:it|this|that|they|there|the\s+\w+)\s+not\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An amount in mg that the record once had as given, what it has `instead` (None: nothing was given), and when it
    was corrected, in words."""

    amount: str
    instead: str | None
    at: str

    def __str__(self) -> str:
        says = "that nothing was given" if self.instead is None else f"{self.instead} mg"
        return f"The record says {says}; {self.amount} mg was corrected at {self.at}."


class AmountsTypedByHand(Refusal):
    """Amounts stand in a text that no draft from the record holds, or that the record has withdrawn, and nobody said
    that they are right."""

    lead = "Typed by hand and in no draft from the record:"

    def __init__(self, amounts: Sequence[str], corrected: Sequence[Withdrawn] = ()) -> None:
        strange = [f"{self.lead} {', '.join(amounts)}."] if amounts else []
        then = "Hold it against the record, then say below that it is right. Nothing was signed."
        super().__init__(" ".join([*strange, *map(str, corrected), then]))
        if corrected:
            self.lead = "Typed by hand, and not what the record says:"
        self.points = (
            *(Point(amount, "Hold it against the record; if it is right, say so below.") for amount in amounts),
            *(Point(str(each), "Put it right; if the text is right as it is, say so below.") for each in corrected),
        )


def require_drafted(written: str, drafted: str, *, signed: str = "", withdrawn: Iterable[Withdrawn] = ()) -> None:
    """Refuse amounts that neither the draft nor what was signed before holds, and those the record has withdrawn.

    Args:
        withdrawn: these count only in lines of the draft, which tell of their correction, and where the text says that
            it was not them.

    Raises:
        AmountsTypedByHand: with each of them.
    """
    own = _without_lines(written, drafted)
    named = {_same(found) for found in _AMOUNT.finditer(own) if not _is_denied(own[: found.start()])}
    corrected = [each for each in withdrawn if (float(each.amount), "mg") in named]
    said = " ".join(f"{each.amount} mg" for each in corrected)
    strange = typed_by_hand(written, f"{drafted}\n{signed}\n{said}")
    if strange or corrected:
        raise AmountsTypedByHand(strange, corrected)


def _is_denied(before: str) -> bool:
    """Whether what stands before an amount says that it was not that one."""
    return bool(_NOT.search(before)) and not _ASKS.search(before)


def typed_by_hand(written: str, drafted: str) -> list[str]:
    """The amounts of `written` that `drafted` does not hold, as they are written, each once."""
    known = {_same(found) for found in _AMOUNT.finditer(drafted)}
    new = {_same(found): found[0] for found in _AMOUNT.finditer(written)}
    return [said for amount, said in new.items() if amount not in known]


def _without_lines(written: str, drafted: str) -> str:
    """What of a text is no line of the draft as it stands there."""
    for line in filter(_AMOUNT.search, drafted.splitlines()):
        written = written.replace(line.strip(), "\n")
    return written


def _same(found: re.Match[str]) -> tuple[float | str, str]:
    """An amount as it is compared; one in words is like no figure, so it is always held against the record."""
    unit = next(name for name, written in _UNITS.items() if re.fullmatch(written, found[2], re.IGNORECASE))
    number = found[1].replace(",", ".").lower()
    return (float(number) if number[0].isdigit() else number), unit
