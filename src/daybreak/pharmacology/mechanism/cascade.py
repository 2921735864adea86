"""Cascades of scalar first-order states, each driven only by those before it.

Each state follows dx/dt = a(t) - b(t) x, where a and b are known functions of the states upstream. On a panel
[t, t + h] with Gauss-Legendre nodes the solution is exact up to the quadrature of smooth functions:

- constant b: the input's polynomial through the nodes is integrated against the exponential exactly, however
  fast the state (variation of constants; Hochbruck and Ostermann, Acta Numerica 2010;19:209,
  doi 10.1017/S0962492910000048);
- varying b: the integrating factor exp(integral of b) is carried at the nodes. The panel must be short
  against 1 / b, which `driven` checks.

The panels depend on the regimen and on the times asked for, never on the patient: there is no step control
and no branch, so thousands of patients advance together. Arrays are (patients, panels, nodes), hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray

from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.linear import FloatArray

NODES = 5
# (hours since the last change of input, longest panel from there on): fine while the drug comes and goes.
_LONGEST_PANELS_H = ((0.0, 0.25), (1.0, 0.5), (6.0, 1.0), (24.0, 2.0), (36.0, 6.0), (96.0, 24.0))
_FIRST_PANELS_H = (1 / 16, 1 / 16, 1 / 8)
_LARGEST_EXPONENT = 10.0  # of the integrating factor on one panel
_FAST = 6.0  # e-folds on one panel from which the exponential is integrated by parts
_SAME_H = 1e-9


class MeshError(KineticsError):
    """A state too fast for the panels it was given."""


@dataclass(frozen=True)
class Mesh:
    """Panels between `edges_h` (panels + 1,), each with Gauss-Legendre nodes."""

    edges_h: FloatArray
    nodes: int = NODES

    @classmethod
    def of(cls, changes_h: Iterable[float], times_h: ArrayLike, nodes: int = NODES) -> "Mesh":
        """Panels from zero to the last time, with an edge at every change of input and every time asked for."""
        times = np.unique(np.asarray(times_h, dtype=np.float64))
        end = max(float(times[-1]), 0.0) if len(times) else 0.0
        changes = np.unique([0.0, *(change for change in changes_h if 0 <= change < end)])
        edges = [
            edge
            for start, stop in zip(changes, [*changes[1:], end], strict=True)
            for edge in _graded(float(start), float(stop))
        ]
        inside = times[(times >= 0) & (times <= end)]
        return cls(_distinct(np.concatenate([edges, inside, [0.0, end]])), nodes)

    @cached_property
    def lengths_h(self) -> FloatArray:
        return np.diff(self.edges_h)

    @cached_property
    def rule(self) -> "Rule":
        return Rule.of(self.nodes)

    @cached_property
    def times_h(self) -> FloatArray:
        """The times of all nodes, (panels, nodes)."""
        return np.asarray(self.edges_h[:-1, None] + self.lengths_h[:, None] * self.rule.places)

    def edge_of(self, times_h: ArrayLike) -> NDArray[np.intp]:
        """The index of the edge at each time, which must have been asked for when the mesh was made."""
        times = np.asarray(times_h, dtype=np.float64)
        found = np.clip(np.searchsorted(self.edges_h, times - _SAME_H), 0, len(self.edges_h) - 1)
        if not np.allclose(self.edges_h[found], times, rtol=0, atol=_SAME_H):
            raise MeshError("These times are no edges of the mesh. Name them when the mesh is made.")
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """Gauss-Legendre on [0, 1]: `places` and `weights` (nodes,), and `partial` (nodes, nodes), whose row k
    integrates a function given at the nodes from 0 to place k."""

    places: FloatArray
    weights: FloatArray
    partial: FloatArray
    inverse_vandermonde: FloatArray

    @classmethod
    def of(cls, nodes: int) -> "Rule":
        roots, weights = legendre.leggauss(nodes)
        places = (roots + 1) / 2
        inverse = np.linalg.inv(places[:, None] ** np.arange(nodes))
        powers = np.arange(1, nodes + 1)
        partial = (places[:, None] ** powers / powers) @ inverse
        return cls(places, np.asarray(weights / 2), partial, np.asarray(inverse, dtype=np.float64))

    def exponential(self, decay: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights that integrate exp(-decay (place - s)) times a function given at the nodes.

        Args:
            decay: rate times panel length, (patients,) or (1,).

        Returns:
            (patients, nodes, nodes) from 0 to each node, and (patients, nodes) from 0 to 1.
        """
        ends, powers = np.append(self.places, 1.0), np.arange(len(self.places))
        moments = np.empty((len(decay), len(ends), len(powers)))
        slow = decay <= _FAST
        steps, step_weights = legendre.leggauss(16)
        at = ends[:, None] * (steps + 1) / 2
        damping = np.exp(-decay[slow, None, None] * (ends[:, None] - at)) * (ends[:, None] * step_weights / 2)
        moments[slow] = np.einsum("pes,esn->pen", damping, at[..., None] ** powers)
        fast = decay[~slow, None]
        moments[~slow, :, 0] = -np.expm1(-fast * ends) / fast
        for power in powers[1:]:  # by parts; safe for fast rates only, where it loses no digits
            moments[~slow, :, power] = (ends**power - power * moments[~slow, :, power - 1]) / fast
        found = moments @ self.inverse_vandermonde
        return found[:, :-1], found[:, -1]


