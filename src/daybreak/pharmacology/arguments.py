"""What comes in from outside: each argument passes a rule, which gives it back as it is computed with, or says in a
sentence what came, for which argument, and what is taken.

    seed = SEED("seed", seed)
    settle(self, weight_kg=number(2, 500), sex=optional(one_of(Sex)))

Python alone would take a text for a truth value, True for 1, and a name written as text for none of those it knows:
the answer would then be that of another person, without a word.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from numbers import Integral, Real
from types import UnionType
from typing import Any

import numpy as np

from daybreak.pharmacology.segments import FloatArray

Rule = Callable[[str, Any], Any]
SLIPS = "a bound of this project against slips"
LONGEST_H = 10 * 365 * 24  # ours: beyond is a slip, not a course
_LONGEST_WRITTEN = 80


class KineticsError(ValueError):
    """A curve that cannot be computed: the message is a sentence that says why and what to do."""


def settle(given: object, **rules: Rule) -> None:
    """Put what the rules give back in the place of what came, in a frozen dataclass."""
    for name, rule in rules.items():
        object.__setattr__(given, name, rule(name, getattr(given, name)))


def number(
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
    why: str = "",
) -> Rule:
    """A finite number, no truth value, within these bounds, of which `above` and `below` are outside themselves."""
    bounds = {"from": low, "above": above, "to" if above is None else "at most": high, "below": below}
    said = [f"{word} {bound:,.6g}" for word, bound in bounds.items() if bound is not None]
    words = f"a number {', '.join(said).replace(', to', ' to')}" if said else "a finite number"

    def rule(name: str, given: Any) -> Any:
        if (
            not _is(Real, given)
            or not abs(given) < np.inf
            or (low is not None and given < low)
            or (high is not None and given > high)
            or (above is not None and given <= above)
            or (below is not None and given >= below)
        ):
            raise refused(name, given, words, why)
        return given

    return rule


def whole(low: int, high: int | None = None, why: str = "") -> Rule:
    """A whole number from `low` to `high`."""
    words = f"a whole number from {low} {'on' if high is None else f'to {high:,}'}"

    def rule(name: str, given: Any) -> int:
        if not _is(Integral, given) or given < low or (high is not None and given > high):
            raise refused(name, given, words, why)
        return int(given)

    return rule


def yes_or_no(name: str, given: Any) -> bool:
    """A truth value and nothing that Python would take for one."""
    if not isinstance(given, bool | np.bool_):
        raise refused(name, given, "True or False")
    return bool(given)


def one_of(kind: type[StrEnum]) -> Rule:
    """A member of an enumeration, or its text."""
    known = ", ".join(repr(member.value) for member in kind)

    def rule(name: str, given: Any) -> StrEnum:
        if not isinstance(given, str) or given not in list(kind):
            raise refused(name, given, f"a {kind.__name__}: {known}")
        return kind(given)

    return rule


def kind(*kinds: type | UnionType, such_as: str) -> Rule:
    """Something of these kinds, such as this."""

    def rule(name: str, given: Any) -> Any:
        if not isinstance(given, kinds):
            raise refused(name, given, f"something such as {such_as}")
        return given

    return rule


def text(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise refused(name, given, "text")
    return given


def function(name: str, given: Any) -> Any:
    if not callable(given):
        raise refused(name, given, "a function")
    return given


def optional(rule: Rule) -> Rule:
    """What the rule takes, or None."""
    return lambda name, given: None if given is None else rule(name, given)


def each(rule: Rule, such_as: str, least: int = 0) -> Rule:
    """A list of what the rule takes, as a tuple."""
    words = f"a list{' that is not empty' if least else ''}, such as {such_as}"

    def several(name: str, given: Any) -> tuple[Any, ...]:
        if not isinstance(given, Sequence) or isinstance(given, str | bytes) or len(given) < least:
            raise refused(name, given, words)
        return tuple(rule(f"one of {name}", one) for one in given)

    return several


def texts(such_as: str) -> Rule:
    """A set or a list of texts, as a set. One text alone is none: it would be read letter by letter."""

    def rule(name: str, given: Any) -> frozenset[str]:
        if not isinstance(given, Iterable) or isinstance(given, str | bytes):
            raise refused(name, given, f"a set of texts, such as {such_as}")
        return frozenset(text(f"one of {name}", one) for one in given)

    return rule


def hours(name: str, given: Any) -> FloatArray:
    """Numbers in one list, or one number, none beyond ten years."""
    words = f"one list of numbers, in hours since the first dose, at most {LONGEST_H:,}"
    try:
        found = np.array(given, ndmin=1)
    except (TypeError, ValueError):
        raise refused(name, given, words, SLIPS) from None
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iuf") or not (np.abs(found) <= LONGEST_H).all():
        raise refused(name, given, words, SLIPS)
    return found.astype(np.float64)


def refused(name: str, given: object, words: str, why: str = "") -> KineticsError:
    """The sentence."""
    return KineticsError(f"{as_written(given)} cannot be {name}. Give {words}{f' ({why})' if why else ''}.")


def as_written(value: object) -> str:
    """A number as people write it; what is none as Python does, so that '70' is seen to be text."""
    if _is(Integral, value):
        return f"{value:,}"
    if _is(Real, value):
        return f"{float(value):g}"  # type: ignore[arg-type]
    written = repr(value)
    return written if len(written) <= _LONGEST_WRITTEN else f"{written[:_LONGEST_WRITTEN]}..."


def check_crowd(patients: Any, seed: Any, level: Any) -> None:
    """Raises KineticsError if there can be no band that holds this share of so many patients."""
    PATIENTS("patients", patients)
    SEED("seed", seed)
    LEVEL("level", level)


def _is(numbers: type, given: object) -> bool:
    return isinstance(given, numbers) and not isinstance(given, bool)


MOST_PATIENTS = 10_000_000  # ours
SEEDS = 2**64  # as many as the generator of random numbers knows
PATIENTS = whole(1, MOST_PATIENTS, SLIPS)
SEED = whole(0, SEEDS - 1, "below 2 to the power of 64")
LEVEL = number(above=0, below=1)
