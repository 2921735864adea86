"""Thousands of virtual patients, in memory that does not grow with their number.

    simulate(regimen, Population(100_000, (Body(60), Body(90))), times_h=hours, save=Endpoints(), seed=1)

Patients are simulated in portions. Patient number i of a seed has the same numbers in any portion, and what is saved
of all of them is put together in the order of their numbers or counted in whole numbers, so that the answer does not
depend on the portions. What comes after concentrations joins as an `Output`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daybreak.pharmacology import population as crowds
from daybreak.pharmacology.analytes import Analyte
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.kinetics import Matrix, Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.treatment.regimen import Dose, Regimen

PORTION = 500
LARGEST_KEPT = 50_000_000  # numbers of trajectories held at once: 400 MB
_LOG_STEP = 0.005  # of a quantile: half a per cent
_SMALLEST, _LARGEST = 1e-6, 1e7


@dataclass(frozen=True, slots=True)
class Population:
    """So many virtual patients, shared out evenly over these bodies in order: the first body has the first patients.

    Raises:
        KineticsError: if there are no patients or no bodies.
    """

    patients: int
    bodies: tuple[Body, ...]

    def __post_init__(self) -> None:
        if self.patients < 1 or not self.bodies:
            raise KineticsError(
                f"A population needs at least one patient (here {self.patients}) "
                f"and one body (here {len(self.bodies)})."
            )

    def portions(self, size: int) -> Iterator["Portion"]:
        """The patients in runs of at most `size` that share a body."""
        edges = [round(self.patients * place / len(self.bodies)) for place in range(len(self.bodies) + 1)]
        for body, first, end in zip(self.bodies, edges[:-1], edges[1:], strict=True):
            for start in range(first, end, size):
                yield Portion(body, start, min(size, end - start))


@dataclass(frozen=True, slots=True)
class Portion:
    """A run of patients with one body, the first of them number `first_patient`."""

    body: Body
    first_patient: int
    patients: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What an output may use of the patients at hand: their doses and body, their numbers, their concentrations."""

    asked: Prediction
    portion: Portion
    seed: int
    ng_per_ml: Mapping[Analyte, FloatArray]


class Output(Protocol):
    """What is computed for each patient: series by name, (patients, times) each.

    A name says its unit. The numbers of a patient may depend on the seed and the patient's own number alone.
    """

    def __call__(self, simulation: Simulation) -> Mapping[str, FloatArray]: ...


def concentrations_in_ng_per_ml(simulation: Simulation) -> Mapping[str, FloatArray]:
    """The output that is always there: each analyte's concentration."""
    return {f"{analyte} (ng/mL)": values for analyte, values in simulation.ng_per_ml.items()}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Of each patient and series: the highest value, its time, and the area under the curve (trapezoids)."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of each series and time: these quantiles over the patients, to half a per cent of their value."""

    levels: tuple[float, ...] = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Every patient's every value; or, with `sink`, each portion given away and nothing kept."""

    sink: Callable[[int, Mapping[str, FloatArray]], None] | None = None


