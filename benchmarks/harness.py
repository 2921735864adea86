"""Servers under measurement: Daybreak and the bare project, each in its own processes, served alike."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from daybreak.cli import server_command

ROOT = Path(__file__).parents[1]
WORKERS = 2
THREADS = 4
LONGEST_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Project:
    """A Django project as gunicorn starts it."""

    settings: str
    application: str


DAYBREAK = Project("daybreak.web.settings", "daybreak.web.wsgi:application")
BARE = Project("benchmarks.bare.settings", "django.core.wsgi:get_wsgi_application()")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on this machine."""

    port: int
    pid: int


def sqlite(database: Path) -> str:
    """The URL of a file."""
    return f"sqlite:///{database}"


def environment(project: Project, database: str) -> dict[str, str]:
    """The environment of a process of this project. What is set for a Daybreak of one's own is left out."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DAYBREAK_")}
    return inherited | {
        "DAYBREAK_DATABASE": database,
        "DAYBREAK_TESTING": "1",
        "DJANGO_SETTINGS_MODULE": project.settings,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }


def become_daybreak(database: str) -> None:
    """Make this process one of Daybreak's, with a database of its own, every table and trigger in it."""
    os.environ.update(environment(DAYBREAK, database))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def copy_database(source: Path, target: Path) -> Path:
    """A copy to change freely, made as SQLite itself makes one."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return target


@contextmanager
def serving(project: Project, database: str) -> Iterator[Server]:
    """Serve a database until the block ends.

    Raises:
        RuntimeError: if the server does not answer, with everything it said.
    """
    port = _free_port()
    command = server_command(project.application, "127.0.0.1", port, WORKERS, THREADS)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment(project, database), cwd=ROOT, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + LONGEST_START_SECONDS
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"The server did not start. It said:\n{log.read().decode()}")
                time.sleep(0.05)
            yield Server(port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@contextmanager
def listening(database: str) -> Iterator[Server]:
    """Take monitors' messages until the block ends."""
    command = [sys.executable, "-m", "daybreak.cli", "listen", "--port", "0"]
    process = subprocess.Popen(
        command,
        env=environment(DAYBREAK, database),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        said = process.stdout.readline()
        found = re.search(r":(\d+), from", said)
        if found is None:
            raise RuntimeError(f"The listener did not start. It said: {said}")
        yield Server(int(found[1]), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
