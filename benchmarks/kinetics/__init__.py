"""The model beside general solvers of differential equations: one core, one run, ratios."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.harness import ROOT
from benchmarks.report import Figure

# One core for everybody; freed memory is kept for the next portion: a fresh page costs more than what is written on it.
_ALIKE_FOR_ALL = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
}


def measure() -> Iterator[Figure]:
    """Measured in a process of its own, that no thread or memory of this one is in it."""
    command = [sys.executable, "-m", "benchmarks.kinetics.run"]
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | _ALIKE_FOR_ALL | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    for row in json.loads(done.stdout.splitlines()[-1]):
        yield Figure(**row)
