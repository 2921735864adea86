"""The compiled kernel: the same numbers as NumPy's to 1e-10, several patients in one register.

It is optional. `make kernel` (or `python -m daybreak.pharmacology.kernel`) compiles `kernel.c` with this machine's C
compiler into a library beside it; nothing is ever compiled by itself. The library's name holds what it was made of and
for which processor, so one made from other source or for another processor is not found. `DAYBREAK_KERNEL=off` leaves
it aside.
"""

import ctypes
import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybreak.pharmacology.segments import FloatArray, Schedule, alike

SOURCE = Path(__file__).with_name("kernel.c")
SWITCH = "DAYBREAK_KERNEL"
MOST_STATES, MOST_NODES = 24, 12  # of kernel.c
_COMPILE = ("-std=gnu99", "-O3", "-funroll-loops", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC")
_SLIVER_H = 1e-12  # less than that is no time
_Given = FloatArray | NDArray[np.int32] | int | float


class KernelError(RuntimeError):
    """The kernel cannot be built or used: the message is a sentence."""


def path() -> Path:
    """Where the library for this source and this processor lies, or would."""
    made_of = hashlib.sha256(SOURCE.read_bytes() + " ".join(_COMPILE).encode() + _processor().encode()).hexdigest()
    return SOURCE.with_name(f"kernel-{made_of[:12]}.so")


def _processor() -> str:
    """What of a processor decides which instructions it has."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())
    return f"{platform.system()} {platform.machine()} {flags}"


def build(target: Path | None = None) -> Path:
    """Compile the kernel for this machine; by default to where it is looked for.

    Raises:
        KernelError: if there is no C compiler, it cannot compile this, or the package's folder cannot be written to.
    """
    compiler, target = os.environ.get("CC", "cc"), target or path()
    unfinished = target.with_suffix(".unfinished")
    command = [compiler, *_COMPILE, str(SOURCE), "-o", str(unfinished)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (the person's own compiler)
        unfinished.replace(target)
    except FileNotFoundError as error:
        raise KernelError(f"There is no C compiler called {compiler}. NumPy gives the same numbers.") from error
    except (subprocess.CalledProcessError, OSError) as error:
        said = getattr(error, "stderr", "") or error
        raise KernelError(f"The kernel could not be built: {said}. NumPy gives the same numbers.") from error
    library.cache_clear()
    return target


@cache
def library() -> ctypes.CDLL | None:
    """The kernel, if it was built for this machine and is not switched off."""
    if os.environ.get(SWITCH) == "off" or not path().exists():
        return None
    return ctypes.CDLL(str(path()))


def state() -> str:
    """Which of the two computes here, as a sentence."""
    if library() is not None:
        return "The compiled kernel computes."
    why = "it is switched off" if os.environ.get(SWITCH) == "off" else "it was not built here"
    return f"NumPy computes, slower and alike to ten digits: the compiled kernel is optional, and {why}."


def amounts(
    kernel: ctypes.CDLL, rates_per_h: FloatArray, places: list[int], schedule: Schedule, times_h: FloatArray
) -> FloatArray | None:
    """Amounts at the kept places, (patients, kept, times), at ascending times; None if there are too many states."""
    infused = np.flatnonzero(schedule.rates_mg_per_h.any(axis=(0, 1)))
    patients, compartments = rates_per_h.shape[:2]
    states = compartments + len(infused)
    found = np.zeros((patients, len(places), len(times_h)))
    if states > MOST_STATES:
        return None
    if not len(schedule.instants_h):
        return found
    system = np.zeros((patients, states, states))
    system[:, :compartments, :compartments] = rates_per_h
    system[:, infused, compartments + np.arange(len(infused))] = 1.0
    entering = np.concatenate([schedule.boluses_mg, schedule.rates_mg_per_h[:, :, infused]], axis=2)
    hours, kind, begins, told = _steps(schedule.instants_h.tobytes(), times_h.tobytes())
    first, column = _pattern(system)
    _call(
        kernel.daybreak_amounts,
        *(patients, states, compartments, system, len(hours), hours, first, column),
        *(len(kind), kind, begins, told, np.ascontiguousarray(entering)),
        *(len(places), np.array(places, np.int32), len(times_h), found),
    )
    return found


@lru_cache(maxsize=32)  # a crowd asks for the same times portion after portion
def _steps(instants: bytes, times: bytes) -> tuple[FloatArray, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The ways from each event to the next: different hours, and by event which of them, the segment that begins there
    and the time that is told there; -1 for none. An instant comes before a time at that very moment."""
    instants_h, times_h = np.frombuffer(instants), np.frombuffer(times)
    before = int(np.searchsorted(times_h, instants_h[0]))
    moments = np.concatenate([instants_h, times_h[before:]])
    none, count = -1, len(instants_h)
    order = np.argsort(moments, kind="stable")
    begins = np.concatenate([np.arange(count), np.full(len(moments) - count, none)])[order]
    told = np.concatenate([np.full(count, none), np.arange(before, len(times_h))])[order]
    hours, kind = alike(np.diff(moments[order], prepend=moments[order[0]]))
    nothing = hours <= _SLIVER_H
    kind = np.where(nothing[kind], none, kind - int(nothing.sum()))
    return hours[~nothing], kind.astype(np.int32), begins.astype(np.int32), told.astype(np.int32)


def _pattern(system: FloatArray) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where a power of the system can be other than zero: the first place of each row, and the columns."""
    reached = (system != 0).any(axis=0) | np.eye(system.shape[1], dtype=bool)
    for _ in range(system.shape[1].bit_length()):
        reached = reached @ reached
    rows, columns = np.nonzero(reached)
    first = np.searchsorted(rows, np.arange(system.shape[1] + 1))
    return first.astype(np.int32), columns.astype(np.int32)


@dataclass(frozen=True, slots=True)
class Panels:
    """A mesh as the kernel reads it: kinds of panel with their ends (nodes, places told, 1), each panel's kind, and the
    weights of the rule. What the arrays are stands beside the functions of `kernel.c`."""

    lengths_h: FloatArray
    first_end: NDArray[np.int32]
    ends: FloatArray
    kind: NDArray[np.int32]
    told_first: NDArray[np.int32]
    told: NDArray[np.int32]
    times: int
    inverse_vandermonde: FloatArray
    fine_places: FloatArray
    fine_weights: FloatArray
    node_weights: FloatArray
    up_to_nodes: FloatArray
    up_to_told: FloatArray
    at_told: FloatArray


def filtered(
    kernel: ctypes.CDLL, panels: Panels, inflow: FloatArray, rates_per_h: FloatArray, start: float
) -> tuple[FloatArray, FloatArray]:
    """A state at the nodes and at the times told: see `daybreak.pharmacology.mechanism.cascade.filtered`."""
    patients, count, nodes = inflow.shape
    at_nodes, at_times = np.empty(inflow.shape), np.empty((patients, panels.times))
    _call(
        kernel.daybreak_filtered,
        *(patients, count, nodes, np.ascontiguousarray(inflow), np.ascontiguousarray(rates_per_h), float(start)),
        *(len(panels.lengths_h), panels.lengths_h, panels.first_end, panels.ends),
        *(panels.kind, panels.told_first, panels.told, panels.inverse_vandermonde),
        *(len(panels.fine_places), panels.fine_places, panels.fine_weights, panels.times, at_nodes, at_times),
    )
    return at_nodes, at_times


def driven(
    kernel: ctypes.CDLL, panels: Panels, inflow: FloatArray, loss_per_h: FloatArray, start: float
) -> tuple[FloatArray, FloatArray, float]:
    """A state at the nodes and at the times told, and the most e-folds it loses on one panel: see
    `daybreak.pharmacology.mechanism.cascade.driven`."""
    patients, count, nodes = inflow.shape
    at_nodes, at_times, most = np.empty(inflow.shape), np.empty((patients, panels.times)), np.empty(patients)
    _call(
        kernel.daybreak_driven,
        *(patients, count, nodes, np.ascontiguousarray(inflow), np.ascontiguousarray(loss_per_h), float(start)),
        *(panels.lengths_h, panels.first_end, panels.ends, panels.kind, panels.told_first, panels.told),
        *(panels.up_to_nodes, panels.node_weights, panels.up_to_told, panels.at_told, panels.times),
        *(at_nodes, at_times, most),
    )
    return at_nodes, at_times, float(most.max(initial=0.0))


def _call(function: Any, *given: _Given) -> None:
    """Call a function of the kernel. It answers other than zero when it gets no memory.

    Raises:
        MemoryError: if it got none.
    """
    passed = [
        ctypes.c_void_p(value.__array_interface__["data"][0])
        if isinstance(value, np.ndarray)
        else ctypes.c_double(value)
        if isinstance(value, float)
        else ctypes.c_int64(value)
        for value in given
    ]
    if function(*passed):
        raise MemoryError("The compiled kernel got no memory. Simulate fewer patients at once.")
