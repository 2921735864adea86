"""How the kernel goes through linear compartments: worked out once for times and doses that come again and again.

Times after an event are told in stretches of at most a dozen. From the state at a stretch's start each of its times
is a row of a matrix; stretches with the same ways between their times share these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.segments import FloatArray, alike

_LONGEST_STRETCH = 24  # of lanes.h
_MOST_MODES = 4  # of modes.h
_MANY = 200  # kinds of way between times
_SLIVER_H = 1e-12  # less than that is no time
_NONE = -1
_ZERO, _ONE = -1, -2  # in place of where an entry is found among the rates
Numbers = NDArray[np.int32]


def address(values: NDArray[Any]) -> int:
    """Where the kernel finds them."""
    return int(values.__array_interface__["data"][0])


@dataclass(frozen=True)
class Ways:
    """From each event to the next: see `Linear` in `linear.h`."""

    hours: FloatArray
    made_of: Numbers
    pattern_first: Numbers
    way: Numbers
    weight: FloatArray
    total_first: Numbers
    total_way: Numbers
    pattern: Numbers
    across: Numbers
    begins: Numbers
    before: int

    @cached_property
    def values(self) -> tuple[int, ...]:
        """As they stand in the record."""
        return (
            *(len(self.hours), address(self.hours), address(self.made_of)),
            *(len(self.pattern_first) - 1, address(self.pattern_first), address(self.way), address(self.weight)),
            *(len(self.total_first) - 1, address(self.total_first), address(self.total_way)),
            *(len(self.pattern), address(self.pattern), address(self.across), address(self.begins), self.before),
        )


@lru_cache(maxsize=32)  # a crowd asks for the same times portion after portion
def ways(instants: bytes, times: bytes, weights: bytes = b"") -> Ways:
    """Through these instants and ascending times. An instant comes before a time at that very moment.

    Stretches have a pattern in common only if their times have the same weights, if there are any.
    """
    instants_h, times_h = np.frombuffer(instants), np.frombuffer(times)
    different, own = alike(np.frombuffer(weights))
    weight = different[own]
    edges = [*np.searchsorted(times_h, instants_h).tolist(), len(times_h)]
    moments, stretches = [], []  # the moments of each stretch, its start first; what it begins, which times it tells
    for segment, (first, end) in enumerate(pairwise(edges)):
        now, begins = instants_h[segment], segment
        for start in range(first, end, _LONGEST_STRETCH):
            told = slice(start, min(start + _LONGEST_STRETCH, end))
            moments.append(np.concatenate([[now], times_h[told]]))
            stretches.append((begins, told))
            now, begins = times_h[told.stop - 1], _NONE
        if segment + 1 < len(instants_h):
            if begins == segment:
                moments.append(np.array([now]))
                stretches.append((segment, slice(end, end)))
            moments[-1] = np.append(moments[-1], instants_h[segment + 1])
    gaps, kind = alike(np.concatenate([np.diff(part) for part in moments]))
    nothing = int((gaps <= _SLIVER_H).sum())
    kind, gaps = np.maximum(kind - nothing, _NONE), gaps[nothing:]
    ends = np.cumsum([len(part) - 1 for part in moments])
    of_stretch = [kind[first:end] for first, end in pairwise([0, *ends])]
    often = [np.bincount(part[part >= 0], minlength=len(gaps)) for part in of_stretch]
    hours, doubled = _doubled(gaps, np.max(often, axis=0))
    patterns, totals = dict[tuple[tuple[int, ...], bytes], int](), dict[tuple[int, ...], int]()
    which, across = [], []
    for part, counts, (_, told) in zip(of_stretch, often, stretches, strict=True):
        told_ways = tuple(int(doubled[0, gap]) if gap >= 0 else _NONE for gap in part[: told.stop - told.start])
        which.append(patterns.setdefault((told_ways, weight[told].tobytes()), len(patterns)))
        bits, gap = np.nonzero(counts >> np.arange(len(doubled))[:, None] & 1)
        across.append(totals.setdefault(tuple(sorted(doubled[bits, gap].tolist())), len(totals)))
    return Ways(
        hours,
        _made_of(hours),
        *_one_after_the_other(told_ways for told_ways, _ in patterns),
        np.frombuffer(b"".join(own for _, own in patterns)),
        *_one_after_the_other(totals),
        pattern=np.array(which, np.int32),
        across=np.array(across, np.int32),
        begins=np.array([begins for begins, _ in stretches], np.int32),
        before=edges[0],
    )


def _doubled(gaps: FloatArray, most: NDArray[np.intp]) -> tuple[FloatArray, NDArray[np.intp]]:
    """Ascending hours: the gaps, and each doubled as long as `most` of it are in one stretch; and which of the hours
    are the gaps, twice these, four times these and so on, (doublings, gaps)."""
    doublings = int(most.max(initial=1)).bit_length()
    lengths = gaps * 2.0 ** np.arange(doublings)[:, None]
    needed = most >> np.arange(doublings)[:, None] > 0
    needed[0] = True
    hours, which = alike(lengths[needed])
    doubled = np.full(lengths.shape, _NONE)
    doubled[needed] = which
    return hours, doubled


def _one_after_the_other(lists: Iterable[tuple[int, ...]]) -> tuple[Numbers, Numbers]:
    """Where each begins, and the end; all of them."""
    every = list(lists)
    return np.cumsum([0, *map(len, every)]).astype(np.int32), np.array(sum(every, ()), np.int32)


def _made_of(hours: FloatArray) -> Numbers:
    """Which two of these ascending hours, both before it, make each together, or -1 and -1, (hours, 2).

    Of very many, which have little in common, only which is half of each.
    """
    half = np.minimum(np.searchsorted(hours, hours / 2 - _SLIVER_H), max(len(hours) - 1, 0))
    found = np.where(np.abs(2 * hours[half] - hours) <= _SLIVER_H, half, _NONE)[:, None].repeat(2, axis=1)
    for number in range(1, len(hours) if len(hours) <= _MANY else 0):
        before, rest = hours[:number], hours[number] - hours[:number]
        other = np.minimum(np.searchsorted(before, rest - _SLIVER_H), number - 1)
        fits = np.flatnonzero(np.abs(before[other] - rest) <= _SLIVER_H)
        if len(fits):
            found[number] = fits[0], other[fits[0]]
    return found.astype(np.int32)


@dataclass(frozen=True, slots=True)
class Product:
    """What each entry of a product is made of: see `Product` in `linear.h`."""

    first: Numbers
    terms: Numbers
    entry: Numbers
    term: Numbers

    @property
    def values(self) -> tuple[int, ...]:
        """As they stand in the record."""
        return len(self.terms), *map(address, (self.first, self.terms, self.entry, self.term))


@dataclass(frozen=True)
class Pattern:
    """A system's states and those kept, where its powers can be other than zero, and what products are made of: see
    `linear.h`."""

    states: int
    compartments: int
    kept: Numbers

    place: Numbers
    first: Numbers
    column: Numbers
    diagonal: Numbers
    whole: Product
    rows: Product
    neighbour: Numbers | None

    @cached_property
    def values(self) -> tuple[int | None, ...]:
        """As they stand in the record."""
        return (
            *(self.states, self.compartments, len(self.place)),
            *(address(self.place), address(self.first), address(self.column), address(self.diagonal)),
            *self.whole.values,
            *self.rows.values,
            *(len(self.kept), address(self.kept), None if self.neighbour is None else address(self.neighbour)),
        )


@lru_cache(maxsize=64)
def pattern(flows: bytes, infused: bytes, kept: tuple[int, ...]) -> Pattern:
    """Of a system with flows at these places, (compartments, compartments) true or false, whose infused compartments
    are these, and of which these rows are kept."""
    compartments, entered = isqrt(len(flows)), np.frombuffer(infused, np.int32)
    states = compartments + len(entered)
    flowing = np.frombuffer(flows, dtype=bool).reshape(compartments, compartments)
    place = np.full((states, states), _ZERO)
    place[:compartments, :compartments] = np.arange(compartments**2).reshape(compartments, compartments)
    place[entered, compartments + np.arange(len(entered))] = _ONE
    reached = np.eye(states, dtype=bool) | (place == _ONE)
    reached[:compartments, :compartments] |= flowing
    for _ in range(states.bit_length()):
        reached = reached @ reached
    rows, columns = np.nonzero(reached)
    number = np.full((states, states), _NONE)
    number[rows, columns] = np.arange(len(rows))
    return Pattern(
        states=states,
        compartments=compartments,
        kept=np.array(kept, np.int32),
        place=place[rows, columns].astype(np.int32),
        first=np.searchsorted(rows, np.arange(states + 1)).astype(np.int32),
        column=columns.astype(np.int32),
        diagonal=np.diagonal(number).astype(np.int32),
        whole=_product(reached, reached),
        rows=_product(reached[list(kept)], reached),
        neighbour=_neighbours(flowing),
    )


def _neighbours(flows: NDArray[np.bool_]) -> Numbers | None:
    """If compartments exchange both ways, each but the first with one before it: with which. The first with none."""
    before = np.tril(flows, -1)
    if (
        len(flows) > _MOST_MODES
        or (flows != flows.T).any()
        or (before.sum(axis=1) != [0, *[1] * (len(flows) - 1)]).any()
    ):
        return None
    return np.where(before.any(axis=1), before.argmax(axis=1), _NONE).astype(np.int32)


def _product(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> Product:
    """Of two matrices that can be other than zero at these places; as many columns of the left one as states."""
    of_left, of_right = (np.where(one, np.cumsum(one).reshape(one.shape) - 1, _NONE) for one in (left, right))
    rows, columns = np.nonzero(left)
    middle = left[rows] & right[:, columns].T  # (entries, states): what each entry of a product is summed over
    entry = np.argsort(middle.sum(axis=1), kind="stable")
    terms, first = np.unique(middle.sum(axis=1)[entry], return_index=True)
    place, between = np.nonzero(middle[entry])
    term = [of_left[rows[entry][place], between], of_right[between, columns[entry][place]]]
    return Product(
        first=np.append(first, len(entry)).astype(np.int32),
        terms=terms.astype(np.int32),
        entry=entry.astype(np.int32),
        term=np.stack(term, axis=1).astype(np.int32),
    )
