"""A simulation on other machines, by Dask: portions go out to the workers and come back in the order of the patients.

A portion whose worker dies is computed again elsewhere, with the same numbers. Only virtual people and body weights are
sent. A scheduler trusts whoever reaches it: it belongs on a network of its own.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from daybreak.pharmacology.arguments import KineticsError, text
from daybreak.pharmacology.simulate import PortionResult, Run
from daybreak.pharmacology.simulation.populations import Portion

if TYPE_CHECKING:
    from distributed import Client

_AHEAD = 3  # portions out at once, for each thread of the cluster: what bounds the memory
_WAIT_S = 15.0
_ADDRESS = re.compile(r"([a-z]+://)?([^\s:/\[\]]+|\[[0-9a-fA-F:.%]+\]):\d{1,5}")


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Dask cluster whose scheduler answers at this address, for example `tcp://10.0.0.5:8786`."""

    address: str

    @contextmanager
    def open(self) -> Iterator["Run"]:
        """What runs the portions of `daybreak.pharmacology.simulate.simulate` there.

        Raises:
            KineticsError: if Dask is not installed, this is no address, or nothing answers.
        """
        if not _ADDRESS.fullmatch(text("address", self.address)):
            raise KineticsError(f"{self.address!r} is not the address of a scheduler. Name it as tcp://HOST:8786.")
        try:
            from distributed import Client
        except ImportError:
            raise KineticsError("A cluster needs Dask. Install daybreak[cluster].") from None
        try:
            client = Client(self.address, timeout=_WAIT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as problem:
            raise KineticsError(
                f"No Dask scheduler answers at {self.address}: {problem}. "
                "Start one with `dask scheduler`, and name it as tcp://HOST:8786."
            ) from None
        with client:
            yield partial(_in_order, client)


def _in_order(
    client: "Client", compute: Callable[[Portion], PortionResult], portions: Iterable[Portion]
) -> Iterator[PortionResult]:
    """The result of each portion, in order, as `map` gives them.

    Raises:
        KineticsError: if the workers died of a portion again and again.
    """
    from distributed import KilledWorker

    out: deque[Any] = deque()
    try:
        for portion in portions:
            out.append(client.submit(compute, portion, pure=False))
            threads = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
            if len(out) >= _AHEAD * max(1, threads):
                yield out.popleft().result()
        while out:
            yield out.popleft().result()
    except KilledWorker as problem:
        raise KineticsError(f"The workers died of a portion again and again: {problem}") from None
