"""How the kernel goes through linear compartments: worked out once for times and doses that come again and again.

Times after an event are told in stretches of at most a dozen. From the state at a stretch's start each of its times
is a row of a matrix; stretches with the same ways between their times share these.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.segments import FloatArray, alike

_LONGEST_STRETCH = 12
_SLIVER_H = 1e-12  # less than that is no time
_NONE = -1
Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ways:
    """From each event to the next: see `Linear` in `linear.h`."""

    hours: FloatArray
    twice: Numbers
    pattern_first: Numbers
    way: Numbers
    pattern: Numbers
    begins: Numbers
    tells: Numbers
    before: int


@lru_cache(maxsize=32)  # a crowd asks for the same times portion after portion
def ways(instants: bytes, times: bytes) -> Ways:
    """Through these instants and ascending times. An instant comes before a time at that very moment."""
    instants_h, times_h = np.frombuffer(instants), np.frombuffer(times)
    edges = [*np.searchsorted(times_h, instants_h).tolist(), len(times_h)]
    moments, stretches = [], []  # the moments of each stretch, its start first; what it begins, how many it tells
    for segment, (first, end) in enumerate(pairwise(edges)):
        now, begins = instants_h[segment], segment
        for start in range(first, end, _LONGEST_STRETCH):
            told = times_h[start : min(start + _LONGEST_STRETCH, end)]
            moments.append(np.concatenate([[now], told]))
            stretches.append((begins, len(told)))
            now, begins = told[-1], _NONE
        if segment + 1 < len(instants_h):
            if begins == segment:
                moments.append(np.array([now]))
                stretches.append((segment, 0))
            moments[-1] = np.append(moments[-1], instants_h[segment + 1])
    hours, kind = alike(np.concatenate([np.diff(part) for part in moments]))
    nothing = int((hours <= _SLIVER_H).sum())
    kind, hours = np.maximum(kind - nothing, _NONE), hours[nothing:]
    patterns: dict[bytes, int] = {}
    ends = np.cumsum([len(part) - 1 for part in moments])
    of_stretch = [kind[first:end].astype(np.int32) for first, end in pairwise([0, *ends])]
    which = [patterns.setdefault(part.tobytes(), len(patterns)) for part in of_stretch]
    lengths = [len(pattern) // np.int32().itemsize for pattern in patterns]
    return Ways(
        hours=hours,
        twice=_halves(hours),
        pattern_first=np.cumsum([0, *lengths]).astype(np.int32),
        way=np.frombuffer(b"".join(patterns), np.int32),
        pattern=np.array(which, np.int32),
        begins=np.array([begins for begins, _ in stretches], np.int32),
        tells=np.array([tells for _, tells in stretches], np.int32),
        before=edges[0],
    )


def _halves(hours: FloatArray) -> Numbers:
    """Which of these ascending hours is half of each, or -1."""
    at = np.minimum(np.searchsorted(hours, hours / 2 - _SLIVER_H), max(len(hours) - 1, 0))
    return np.where(np.abs(2 * hours[at] - hours) <= _SLIVER_H, at, _NONE).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where a power of a system can be other than zero, and what a product of two is made of: see `linear.h`."""

    place: Numbers
    first: Numbers
    column: Numbers
    diagonal: Numbers
    group_first: Numbers
    terms: Numbers
    entry: Numbers
    term: Numbers


@lru_cache(maxsize=64)
def pattern(states: int, flows: bytes) -> Pattern:
    """Of a system with flows at these places, (states, states) true or false."""
    reached = np.frombuffer(flows, dtype=bool).reshape(states, states) | np.eye(states, dtype=bool)
    for _ in range(states.bit_length()):
        reached = reached @ reached
    rows, columns = np.nonzero(reached)
    number = np.full((states, states), _NONE)
    number[rows, columns] = np.arange(len(rows))
    middle = reached[rows] & reached[:, columns].T  # (entries, states): what each entry of a product is summed over
    entry = np.argsort(middle.sum(axis=1), kind="stable")
    terms, first = np.unique(middle.sum(axis=1)[entry], return_index=True)
    place, between = np.nonzero(middle[entry])
    left, right = number[rows[entry][place], between], number[between, columns[entry][place]]
    return Pattern(
        place=(rows * states + columns).astype(np.int32),
        first=np.searchsorted(rows, np.arange(states + 1)).astype(np.int32),
        column=columns.astype(np.int32),
        diagonal=np.diagonal(number).astype(np.int32),
        group_first=np.append(first, len(entry)).astype(np.int32),
        terms=terms.astype(np.int32),
        entry=entry.astype(np.int32),
        term=np.stack([left, right], axis=1).astype(np.int32),
    )