Save = Endpoints | Quantiles | Trajectories


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was saved, and all that is needed to read and repeat it.

    `endpoints` by series: highest, at_h, area, each (patients,). `quantiles` by series: (levels, times).
    `trajectories` by series: (patients, times). Those not asked for are empty.
    """

    times_h: FloatArray
    patients: int
    seed: int
    model_id: str
    parameter_version: str
    matrix: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]
    endpoints: Mapping[str, Mapping[str, FloatArray]]
    quantiles: Mapping[str, FloatArray]
    trajectories: Mapping[str, FloatArray]


def simulate(
    regimen: Dose | Regimen,
    population: Population,
    *,
    times_h: ArrayLike,
    save: Sequence[Save] = (Endpoints(), Quantiles()),
    seed: int = 0,
    model: str | None = None,
    matrix: Matrix | None = None,
    uncertain: bool = True,
    outputs: Sequence[Output] = (concentrations_in_ng_per_ml,),
    portion: int = PORTION,
    progress: Callable[[int], None] | None = None,
) -> Simulated:
    """Simulate a regimen in a population.

    Args:
        times_h: (times,) hours since the first dose, ascending.
        save: what to keep of it; any of `Endpoints`, `Quantiles`, `Trajectories`.
        uncertain: let each patient also be one way in which the model itself may be off.
        outputs: what to compute for each patient.
        portion: how many patients at once; it changes the memory needed and nothing else.
        progress: called with the number of patients done since the last call.

    Raises:
        NoModelError: if no model serves these doses.
        KineticsError: if the times do not rise, or trajectories are to be kept that are too many.
    """
    times = np.array(times_h, dtype=np.float64, ndmin=1)
    if len(times) < 2 or not (np.diff(times) > 0).all():
        raise KineticsError("Times must rise, and be two at least.")
    keepers = [_keeper(kind, times, population.patients) for kind in save]
    asked: Prediction | None = None
    warnings: dict[str, None] = {}
    for part in population.portions(portion):
        asked = Prediction.of(regimen, part.body, times, model=model, matrix=matrix)
        warnings |= dict.fromkeys(asked.warnings)
        series = _series(asked, part, seed, uncertain, outputs)
        for keeper in keepers:
            keeper.add(part, series)
        if progress is not None:
            progress(part.patients)
    if asked is None:
        raise AssertionError("a population has patients")
    kept: dict[str, dict[str, object]] = {"endpoints": {}, "quantiles": {}, "trajectories": {}}
    for keeper in keepers:
        kept[keeper.name] = keeper.result()
    parameters = asked.model.parameters
    return Simulated(
        times_h=times,
        patients=population.patients,
        seed=seed,
        model_id=parameters.id,
        parameter_version=parameters.version,
        matrix=str(asked.matrix),
        limits=(*asked.limits, crowds.BAND_LIMIT if uncertain else crowds.PEOPLE_LIMIT),
        warnings=tuple(warnings),
        **kept,  # type: ignore[arg-type]
    )


def _series(
    asked: Prediction, part: Portion, seed: int, uncertain: bool, outputs: Sequence[Output]
) -> dict[str, FloatArray]:
    curves = crowds.simulate(
        asked, patients=part.patients, seed=seed, first_patient=part.first_patient, uncertain=uncertain
    )
    at_hand = Simulation(asked, part, seed, curves)
    return {name: values for output in outputs for name, values in output(at_hand).items()}


class _Keeper(Protocol):
    name: str

    def add(self, part: Portion, series: Mapping[str, FloatArray]) -> None: ...

    def result(self) -> dict[str, object]: ...


def _keeper(kind: Save, times_h: FloatArray, patients: int) -> _Keeper:
    match kind:
        case Endpoints():
            return _Endpoints(times_h)
        case Quantiles(levels):
            return _Quantiles(levels)
        case Trajectories(sink):
            return _Trajectories(sink, patients)


class _Endpoints:
    name = "endpoints"

    def __init__(self, times_h: FloatArray) -> None:
        self.times_h = times_h
        self.parts: dict[str, list[tuple[FloatArray, FloatArray, FloatArray]]] = {}

    def add(self, part: Portion, series: Mapping[str, FloatArray]) -> None:
        for name, values in series.items():
            found = (
                values.max(axis=1),
                self.times_h[values.argmax(axis=1)],
                np.asarray(np.trapezoid(values, self.times_h, axis=1)),
            )
            self.parts.setdefault(name, []).append(found)

    def result(self) -> dict[str, object]:
        return {
            name: dict(zip(("highest", "at_h", "area"), map(np.concatenate, zip(*parts, strict=True)), strict=True))
            for name, parts in self.parts.items()
        }


class _Quantiles:
    """Counts of values in steps of half a per cent: whole numbers, so their sum is the same in any order."""

    name = "quantiles"
    edges = np.arange(np.log(_SMALLEST), np.log(_LARGEST), _LOG_STEP)

    def __init__(self, levels: tuple[float, ...]) -> None:
        self.levels = levels
        self.counts: dict[str, NDArray[np.int64]] = {}

    def add(self, part: Portion, series: Mapping[str, FloatArray]) -> None:
        bins = len(self.edges) + 1
        for name, values in series.items():
            counts = self.counts.setdefault(name, np.zeros((values.shape[1], bins), dtype=np.int64))
            places = np.searchsorted(self.edges, np.log(np.maximum(values, _SMALLEST / 2)))
            for time, column in enumerate(places.T):
                counts[time] += np.bincount(column, minlength=bins)

    def result(self) -> dict[str, object]:
        middles = np.exp(np.concatenate([[-np.inf], self.edges + _LOG_STEP / 2]))
        found: dict[str, object] = {}
        for name, counts in self.counts.items():
            shares = counts.cumsum(axis=1) / counts.sum(axis=1, keepdims=True)
            found[name] = np.array([middles[(shares >= level).argmax(axis=1)] for level in self.levels])
        return found


class _Trajectories:
    name = "trajectories"

    def __init__(self, sink: Callable[[int, Mapping[str, FloatArray]], None] | None, patients: int) -> None:
        self.sink, self.patients = sink, patients
        self.parts: dict[str, list[FloatArray]] = {}

    def add(self, part: Portion, series: Mapping[str, FloatArray]) -> None:
        if self.sink is not None:
            self.sink(part.first_patient, series)
            return
        numbers = self.patients * sum(values.shape[1] for values in series.values())
        if numbers > LARGEST_KEPT:
            raise KineticsError(
                f"{numbers:,} numbers of trajectories are too many to hold. Write them to a file as they come, or "
                "save quantiles."
            )
        for name, values in series.items():
            self.parts.setdefault(name, []).append(values)

    def result(self) -> dict[str, object]:
        return {name: np.concatenate(parts) for name, parts in self.parts.items()}