@dataclass(frozen=True, slots=True)
class State:
    """A state at the nodes, (patients, panels, nodes), and at the edges, (patients, panels + 1)."""

    at_nodes: FloatArray
    at_edges: FloatArray


def filtered(mesh: Mesh, inflow: FloatArray, rate_per_h: float | FloatArray, start: float = 0.0) -> State:
    """dx/dt = rate (inflow - x): an effect site, or any state that follows another with a constant rate.

    Args:
        inflow: (patients, panels, nodes).
        rate_per_h: one number, or (patients,); any size.
    """
    rates = np.atleast_1d(np.asarray(rate_per_h, dtype=np.float64))
    patients, panels, nodes = inflow.shape
    lengths, which = np.unique(np.round(mesh.lengths_h, 12), return_inverse=True)
    weights = [mesh.rule.exponential(rates * length) for length in lengths]
    at_nodes, at_edges = np.empty((patients, panels, nodes)), np.empty((patients, panels + 1))
    at_edges[:, 0] = now = np.full(patients, start)
    for panel in range(panels):
        inner, whole = weights[which[panel]]
        decay = rates * mesh.lengths_h[panel]
        entering = inflow[:, panel] * decay[:, None]
        remaining = np.exp(-decay[:, None] * mesh.rule.places)
        at_nodes[:, panel] = now[:, None] * remaining + np.einsum("pkn,pn->pk", _full(inner, patients), entering)
        now = now * np.exp(-decay) + np.einsum("pn,pn->p", _full(whole, patients), entering)
        at_edges[:, panel + 1] = now
    return State(at_nodes, at_edges)


def driven(mesh: Mesh, inflow: FloatArray, loss_per_h: FloatArray, start: float = 0.0) -> State:
    """dx/dt = inflow - loss x with both varying in time, (patients, panels, nodes) each.

    Raises:
        MeshError: if the loss is too fast for the panels.
    """
    rule, lengths = mesh.rule, mesh.lengths_h
    exponent = lengths[:, None] * (loss_per_h @ rule.partial.T)
    whole = lengths * (loss_per_h @ rule.weights)
    if whole.max(initial=0) > _LARGEST_EXPONENT:
        raise MeshError(f"A state loses {whole.max():.1f} e-folds on one panel, more than {_LARGEST_EXPONENT:g}.")
    grown = inflow * np.exp(exponent)
    to_nodes = lengths[:, None] * (grown @ rule.partial.T)
    kept, gained = np.exp(-whole), np.exp(-whole) * lengths * (grown @ rule.weights)
    at_edges = np.empty((inflow.shape[0], len(lengths) + 1))
    at_edges[:, 0] = start
    for panel in range(len(lengths)):
        at_edges[:, panel + 1] = at_edges[:, panel] * kept[:, panel] + gained[:, panel]
    return State(np.exp(-exponent) * (at_edges[:, :-1, None] + to_nodes), at_edges)


def _full(weights: FloatArray, patients: int) -> FloatArray:
    return np.broadcast_to(weights, (patients, *weights.shape[1:]))


def _graded(start: float, stop: float) -> list[float]:
    """Edges from a change of input: short panels first, longer ones as the drug leaves."""
    edges = [start]
    for length in _FIRST_PANELS_H:
        if edges[-1] + length < stop:
            edges.append(edges[-1] + length)
    while edges[-1] < stop:
        since = edges[-1] - start
        longest = next(length for after, length in reversed(_LONGEST_PANELS_H) if since >= after - _SAME_H)
        edges.append(min(edges[-1] + longest, stop))
    return edges


def _distinct(edges: Sequence[float] | FloatArray) -> FloatArray:
    """Edges in order, those closer than rounding merged."""
    ordered = np.unique(np.asarray(edges, dtype=np.float64))
    kept = np.concatenate([[True], np.diff(ordered) > _SAME_H])
    return np.asarray(ordered[kept])
