"""What is kept of a simulation: endpoints, quantiles, trajectories.

Where a portion is computed, `take` makes of it the little that is kept. The keepers then put each patient's numbers at
the patient's place, or count in whole numbers, so that the answer does not depend on the portions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.arguments import LEVEL, KineticsError, each, function, optional, settle, yes_or_no
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.simulation.outputs import Computed
from daybreak.pharmacology.simulation.populations import Portion

LARGEST_KEPT = 50_000_000  # numbers of trajectories held at once: 400 MB
_LOG_STEP = 0.005  # of a quantile: half a per cent
_SMALLEST = 1e-6  # nearer to zero than this is zero
_PLACES = np.iinfo(np.int16).max  # of steps on either side of zero: to 1e65


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Of each patient: each output's endpoints, and their chances."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of each series and time: these quantiles over the patients, to half a per cent of their value.

    With `by_body` also over those of each body: memory grows with the number of bodies.
    """

    levels: tuple[float, ...] = (0.05, 0.5, 0.95)
    by_body: bool = False

    def __post_init__(self) -> None:
        settle(self, levels=each(LEVEL, such_as="(0.05, 0.5, 0.95)", least=1), by_body=yes_or_no)


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Every patient's every value; or, with `sink`, each portion given away in order and nothing kept.

    `sink` is called with the portion, which knows its body and its patients' numbers, and its series, (patients, times)
    each.
    """

    sink: Callable[[Portion, Mapping[str, FloatArray]], None] | None = None

    def __post_init__(self) -> None:
        settle(self, sink=optional(function))


Save = Endpoints | Quantiles | Trajectories


@dataclass(frozen=True, slots=True)
class Kept:
    """What was saved, by series; those not asked for are empty. See `daybreak.pharmacology.simulate.Simulated`."""

    endpoints: Mapping[str, Mapping[str, FloatArray]]
    chances: Mapping[str, FloatArray]
    quantiles: Mapping[str, FloatArray]
    quantiles_of: Mapping[Body, Mapping[str, FloatArray]]
    counted: Mapping[str, Mapping[Body, int]]
    trajectories: Mapping[str, FloatArray]


def take(kind: type[Save], computed: Sequence[Computed]) -> Any:
    """What a keeper of this kind needs of one portion: small, and a plain value that can be sent."""
    if kind is Endpoints:
        ends = {name: ends for one in computed for name, ends in one.endpoints.items()}
        return ends, {name: chances for one in computed for name, chances in one.chances.items()}
    series = {name: values for one in computed for name, values in one.series.items()}
    return {name: _places(values) for name, values in series.items()} if kind is Quantiles else series


class Keeper(Protocol):
    """Puts what was taken of the portions together, portion by portion."""

    def add(self, portion: Portion, taken: Any) -> None: ...

    def result(self) -> dict[str, Any]:
        """Fields of `Kept`."""
        ...


def keeper(kind: Save, patients: int) -> Keeper:
    """The keeper of one kind, for so many patients."""
    match kind:
        case Endpoints():
            return _Endpoints(patients)
        case Quantiles(levels, by_body):
            return _Quantiles(levels, by_body=by_body)
        case Trajectories(sink):
            return _Trajectories(sink, patients)


def _unknown(patients: int, *times: int) -> FloatArray:
    """A place for each patient's numbers. Those of a body of whom nothing is told stay NaN."""
    return np.full((patients, *times), np.nan)


class _Endpoints:
    def __init__(self, patients: int) -> None:
        self.patients = patients
        self.ends: dict[str, dict[str, FloatArray]] = {}
        self.chances: dict[str, FloatArray] = {}

    def add(self, portion: Portion, taken: Any) -> None:
        ends, chances = taken
        for kept, found in [*((self.ends.setdefault(name, {}), ends[name]) for name in ends), (self.chances, chances)]:
            for name, values in found.items():
                if name not in kept:
                    kept[name] = _unknown(self.patients)
                kept[name][portion.place] = values

    def result(self) -> dict[str, Any]:
        return {"endpoints": self.ends, "chances": self.chances}


