"""A model from doses to states, written once and followed in one pass.

The compiled kernel takes a few people through all steps before the next few, so that what lies between never leaves
the processor's cache; NumPy takes everybody through one step after the other. A step answers with a course of
everybody, which later steps can be given and nobody looks into. What is wanted is told: whole courses, or of each
person the endpoints alone, for which nobody's course is kept.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from daybreak.pharmacology import kernel
from daybreak.pharmacology.kernel import passes
from daybreak.pharmacology.linear import FloatArray, Input, amounts, asked_of
from daybreak.pharmacology.mechanism.cascade import check_loss, driven, filtered
from daybreak.pharmacology.mechanism.mesh import Mesh

ENDPOINTS = ("highest", "when_highest_h", "weighted_sum", "last")
Course = Any  # the kernel's, or an array (patients, values)


class OnePass(Protocol):
    """Steps for so many people, to be run once. What is told is there after the run."""

    def amounts(
        self, rates_per_h: FloatArray, inputs: Sequence[Input], times_h: FloatArray, keep: Sequence[int]
    ) -> list[Course]:
        """Amounts in the kept compartments at ascending times: see `daybreak.pharmacology.linear.amounts`."""
        ...

    def given(self, values: FloatArray) -> Course:
        """What was worked out elsewhere, (patients, values); or (1, values), alike for everybody."""
        ...

    def saturated(self, course: Course, half: FloatArray, most: FloatArray) -> Course:
        """most x / (x + half), both (patients,); nothing of what is below zero."""
        ...

    def beyond(self, course: Course, other: Course, share: FloatArray) -> Course:
        """x - share y, (patients,); nothing of what is below zero."""
        ...

    def logarithm(self, course: Course, least: float) -> Course:
        """Of x, or of `least` where x is less; of nothing it is minus infinity."""
        ...

    def logistic(self, course: Course, level: FloatArray, slope: FloatArray, most: FloatArray) -> Course:
        """most / (1 + exp(-(level + slope x))), all (patients,)."""
        ...

    def filtered(self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray) -> tuple[Course, Course]:
        """A state that follows a course given at the nodes, at the nodes and at the times asked for."""
        ...

    def filtered_at_times(self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray) -> Course:
        """The same where nothing follows that state."""
        ...

    def filled(
        self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray, left_per_h: FloatArray
    ) -> tuple[Course, Course]:
        """A state from 0 towards 1, dx/dt = rate u (1 - x) - left x, at the nodes and at the times asked for."""
        ...

    def tell(
        self, course: Course, found: FloatArray, factor: FloatArray | None = None, offset: FloatArray | None = None
    ) -> None:
        """offset + factor x, both (patients,), into `found`, (patients, values) of any strides."""
        ...

    def told(self, course: Course) -> FloatArray:
        """The course itself, (patients, values), there after the run."""
        ...

    def tell_ends(
        self,
        course: Course,
        times_h: FloatArray,
        weights: FloatArray,
        factor: FloatArray | None = None,
        offset: FloatArray | None = None,
    ) -> FloatArray:
        """Of offset + factor x what `ENDPOINTS` names, (endpoints, patients). The weights make an area of the sum."""
        ...

    def run(self) -> None:
        """Do what is not done yet.

        Raises:
            MeshError: if a state is lost too fast for its panels.
        """
        ...


def one_pass(patients: int) -> OnePass:
    """By the kernel where it is built, else by NumPy."""
    compiled = kernel.library()
    return _ByNumPy(patients) if compiled is None else _ByKernel(passes.Pass(compiled, patients))


class _ByKernel:
    def __init__(self, steps: passes.Pass) -> None:
        self._steps = steps
        self._lost: list[FloatArray] = []
        self.given, self.saturated, self.beyond = steps.given, steps.saturated, steps.beyond
        self.logarithm, self.logistic = steps.logarithm, steps.logistic
        self.tell, self.told, self.tell_ends = steps.tell, steps.told, steps.tell_ends

    def amounts(
        self, rates_per_h: FloatArray, inputs: Sequence[Input], times_h: FloatArray, keep: Sequence[int]
    ) -> list[Course]:
        system = asked_of(rates_per_h, inputs, keep)
        if passes.serves(system):
            return list(self._steps.amounts(system, times_h))
        found = amounts(rates_per_h, inputs, times_h, keep)
        return [self._steps.given(found[:, :, place]) for place in range(len(keep))]

    def filtered(self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray) -> tuple[Course, Course]:
        return self._steps.filtered(mesh.packed, inflow, rate_per_h)

    def filtered_at_times(self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray) -> Course:
        return self.filtered(mesh, inflow, rate_per_h)[1]

    def filled(
        self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray, left_per_h: FloatArray
    ) -> tuple[Course, Course]:
        *courses, most = self._steps.filled(mesh.packed, inflow, rate_per_h, left_per_h)
        self._lost.append(most)
        return courses[0], courses[1]

    def run(self) -> None:
        self._steps.run()
        check_loss(max((float(most.max(initial=0.0)) for most in self._lost), default=0.0))


class _ByNumPy:
    def __init__(self, patients: int) -> None:
        self._patients = patients

    def amounts(
        self, rates_per_h: FloatArray, inputs: Sequence[Input], times_h: FloatArray, keep: Sequence[int]
    ) -> list[Course]:
        found = amounts(rates_per_h, inputs, times_h, keep)
        return [found[:, :, place] for place in range(len(keep))]

    def given(self, values: FloatArray) -> Course:
        return np.broadcast_to(values, (self._patients, values.shape[-1]))

    def saturated(self, course: Course, half: FloatArray, most: FloatArray) -> Course:
        above = np.maximum(course, 0)
        found = above + half[:, None]
        np.divide(above, found, out=found)
        found *= most[:, None]
        return found

    def beyond(self, course: Course, other: Course, share: FloatArray) -> Course:
        found = share[:, None] * other
        np.subtract(course, found, out=found)
        return np.maximum(found, 0, out=found)

    def logarithm(self, course: Course, least: float) -> Course:
        found = np.maximum(course, least)
        with np.errstate(divide="ignore"):
            return np.log(found, out=found)

    def logistic(self, course: Course, level: FloatArray, slope: FloatArray, most: FloatArray) -> Course:
        found = course * -slope[:, None]
        found -= level[:, None]
        with np.errstate(over="ignore"):  # what is most over more than there are numbers for is nothing
            np.exp(found, out=found)
        found += 1
        return np.divide(most[:, None], found, out=found)

    def filtered(self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray) -> tuple[Course, Course]:
        state = filtered(mesh, inflow.reshape(-1, *mesh.times_h.shape), rate_per_h)
        return state.at_nodes.reshape(self._patients, -1), state.at_times

    def filtered_at_times(self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray) -> Course:
        return filtered(mesh, inflow.reshape(-1, *mesh.times_h.shape), rate_per_h, nodes_too=False).at_times

    def filled(
        self, mesh: Mesh, inflow: Course, rate_per_h: FloatArray, left_per_h: FloatArray
    ) -> tuple[Course, Course]:
        entering = rate_per_h[:, None, None] * inflow.reshape(-1, *mesh.times_h.shape)
        state = driven(mesh, entering, entering + left_per_h[:, None, None])
        return state.at_nodes.reshape(self._patients, -1), state.at_times

    def tell(
        self, course: Course, found: FloatArray, factor: FloatArray | None = None, offset: FloatArray | None = None
    ) -> None:
        # Turned: NumPy then goes along patients where these lie side by side. Along times it takes four times as long.
        to, values = found.T, course.T
        if factor is None:
            to[:] = values
        else:
            np.multiply(values, factor, out=to)
        if offset is not None:
            np.add(to, offset, out=to)

    def told(self, course: Course) -> FloatArray:
        return np.asarray(course)

    def tell_ends(
        self,
        course: Course,
        times_h: FloatArray,
        weights: FloatArray,
        factor: FloatArray | None = None,
        offset: FloatArray | None = None,
    ) -> FloatArray:
        values = np.empty_like(course)
        self.tell(course, values, factor, offset)
        return np.stack([values.max(axis=1), times_h[values.argmax(axis=1)], values @ weights, values[:, -1]])

    def run(self) -> None:
        """Each step was taken as it was added."""
