"""General solvers given the same workload, each as fast as its own documentation knows how.

SciPy is among the test dependencies. numbalsoda, the fastest known, is compared where it is installed: it has no wheel
and wants a Fortran compiler. Each is asked for a relative accuracy of a millionth, and started anew where an infusion
starts or ends.
"""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from benchmarks.kinetics import workload
from benchmarks.kinetics.workload import FloatArray, as_rates, as_series, slope

RELATIVE, ABSOLUTE = 1e-6, 1e-9
People = dict[str, FloatArray]
Solver = Callable[[People], dict[str, FloatArray]]


def installed() -> dict[str, Solver]:
    """The solvers that this Python has, by name. Those that compile have done so when this returns."""
    found: dict[str, Solver] = {"SciPy LSODA": scipy_lsoda()}
    if find_spec("numba") and find_spec("numbalsoda"):
        found["numbalsoda LSODA"] = numbalsoda_lsoda()
    return found


def reference(people: People) -> dict[str, FloatArray]:
    """The workload to about 1e-10 of each state: SciPy's DOP853 at 1e-12."""
    return _by_scipy(people, slope, "DOP853", 1e-12, 1e-14)


def scipy_lsoda() -> Solver:
    """SciPy's LSODA; the right-hand side compiled where Numba is installed."""
    compiled = slope
    if find_spec("numba"):
        import numba

        compiled = numba.njit(slope)
    return lambda people: _by_scipy(people, compiled, "LSODA", RELATIVE, ABSOLUTE)


def _by_scipy(
    people: People, slope_of: Callable[..., None], method: str, relative: float, absolute: float
) -> dict[str, FloatArray]:
    from scipy.integrate import solve_ivp

    rates, cut = as_rates(people), workload.segments()
    states = np.zeros((len(rates), len(workload.TIMES_H), 12))
    change = np.empty(12)

    def changing(time_h: float, now: FloatArray, k: FloatArray) -> FloatArray:
        slope_of(now, k, change)
        return change.copy()

    for person, k in enumerate(rates):
        now, place = workload.STATES_AT_START, 1
        states[person, 0] = now
        for segment in cut:
            k[17] = segment.rate_mg_per_h
            span = (segment.start_h, segment.end_h)
            found = solve_ivp(changing, span, now, method, segment.times_h, args=(k,), rtol=relative, atol=absolute).y.T
            states[person, place : place + len(found)] = found
            now, place = found[-1], place + len(found)
    return as_series(states, people)


def numbalsoda_lsoda() -> Solver:
    """numbalsoda: LSODA in C++, the right-hand side and the loop over people compiled by Numba."""
    import numba
    from numbalsoda import lsoda, lsoda_sig

    compiled = numba.njit(slope)

    @numba.cfunc(lsoda_sig)
    def called(time_h, state, change, rates):
        compiled(numba.carray(state, (12,)), numba.carray(rates, (18,)), numba.carray(change, (12,)))

    address = called.address
    cut = workload.segments()
    starts = np.array([segment.start_h for segment in cut])
    entering = np.array([segment.rate_mg_per_h for segment in cut])
    counts = np.array([len(segment.times_h) for segment in cut])
    times = np.concatenate([segment.times_h for segment in cut])
    at_start = workload.STATES_AT_START

    @numba.njit
    def follow(rates, states):
        for person in range(len(rates)):
            now, place = at_start.copy(), 0
            states[person, 0] = now
            for segment in range(len(starts)):
                k = rates[person].copy()
                k[17] = entering[segment]
                asked = np.empty(counts[segment] + 1)
                asked[0] = starts[segment]
                asked[1:] = times[place : place + counts[segment]]
                found, fine = lsoda(address, now, asked, data=k, rtol=RELATIVE, atol=ABSOLUTE, mxstep=100_000)
                if not fine:
                    raise ValueError("LSODA gave up.")
                states[person, place + 1 : place + 1 + counts[segment]] = found[1:]
                now, place = found[-1].copy(), place + counts[segment]

    def solve(people: People) -> dict[str, FloatArray]:
        rates = as_rates(people)
        states = np.empty((len(rates), len(workload.TIMES_H), 12))
        follow(rates, states)
        return as_series(states, people)

    solve(workload.people(1))
    return solve
