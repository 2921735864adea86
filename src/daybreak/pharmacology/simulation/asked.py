"""What `simulate` cannot be asked is a sentence, before anything is computed."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from daybreak.pharmacology.body import KineticsError, as_written
from daybreak.pharmacology.linear import FloatArray
from daybreak.pharmacology.random_streams import check_seed
from daybreak.pharmacology.simulation.keeping import Save
from daybreak.pharmacology.simulation.populations import Population
from daybreak.treatment.regimen import Dose, Regimen
from daybreak.treatment.regimen_language import parse

LONGEST_H = 10 * 365 * 24  # ours: beyond is a slip, not a course


def regimen_of(given: Dose | Regimen | str) -> Regimen:
    """A regimen, of one dose, or read from words.

    Raises:
        RegimenError: if the words are no regimen.
        KineticsError: if this is nothing of these.
    """
    match given:
        case Regimen():
            return given
        case Dose():
            return Regimen((given,))
        case str():
            return parse(given)
    raise KineticsError(f'{given!r} is no regimen. Give one, a dose, or words such as "ketamine 50 mg im once".')


def check(population: Population, save: Sequence[Save], outputs: Sequence[Any], seed: int, portion: int) -> None:
    """Raises KineticsError if one of these is not what `simulate` takes."""
    if not isinstance(population, Population):
        raise KineticsError(f"{population!r} is no population. Give one such as Population(1000, (Body(70),)).")
    check_seed(seed)
    if not isinstance(portion, Integral) or portion < 1:
        raise KineticsError(f"A portion of {portion!r} patients cannot be simulated. Write a whole number from 1 on.")
    kinds = list(save) if isinstance(save, Sequence) else [save]
    for kind in kinds:
        if not isinstance(save, Sequence) or not isinstance(kind, Save):
            raise KineticsError(f"{kind!r} cannot be saved so. Write a list such as [Endpoints(), Quantiles()].")
    if len({type(kind) for kind in kinds}) < len(kinds):
        raise KineticsError("Something is to be saved twice. Name Endpoints, Quantiles and Trajectories once each.")
    for output in outputs if isinstance(outputs, Sequence) else [outputs]:
        if not isinstance(outputs, Sequence) or isinstance(output, type) or not callable(output):
            raise KineticsError(f"{output!r} is no output as it stands. Write a list such as [Symptoms(32)].")


def check_hours(hours: float) -> None:
    """Raises KineticsError if concentrations cannot be followed for so long."""
    if not isinstance(hours, Real) or not 0 < hours <= LONGEST_H:
        raise KineticsError(
            f"{as_written(hours)} hours cannot be simulated. Write more than 0, at most {LONGEST_H:,} "
            "(a bound of this project against slips)."
        )


def check_times(times_h: FloatArray) -> None:
    """Raises KineticsError if concentrations cannot be computed at these times."""
    if times_h.ndim != 1 or len(times_h) < 2 or not (times_h[1:] > times_h[:-1]).all():
        raise KineticsError("Times must rise, and be two at least, in one list.")
    check_hours(float(times_h[-1]))
