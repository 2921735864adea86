"""What enters a linear system when, and at which times it is asked: what every way of solving it starts from.

Doses of a course are followed by the same hours again and again. Hours that differ by rounding alone are taken for
one, so that each exponential of an elapsed time is taken once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# What rounding leaves of a difference of two times within years of a course is smaller.
_SAME_DECIMALS = 12


def run_of(places: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """The same places as a slice where they follow each other, so that nothing is copied to look at them."""
    first, count = (int(places[0]), len(places)) if len(places) else (0, 0)
    return slice(first, first + count) if (places == np.arange(first, first + count)).all() else places


def alike(hours: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """Each of these once, ascending, and which of them each is. The first of those alike stands for all."""
    _, first, which = np.unique(np.round(hours, _SAME_DECIMALS), return_index=True, return_inverse=True)
    return hours[first], which


@dataclass(frozen=True, slots=True)
class Input:
    """Drug entering one compartment: at once (`duration_h` zero) or at a constant rate.

    `amount_mg` is one number or one per patient. A rate change is two inputs; an infusion stopped early is a
    shorter input with the amount given until then.
    """

    compartment: int
    start_h: float
    amount_mg: float | FloatArray
    duration_h: float = 0.0

    @property
    def end_h(self) -> float:
        return self.start_h + self.duration_h


@dataclass(frozen=True)
class Schedule:
    """The instants at which input changes; what enters at each; the rate from each to the next.

    `instants_h` (instants,) ascending; `boluses_mg` and `rates_mg_per_h` (instants, patients, compartments), or
    (instants, 1, compartments) where everybody gets the same.
    """

    instants_h: FloatArray
    boluses_mg: FloatArray
    rates_mg_per_h: FloatArray

    @classmethod
    def of(cls, inputs: Sequence[Input], compartments: Sequence[int]) -> "Schedule":
        """What enters these compartments; inputs into others do not count."""
        if any(isinstance(entry.amount_mg, np.ndarray) for entry in inputs):
            return cls._of(inputs, compartments)
        return _alike_for_all(tuple(inputs), tuple(compartments))

    @classmethod
    def _of(cls, inputs: Sequence[Input], compartments: Sequence[int]) -> "Schedule":
        places = {compartment: place for place, compartment in enumerate(compartments)}
        entering = [(entry, entry.start_h, entry.end_h) for entry in inputs if entry.compartment in places]
        moments = sorted({moment for _, *both in entering for moment in both})
        which = {moment: place for place, moment in enumerate(moments)}
        instants = np.array(moments, dtype=np.float64)
        patients = max((np.size(entry.amount_mg) for entry, *_ in entering), default=1)
        boluses = np.zeros((len(instants), patients, len(compartments)))
        rates = np.zeros_like(boluses)
        for entry, start_h, end_h in entering:
            first, last, place = which[start_h], which[end_h], places[entry.compartment]
            if entry.duration_h == 0:
                boluses[first, :, place] += entry.amount_mg
            else:
                rates[first:last, :, place] += entry.amount_mg / entry.duration_h
        return cls(instants, boluses, rates)

    def of_patients(self, chosen: slice | NDArray[np.bool_]) -> "Schedule":
        if self.rates_mg_per_h.shape[1] == 1:
            return self
        return Schedule(self.instants_h, self.boluses_mg[:, chosen], self.rates_mg_per_h[:, chosen])

    @property
    def given_mg(self) -> FloatArray:
        """All that enters, (patients,) or (1,)."""
        infused = np.einsum("i,ipc->p", self.lengths_h, self.rates_mg_per_h[:-1])
        return np.asarray(self.boluses_mg.sum(axis=(0, 2)) + infused)

    @cached_property
    def infused(self) -> NDArray[np.int32]:
        """The compartments that something enters at a rate."""
        return np.flatnonzero(self.rates_mg_per_h.any(axis=(0, 1))).astype(np.int32)

    @cached_property
    def entering(self) -> FloatArray:
        """What enters at once, and then the rates of those infused: (instants, patients or 1, both)."""
        return np.concatenate([self.boluses_mg, self.rates_mg_per_h[:, :, self.infused]], axis=2)

    @property
    def lengths_h(self) -> FloatArray:
        """From each instant to the next, (instants - 1,)."""
        return np.diff(self.instants_h)


@dataclass(frozen=True, slots=True)
class System:
    """Compartments, what flows between them and what enters; of which those at `places` are wanted.

    `rates_per_h` (patients, compartments, compartments) is zero in everybody where `flows` (compartments, compartments)
    is false.
    """

    rates_per_h: FloatArray
    flows: NDArray[np.bool_]
    places: list[int]
    schedule: Schedule


@lru_cache(maxsize=32)  # a crowd is given the same portion after portion
def _alike_for_all(inputs: tuple[Input, ...], compartments: tuple[int, ...]) -> Schedule:
    return Schedule._of(inputs, compartments)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Segments that are asked at the same hours after their start.

    `segments` (segments,); `firsts` (segments,), where in the ascending times the first of each lies; `which` (hours,)
    of `AskedTimes.elapsed_h`; whether something is infused during them.
    """

    segments: NDArray[np.intp]
    firsts: NDArray[np.intp]
    which: NDArray[np.intp]
    infused: bool

    def put(self, values: FloatArray, found: FloatArray) -> None:
        """Values (patients, kept, segments, hours) to their times in `found`, (patients, kept, times)."""
        for place, first in enumerate(self.firsts.tolist()):
            found[:, :, first : first + len(self.which)] = values[:, :, place]


@dataclass(frozen=True, slots=True)
class AskedTimes:
    """Ascending times, by the instants they follow: each number of hours since one stands once in `elapsed_h`."""

    elapsed_h: FloatArray
    stretches: tuple[Stretch, ...]

    @classmethod
    def of(cls, schedule: Schedule, times_h: FloatArray) -> "AskedTimes":
        edges = [*np.searchsorted(times_h, schedule.instants_h), len(times_h)]
        since = np.zeros_like(times_h)
        for instant, (first, end) in zip(schedule.instants_h, pairwise(edges), strict=True):
            since[first:end] = times_h[first:end] - instant
        elapsed, which = alike(since)
        infused = [bool(rates.any()) for rates in schedule.rates_mg_per_h]
        found: dict[tuple[bool, bytes], list[tuple[int, int, int]]] = {}
        for segment, (first, end) in enumerate(pairwise(edges)):
            if end > first:
                key = infused[segment], which[first:end].tobytes()
                found.setdefault(key, []).append((segment, int(first), int(end)))
        stretches = tuple(
            Stretch(
                segments=np.array([segment for segment, _, _ in members]),
                firsts=np.array([first for _, first, _ in members]),
                which=which[members[0][1] : members[0][2]],
                infused=key[0],
            )
            for key, members in found.items()
        )
        return cls(elapsed, stretches)
