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
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("kernel.c")
PARTS = tuple(sorted(SOURCE.parent.glob("*.h")))  # that it includes
SWITCH = "DAYBREAK_KERNEL"
_COMPILE = (
    "-std=gnu99",
    "-O3",
    "-funroll-loops",
    "-march=native",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-shared",
    "-fPIC",
)


class KernelError(RuntimeError):
    """The kernel cannot be built or used: the message is a sentence."""


def path() -> Path:
    """Where the library for this source and this processor lies, or would."""
    source = b"".join(one.read_bytes() for one in (SOURCE, *PARTS))
    made_of = hashlib.sha256(source + " ".join(_COMPILE).encode() + _processor().encode()).hexdigest()
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
    import subprocess  # here, because it takes a twentieth of a cold start and hardly anybody builds

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
