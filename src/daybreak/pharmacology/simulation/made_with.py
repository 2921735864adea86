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
_ENDINGS = (".py", ".yaml", ".csv")


@dataclass(frozen=True, slots=True)
class MadeWith:
    """Two digests: of the code, the data and NumPy's version; of the processor's and the linear algebra's kind."""

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
    code = hashlib.sha256(np.__version__.encode())
    for room in _ROOMS:
        for path in _files_of(files("daybreak").joinpath(room)):
            code.update(path.read_bytes())
    parts = np.show_config(mode="dicts")
    kind = json.dumps([parts.get("SIMD Extensions"), parts.get("Build Dependencies")], sort_keys=True)
    return MadeWith(code.hexdigest()[:16], hashlib.sha256(kind.encode()).hexdigest()[:16])


def _files_of(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files_of(entry)
        elif entry.name.endswith(_ENDINGS):
            yield entry
