"""The normal distribution for arrays, without SciPy: the error function of the standard library, element by element."""

import math

import numpy as np

from daybreak.pharmacology.linear import FloatArray

_ERFC = np.frompyfunc(math.erfc, 1, 1)


def distribution(values: FloatArray) -> FloatArray:
    """Probability that a standard normal number lies at or below each value."""
    return np.asarray(0.5 * _ERFC(-np.asarray(values) / math.sqrt(2)), dtype=np.float64)


def density(values: FloatArray) -> FloatArray:
    """Density of the standard normal at each value."""
    return np.asarray(np.exp(-0.5 * np.asarray(values) ** 2) / math.sqrt(2 * math.pi))
