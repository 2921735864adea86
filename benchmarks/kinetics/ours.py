"""Daybreak's own way through the workload: what the product uses, and nothing made for the benchmark."""

from collections.abc import Iterator

import numpy as np

from benchmarks.kinetics.workload import CHANGES_H, DOSE_MG, LENGTH_H, SERIES, STARTS_H, TIMES_H, FloatArray
from daybreak.pharmacology.linear import Input, amounts, rate_matrix
from daybreak.pharmacology.mechanism.cascade import Mesh, filtered

_PORTION = 256
_TRAPEZOID = np.convolve(np.diff(TIMES_H), [0.5, 0.5])  # weights of the values
_CENTRAL, _FAST, _SLOW, _DELAY, _METABOLITE, _AREA = 0, 1, 2, 3, 6, 9
_INPUTS = [Input(_CENTRAL, float(start), DOSE_MG, LENGTH_H) for start in STARTS_H]
NODES = 4
_MESH = Mesh.of(CHANGES_H, TIMES_H, NODES)


def room(count: int) -> dict[str, FloatArray]:
    """Where the six outputs of so many people find room, (people, times) each."""
    return {name: np.empty((count, len(TIMES_H))) for name in SERIES}


def solve(people: dict[str, FloatArray], found: dict[str, FloatArray] | None = None) -> dict[str, FloatArray]:
    """The six outputs, (people, times) each."""
    found = room(len(people["central_l"])) if found is None else found
    for here, part in _portions(people):
        for name, values in part.items():
            found[name][here] = values
    return found


def endpoints(people: dict[str, FloatArray]) -> dict[str, list[FloatArray]]:
    """Of each series the highest values, their times and the areas, (people,) in portions; no course is kept."""
    found: dict[str, list[FloatArray]] = {name: [] for name in SERIES}
    for _, part in _portions(people):
        for name, values in part.items():
            ends = values.max(axis=1), TIMES_H[values.argmax(axis=1)], values @ _TRAPEZOID
            found[name].append(np.array(ends))
    return found


def _portions(people: dict[str, FloatArray]) -> Iterator[tuple[slice, dict[str, FloatArray]]]:
    for start in range(0, len(people["central_l"]), _PORTION):
        here = slice(start, start + _PORTION)
        yield here, _portion({name: values[here] for name, values in people.items()})


def _portion(p: dict[str, FloatArray]) -> dict[str, FloatArray]:
    rates = _rates(p)
    at_nodes = amounts(rates, _INPUTS, _MESH.times_h.reshape(-1), keep=[_CENTRAL])[:, :, 0]
    linear = amounts(rates, _INPUTS, TIMES_H, keep=[_CENTRAL, _METABOLITE, _AREA])
    # 1 + largest rise x C / (C + half), written so that as few arrays as possible are made
    blocked = at_nodes / (at_nodes + (p["half_block_mg_per_l"] * p["central_l"])[:, None])
    blocked *= p["largest_rise"][:, None]
    drive = filtered(_MESH, blocked.reshape(-1, *_MESH.times_h.shape), p["rise_per_h"])
    plasticity = filtered(_MESH, drive.at_nodes, p["plasticity_per_h"]).at_times
    left = 1 - p["largest_fall"][:, None] * plasticity / (plasticity + p["half_plasticity"][:, None])
    return {
        "ketamine": linear[:, :, 0] / p["central_l"][:, None],
        "metabolite": linear[:, :, 1] / p["metabolite_l"][:, None],
        "area": linear[:, :, 2],
        "drive": 1 + drive.at_times,
        "plasticity": plasticity,
        "score": p["score_before"][:, None] * left,
    }


def _rates(p: dict[str, FloatArray]) -> FloatArray:
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


def _three(
    central: int, p: dict[str, FloatArray], volume: str, fast: str, slow: str
) -> dict[tuple[int, int | None], FloatArray]:
    """Two compartments exchange with a central one."""
    return {
        (central, central + 1): p[f"{fast}_flow_l_per_h"] / p[volume],
        (central + 1, central): p[f"{fast}_flow_l_per_h"] / p[f"{fast}_l"],
        (central, central + 2): p[f"{slow}_flow_l_per_h"] / p[volume],
        (central + 2, central): p[f"{slow}_flow_l_per_h"] / p[f"{slow}_l"],
    }
