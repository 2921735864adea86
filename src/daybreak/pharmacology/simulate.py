"""Thousands of virtual patients, in memory that does not grow with their number.

    simulate(regimen, Population(100_000, (Body(60), Body(90))), outputs=[Symptoms(30)], save=[Endpoints()], seed=1)

Patients are simulated in portions. Patient number i of a seed has the same numbers in any portion, and what is saved
of all of them is put at the place of their numbers or counted in whole numbers, so that the answer depends
neither on the portions nor on where and in what order they are computed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

from numpy.typing import ArrayLike

from daybreak.pharmacology.arguments import PATIENTS, SEED, KineticsError, function, optional, yes_or_no
from daybreak.pharmacology.body import Body
from daybreak.pharmacology.kinetics import Matrix, Prediction
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.simulation import asked, sampling
from daybreak.pharmacology.simulation.keeping import Endpoints, Kept, Quantiles, Save, Trajectories, keeper, take
from daybreak.pharmacology.simulation.made_with import MadeWith
from daybreak.pharmacology.simulation.outputs import Computed, Output, Simulation, checked, concentrations_in_ng_per_ml
from daybreak.pharmacology.simulation.populations import Population, Portion
from daybreak.pharmacology.simulation.symptoms import Symptoms
from daybreak.pharmacology.simulation.treatment_day import TreatmentDay
from daybreak.treatment.regimen import Dose, Regimen

__all__ = [
    "Computed",
    "Endpoints",
    "Output",
    "Population",
    "Portion",
    "Quantiles",
    "Save",
    "Simulated",
    "Simulation",
    "Symptoms",
    "Trajectories",
    "TreatmentDay",
    "concentrations_in_ng_per_ml",
    "simulate",
]

PORTION = 500


@dataclass(frozen=True, slots=True)
class Simulated(Kept):
    """What was saved, and all that is needed to read and repeat it.

    Attributes:
        endpoints: by series and endpoint, (patients,) each; NaN where a patient has none. Of a concentration these are
            `highest`, `at_h` and `area`.
        chances: by name, (patients,) each: each patient's chance, 0 to 1, or for what is drawn whether it came, 0 or 1.
            The mean over the patients is the chance.
        quantiles: by series, (levels, times).
        quantiles_of: by body the same of its people alone, where asked for.
        counted: by series, of how many people of each body those quantiles are: of some bodies a series is not told.
        trajectories: by series, (patients, times).
        times_h: by series, (times,); of the treatment day since that day's dose, of all else since the first.
        pictured: the series worth a picture.
        bodies: which the patients take in turn: patient i has that of place i modulo their number.
        warnings_of: by body, the warnings that hold for it; `warnings` are those of all.
        fits: the fitted models used, each with its version and data.
    """

    times_h: Mapping[str, FloatArray]
    pictured: tuple[str, ...]
    patients: int
    seed: int
    model_id: str
    parameter_version: str
    fits: tuple[str, ...]
    matrix: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]
    bodies: tuple[Body, ...]
    warnings_of: Mapping[Body, tuple[str, ...]]

    def body_of(self, number: int) -> Body:
        """The body of a patient."""
        return self.bodies[number % len(self.bodies)]


@dataclass(frozen=True, slots=True)
class PortionResult:
    """What a portion leaves: what each keeper needs of it, and what a reader must know. Plain values that can be sent.

    `made_with` says which software and which machine computed it.
    """

    portion: Portion
    taken: tuple[Any, ...]
    times_h: Mapping[str, FloatArray]
    pictured: tuple[str, ...]
    fits: tuple[str, ...]
    limits: tuple[str, ...]
    warnings: tuple[str, ...]
    made_with: MadeWith


Run = Callable[[Callable[[Portion], PortionResult], Iterable[Portion]], Iterable[PortionResult]]


def simulate(
    regimen: Dose | Regimen | str,
    population: Population,
    *,
    times_h: ArrayLike | None = None,
    hours: float | None = None,
    save: Sequence[Save] = (Endpoints(), Quantiles()),
    seed: int = 0,
    model: str | None = None,
    matrix: Matrix | None = None,
    uncertain: bool = True,
    outputs: Sequence[Output] = (concentrations_in_ng_per_ml,),
    portion: int = PORTION,
    run: Run = map,
    progress: Callable[[int], None] | None = None,
) -> Simulated:
    """Simulate a regimen in a population.

    Args:
        regimen: a dose, a regimen, or the words of one, such as "ketamine 50 mg im once".
        times_h: (times,) hours since the first dose, ascending, at which concentrations are computed; unless given,
            those of `daybreak.pharmacology.simulation.sampling` over so many `hours`.
        hours: how long concentrations are followed, if no times are given; else until 8 hours after the first day's.
        save: what to keep of it; any of `Endpoints`, `Quantiles`, `Trajectories`.
        model, matrix: as for `daybreak.pharmacology.kinetics.concentrations`.
        uncertain: let each patient also be one way in which the model itself may be off.
        outputs: what to compute for each patient: concentrations, `Symptoms`, `TreatmentDay`, or your own.
        portion: how many patients at once; it changes the memory needed and nothing else.
        run: computes the portions and gives their results in order, as `map` does here and
            `daybreak.pharmacology.simulation.cluster.Cluster` on other machines.
        progress: called with the number of patients done since the last call.

    Raises:
        RegimenError: if words are no regimen.
        NoModelError: if no model serves these doses.
        KineticsError: if an argument is not what is taken here, the times do not rise, an output cannot be computed,
            or trajectories are to be kept that are too many.
    """
    given = asked.regimen_of(regimen)
    asked.POPULATION("population", population)
    save = asked.save(save)
    function("run", run)
    optional(function)("progress", progress)
    times = _times(given, times_h, hours)
    compute = _Compute(
        regimen=given,
        times_h=times,
        seed=SEED("seed", seed),
        model=model,
        matrix=matrix,
        uncertain=yes_or_no("uncertain", uncertain),
        outputs=asked.OUTPUTS("outputs", outputs),
        kinds=tuple(type(kind) for kind in save),
    )
    PATIENTS("portion", portion)
    first = compute.asked(population.bodies[0])
    keepers = [keeper(kind, population.patients) for kind in save]
    shown_h: dict[str, FloatArray] = {}
    said: dict[str, dict[str, None]] = {"pictured": {}, "fits": {}, "limits": {}, "warnings": {}}
    warnings_of: dict[Body, dict[str, None]] = {}
    for found in run(compute, population.portions(portion)):
        for one, taken in zip(keepers, found.taken, strict=True):
            one.add(found.portion, taken)
        shown_h |= found.times_h
        for name, once in said.items():
            once.update(dict.fromkeys(getattr(found, name)))
        said["warnings"] |= dict.fromkeys(found.made_with.doubts_here())
        warnings_of.setdefault(found.portion.body, {}).update(dict.fromkeys(found.warnings))
        if progress is not None:
            progress(found.portion.patients)
    kept: dict[str, Any] = {one.name: {} for one in fields(Kept)}
    for one in keepers:
        kept |= one.result()
    said["warnings"] |= dict.fromkeys(population.without_people())
    kept |= {name: tuple(once) for name, once in said.items()}
    return Simulated(
        **kept,
        times_h=shown_h,
        bodies=population.bodies,
        warnings_of={body: tuple(once) for body, once in warnings_of.items()},
        patients=population.patients,
        seed=seed,
        model_id=first.model.id,
        parameter_version=first.model.parameters.version,
        matrix=str(first.matrix),
    )


def _times(regimen: Regimen, times_h: ArrayLike | None, hours: float | None) -> FloatArray:
    """When concentrations are computed."""
    if times_h is None:
        return sampling.times_of(
            regimen, asked.HOURS("hours", sampling.usual_hours(regimen) if hours is None else hours)
        )
    return asked.times(times_h)


@dataclass(frozen=True)
class _Compute:
    """Computes a portion, here or wherever it is sent."""

    regimen: Regimen
    times_h: FloatArray
    seed: int
    model: str | None
    matrix: Matrix | None
    uncertain: bool
    outputs: tuple[Output, ...]
    kinds: tuple[type[Save], ...]

    def asked(self, body: Body) -> Prediction:
        return Prediction.of(self.regimen, body, self.times_h, model=self.model, matrix=self.matrix)

    def __call__(self, portion: Portion) -> PortionResult:
        at_hand = Simulation(self.regimen, self.asked(portion.body), portion, self.seed, self.uncertain)
        computed = [checked(output(at_hand), portion.patients) for output in self.outputs]
        names = [name for one in computed for name in (*one.series, *one.chances)]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise KineticsError(f"Two outputs both give {twice}. Simulate them apart.")
        return PortionResult(
            portion=portion,
            taken=tuple(take(kind, computed) for kind in self.kinds),
            times_h={name: one.times_h for one in computed for name in one.series},
            pictured=_each_once(one.pictured for one in computed),
            fits=_each_once(one.fits for one in computed),
            limits=_each_once(one.limits for one in computed),
            warnings=_each_once(one.warnings for one in computed),
            made_with=MadeWith.here(),
        )


def _each_once(said: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(said)))
