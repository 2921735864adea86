"""Panels of time with Gauss-Legendre nodes, on which the states of a cascade are solved.

The panels depend on the regimen, never on the patient: there is no step control and no branch, so thousands of
patients advance together. Times asked for long after a dose may lie inside a panel: the polynomial through its nodes
is integrated up to there. Hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray

from daybreak.pharmacology.body import KineticsError
from daybreak.pharmacology.kernel import passes
from daybreak.pharmacology.segments import FloatArray, alike

NODES = 6


@dataclass(frozen=True, slots=True)
class Grading:
    """How long panels may be: (hours since the last change of input, the longest from there on), ascending.

    Until `settled_h` after a change a time asked for is an edge, because inside a panel less is exact.
    """

    longest_h: tuple[tuple[float, float], ...]
    settled_h: float


# Fine while the drug comes and goes; never so long that a fast benefit is lost many times over on one panel. Exact to
# about a millionth three standard deviations out (`daybreak.pharmacology.response.certificate`).
FOR_ANYBODY = Grading(
    longest_h=((0.0, 1 / 8), (1 / 4, 1 / 4), (1 / 2, 1 / 2), (6.0, 1.0), (24.0, 2.0), (36.0, 4.0), (72.0, 8.0)),
    settled_h=24.0,
)
_FAST = 2.0  # e-folds on one panel from which the exponential is integrated by parts
_SAME_H = 1e-9
_SAME_PLACE = 11  # decimals of a panel


class MeshError(KineticsError):
    """A state too fast for the panels it was given."""


@dataclass(frozen=True)
class Mesh:
    """Panels between `edges_h` (panels + 1,), each with Gauss-Legendre nodes; `asked_h` (times,) in any order."""

    edges_h: FloatArray
    asked_h: FloatArray
    nodes: int = NODES

    @classmethod
    def of(
        cls, changes_h: Iterable[float], times_h: ArrayLike, nodes: int = NODES, grading: Grading = FOR_ANYBODY
    ) -> "Mesh":
        """Panels from zero to the last time, with an edge at every change of input.

        Raises:
            MeshError: if a time lies before zero.
        """
        times = np.array(times_h, dtype=np.float64, ndmin=1)
        if times.min(initial=0.0) < 0:
            raise MeshError(f"The panels start at zero, and {times.min():g} h lies before that.")
        end = float(times.max(initial=0.0))
        changes = np.unique([0.0, *(change for change in changes_h if 0 <= change < end)])
        return _meshed(changes.tobytes(), times.tobytes(), nodes, grading)

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

    @cached_property
    def kinds(self) -> tuple["Panels", ...]:
        """The panels of each length, parted further by where the times asked for lie in them."""
        lengths, kinds = alike(self.lengths_h)
        panel = np.clip(np.searchsorted(self.edges_h, self.asked_h) - 1, 0, max(len(kinds) - 1, 0))
        in_order = np.argsort(panel, kind="stable")
        edges = np.searchsorted(panel[in_order], np.arange(len(kinds) + 1)).tolist()
        places = np.empty(0)
        if len(kinds):
            places = np.round((self.asked_h - self.edges_h[panel]) / lengths[kinds[panel]], _SAME_PLACE)
        found: dict[tuple[int, tuple[float, ...]], list[tuple[int, list[int]]]] = {}
        for here, (kind, (first, last)) in enumerate(zip(kinds.tolist(), pairwise(edges), strict=True)):
            columns = in_order[first:last]
            alike_places = tuple(places[columns].tolist())
            found.setdefault((kind, alike_places), []).append((here, columns.tolist()))
        return tuple(
            Panels(
                length_h=float(lengths[kind]),
                which=np.array([here for here, _ in members]),
                places=np.array(places),
                columns=np.array([columns for _, columns in members], dtype=np.intp),
            )
            for (kind, places), members in found.items()
        )

    @cached_property
    def by_kind(self) -> NDArray[np.intp]:
        """The panels, those of a kind together, (panels,)."""
        return np.concatenate([part.which for part in self.kinds] or [np.empty(0, np.intp)])

    @cached_property
    def packed(self) -> passes.Panels:
        """The same for the compiled kernel."""
        rule = self.rule
        ends = [np.concatenate([rule.places, part.places, [1.0]]) for part in self.kinds]
        every_end = np.concatenate(ends)
        kind, told = np.empty(len(self.lengths_h), np.int32), [np.empty(0)] * len(self.lengths_h)
        for place, part in enumerate(self.kinds):
            kind[part.which] = place
            for panel, columns in zip(part.which, part.columns, strict=True):
                told[panel] = columns
        return passes.Panels(
            panels=len(self.lengths_h),
            nodes=self.nodes,
            kinds=len(ends),
            lengths_h=np.array([part.length_h for part in self.kinds]),
            first_end=np.cumsum([0, *map(len, ends)]).astype(np.int32),
            ends=every_end,
            kind=kind,
            told_first=np.cumsum([0, *map(len, told)]).astype(np.int32),
            told=np.concatenate(told).astype(np.int32),
            inverse_vandermonde=np.ascontiguousarray(rule.inverse_vandermonde),
            node_weights=rule.weights,
            up_to_nodes=rule.up_to(rule.places),
            up_to_told=rule.up_to(every_end),
            times=len(self.asked_h),
        )


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels of one length with times asked for at the same places (places,), 0 to 1, in each.

    `which` (panels,) says which they are, `columns` (panels, places) which of the times asked for.
    """

    length_h: float
    which: NDArray[np.intp]
    places: FloatArray
    columns: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Rule:
    """Gauss-Legendre on [0, 1]: `places` and `weights` (nodes,); `inverse_vandermonde` takes values at the nodes to
    the coefficients of their polynomial."""

    places: FloatArray
    weights: FloatArray
    inverse_vandermonde: FloatArray

    @classmethod
    @cache
    def of(cls, nodes: int) -> "Rule":
        roots, weights = legendre.leggauss(nodes)
        places = (roots + 1) / 2
        inverse = np.linalg.inv(places[:, None] ** np.arange(nodes))
        return cls(places, np.asarray(weights / 2), np.asarray(inverse, dtype=np.float64))

    def up_to(self, ends: FloatArray) -> FloatArray:
        """Weights that integrate a function given at the nodes from 0 to each end, (ends, nodes)."""
        powers = np.arange(1, len(self.places) + 1)
        return np.asarray((ends[:, None] ** powers / powers) @ self.inverse_vandermonde)

    def exponential(self, decay: FloatArray, ends: FloatArray) -> FloatArray:
        """Weights that integrate exp(-decay (end - s)) times a function given at the nodes from 0 to each end.

        Args:
            decay: rate times panel length, (patients,) or (1,).
            ends: (ends,) from 0 to 1.

        Returns:
            (patients, ends, nodes).
        """
        slow = decay <= _FAST
        if slow.all():
            moments = self._moments_if_slow(decay, ends)
        elif not slow.any():
            moments = self._moments_if_fast(decay, ends)
        else:
            moments = np.empty((len(decay), len(ends), len(self.places)))
            moments[slow] = self._moments_if_slow(decay[slow], ends)
            moments[~slow] = self._moments_if_fast(decay[~slow], ends)
        return np.asarray(moments @ self.inverse_vandermonde)

    def _moments_if_slow(self, decay: FloatArray, ends: FloatArray) -> FloatArray:
        powers = np.arange(len(self.places))
        damping = np.exp(-(decay[:, None] * ends)[:, :, None] * (1 - _FINE.places))
        by_power = _FINE.weights[:, None] * _FINE.places[:, None] ** powers
        return np.asarray(damping @ by_power * ends[:, None] ** (powers + 1))

    def _moments_if_fast(self, decay: FloatArray, ends: FloatArray) -> FloatArray:
        """By parts: safe for fast rates only, where it loses no digits."""
        fast = decay[:, None]
        moments = np.empty((len(decay), len(ends), len(self.places)))
        moments[:, :, 0] = -np.expm1(-fast * ends) / fast
        for power in range(1, len(self.places)):
            moments[:, :, power] = (ends**power - power * moments[:, :, power - 1]) / fast
        return moments


