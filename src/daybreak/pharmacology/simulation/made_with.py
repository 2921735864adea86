"""Which software and which machine computed a result, so that results of other machines are not mixed unseen."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np

from daybreak.pharmacology.body import KineticsError

_ROOMS = ("treatment", "pharmacology")  # all that a number can depend on
_WRITTEN, _COMPILED = (".py", ".c", ".yaml", ".csv"), (".so", ".pyd")


@dataclass(frozen=True, slots=True)
class MadeWith:
    """Two digests: of code, data and NumPy version; of the kind of processor and of what was compiled for it."""

    software: str
    machine: str

    @classmethod
    def here(cls) -> "MadeWith":
        return _here()

    def doubts_here(self) -> tuple[str, ...]:
        """What a reader must know of a number made so and read here.

        Raises:
            KineticsError: if it was made with other software.
        """
        here = _here()
        if self.software != here.software:
            raise KineticsError(
                "A worker of the cluster has another Daybreak, other data or another NumPy, so its numbers are others. "
                "Install the same version on every machine."
            )
        if self.machine != here.machine:
            return (
                "Computed in part on another kind of processor: the last digits may differ from those of this one.",
            )
        return ()


@cache
def _here() -> MadeWith:
    software, machine = hashlib.sha256(np.__version__.encode()), hashlib.sha256()
    for room in _ROOMS:
        for path in _files_of(files("daybreak").joinpath(room)):
            if path.name.endswith(_WRITTEN):
                software.update(path.read_bytes())
            elif path.name.endswith(_COMPILED):
                machine.update(path.read_bytes())
    parts = np.show_config(mode="dicts")
    machine.update(json.dumps([parts.get("SIMD Extensions"), parts.get("Build Dependencies")], sort_keys=True).encode())
    return MadeWith(software.hexdigest()[:16], machine.hexdigest()[:16])


def _files_of(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files_of(entry)
        else:
            yield entry
