"""One pass of the kernel: steps for everybody, a few people at a time, and what is told of them.

Each method adds a step and answers with the course it leaves, a `Course` that later steps can take; `run` does them
all. The records are twins of those in `kernel.c`.
"""

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.kernel import plans
from daybreak.pharmacology.segments import FloatArray, Schedule

_MOST_STATES = 24  # of kernel.c, which has room for 12 nodes
_LINEAR, _FILTERED, _DRIVEN, _GIVEN, _SATURATED, _TOLD = range(6)
_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Course:
    """Values of everybody, one after the other from `place`, that lie between steps."""

    place: int
    count: int


@dataclass(frozen=True, slots=True)
class Panels:
    """A mesh as the kernel reads it: see `Panels` in `kernel.c`. `times` is how many are asked for."""

    panels: int
    nodes: int
    kinds: int
    lengths_h: FloatArray
    first_end: NDArray[np.int32]
    ends: FloatArray
    kind: NDArray[np.int32]
    told_first: NDArray[np.int32]
    told: NDArray[np.int32]
    inverse_vandermonde: FloatArray
    node_weights: FloatArray
    up_to_nodes: FloatArray
    up_to_told: FloatArray
    at_told: FloatArray
    times: int

    @property
    def values(self) -> int:
        """How many a state has at the nodes."""
        return self.panels * self.nodes


def serves(rates_per_h: FloatArray, schedule: Schedule) -> bool:
    """Whether there is room for the states of such a system, and something enters."""
    infused = int(schedule.rates_mg_per_h.any(axis=(0, 1)).sum())
    return len(schedule.instants_h) > 0 and rates_per_h.shape[1] + infused <= _MOST_STATES


