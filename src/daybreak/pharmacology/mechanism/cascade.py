"""Cascades of scalar first-order states, each driven only by those before it.

Each state follows dx/dt = a(t) - b(t) x, where a and b are known functions of the states upstream. On a panel
[t, t + h] with Gauss-Legendre nodes (`daybreak.pharmacology.mechanism.mesh`) the solution is exact up to the quadrature
of smooth functions:

- constant b: the input's polynomial through the nodes is integrated against the exponential exactly, however
  fast the state (variation of constants; Hochbruck and Ostermann, Acta Numerica 2010;19:209,
  doi 10.1017/S0962492910000048);
- varying b: the integrating factor exp(integral of b) is carried at the nodes. The panel must be short
  against 1 / b, which `driven` checks.

Arrays are (patients, panels, nodes), hours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from daybreak.pharmacology import kernel
from daybreak.pharmacology.kernel import passes
from daybreak.pharmacology.mechanism.mesh import Mesh, MeshError
from daybreak.pharmacology.segments import FloatArray

_LARGEST_EXPONENT = 10.0  # of the integrating factor on one panel


@dataclass(frozen=True, slots=True)
class State:
    """A state at the nodes, (patients, panels, nodes), if they were asked for, and at the times, (patients, times)."""

    at_nodes: FloatArray
    at_times: FloatArray

    @classmethod
    def empty(cls, mesh: Mesh, patients: int, *, nodes_too: bool = True) -> "State":
        at_nodes = np.empty((patients if nodes_too else 0, *mesh.times_h.shape))
        return cls(at_nodes, np.empty((patients, len(mesh.asked_h))))


def filtered(
    mesh: Mesh, inflow: FloatArray, rate_per_h: float | FloatArray, start: float = 0.0, *, nodes_too: bool = True
) -> State:
    """dx/dt = rate (inflow - x): an effect site, or any state that follows another with a constant rate.

    Args:
        inflow: (patients, panels, nodes).
        rate_per_h: one number, or (patients,); any size.
        nodes_too: nothing follows this state at the nodes if false, and they are not worked out.
    """
    rates = np.atleast_1d(np.asarray(rate_per_h, dtype=np.float64))
    if (compiled := kernel.library()) is not None:
        one = passes.Pass(compiled, len(inflow))
        courses = one.filtered(mesh.packed, one.given(inflow), np.broadcast_to(rates, len(inflow)), start)
        return _told(one, mesh, courses, nodes_too=nodes_too)
    # Panel after panel of each kind: first what each gains, then what is left there of all before it.
    order, patients, nodes = mesh.by_kind, len(inflow), mesh.nodes
    entering = np.take(inflow, order, axis=1)
    kept, gained = np.empty((len(order), len(rates))), np.empty((len(order), patients))
    parts, first, told_from = [], 0, nodes if nodes_too else 0
    for part in mesh.kinds:
        decay = rates * part.length_h
        ends = np.concatenate([mesh.rule.places if nodes_too else [], part.places, [1.0]])
        weights = (decay[:, None, None] * mesh.rule.exponential(decay, ends)).transpose(0, 2, 1)
        here = slice(first, first := first + len(part.which))
        gains = entering[:, here] @ weights
        remaining = np.exp(-decay[:, None] * ends)
        kept[part.which], gained[part.which] = remaining[:, -1], gains[:, :, -1].T
        parts.append((here, part.columns, gains, remaining))
    before = np.take(_carried(kept, gained, start), order, axis=1)
    state = State.empty(mesh, patients, nodes_too=nodes_too)
    at_nodes = np.empty_like(state.at_nodes)
    for here, columns, gains, remaining in parts:
        values = before[:, here, None] * remaining[:, None]
        values += gains
        if nodes_too:
            at_nodes[:, here] = values[:, :, :nodes]
        if columns.size:
            state.at_times[:, columns] = values[:, :, told_from:-1]
    if nodes_too:
        np.take(at_nodes, np.argsort(order), axis=1, out=state.at_nodes, mode="clip")  # to put them is slower
    return state


def driven(mesh: Mesh, inflow: FloatArray, loss_per_h: FloatArray, start: float = 0.0) -> State:
    """dx/dt = inflow - loss x with both varying in time, (patients, panels, nodes) each.

    Raises:
        MeshError: if the loss is too fast for the panels.
    """
    if (compiled := kernel.library()) is not None:
        entering, leaving = np.broadcast_arrays(inflow, loss_per_h)
        one = passes.Pass(compiled, len(entering))
        *courses, most = one.driven(mesh.packed, one.given(entering), one.given(leaving), start)
        state = _told(one, mesh, courses)
        check_loss(float(most.max(initial=0.0)))
        return state
    rule, lost = mesh.rule, mesh.lengths_h[:, None] * loss_per_h
    whole = lost @ rule.weights
    check_loss(float(whole.max(initial=0)))
    to_nodes, growth = rule.up_to(rule.places).T, lost @ rule.up_to(rule.places).T
    np.exp(growth, out=growth)
    grown = mesh.lengths_h[:, None] * inflow
    grown *= growth
    kept = np.exp(-whole)
    before = _carried(kept.T.copy(), (kept * (grown @ rule.weights)).T.copy(), start)
    state = State.empty(mesh, len(inflow))
    np.matmul(grown, to_nodes, out=state.at_nodes)
    state.at_nodes[:] += before[:, :, None]
    state.at_nodes[:] /= growth
    for panels in mesh.kinds:
        if len(panels.places):
            up_to = rule.up_to(panels.places).T
            left = np.exp(-(np.take(lost, panels.which, axis=1) @ up_to))
            gained = np.take(grown, panels.which, axis=1) @ up_to
            state.at_times[:, panels.columns] = left * (before[:, panels.which, None] + gained)
    return state


def _told(one: passes.Pass, mesh: Mesh, courses: Sequence[passes.Course], *, nodes_too: bool = True) -> State:
    """The state, once the kernel has run."""
    state = State.empty(mesh, one.patients, nodes_too=nodes_too)
    if nodes_too:
        one.tell(courses[0], state.at_nodes.reshape(one.patients, -1))
    one.tell(courses[1], state.at_times)
    one.run()
    return state


def check_loss(most: float) -> None:
    """Refuse e-folds on one panel that it is too long for.

    Raises:
        MeshError: if there are too many.
    """
    if most > _LARGEST_EXPONENT:
        raise MeshError(
            "So much drug is more than the model can follow. Look at the dose and its unit. "
            f"(A state loses {most:.1f} e-folds on one panel, more than {_LARGEST_EXPONENT:g}.)"
        )


def _carried(kept: FloatArray, gained: FloatArray, start: float) -> FloatArray:
    """x at the start of each panel, (patients, panels). After it x is what is kept of that, and what is gained.

    In runs of panels, all runs at once: from nothing, and what is left of what was there at the start of the run. Then
    from run to run.

    Args:
        kept: (panels, patients or 1).
        gained: (panels, patients).
    """
    panels, patients = gained.shape
    run = max(math.isqrt(panels), 1)
    runs = -(-panels // run)
    left, alone = np.ones((runs, run, kept.shape[1])), np.zeros((runs, run, patients))
    left.reshape(-1, kept.shape[1])[:panels], alone.reshape(-1, patients)[:panels] = kept, gained
    for panel in range(1, run):
        alone[:, panel] += left[:, panel] * alone[:, panel - 1]
        left[:, panel] *= left[:, panel - 1]
    at_start = np.empty((runs, patients))
    now = np.full(patients, start)
    for number in range(runs):
        at_start[number] = now
        now = alone[number, -1] + left[number, -1] * now
    alone += left * at_start[:, None]
    before = np.empty((patients, panels))
    before[:, :1], before[:, 1:] = start, alone.reshape(-1, patients)[: panels - 1].T
    return before
