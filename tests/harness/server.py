"""A live Daybreak server in its own process."""

import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import commands

LONGEST_START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A server that answers, e.g. at http://localhost:41234, and its first process."""

    address: str
    process: subprocess.Popen[bytes]


@contextmanager
def running_server(database: str, *, demonstration: bool = True, clock: Path | None = None) -> Iterator[str]:
    """The address of a server of `database`, which is stopped afterwards."""
    with serving(database, demonstration=demonstration, clock=clock) as server:
        yield server.address


@contextmanager
def serving(database: str, *, demonstration: bool = True, clock: Path | None = None) -> Iterator[Server]:
    """Serve `database`; stop it afterwards, if it still runs. A `clock` is moved by the test, see `moved_clock`.

    Raises:
        AssertionError: if it does not answer, with everything it said.
    """
    port = _free_port()
    address = f"http://localhost:{port}"  # by name: passkeys refuse 127.0.0.1
    with tempfile.TemporaryFile() as log:
        process = commands.serve(database, port, log, demonstration=demonstration, clock=clock)
        try:
            deadline = time.monotonic() + LONGEST_START_SECONDS
            while not _answers(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise AssertionError(f"The server did not start. It said:\n{log.read().decode()}")
                time.sleep(0.05)
            yield Server(address, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/health", timeout=5).close()
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("localhost", 0)) as listener:
        return int(listener.getsockname()[1])
