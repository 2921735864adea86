"""A live Daybreak server in its own process."""

import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.harness import commands

LONGEST_START_SECONDS = 30


@contextmanager
def running_server(database: str, *, demonstration: bool = True) -> Iterator[str]:
    """Serve `database` and give the server's address, e.g. http://localhost:41234; stop it afterwards.

    Raises:
        AssertionError: if it does not answer, with everything it said.
    """
    port = _free_port()
    address = f"http://localhost:{port}"  # by name: passkeys refuse 127.0.0.1
    with tempfile.TemporaryFile() as log:
        process = commands.serve(database, port, log, demonstration=demonstration)
        try:
            deadline = time.monotonic() + LONGEST_START_SECONDS
            while not _answers(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise AssertionError(f"The server did not start. It said:\n{log.read().decode()}")
                time.sleep(0.05)
            yield address
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
