"""Random numbers that belong to a patient, not to a moment.

Philox is counter-based: the numbers of patient i start at a place fixed by i, so they are the same for any
chunk, order and number of patients. Salmon and others, SC11 2011, doi 10.1145/2063384.2063405.
"""

import numpy as np

from daybreak.pharmacology.linear import FloatArray

_DRAWS_PER_COUNTER = 4  # one Philox-4x64 block


def standard_normals(
    *, seed: int, stream: int, patients: int, numbers: int, first_patient: int = 0, every: int = 1
) -> FloatArray:
    """Standard normal numbers, (patients, numbers), for patients `first_patient` and the ones after.

    Args:
        seed: zero or above; the same seed gives the same people.
        stream: which use of randomness (0 the patients themselves, 1 measurement error).
        every: 1 for each of those after, 2 for every second, and so on.
    """
    counters = -(-2 * numbers // _DRAWS_PER_COUNTER)
    bits = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64))
    bits.advance(first_patient * counters)
    drawn = np.random.Generator(bits)
    if every == 1:
        uniform = drawn.random((patients, counters * _DRAWS_PER_COUNTER))
    else:
        uniform = np.empty((patients, counters * _DRAWS_PER_COUNTER))
        for row in uniform:
            drawn.random(out=row)
            bits.advance((every - 1) * counters)
    radius = np.sqrt(-2 * np.log1p(-uniform[:, 0 : 2 * numbers : 2]))
    return np.asarray(radius * np.cos(2 * np.pi * uniform[:, 1 : 2 * numbers : 2]))