def _places(values: FloatArray) -> NDArray[np.int16]:
    """Each value's step: zero for zero, then by half per cents away from it, below zero with a minus."""
    sizes = np.log(np.maximum(np.abs(np.ascontiguousarray(values)), _SMALLEST) / _SMALLEST)
    steps = np.minimum(np.ceil(sizes / _LOG_STEP), _PLACES)
    return np.asarray(np.sign(values) * steps).astype(np.int16)


def _middles(places: NDArray[np.int64]) -> FloatArray:
    """The value in the middle of each step."""
    return np.asarray(np.sign(places) * _SMALLEST * np.exp((np.abs(places) - 0.5) * _LOG_STEP))


class _Counts:
    """Counts of values by step, from the lowest step seen to the highest: whole numbers, the same in any order."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, NDArray[np.int64]]] = {}  # the lowest step; (times, steps)

    def add(self, taken: Mapping[str, NDArray[np.int16]]) -> None:
        for name, places in taken.items():
            lowest, highest = int(places.min()), int(places.max())
            if name in self.counts:
                start, counts = self.counts[name]
                before, after = max(start - lowest, 0), max(highest - (start + counts.shape[1] - 1), 0)
                lowest, counts = start - before, np.pad(counts, ((0, 0), (before, after)))
            else:
                counts = np.zeros((places.shape[1], highest - lowest + 1), dtype=np.int64)
            rows = np.arange(places.shape[1]) * counts.shape[1]
            found = np.bincount((places.astype(np.int64) - lowest + rows).ravel(), minlength=counts.size)
            self.counts[name] = lowest, counts + found.reshape(counts.shape)

    def quantiles(self, levels: Sequence[float]) -> dict[str, FloatArray]:
        """By series, (levels, times)."""
        found = {}
        for name, (lowest, counts) in self.counts.items():
            shares = counts.cumsum(axis=1) / counts.sum(axis=1, keepdims=True)
            found[name] = np.array([_middles(lowest + (shares >= level).argmax(axis=1)) for level in levels])
        return found


class _Quantiles:
    def __init__(self, levels: tuple[float, ...], *, by_body: bool) -> None:
        self.levels, self.by_body = levels, by_body
        self.all = _Counts()
        self.of: dict[Body, _Counts] = {}
        self.counted: dict[str, dict[Body, int]] = {}

    def add(self, portion: Portion, taken: Any) -> None:
        self.all.add(taken)
        for name in taken:
            people = self.counted.setdefault(name, {})
            people[portion.body] = people.get(portion.body, 0) + portion.patients
        if self.by_body:
            self.of.setdefault(portion.body, _Counts()).add(taken)

    def result(self) -> dict[str, Any]:
        return {
            "quantiles": self.all.quantiles(self.levels),
            "quantiles_of": {body: counts.quantiles(self.levels) for body, counts in self.of.items()},
            "counted": self.counted,
        }


class _Trajectories:
    def __init__(self, sink: Callable[[Portion, Mapping[str, FloatArray]], None] | None, patients: int) -> None:
        self.sink, self.patients = sink, patients
        self.kept: dict[str, FloatArray] = {}

    def add(self, portion: Portion, taken: Any) -> None:
        if self.sink is not None:
            self.sink(portion, taken)
            return
        numbers = self.patients * sum(values.shape[1] for values in taken.values())
        if numbers > LARGEST_KEPT:
            raise KineticsError(
                f"{numbers:,} numbers of trajectories are too many to hold. Write them to a file as they come, or "
                "save quantiles."
            )
        for name, values in taken.items():
            if name not in self.kept:
                self.kept[name] = _unknown(self.patients, values.shape[1])
            self.kept[name][portion.place] = values

    def result(self) -> dict[str, Any]:
        return {"trajectories": self.kept}
