"""Daybreak's own way through the workload, from the steps every model here is made of."""

from collections.abc import Callable

import numpy as np

from benchmarks.kinetics.workload import CHANGES_H, DOSE_MG, LENGTH_H, SERIES, STARTS_H, TIMES_H, FloatArray
from daybreak.pharmacology.linear import Input, rate_matrix
from daybreak.pharmacology.mechanism.mesh import Grading, Mesh
from daybreak.pharmacology.mechanism.one_pass import Course, OnePass, one_pass

_PORTION = 1024
_TRAPEZOID = np.convolve(np.diff(TIMES_H), [0.5, 0.5])  # weights of the values
_CENTRAL, _FAST, _SLOW, _DELAY, _METABOLITE, _AREA = 0, 1, 2, 3, 6, 9
_INPUTS = [Input(_CENTRAL, float(start), DOSE_MG, LENGTH_H) for start in STARTS_H]
# Coarser than the product's, which serves people no clinic has seen: the error is still a small part of the solver's.
# Once an infusion is over, whole hours after its start are edges: times asked for lie at the same places in panels.
_FIRST_HOUR_H = 1 - LENGTH_H
_GRADING = Grading(
    (
        (0.0, 1 / 6),
        (_FIRST_HOUR_H, 1.0),
        (_FIRST_HOUR_H + 1, 2.0),
        (_FIRST_HOUR_H + 3, 4.0),
        (_FIRST_HOUR_H + 23, 12.0),
        (_FIRST_HOUR_H + 47, 24.0),
    ),
    settled_h=2.0,
)
_MESH = Mesh.of(CHANGES_H, TIMES_H, grading=_GRADING)
People = dict[str, FloatArray]
_Tell = Callable[[Course, FloatArray | None, FloatArray | None], FloatArray]


def room(count: int) -> FloatArray:
    """Where the six outputs of so many people find room in the plain layout, (outputs, times, people)."""
    return np.empty((len(SERIES), len(TIMES_H), count))


def solve(people: People, found: FloatArray | None = None) -> dict[str, FloatArray]:
    """The six outputs, (people, times) each: views of `found`, which is laid out as `room` has it."""
    found = room(len(people["central_l"])) if found is None else found
    for start in range(0, found.shape[2], _PORTION):
        here = slice(start, start + _PORTION)
        part = {name: values[here] for name, values in people.items()}
        steps = one_pass(len(part["central_l"]))
        for series, (course, factor, offset) in zip(found, _outputs(steps, part), strict=True):
            steps.tell(course, series[:, here].T, factor, offset)
        steps.run()
    return {name: series.T for name, series in zip(SERIES, found, strict=True)}


def endpoints(people: People) -> list[FloatArray]:
    """In portions, (outputs, endpoints, people): highest values, their times, areas, last values; no course is kept."""
    found = []
    for start in range(0, len(people["central_l"]), _PORTION):
        part = {name: values[start : start + _PORTION] for name, values in people.items()}
        steps = one_pass(len(part["central_l"]))
        ends = [steps.tell_ends(course, TIMES_H, _TRAPEZOID, *plain) for course, *plain in _outputs(steps, part)]
        steps.run()
        found.append(np.array(ends))
    return found


def _outputs(steps: OnePass, p: People) -> list[tuple[Course, FloatArray | None, FloatArray | None]]:
    """Of each series its course, and the factor and offset that make it of that."""
    rates = _rates(p)
    (at_nodes,) = steps.amounts(rates, _INPUTS, _MESH.times_h.reshape(-1), [_CENTRAL])
    ketamine, metabolite, area = steps.amounts(rates, _INPUTS, TIMES_H, [_CENTRAL, _METABOLITE, _AREA])
    risen = steps.saturated(at_nodes, p["half_block_mg_per_l"] * p["central_l"], p["largest_rise"])
    drive_at_nodes, drive = steps.filtered(_MESH, risen, p["rise_per_h"])
    plasticity = steps.filtered_at_times(_MESH, drive_at_nodes, p["plasticity_per_h"])
    fallen = steps.saturated(plasticity, p["half_plasticity"], p["largest_fall"])
    return [
        (ketamine, 1 / p["central_l"], None),
        (metabolite, 1 / p["metabolite_l"], None),
        (area, None, None),
        (drive, None, np.ones(len(rates))),
        (plasticity, None, None),
        (fallen, -p["score_before"], p["score_before"]),
    ]


def _rates(p: People) -> FloatArray:
    cleared = p["clearance_l_per_h"] / p["central_l"]
    flows: dict[tuple[int, int | None], FloatArray] = {
        **_three(_CENTRAL, p, "central_l", "fast", "slow"),
        (_CENTRAL, _DELAY): p["formed"] * cleared,
        (_CENTRAL, None): (1 - p["formed"]) * cleared,
        (_DELAY, _DELAY + 1): p["delay_per_h"],
        (_DELAY + 1, _DELAY + 2): p["delay_per_h"],
        (_DELAY + 2, _METABOLITE): p["delay_per_h"],
        **_three(_METABOLITE, p, "metabolite_l", "metabolite_fast", "metabolite_slow"),
        (_METABOLITE, None): p["metabolite_clearance_l_per_h"] / p["metabolite_l"],
    }
    rates = rate_matrix(10, flows, len(cleared))
    rates[:, _AREA, _CENTRAL] = 1 / p["central_l"]  # the area gathers the concentration and takes nothing from it
    return rates


def _three(central: int, p: People, volume: str, fast: str, slow: str) -> dict[tuple[int, int | None], FloatArray]:
    """Two compartments exchange with a central one."""
    return {
        (central, central + 1): p[f"{fast}_flow_l_per_h"] / p[volume],
        (central + 1, central): p[f"{fast}_flow_l_per_h"] / p[f"{fast}_l"],
        (central, central + 2): p[f"{slow}_flow_l_per_h"] / p[volume],
        (central + 2, central): p[f"{slow}_flow_l_per_h"] / p[f"{slow}_l"],
    }
