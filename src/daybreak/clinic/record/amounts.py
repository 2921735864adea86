"""Amounts of a drug in a text: which of them a person typed and no draft from the record says."""

import re

_AMOUNT = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)\s?(mg/kg|mg/mL|mg|micrograms?|mcg|µg|mL|g)\b", re.IGNORECASE)


def typed_by_hand(written: str, drafted: str) -> list[str]:
    """The amounts of `written` that `drafted` does not hold, as they are written, each once."""
    known = {_same(found) for found in _AMOUNT.finditer(drafted)}
    new = {_same(found): found[0] for found in _AMOUNT.finditer(written)}
    return [said for amount, said in new.items() if amount not in known]


def _same(found: re.Match[str]) -> tuple[float, str]:
    return float(found[1].replace(",", ".")), found[2].lower()