_FINE = Rule.of(8)


@lru_cache(maxsize=32)  # a crowd is followed portion after portion on the same panels
def _meshed(changes: bytes, times: bytes, nodes: int, grading: Grading) -> Mesh:
    """The mesh with an edge at each of these ascending changes, the first of which is zero."""
    changes_h, times_h = np.frombuffer(changes), np.frombuffer(times)
    end = float(times_h.max(initial=0.0))
    since = times_h - changes_h[np.searchsorted(changes_h, times_h, side="right") - 1]
    stops = _distinct([*changes_h, *times_h[since < grading.settled_h], end])
    since = stops - changes_h[np.searchsorted(changes_h, stops + _SAME_H, side="right") - 1]
    edges = [_graded(grading, *stretch) for stretch in zip(stops[:-1], stops[1:], since[:-1], strict=True)]
    return Mesh(np.concatenate([*edges, stops[-1:]]), times_h, nodes)


def _graded(grading: Grading, start: float, stop: float, since: float) -> list[float]:
    """Edges from here to before `stop`: short panels after a change of input, longer ones as the drug leaves."""
    edges = [start]
    while True:
        gone = since + edges[-1] - start
        edge = edges[-1] + next(length for after, length in reversed(grading.longest_h) if gone >= after - _SAME_H)
        if edge >= stop - _SAME_H:
            return edges
        edges.append(edge)


def _distinct(edges: Sequence[float] | FloatArray) -> FloatArray:
    """Edges in order, those closer than rounding merged."""
    ordered = np.unique(np.asarray(edges, dtype=np.float64))
    kept = np.concatenate([[True], np.diff(ordered) > _SAME_H])
    return np.asarray(ordered[kept])
