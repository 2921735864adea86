"""How a lot is recognised in what somebody typed. Pure."""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from unicodedata import normalize

from daybreak.clinic.pharmacy.models import Lot

_WORD = re.compile(r"[^\W_]+")
_TOO_SHORT = re.compile(r"\d{1,2}|\w")


def each_meant(lots: Iterable[Lot], typed: str) -> list[Lot]:
    """Those of these lots that are read in what was typed with a dose, one of each number."""
    return one_of_each(read_in(lots, typed))


def one_of_each(lots: Iterable[Lot]) -> list[Lot]:
    """The first of each number."""
    found: dict[str, Lot] = {}
    for lot in lots:
        found.setdefault(letters_and_figures(lot.number), lot)
    return list(found.values())


def read_in(lots: Iterable[Lot], typed: str) -> list[Lot]:
    """Those called what was typed; where none is, those whose number stands in it."""
    rows = list(lots)
    return called(rows, typed) or [lot for lot in rows if reads_as(lot.number, typed)]


def called(lots: Iterable[Lot], number: str) -> list[Lot]:
    """Those of these lots that have this number: letters and figures alone count. Written just so first.

    Every place that recognises a lot does it by the functions here.
    """
    wanted = letters_and_figures(number)
    found = [lot for lot in lots if letters_and_figures(lot.number) == wanted]
    return sorted(found, key=lambda lot: lot.number.casefold() != number.casefold())


def typed_otherwise(number: str, typed: Iterable[str]) -> str:
    """How a lot was typed with something around its number, in words; empty where it was typed alone, or not at all."""
    other = [f"“{each}”" for each in dict.fromkeys(typed) if each and not called_alike(number, each)]
    return f"typed as {' and '.join(other)}" if other else ""


def reads_as(number: str, typed: str) -> bool:
    """Whether what was typed with a dose is this lot, or has its number as a whole word: “lot: E02”, or “(10)E02”, as a
    package's code is printed. One or two figures alone, or one letter, are no lot there: such a code has them before
    each of its parts. Ours.
    """
    if called_alike(number, typed):
        return True
    wanted = letters_and_figures(number)
    return not _TOO_SHORT.fullmatch(wanted) and wanted in _words(typed)


def may_be(number: str, typed: str, read: Iterable[str] = ()) -> bool:
    """Whether what was typed with a dose can be this lot, though it is not read so: words side by side make its number
    and figures follow, “E-02 98765”, or letters follow it without a space, “E02exp2027”. Asked, never taken for it.

    Args:
        read: the numbers that are read in it: what is a part of one of these is none of its own.
    """
    wanted = letters_and_figures(number)
    if _TOO_SHORT.fullmatch(wanted) or any(wanted in letters_and_figures(each) for each in read):
        return False
    rest = (word.removeprefix(wanted) for word in _words(typed, loosely=True) if word.startswith(wanted))
    return any(not each or each[0].isalpha() for each in rest)


def _words(typed: str, *, loosely: bool = False) -> Iterator[str]:
    """The words of what was typed, and words side by side as one: “lot E-02”. Figures that follow those are rather the
    rest of a longer number, “AB-12 3”: `loosely`, such words too.
    """
    words = _WORD.findall(normalize("NFKC", typed).casefold())
    yield from words
    for first, end in combinations(range(len(words) + 1), 2):
        if loosely or end == len(words) or not words[end].isdigit():
            yield "".join(words[first:end])


def called_alike(number: str, other: str) -> bool:
    """Whether two ways of writing a lot are of one number."""
    return letters_and_figures(number) == letters_and_figures(other)


def letters_and_figures(number: str) -> str:
    """What two ways of typing one lot have in common; a wide figure, as some keyboards type it, is that figure."""
    plain = normalize("NFKC", number).casefold()
    return "".join(each for each in plain if each.isalnum()) or plain
