"""A listener for monitors in its own process, and a monitor's end of the line."""

import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from daybreak.exchange.mllp import END, START, frame
from tests.harness import commands

LONGEST_WAIT_SECONDS = 30
HERE = ("127.0.0.1", "::1")


@dataclass
class RunningListener:
    port: int
    process: subprocess.Popen[str]

    def connect(self) -> "Line":
        return Line(self.port)


class Line:
    """A monitor's connection. Nothing waits longer than the time that fails the test."""

    def __init__(self, port: int, *, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), LONGEST_WAIT_SECONDS, (source, 0))
        self._come = b""

    def send(self, message: bytes) -> bytes:
        """Send one message and wait for its acknowledgement."""
        self.socket.sendall(frame(message))
        return self.answer()

    def answer(self) -> bytes:
        """The next acknowledgement.

        Raises:
            ConnectionError: if the listener hung up instead.
        """
        while END not in self._come:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("The listener hung up.")
            self._come += more
        answer, _, self._come = self._come.partition(END)
        return answer.removeprefix(START)

    def is_hung_up(self) -> bool:
        """Wait until the listener hangs up; False if it says something first."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


@contextmanager
def running_listener(database: str, *, allow: Sequence[str] = HERE, port: int = 0) -> Iterator[RunningListener]:
    """Listen for monitors' messages into `database`, on any free port where none is named; stop it afterwards.

    Raises:
        AssertionError: if it does not start, with everything it said.
    """
    with tempfile.TemporaryFile() as log:
        process = commands.listen(database, log, allow=allow, port=port)
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            found = re.search(r":(\d+), from", said)
            if found is None:
                process.wait(timeout=LONGEST_WAIT_SECONDS)
                log.seek(0)
                raise AssertionError(f"The listener did not start. It said:\n{said}{log.read().decode()}")
            yield RunningListener(int(found[1]), process)
        finally:
            process.terminate()
            process.wait(timeout=LONGEST_WAIT_SECONDS)
            process.stdout.close()