class Pass:
    """Steps for so many people, to be run once."""

    def __init__(self, library: ctypes.CDLL, patients: int) -> None:
        self._library = library
        self.patients = patients
        self._steps: list[tuple[int, list[Any]]] = []
        self._room = 0
        self._used: set[int] = set()
        self._alive: list[_Array] = []

    def amounts(
        self, rates_per_h: FloatArray, places: list[int], schedule: Schedule, times_h: FloatArray
    ) -> list[Course]:
        """Amounts at the kept places at ascending times, of a system that `serves` says yes to.

        `rates_per_h` (patients, compartments, compartments).
        """
        infused = np.flatnonzero(schedule.rates_mg_per_h.any(axis=(0, 1)))
        compartments = rates_per_h.shape[1]
        states = compartments + len(infused)
        system = np.zeros((self.patients, states, states))
        system[:, :compartments, :compartments] = rates_per_h
        system[:, infused, compartments + np.arange(len(infused))] = 1.0
        entering = np.concatenate([schedule.boluses_mg, schedule.rates_mg_per_h[:, :, infused]], axis=2)
        way = plans.ways(schedule.instants_h.tobytes(), _own(times_h).tobytes())
        own = plans.pattern(states, (system != 0).any(axis=0).tobytes())
        told = [self._course(len(times_h)) for _ in places]
        self._steps.append(
            (
                _LINEAR,
                [
                    *(states, compartments, len(own.place), system),
                    *(own.place, own.first, own.column, own.diagonal),
                    *(len(own.terms), own.group_first, own.terms, own.entry, own.term),
                    *(len(way.hours), way.hours, way.twice, len(way.pattern_first) - 1, way.pattern_first, way.way),
                    *(len(way.pattern), way.pattern, way.begins, way.tells, entering, way.before),
                    *(len(places), np.array(places, np.int32), told[0].place, len(times_h)),
                ],
            )
        )
        return told

    def given(self, values: FloatArray) -> Course:
        """What was worked out elsewhere, (patients, ...)."""
        course = self._course(values.size // max(self.patients, 1))
        self._steps.append((_GIVEN, [_own(values), course.count, course.place]))
        return course

    def saturated(self, course: Course, half: FloatArray, most: FloatArray) -> Course:
        """most x / (x + half), both (patients,)."""
        found = self._course(course.count)
        self._steps.append((_SATURATED, [self._read(course), found.place, course.count, *map(_own, (half, most))]))
        return found

    def filtered(
        self, panels: Panels, inflow: Course, rates_per_h: FloatArray, start: float = 0.0
    ) -> tuple[Course, Course]:
        """A state at the nodes and at the times told: see `daybreak.pharmacology.mechanism.cascade.filtered`."""
        at_nodes, at_times = self._course(panels.values), self._course(panels.times)
        places = self._read(inflow), at_nodes.place, at_times.place
        self._steps.append((_FILTERED, [self._panels(panels), _own(rates_per_h), float(start), *places]))
        return at_nodes, at_times

    def driven(self, panels: Panels, inflow: Course, loss: Course, start: float) -> tuple[Course, Course, FloatArray]:
        """A state at the nodes and at the times told, and the most e-folds each person loses on one panel, known after
        the run: see `daybreak.pharmacology.mechanism.cascade.driven`."""
        at_nodes, at_times = self._course(panels.values), self._course(panels.times)
        most = np.empty(self.patients)
        places = self._read(inflow), self._read(loss), at_nodes.place, at_times.place
        self._steps.append((_DRIVEN, [self._panels(panels), float(start), *places, most]))
        return at_nodes, at_times, most

    def tell(
        self, course: Course, found: FloatArray, factor: FloatArray | None = None, offset: FloatArray | None = None
    ) -> None:
        """offset + factor x into `found`, (patients, count) of any strides."""
        self._tell(course, found, (factor, offset), (None, None))

    def tell_ends(
        self,
        course: Course,
        times_h: FloatArray,
        weights: FloatArray,
        factor: FloatArray | None = None,
        offset: FloatArray | None = None,
    ) -> FloatArray:
        """The highest value of offset + factor x, its first time, the sum weighted with `weights`, and the last value:
        (4, patients), known after the run."""
        found = np.empty((4, self.patients))
        self._tell(course, found.T, (factor, offset), (_own(times_h), _own(weights)))
        return found

    def run(self) -> None:
        """Do all steps.

        Raises:
            MemoryError: if the kernel gets no memory.
        """
        steps = (_Step * len(self._steps))()
        records = []
        for place, (what, values) in enumerate(self._steps):
            if what == _FILTERED and values[4] not in self._used:
                values[4] = -1
            records.append(_record(what)(*map(self._passed, values)))
            steps[place] = _Step(what, ctypes.addressof(records[-1]))
        count = ctypes.c_int64(len(self._steps))
        if self._library.daybreak_follow(ctypes.c_int64(self.patients), ctypes.c_int64(self._room), count, steps):
            raise MemoryError("The compiled kernel got no memory. Simulate fewer patients at once.")

    def _course(self, count: int) -> Course:
        course = Course(self._room, count)
        self._room += count
        return course

    def _read(self, course: Course) -> int:
        self._used.add(course.place)
        return course.place

    def _tell(
        self,
        course: Course,
        found: FloatArray,
        plain: tuple[FloatArray | None, FloatArray | None],
        ends: tuple[FloatArray | None, FloatArray | None],
    ) -> None:
        factor, offset = plain
        own = np.ones(self.patients) if factor is None else _own(factor)
        more = np.zeros(self.patients) if offset is None else _own(offset)
        apart = [stride // found.itemsize for stride in found.strides]
        self._steps.append((_TOLD, [self._read(course), course.count, own, more, *ends, found, *apart]))

    def _panels(self, panels: Panels) -> ctypes.Structure:
        values = (getattr(panels, name) for name in Panels.__slots__[:-1])
        return _PanelsRecord(*map(self._passed, values))

    def _passed(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            self._alive.append(value)
            return value.__array_interface__["data"][0]
        return ctypes.addressof(value) if isinstance(value, ctypes.Structure) else value


def _own(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)


class _Step(ctypes.Structure):
    _fields_ = (("what", ctypes.c_int64), ("how", ctypes.c_void_p))


def _fields(kinds: str) -> list[tuple[str, Any]]:
    """A field for each letter: a number that counts, a real number, a pointer."""
    types = {"n": ctypes.c_int64, "r": ctypes.c_double, "p": ctypes.c_void_p}
    return [(f"{kind}{place}", types[kind]) for place, kind in enumerate(kinds)]


class _PanelsRecord(ctypes.Structure):
    _fields_ = _fields("nnn" + 11 * "p")


_KINDS = {
    _LINEAR: "nnnp" + "pppp" + "npppp" + "npp" + "npp" + "npppp" + "n" + "npnn",
    _FILTERED: "pprnnn",
    _DRIVEN: "prnnnnp",
    _GIVEN: "pnn",
    _SATURATED: "nnnpp",
    _TOLD: "nnpppppnn",
}


@cache
def _record(what: int) -> type[ctypes.Structure]:
    return type("_Record", (ctypes.Structure,), {"_fields_": _fields(_KINDS[what])})
