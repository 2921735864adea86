"""One pass of the kernel: steps for everybody, a few people at a time, and what is told of them.

Each method adds a step and answers with the course it leaves, a `Course` that later steps can take; `run` finds room
for the courses, which they share once nobody reads them any more, and does all steps. The records are twins of those
in the kernel's sources.
"""

import ctypes
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.kernel import plans
from daybreak.pharmacology.segments import FloatArray, Schedule, System

_MOST_STATES = 24  # of lanes.h, which has room for 12 nodes
_LINEAR, _FILTERED, _DRIVEN, _GIVEN, _SATURATED, _BEYOND, _LOGARITHM, _LOGISTIC, _TOLD, _ENDS = range(10)
_NOBODY = -1  # in place of a course
_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Course:
    """Values of everybody that lie between steps: `count` of them, from `first` on of a stretch of the room."""

    stretch: int
    first: int
    count: int


@dataclass(frozen=True)
class Panels:
    """A mesh as the kernel reads it: see `Panels` in `panels.h`. `times` is how many are asked for."""

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
    times: int

    @property
    def values(self) -> int:
        """How many a state has at the nodes."""
        return self.panels * self.nodes

    @cached_property
    def record(self) -> ctypes.Structure:
        """As the kernel reads it."""
        values = (getattr(self, field.name) for field in fields(self)[:-1])
        return _PanelsRecord(*(plans.address(value) if isinstance(value, np.ndarray) else value for value in values))


def serves(system: System) -> bool:
    """Whether there is room for its states, and something enters."""
    schedule = system.schedule
    return len(schedule.instants_h) > 0 and len(system.flows) + len(schedule.infused) <= _MOST_STATES


