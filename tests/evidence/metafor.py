"""The numbers metafor computed on the same inputs (fixtures/metafor.csv, made by fixtures/metafor.R)."""

import csv
from functools import cache
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


@cache
def values() -> dict[tuple[str, str], float]:
    with (FIXTURES / "metafor.csv").open() as file:
        return {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


def of(name: str, quantity: str) -> float:
    return values()[name, quantity]


def effects(name: str) -> tuple[list[float], list[float]]:
    """The estimates and variances of a set as metafor worked them out."""
    k = sum(1 for found, quantity in values() if found == name and quantity.startswith("yi "))
    return [of(name, f"yi {i}") for i in range(1, k + 1)], [of(name, f"vi {i}") for i in range(1, k + 1)]


def published(set_id: str) -> list[dict[str, str]]:
    """The rows of one published set."""
    with (FIXTURES / "published_sets.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["set_id"] == set_id]


# Vaccinated with and without tuberculosis, not vaccinated with and without (Colditz 1994), absolute latitude.
BCG = (
    (4, 119, 11, 128, 44), (6, 300, 29, 274, 55), (3, 228, 11, 209, 42), (62, 13536, 248, 12619, 52),
    (33, 5036, 47, 5761, 13), (180, 1361, 372, 1079, 44), (8, 2537, 10, 619, 19), (505, 87886, 499, 87892, 13),
    (29, 7470, 45, 7232, 27), (17, 1699, 65, 1600, 42), (186, 50448, 141, 27197, 18), (5, 2493, 3, 2338, 33),
    (27, 16886, 29, 17825, 33),
)  # fmt: skip
GIVEN = {
    "three": ([-0.2, -0.9, -0.5], [0.04, 0.09, 0.02]),
    "two": ([-3.8, -3.9], [1.39**2, 1.39**2]),
    "agree": ([-0.50, -0.52, -0.49, -0.51], [0.05, 0.04, 0.06, 0.05]),
    "swing": ([-0.9, -0.1, 0.4, -1.6, -0.45], [0.30, 0.02, 0.25, 0.28, 0.021]),
}


def inputs(name: str) -> tuple[list[float], list[float]]:
    return GIVEN[name] if name in GIVEN else effects(name)
