"""Amounts of a drug in a text: which of them a person typed and no draft from the record says."""

import re
from collections.abc import Sequence

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


class AmountsTypedByHand(Refusal):
    """Amounts stand in a text that no draft from the record holds, and nobody said that they are right."""

    lead = "Typed by hand and in no draft from the record:"

    def __init__(self, amounts: Sequence[str]) -> None:
        super().__init__(
            f"{self.lead} {', '.join(amounts)}. Hold it against the record, then say below that it is right. "
            "Nothing was signed."
        )
        self.points = tuple(
            Point(amount, "Hold it against the record; if it is right, say so below.") for amount in amounts
        )


def require_drafted(written: str, drafted: str) -> None:
    """Refuse amounts that the draft does not hold.

    Raises:
        AmountsTypedByHand: with each of them.
    """
    if strange := typed_by_hand(written, drafted):
        raise AmountsTypedByHand(strange)


def typed_by_hand(written: str, drafted: str) -> list[str]:
    """The amounts of `written` that `drafted` does not hold, as they are written, each once."""
    known = {_same(found) for found in _AMOUNT.finditer(drafted)}
    new = {_same(found): found[0] for found in _AMOUNT.finditer(written)}
    return [said for amount, said in new.items() if amount not in known]


def _same(found: re.Match[str]) -> tuple[float | str, str]:
    """An amount as it is compared; one in words is like no figure, so it is always held against the record."""
    unit = next(name for name, written in _UNITS.items() if re.fullmatch(written, found[2], re.IGNORECASE))
    number = found[1].replace(",", ".").lower()
    return (float(number) if number[0].isdigit() else number), unit
