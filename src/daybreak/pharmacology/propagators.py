"""Linear compartment systems by the matrix exponential: for rates that (nearly) coincide, or are alike by design.

The state, with the rates of infusion beside it, goes forward by whole strides of an hour, whose powers are taken once
by doubling; what is left of an hour is one more exponential, taken once for all times that share it. Method: scaling
and squaring, Moler and Van Loan, SIAM Review 2003;45:3, doi 10.1137/S00361445024180.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.segments import AskedTimes, FloatArray, Schedule, alike, run_of

STRIDE_H = 1.0
_SLIVER_H = 1e-12  # less than that is no rest


def solve_by_propagators(
    rates_per_h: FloatArray, places: Sequence[int], schedule: Schedule, asked: AskedTimes, found: FloatArray
) -> None:
    """Fill `found`, (patients, kept, times), with the amounts at `places`."""
    if not len(schedule.instants_h):
        return
    infused = np.flatnonzero(schedule.rates_mg_per_h.any(axis=(0, 1)))
    steps = _Steps(_with_infusions(rates_per_h, infused), {})
    responses = _responses(steps, places, asked.elapsed_h)
    starts = _starts(steps, schedule, infused)
    for stretch in asked.stretches:
        rows = responses[:, :, run_of(stretch.which)].reshape(len(rates_per_h), -1, responses.shape[-1])
        here = starts[:, stretch.segments] @ rows.transpose(0, 2, 1)  # (patients, segments, kept x hours)
        np.maximum(0.0, here, out=here)
        here = here.reshape(len(here), len(stretch.segments), len(places), len(stretch.which))
        stretch.put(here.transpose(0, 2, 1, 3), found)


@dataclass(frozen=True, slots=True)
class _Steps:
    """A system (patients, states, states), and each step of it that was worked out already, by its hours."""

    system: FloatArray
    known: dict[float, FloatArray]

    def over(self, hours: float) -> FloatArray:
        """From the state now to that in so many hours."""
        rounded = round(hours, 12)
        if rounded not in self.known:
            half = next((known for known in self.known if abs(2 * known - hours) <= _SLIVER_H), None)
            if hours == 0:
                self.known[rounded] = np.broadcast_to(np.eye(self.system.shape[1]), self.system.shape)
            elif half:
                self.known[rounded] = self.known[half] @ self.known[half]
            else:
                self.known[rounded] = exponential(self.system * hours)
        return self.known[rounded]

    def doubled(self, times: int) -> FloatArray:
        """Over 2^times strides."""
        if times:
            self.doubled(times - 1)  # which makes it one product
        return self.over(STRIDE_H * 2**times)

    def across(self, strides: int, rest_h: float) -> FloatArray:
        """Over whole strides and a rest."""
        result = self.over(rest_h)
        for place in range(strides.bit_length()):
            if strides >> place & 1:
                result = self.doubled(place) @ result
        return result


def _responses(steps: _Steps, places: Sequence[int], elapsed_h: FloatArray) -> FloatArray:
    """What is at the kept places after so many hours, by what was where: (patients, kept, hours, states)."""
    patients, states = steps.system.shape[:2]
    strides, over_h = _in_strides(elapsed_h)
    found = np.empty((patients, len(places), len(strides), states))
    rests, which = alike(over_h)
    for rest, length_h in enumerate(rests.tolist()):
        hours = np.flatnonzero(which == rest)
        need = int(strides[hours].max()).bit_length()
        rows = np.empty((patients, len(places) << need, states))  # one stride after the other
        rows[:, : len(places)] = steps.over(length_h)[:, places]
        for doubled in range(need):
            done = len(places) << doubled
            np.matmul(rows[:, :done], steps.doubled(doubled), out=rows[:, done : 2 * done])
        by_stride = rows.reshape(patients, -1, len(places), states).transpose(0, 2, 1, 3)
        found[:, :, run_of(hours)] = by_stride[:, :, run_of(strides[hours])]
    return found


def _with_infusions(rates_per_h: FloatArray, infused: NDArray[np.intp]) -> FloatArray:
    """The system with one more state for each infused compartment: the rate that enters it, which stays."""
    patients, compartments = rates_per_h.shape[:2]
    system = np.zeros((patients, compartments + len(infused), compartments + len(infused)))
    system[:, :compartments, :compartments] = rates_per_h
    system[:, infused, compartments + np.arange(len(infused))] = 1.0
    return system


def _in_strides(hours: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Whole strides, and what is left: zero or more, less than a stride."""
    strides = np.floor(hours / STRIDE_H + _SLIVER_H)
    rests = hours - strides * STRIDE_H
    return strides.astype(np.intp), np.where(rests > _SLIVER_H, rests, 0.0)


def _starts(steps: _Steps, schedule: Schedule, infused: NDArray[np.intp]) -> FloatArray:
    """The state at the start of each segment, its boluses and rates included, (patients, segments, states)."""
    compartments = schedule.boluses_mg.shape[2]
    lengths, which = alike(schedule.lengths_h)
    across = [
        steps.across(int(strides), float(rest))[:, :compartments]
        for strides, rest in zip(*_in_strides(lengths), strict=True)
    ]
    starts = np.zeros((len(steps.system), len(schedule.instants_h), steps.system.shape[1]))
    starts[:, :, :compartments] = np.moveaxis(schedule.boluses_mg, 0, 1)
    starts[:, :, compartments:] = np.moveaxis(schedule.rates_mg_per_h[:, :, infused], 0, 1)
    for segment, length in enumerate(which, start=1):
        starts[:, segment, :compartments] += np.einsum("pij,pj->pi", across[length], starts[:, segment - 1])
    return starts


# Coefficients of e^x to the sixteenth order, in four groups of four (Paterson and Stockmeyer 1973): seven products.
_ORDER, _GROUP = 16, 4
_TAYLOR = np.cumprod([1.0, *(1 / term for term in range(1, _ORDER + 1))])


def exponential(matrices: FloatArray) -> FloatArray:
    """e^M for each matrix, by scaling, a Taylor polynomial and squaring."""
    largest = np.abs(matrices).sum(axis=1).max(axis=1)
    squarings = np.maximum(0, np.frexp(largest)[1] + 1)
    scaled = matrices / 2.0 ** squarings[:, None, None]
    powers, diagonal = [scaled], np.arange(matrices.shape[-1])
    while len(powers) < _GROUP:
        powers.append(powers[-1] @ scaled)
    result, spare = _TAYLOR[_ORDER] * powers[-1], np.empty_like(scaled)
    for group in range(_ORDER // _GROUP - 1, -1, -1):
        for place, power in enumerate(powers[:-1], start=1):
            result += np.multiply(power, _TAYLOR[group * _GROUP + place], out=spare)
        result[:, diagonal, diagonal] += _TAYLOR[group * _GROUP]
        if group:
            result, spare = np.matmul(powers[-1], result, out=spare), result
    for done in range(squarings.max(initial=0)):
        np.copyto(result, np.matmul(result, result, out=spare), where=(done < squarings)[:, None, None])
    return np.asarray(result)
