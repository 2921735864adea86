"""Exact solution of linear compartment systems under piecewise-constant input.

Amounts follow dx/dt = A x + u(t), where u jumps only at known times. Between jumps the solution is a sum of
exponentials, found from the eigen-decomposition of A: no step size, no tolerance. A patient whose rate
constants (nearly) coincide has no usable eigenvectors; there the matrix exponential is used, slower and as
exact. Method: Moler and Van Loan, SIAM Review 2003;45:3, doi 10.1137/S00361445024180.

Arrays are (patients, times, compartments). Units: mg and hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# Eigenvectors worse conditioned than this would cost more than four of the sixteen digits. Under one person in a
# hundred has worse ones.
_MAXIMUM_CONDITION = 1e4
_SMALLEST_DETERMINANT = 1e-100  # below it the inverse could overflow
_TAYLOR_TERMS = 18
# Of all that was given: what is smaller is what rounding leaves of sums that cancel, and no drug. Ours.
_REMNANT = 1e-13


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


def amounts(rates_per_h: FloatArray, inputs: Sequence[Input], times_h: ArrayLike) -> FloatArray:
    """Amount in each compartment, (patients, times, compartments) in mg, from an empty body; never below zero.

    Args:
        rates_per_h: A, (patients, compartments, compartments); see `rate_matrix`.
        inputs: what enters where and when.
        times_h: (times,) in any order. A bolus counts from its own instant on.
    """
    times = np.asarray(times_h, dtype=np.float64)
    schedule = _Schedule.of(inputs, patients=rates_per_h.shape[0], compartments=rates_per_h.shape[1])
    decays, vectors, inverse, usable = _modes(rates_per_h)
    if usable.all():
        return _without_remnants(_by_modes(decays, vectors, inverse, schedule, times), inputs)
    result = np.empty((len(rates_per_h), len(times), rates_per_h.shape[1]))
    result[usable] = _by_modes(decays[usable], vectors[usable], inverse[usable], schedule.only(usable), times)
    result[~usable] = _by_matrix_exponential(rates_per_h[~usable], schedule.only(~usable), times)
    return _without_remnants(result, inputs)


def _without_remnants(found: FloatArray, inputs: Sequence[Input]) -> FloatArray:
    given_mg = sum((np.asarray(entry.amount_mg, dtype=np.float64) for entry in inputs), np.zeros(1))
    return np.where(found > _REMNANT * given_mg[:, None, None], found, 0.0)


@dataclass(frozen=True, slots=True)
class _Schedule:
    """The instants at which input changes; what enters at each; the rate from each to the next.

    `instants_h` (instants,) ascending; `boluses_mg` and `rates_mg_per_h` (instants, patients, compartments).
    """

    instants_h: FloatArray
    boluses_mg: FloatArray
    rates_mg_per_h: FloatArray

    @classmethod
    def of(cls, inputs: Sequence[Input], *, patients: int, compartments: int) -> "_Schedule":
        instants = np.unique([t for entry in inputs for t in (entry.start_h, entry.end_h)])
        boluses = np.zeros((len(instants), patients, compartments))
        rates = np.zeros_like(boluses)
        for entry in inputs:
            first, last = np.searchsorted(instants, (entry.start_h, entry.end_h))
            if entry.duration_h == 0:
                boluses[first, :, entry.compartment] += entry.amount_mg
            else:
                rates[first:last, :, entry.compartment] += np.asarray(entry.amount_mg) / entry.duration_h
        return cls(instants, boluses, rates)

    def only(self, chosen: NDArray[np.bool_]) -> "_Schedule":
        return _Schedule(self.instants_h, self.boluses_mg[:, chosen], self.rates_mg_per_h[:, chosen])

    def segment_of(self, times: FloatArray) -> NDArray[np.intp]:
        """For each time the index of the last instant at or before it; -1 before the first."""
        return np.searchsorted(self.instants_h, times, side="right") - 1


def _modes(rates_per_h: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """Eigenvalues (patients, modes), eigenvectors, their inverse, and for whom these are usable."""
    decays, vectors = np.linalg.eig(rates_per_h)
    usable = (np.imag(decays) == 0).all(axis=1)
    decays, vectors = np.real(decays), np.real(vectors)
    usable &= np.abs(np.linalg.det(vectors)) > _SMALLEST_DETERMINANT
    inverse = np.linalg.inv(np.where(usable[:, None, None], vectors, np.eye(vectors.shape[-1])))
    condition = np.linalg.norm(vectors, axis=(1, 2)) * np.linalg.norm(inverse, axis=(1, 2))
    return decays, vectors, inverse, usable & (condition < _MAXIMUM_CONDITION)


def _by_modes(
    decays: FloatArray,
    vectors: FloatArray,
    inverse: FloatArray,
    schedule: _Schedule,
    times: FloatArray,
) -> FloatArray:
    result = np.zeros((decays.shape[0], len(times), decays.shape[1]))
    segment = schedule.segment_of(times)
    to_compartments = vectors.transpose(0, 2, 1)
    state = np.zeros_like(decays)
    for index, instant in enumerate(schedule.instants_h):
        state = state + _apply(inverse, schedule.boluses_mg[index])
        rate = _apply(inverse, schedule.rates_mg_per_h[index])
        here = segment == index
        if here.any():
            elapsed = (times[here] - instant)[None, :, None]
            later = _advance(state[:, None], rate[:, None], decays[:, None], elapsed)
            result[:, here] = later @ to_compartments
        if index + 1 < len(schedule.instants_h):
            state = _advance(state, rate, decays, schedule.instants_h[index + 1] - instant)
    return result


def _apply(matrices: FloatArray, columns: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("pij,pj->pi", matrices, columns))


def _advance(state: FloatArray, rate: FloatArray, decays: FloatArray, elapsed: float | FloatArray) -> FloatArray:
    """Scalar modes after `elapsed` hours: state e^(kt) + rate (e^(kt) - 1) / k, or + rate t where k is 0."""
    exponent = decays * elapsed
    if not rate.any():
        return np.asarray(state * np.exp(exponent))
    growth = np.expm1(exponent)
    still = decays == 0
    filled = np.where(still, elapsed, growth / np.where(still, 1, decays))
    return np.asarray(state * (growth + 1) + rate * filled)


def _by_matrix_exponential(rates_per_h: FloatArray, schedule: _Schedule, times: FloatArray) -> FloatArray:
    patients, compartments = rates_per_h.shape[:2]
    result = np.zeros((patients, len(times), compartments))
    segment = schedule.segment_of(times)
    state = np.zeros((patients, compartments))
    augmented = np.zeros((patients, compartments + 1, compartments + 1))
    augmented[:, :-1, :-1] = rates_per_h
    for index, instant in enumerate(schedule.instants_h):
        state = state + schedule.boluses_mg[index]
        augmented[:, :-1, -1] = schedule.rates_mg_per_h[index]
        with_input = np.concatenate([state, np.ones((patients, 1))], axis=1)
        for place in np.flatnonzero(segment == index):
            elapsed = times[place] - instant
            result[:, place] = _apply(_exponential(augmented * elapsed), with_input)[:, :-1]
        if index + 1 < len(schedule.instants_h):
            elapsed = schedule.instants_h[index + 1] - instant
            state = _apply(_exponential(augmented * elapsed), with_input)[:, :-1]
    return result


def _exponential(matrices: FloatArray) -> FloatArray:
    """e^M for each matrix, by scaling, Taylor series and squaring."""
    largest = np.abs(matrices).sum(axis=1).max(axis=1)
    squarings = np.maximum(0, np.frexp(largest)[1] + 1)
    scaled = matrices / 2.0 ** squarings[:, None, None]
    identity = np.eye(matrices.shape[-1])
    result = identity + scaled / _TAYLOR_TERMS
    for term in range(_TAYLOR_TERMS - 1, 0, -1):
        result = identity + scaled @ result / term
    for done in range(squarings.max(initial=0)):
        result = np.where((done < squarings)[:, None, None], result @ result, result)
    return np.asarray(result)
