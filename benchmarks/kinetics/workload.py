"""A workload that any solver of differential equations can be given: twelve infusions, thirteen numbers that move.

Ketamine in three compartments, three delays, a metabolite in three; the area under the curve; two states that follow
what ketamine blocks; a score. Every parameter but three differs between people by 30 %. The numbers are round ones of
the size the model has, and stand for nobody.

    C = A1 / V1,  O = C / (C + IC50),  dB/dt = kout (1 + Emax O - B),  dP/dt = kd (B - 1 - P),
    S = S0 (1 - Smax P / (P + P50))
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TYPICAL = {
    "clearance_l_per_h": 80.0,
    "central_l": 60.0,
    "fast_flow_l_per_h": 120.0,
    "fast_l": 90.0,
    "slow_flow_l_per_h": 60.0,
    "slow_l": 110.0,
    "formed": 0.8,
    "delay_per_h": 2.0,
    "metabolite_clearance_l_per_h": 60.0,
    "metabolite_l": 80.0,
    "metabolite_fast_flow_l_per_h": 50.0,
    "metabolite_fast_l": 90.0,
    "metabolite_slow_flow_l_per_h": 25.0,
    "metabolite_slow_l": 150.0,
    "half_block_mg_per_l": 0.2,
    "largest_rise": 4.0,
    "rise_per_h": np.log(2) / 6,
    "plasticity_per_h": np.log(2) / 120,
    "largest_fall": 0.8,
    "half_plasticity": 0.3,
    "score_before": 32.0,
}
ALIKE = frozenset({"formed", "score_before", "largest_fall"})
SPREAD = 0.30  # coefficient of variation
SERIES = ("ketamine", "metabolite", "area", "drive", "plasticity", "score")

DOSE_MG, LENGTH_H = 35.0, 40 / 60
WEEK_H, WEEKS = 168.0, 8
# Twice weekly for four weeks, then weekly for four.
STARTS_H = np.array([WEEK_H * week + day for week in range(4) for day in (0, 72)] + [WEEK_H * w for w in range(4, 8)])
ENDS_H = STARTS_H + LENGTH_H
CHANGES_H = np.unique(np.concatenate([STARTS_H, ENDS_H]))
# Each hour and each end of an infusion: 1,357 times.
TIMES_H = np.unique(np.concatenate([np.arange(0, WEEKS * WEEK_H + 1), ENDS_H]))


def people(number: int, seed: int = 1) -> dict[str, FloatArray]:
    """So many people, (number,) by name."""
    spread = np.sqrt(np.log1p(SPREAD**2))
    normals = np.random.default_rng(seed).standard_normal((number, len(TYPICAL)))
    return {
        name: typical * np.exp((0.0 if name in ALIKE else spread) * normals[:, place])
        for place, (name, typical) in enumerate(TYPICAL.items())
    }


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch with a constant rate of infusion, and the outputs in it (after its start, up to its end)."""

    start_h: float
    end_h: float
    rate_mg_per_h: float
    times_h: FloatArray


def segments() -> tuple[Segment, ...]:
    """The course cut where an infusion starts or ends, for a solver that must not step over that."""
    edges = [*CHANGES_H, TIMES_H[-1]]
    return tuple(
        Segment(
            start_h=float(start),
            end_h=float(end),
            rate_mg_per_h=DOSE_MG / LENGTH_H if start in STARTS_H else 0.0,
            times_h=TIMES_H[np.searchsorted(TIMES_H, start, "right") : np.searchsorted(TIMES_H, end, "right")],
        )
        for start, end in pairwise(edges)
    )


def as_rates(person: dict[str, FloatArray]) -> FloatArray:
    """What the right-hand side is made of, (people, 18): rate constants, and what the block and the score need."""
    p = person
    return np.stack(
        [
            p["clearance_l_per_h"] / p["central_l"],
            p["fast_flow_l_per_h"] / p["central_l"],
            p["fast_flow_l_per_h"] / p["fast_l"],
            p["slow_flow_l_per_h"] / p["central_l"],
            p["slow_flow_l_per_h"] / p["slow_l"],
            p["formed"] * p["clearance_l_per_h"] / p["central_l"],
            p["delay_per_h"],
            p["metabolite_clearance_l_per_h"] / p["metabolite_l"],
            p["metabolite_fast_flow_l_per_h"] / p["metabolite_l"],
            p["metabolite_fast_flow_l_per_h"] / p["metabolite_fast_l"],
            p["metabolite_slow_flow_l_per_h"] / p["metabolite_l"],
            p["metabolite_slow_flow_l_per_h"] / p["metabolite_slow_l"],
            p["half_block_mg_per_l"],
            p["largest_rise"],
            p["rise_per_h"],
            p["plasticity_per_h"],
            p["central_l"],
            np.zeros_like(p["central_l"]),  # the rate of infusion, set for each segment
        ],
        axis=1,
    )


STATES_AT_START = np.array([0.0] * 10 + [1.0, 0.0])


def slope(y, k, dy):  # compiled by Numba where that is installed, so plain numbers and no annotations
    """dy/dt of the twelve states: ketamine 3, delays 3, metabolite 3, area, drive, plasticity."""
    concentration = y[0] / k[16]
    blocked = concentration / (concentration + k[12])
    dy[0] = k[17] - (k[0] + k[1] + k[3]) * y[0] + k[2] * y[1] + k[4] * y[2]
    dy[1] = k[1] * y[0] - k[2] * y[1]
    dy[2] = k[3] * y[0] - k[4] * y[2]
    dy[3] = k[5] * y[0] - k[6] * y[3]
    dy[4] = k[6] * (y[3] - y[4])
    dy[5] = k[6] * (y[4] - y[5])
    dy[6] = k[6] * y[5] - (k[7] + k[8] + k[10]) * y[6] + k[9] * y[7] + k[11] * y[8]
    dy[7] = k[8] * y[6] - k[9] * y[7]
    dy[8] = k[10] * y[6] - k[11] * y[8]
    dy[9] = concentration
    dy[10] = k[14] * (1 + k[13] * blocked - y[10])
    dy[11] = k[15] * (y[10] - 1 - y[11])


def as_series(states: FloatArray, person: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The six outputs, (people, times) each, from the states (people, times, 12)."""
    plasticity = states[:, :, 11]
    fall = person["largest_fall"][:, None] * plasticity / (plasticity + person["half_plasticity"][:, None])
    return {
        "ketamine": states[:, :, 0] / person["central_l"][:, None],
        "metabolite": states[:, :, 6] / person["metabolite_l"][:, None],
        "area": states[:, :, 9],
        "drive": states[:, :, 10],
        "plasticity": plasticity,
        "score": person["score_before"][:, None] * (1 - fall),
    }


def worst_error(found: dict[str, FloatArray], exact: dict[str, FloatArray]) -> float:
    """The largest error of any person, time and series, as a fraction of that series' highest value in that person."""
    return max(
        float((np.abs(found[name] - exact[name]).max(axis=1) / np.abs(exact[name]).max(axis=1)).max())
        for name in SERIES
    )
