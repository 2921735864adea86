"""Exact solution of linear compartment systems under piecewise-constant input.

Amounts follow dx/dt = A x + u(t), where u jumps only at known times. Between jumps the solution is a sum of
exponentials, found from the eigen-decomposition of A: no step size, no tolerance. A patient whose rate
constants (nearly) coincide has no usable eigenvectors; there the matrix exponential is used, as exact
(`daybreak.pharmacology.propagators`). The compiled kernel, where it is built, uses it too, but for a drug alone that
exchanges both ways. Method: Moler and Van Loan, SIAM Review 2003;45:3, doi 10.1137/S00361445024180.

Arrays are (patients, times, compartments). Units: mg and hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daybreak.pharmacology import kernel
from daybreak.pharmacology.kernel import passes
from daybreak.pharmacology.propagators import solve_by_propagators
from daybreak.pharmacology.segments import AskedTimes, FloatArray, Input, Schedule, System, alike, run_of

__all__ = ["FloatArray", "Input", "amounts", "asked_of", "rate_matrix"]

# Eigenvectors worse conditioned than this would cost more than four of the sixteen digits. Under one person in a
# hundred has worse ones.
_MAXIMUM_CONDITION = 1e4
_SMALLEST_DETERMINANT = 1e-100  # below it the inverse could overflow
# Of all that was given: what is smaller is what rounding leaves of sums that cancel, and no drug. Ours.
_REMNANT = 1e-13
_BLOCK = 128  # patients at once: fewer calls, and what is worked on stays in the processor's cache


def rate_matrix(
    compartments: int, flows: Mapping[tuple[int, int | None], float | FloatArray], patients: int
) -> FloatArray:
    """The matrix A, (patients, compartments, compartments), from rate constants per hour.

    `flows` maps (from, to) to a rate constant, one number or one per patient; `to` None leaves the body.
    """
    matrix = np.zeros((patients, compartments, compartments))
    for (source, target), rate_per_h in flows.items():
        matrix[:, source, source] -= rate_per_h
        if target is not None:
            matrix[:, target, source] += rate_per_h
    return matrix


def amounts(
    rates_per_h: FloatArray,
    inputs: Sequence[Input],
    times_h: ArrayLike,
    keep: Sequence[int] | None = None,
    factors: Sequence[FloatArray] | None = None,
) -> FloatArray:
    """Amount in each compartment, (patients, times, compartments) in mg, from an empty body; never below zero.

    Args:
        rates_per_h: A, (patients, compartments, compartments); see `rate_matrix`.
        inputs: what enters where and when.
        times_h: (times,) in any order. A bolus counts from its own instant on.
        keep: the compartments wanted, in the order of the answer; all of them when not said. What these do not depend
            on is not computed.
        factors: what the amounts in each of these are multiplied by, (patients,) each.
    """
    times = np.asarray(times_h, dtype=np.float64)
    patients = len(rates_per_h)
    system = asked_of(rates_per_h, inputs, keep)
    order = None if (times[1:] >= times[:-1]).all() else np.argsort(times, kind="stable")
    ascending = times if order is None else times[order]
    found = _by_kernel(system, ascending, factors)
    if found is None:
        rates, schedule = system.rates_per_h, system.schedule
        asked = AskedTimes.of(schedule, ascending)
        found = np.zeros((patients, len(system.places), len(times)))
        for start in range(0, patients, _BLOCK):
            block = slice(start, start + _BLOCK)
            _solve(rates[block], system.places, schedule.of_patients(block), asked, found[block])
        if factors is not None:
            found *= np.stack(factors, axis=1)[:, :, None]
    if order is not None:
        found = found[:, :, np.argsort(order, kind="stable")]
    return found.transpose(0, 2, 1)


def asked_of(rates_per_h: FloatArray, inputs: Sequence[Input], keep: Sequence[int] | None) -> System:
    """What the kept compartments depend on, and what enters it.

    What flows in nobody is left out, and by what is left the kernel chooses how to solve it. A person whose exchange
    with a compartment is exactly zero can so differ, by 1e-14, alone and beside others who have it. No virtual patient
    has such a one: volumes and flows are drawn as logarithms. What the gut gives can be zero, and changes no digit.
    """
    patients, compartments = rates_per_h.shape[:2]
    kept = list(range(compartments)) if keep is None else list(keep)
    flows = rates_per_h.reshape(patients, -1).any(axis=0).reshape(compartments, compartments)
    needed = _upstream(flows.tobytes(), tuple(kept))
    if len(needed) < compartments:
        rows, columns = np.ix_(needed, needed)
        rates_per_h, flows = rates_per_h[:, rows, columns], flows[rows, columns]
    places = [needed.index(compartment) for compartment in kept]
    return System(np.ascontiguousarray(rates_per_h), flows, places, Schedule.of(inputs, needed))


def _by_kernel(system: System, times_h: FloatArray, factors: Sequence[FloatArray] | None) -> FloatArray | None:
    """Amounts (patients, kept, times), if there is a kernel and it has room for such a system."""
    compiled, patients = kernel.library(), len(system.rates_per_h)
    if compiled is None or not passes.serves(system):
        return None
    found = np.empty((patients, len(system.places), len(times_h)))
    one = passes.Pass(compiled, patients)
    for place, course in enumerate(one.amounts(system, times_h)):
        one.tell(course, found[:, place], None if factors is None else factors[place])
    one.run()
    return found


@lru_cache(maxsize=64)
def _upstream(flows: bytes, kept: tuple[int, ...]) -> list[int]:
    """The compartments from which something gets into the kept ones, those included, in order.

    `flows` is (compartments, compartments), true or false, as bytes.
    """
    into = np.frombuffer(flows, dtype=bool).reshape(isqrt(len(flows)), -1)
    needed = np.zeros(len(into), dtype=bool)
    needed[list(kept)] = True
    while (more := into[needed].any(axis=0) & ~needed).any():
        needed |= more
    return [int(place) for place in np.flatnonzero(needed)]


def _solve(
    rates_per_h: FloatArray, places: Sequence[int], schedule: Schedule, asked: AskedTimes, found: FloatArray
) -> None:
    """Fill `found`, (patients, kept, times)."""
    apart = ~_alike_by_design(rates_per_h)
    modes = _Modes.of(rates_per_h[apart])
    apart[apart] = modes.usable
    if apart.all():
        _solve_by_modes(modes, places, schedule, asked, found)
        return
    if not apart.any():
        solve_by_propagators(rates_per_h, places, schedule, asked, found)
        return
    part = np.zeros((int(apart.sum()), *found.shape[1:]))
    _solve_by_modes(modes.only(modes.usable), places, schedule.of_patients(apart), asked, part)
    found[apart] = part
    part = np.zeros((int((~apart).sum()), *found.shape[1:]))
    solve_by_propagators(rates_per_h[~apart], places, schedule.of_patients(~apart), asked, part)
    found[~apart] = part


def _alike_by_design(rates_per_h: FloatArray) -> NDArray[np.bool_]:
    """For whom one compartment feeds another, without return, that is left at exactly the same rate, (patients,).

    So are the delays of some models. Nobody need look for eigenvectors there.
    """
    flows = rates_per_h != 0
    left = np.diagonal(rates_per_h, axis1=1, axis2=2)
    same = left[:, :, None] == left[:, None, :]
    return np.asarray((same & flows & ~flows.transpose(0, 2, 1)).any(axis=(1, 2)))


@dataclass(frozen=True, slots=True)
class _Modes:
    """Eigenvalues (patients, modes), eigenvectors, their inverse, and for whom these are usable."""

    decays: FloatArray
    vectors: FloatArray
    inverse: FloatArray
    usable: NDArray[np.bool_]

    @classmethod
    def of(cls, rates_per_h: FloatArray) -> "_Modes":
        decays, vectors = np.linalg.eig(rates_per_h)
        usable = (np.imag(decays) == 0).all(axis=1)
        decays, vectors = np.real(decays), np.real(vectors)
        usable &= np.abs(np.linalg.det(vectors)) > _SMALLEST_DETERMINANT
        inverse = np.linalg.inv(np.where(usable[:, None, None], vectors, np.eye(vectors.shape[-1])))
        condition = np.linalg.norm(vectors, axis=(1, 2)) * np.linalg.norm(inverse, axis=(1, 2))
        return cls(decays, vectors, inverse, usable & (condition < _MAXIMUM_CONDITION))

    def only(self, chosen: NDArray[np.bool_]) -> "_Modes":
        return _Modes(self.decays[chosen], self.vectors[chosen], self.inverse[chosen], self.usable[chosen])


def _solve_by_modes(
    modes: _Modes, places: Sequence[int], schedule: Schedule, asked: AskedTimes, found: FloatArray
) -> None:
    """Scalar modes: after t hours a state is state e^(kt) + rate (e^(kt) - 1) / k, or + rate t where k is 0."""
    decays, inverse, to_kept = modes.decays, modes.inverse, modes.vectors[:, places]
    left = _left(decays[:, :, None], asked.elapsed_h)
    states, rates = _starts(decays, inverse, schedule)
    for stretch in asked.stretches:
        elapsed = left[:, :, run_of(stretch.which)]
        here = _of_kept(to_kept, states[:, stretch.segments]) @ elapsed
        if stretch.infused:
            filled = _filled(decays[:, :, None], asked.elapsed_h[stretch.which])
            here += _of_kept(to_kept, rates[:, stretch.segments]) @ filled
        stretch.put(here.reshape(len(here), len(places), len(stretch.segments), -1), found)
    found *= found > _REMNANT * schedule.given_mg[:, None, None]


def _of_kept(to_kept: FloatArray, states: FloatArray) -> FloatArray:
    """How much of each mode is in each kept compartment, (patients, kept x segments, modes)."""
    share = to_kept[:, :, None] * states[:, None]
    return share.reshape(len(share), -1, share.shape[-1])


def _starts(decays: FloatArray, inverse: FloatArray, schedule: Schedule) -> tuple[FloatArray, FloatArray]:
    """Modes at the start of each segment, boluses included, and what enters them: (patients, segments, modes)."""
    lengths, which = alike(schedule.lengths_h)
    left, filled = (over(decays[:, :, None], lengths) for over in (_left, _filled))
    boluses, rates = (
        np.moveaxis(entering, 0, 1) @ inverse.transpose(0, 2, 1)
        for entering in (schedule.boluses_mg, schedule.rates_mg_per_h)
    )
    states = boluses.copy()
    for segment, length in enumerate(which, start=1):
        states[:, segment] += states[:, segment - 1] * left[:, :, length]
        states[:, segment] += rates[:, segment - 1] * filled[:, :, length]
    return states, rates


def _left(decays: FloatArray, elapsed_h: FloatArray) -> FloatArray:
    """e^(kt)."""
    return np.asarray(np.exp(decays * elapsed_h))


def _filled(decays: FloatArray, elapsed_h: FloatArray) -> FloatArray:
    """(e^(kt) - 1) / k, and t where k is 0."""
    still = decays == 0
    return np.where(still, elapsed_h, np.expm1(decays * elapsed_h) / np.where(still, 1, decays))
