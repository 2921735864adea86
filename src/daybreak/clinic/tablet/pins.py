"""Which PINs are refused: those somebody would try first."""

from itertools import pairwise

from daybreak.clinic.record.refusals import Refusal

SHORTEST, LONGEST = 4, 6


def require_good(pin: str) -> str:
    """The PIN, if it has 4 to 6 figures and is none of those tried first. The list is ours: figures all alike or in a
    row, a part repeated, a year.

    Raises:
        Refusal: with a sentence.
    """
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise Refusal(f"A PIN is {SHORTEST} to {LONGEST} figures. Nothing was saved.")
    if _in_a_row(pin) or _repeated(pin) or _doubled(pin) or (len(pin) == 4 and pin[:2] in ("19", "20")):
        raise Refusal("That PIN is one of those tried first: take one without a row, a repetition or a year.")
    return pin


def _in_a_row(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def _repeated(pin: str) -> bool:
    return any(pin == pin[:part] * (len(pin) // part) for part in range(1, len(pin) // 2 + 1))


def _doubled(pin: str) -> bool:
    """1122, 112233."""
    return len(pin) % 2 == 0 and all(pin[at] == pin[at + 1] for at in range(0, len(pin), 2))