class Pass:
    """Steps for so many people, to be run once."""

    def __init__(self, library: ctypes.CDLL, patients: int) -> None:
        self._library = library
        self.patients = patients
        self._steps: list[tuple[int, list[Any], list[Course]]] = []
        self._read: set[int] = set()
        self._lengths: list[int] = []
        self._made_by: list[int] = []
        self._alive: list[Any] = []
        self._amounts: dict[int, _Amounts] = {}

    def amounts(self, system: System, times_h: FloatArray) -> list[Course]:
        """Amounts at the wanted places at ascending times, of a system that `serves` says yes to."""
        told = self._courses(*[len(times_h)] * len(system.places))
        own = plans.pattern(system.flows.tobytes(), system.schedule.infused.tobytes(), tuple(system.places))
        self._amounts[len(self._steps)] = _Amounts(_own(system.rates_per_h), own, system.schedule, _own(times_h))
        self._add(_LINEAR, [told[0]])
        return told

    def given(self, values: FloatArray) -> Course:
        """What was worked out elsewhere, (patients, ...); or (1, ...), alike for everybody.

        Raises:
            ValueError: if they are so many that it is neither.
        """
        if len(values) not in (1, self.patients):
            raise ValueError(f"Values of {len(values)} patients were given in a pass of {self.patients}.")
        (course,) = self._courses(values.size // max(len(values), 1))
        self._add(_GIVEN, [_own(values), course.count if len(values) == self.patients else 0, course.count, course])
        return course

    def saturated(self, course: Course, half: FloatArray, most: FloatArray) -> Course:
        """most x / (x + half), both (patients,); nothing of what is below zero."""
        (found,) = self._courses(course.count)
        self._add(_SATURATED, [course, found, course.count, _own(half), _own(most)])
        return found

    def beyond(self, course: Course, other: Course, share: FloatArray) -> Course:
        """x - share y, (patients,); nothing of what is below zero."""
        (found,) = self._courses(course.count)
        self._add(_BEYOND, [course, other, found, course.count, _own(share)])
        return found

    def logarithm(self, course: Course, least: float) -> Course:
        """Of x, or of `least` where x is less."""
        (found,) = self._courses(course.count)
        self._add(_LOGARITHM, [course, found, course.count, float(least)])
        return found

    def logistic(self, course: Course, level: FloatArray, slope: FloatArray, most: FloatArray) -> Course:
        """most / (1 + exp(-(level + slope x))), all (patients,)."""
        (found,) = self._courses(course.count)
        self._add(_LOGISTIC, [course, found, course.count, _own(level), _own(slope), _own(most)])
        return found

    def filtered(
        self, panels: Panels, inflow: Course, rates_per_h: FloatArray, start: float = 0.0
    ) -> tuple[Course, Course]:
        """A state at the nodes and at the times told: see `daybreak.pharmacology.mechanism.cascade.filtered`."""
        at_nodes, at_times = *self._courses(panels.values), *self._courses(panels.times)
        self._add(_FILTERED, [panels.record, _own(rates_per_h), float(start), inflow, at_nodes, at_times])
        return at_nodes, at_times

    def driven(self, panels: Panels, inflow: Course, loss: Course, start: float) -> tuple[Course, Course, FloatArray]:
        """A state at the nodes and at the times told, and the most e-folds each person loses on one panel, known after
        the run: see `daybreak.pharmacology.mechanism.cascade.driven`."""
        return self._driven(panels, inflow, loss, (None, None), start)

    def filled(
        self, panels: Panels, inflow: Course, rates_per_h: FloatArray, left_per_h: FloatArray
    ) -> tuple[Course, Course, FloatArray]:
        """The same of dx/dt = rate inflow (1 - x) - left x, both (patients,), from nothing."""
        return self._driven(panels, inflow, _NOBODY, (_own(rates_per_h), _own(left_per_h)), 0.0)

    def tell(
        self, course: Course, found: FloatArray, factor: FloatArray | None = None, offset: FloatArray | None = None
    ) -> None:
        """offset + factor x into `found`, (patients, count) of any strides."""
        apart = [stride // found.itemsize for stride in found.strides]
        self._add(_TOLD, [course, course.count, *self._plain(factor, offset), found, *apart])

    def told(self, course: Course) -> FloatArray:
        """The course itself, (patients, count), known after the run."""
        found = np.empty((self.patients, course.count))
        self.tell(course, found)
        return found

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
        plain = self._plain(factor, offset)
        self._add(_ENDS, [course, course.count, *plain, _own(times_h), _own(weights), float(weights.sum()), found])
        return found

    def run(self) -> None:
        """Do all steps.

        Raises:
            MemoryError: if the kernel gets no memory.
        """
        self._settle_amounts()
        # Endpoints are told as soon as there is something to tell: nobody then needs the course for longer.
        order = sorted((number for number, step in enumerate(self._steps) if step[0] != _NOBODY), key=self._turn)
        steps = [self._steps[number] for number in order]
        starts, room = _placed(self._lengths, steps)
        taken, records = (_Step * len(steps))(), []
        for place, (what, values, _) in enumerate(steps):
            if what in _WITH_NODES and values[-_WITH_NODES[what]].stretch not in self._read:
                values[-_WITH_NODES[what]] = _NOBODY
            records.append(_record(what)(*[self._passed(value, starts) for value in values]))
            taken[place] = _Step(what, ctypes.addressof(records[-1]))
        if self._library.daybreak_follow(*map(ctypes.c_int64, (self.patients, room, len(steps))), taken):
            raise MemoryError("The compiled kernel got no memory. Simulate fewer patients at once.")

    def _settle_amounts(self) -> None:
        """Where of kept amounts the endpoints alone are told, each once, no course of them is laid out."""
        readers: dict[int, list[int]] = {}
        for number, (what, _, courses) in enumerate(self._steps):
            for course in courses[: len(courses) - _LEFT[what]]:
                readers.setdefault(course.stretch, []).append(number)
        for number, asked in self._amounts.items():
            left = self._steps[number][2][0]
            reading = readers.get(left.stretch, [])
            if asked.pattern.neighbour is None and all(self._steps[own][0] == _ENDS for own in reading):
                reading.sort(key=lambda own: self._steps[own][2][0].first)
                ends = [self._steps[own][1] for own in reading]
                each = [place * left.count for place in range(len(asked.pattern.kept))]
                if [values[0].first for values in ends] == each and len(
                    {values[_WEIGHTS].tobytes() for values in ends}
                ) == 1:
                    told = _Ends([_NOBODY, *values[1:]] for values in ends)
                    self._steps[number] = (_LINEAR, self._linear(asked, _NOBODY, told, ends[0][_WEIGHTS]), [])
                    for own in reading:
                        self._steps[own] = (_NOBODY, [], [])
                    continue
            self._steps[number] = (_LINEAR, self._linear(asked, left), [left])

    def _linear(
        self, asked: "_Amounts", told: Course | int, ends: "_Ends | None" = None, weights: FloatArray | None = None
    ) -> list[Any]:
        """The values of the step: courses are told, or ends in their place, of times with these weights."""
        schedule, weighing = asked.schedule, b"" if weights is None else weights.tobytes()
        way = plans.ways(schedule.instants_h.tobytes(), asked.times_h.tobytes(), weighing)
        self._alive += [way, asked.pattern]
        _, given, states = schedule.entering.shape
        return [
            *(asked.rates_per_h, *asked.pattern.values, *way.values),
            *(schedule.entering, given, states if given > 1 else 0, schedule.infused),
            *(len(asked.times_h), told, ends),
        ]

    def _add(self, what: int, values: list[Any]) -> None:
        courses = [value for value in values if type(value) is Course]
        self._read.update(course.stretch for course in courses[: len(courses) - _LEFT[what]])
        self._steps.append((what, values, courses))

    def _courses(self, *counts: int) -> list[Course]:
        """Side by side in one stretch, to be left by the step added next."""
        stretch, first = len(self._lengths), 0
        found = []
        for count in counts:
            found.append(Course(stretch, first, count))
            first += count
        self._lengths.append(first)
        self._made_by.append(len(self._steps))
        return found

    def _turn(self, number: int) -> tuple[int, int]:
        what, values, _ = self._steps[number]
        return (self._made_by[values[0].stretch], 1) if what == _ENDS else (number, 0)

    def _driven(
        self,
        panels: Panels,
        inflow: Course,
        loss: Course | int,
        rates: tuple[FloatArray | None, FloatArray | None],
        start: float,
    ) -> tuple[Course, Course, FloatArray]:
        at_nodes, at_times = *self._courses(panels.values), *self._courses(panels.times)
        most = np.empty(self.patients)
        self._add(_DRIVEN, [panels.record, float(start), inflow, loss, *rates, at_nodes, at_times, most])
        return at_nodes, at_times, most

    def _plain(self, factor: FloatArray | None, offset: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        one = np.ones(self.patients) if factor is None else _own(factor)
        return one, np.zeros(self.patients) if offset is None else _own(offset)

    def _passed(self, value: Any, starts: list[int]) -> Any:
        kind = type(value)  # a call has more than a hundred of these
        if kind is np.ndarray:
            self._alive.append(value)
            return plans.address(value)
        if kind is Course:
            return starts[value.stretch] + value.first
        if kind is _Ends:
            every = (_record(_ENDS) * len(value))()
            for place, one in enumerate(value):
                every[place] = _record(_ENDS)(*[self._passed(own, starts) for own in one])
            self._alive.append(every)
            return ctypes.addressof(every)
        return ctypes.addressof(value) if kind is _PanelsRecord else value


class _Ends(list[list[Any]]):
    """The values of steps that tell ends, which another takes."""


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Linear compartments that are asked for what they keep."""

    rates_per_h: FloatArray
    pattern: plans.Pattern
    schedule: Schedule
    times_h: FloatArray


def _placed(lengths: list[int], steps: list[tuple[int, list[Any], list[Course]]]) -> tuple[list[int], int]:
    """Where each stretch begins, and how much room they take: the lowest place free from its first step to its last.

    What is told of several blocks of people together stays to the end.
    """
    first, last = dict[int, int](), dict[int, int]()
    for number, (what, _, courses) in enumerate(steps):
        for course in courses:
            first.setdefault(course.stretch, number)
            last[course.stretch] = len(steps) if what == _TOLD else max(last.get(course.stretch, 0), number)
    starts, room, placed = [0] * len(lengths), 0, list[int]()
    for stretch, begins in first.items():
        placed = [other for other in placed if last[other] >= begins]
        start = 0
        for low, high in sorted((starts[other], starts[other] + lengths[other]) for other in placed):
            if start + lengths[stretch] <= low:
                break
            start = max(start, high)
        starts[stretch], room = start, max(room, start + lengths[stretch])
        placed.append(stretch)
    return starts, room


def _own(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)


class _Step(ctypes.Structure):
    _fields_ = (("what", ctypes.c_int64), ("how", ctypes.c_void_p))


def _fields(kinds: str) -> list[tuple[str, Any]]:
    """A field for each letter: a number that counts, a real number, a pointer."""
    types = {"n": ctypes.c_int64, "r": ctypes.c_double, "p": ctypes.c_void_p}
    return [(f"{kind}{place}", types[kind]) for place, kind in enumerate(kinds)]


class _PanelsRecord(ctypes.Structure):
    _fields_ = _fields("nnn" + 10 * "p")


_KINDS = {
    _LINEAR: "p" + "nnnpppp" + 2 * "npppp" + "npp" + "npp" + "nppp" + "npp" + "npppn" + "pnnp" + "nnp",
    _FILTERED: "pprnnn",
    _DRIVEN: "prnnppnnp",
    _GIVEN: "pnnn",
    _SATURATED: "nnnpp",
    _BEYOND: "nnnnp",
    _LOGARITHM: "nnnr",
    _LOGISTIC: "nnnppp",
    _TOLD: "nnpppnn",
    _ENDS: "nnpppprp",
}
# How many of a step's courses, the last of them, it leaves; and where in its record, from the end, those at nodes are.
_LEFT = {_LINEAR: 1, _FILTERED: 2, _DRIVEN: 2, _TOLD: 0, _ENDS: 0} | dict.fromkeys(
    (_GIVEN, _SATURATED, _BEYOND, _LOGARITHM, _LOGISTIC), 1
)
_WEIGHTS = 5  # where in those of one that tells ends
_WITH_NODES = {_FILTERED: 2, _DRIVEN: 3}


@cache
def _record(what: int) -> type[ctypes.Structure]:
    return type("_Record", (ctypes.Structure,), {"_fields_": _fields(_KINDS[what])})
