"""`daybreak demo`: a filled database, then server, clock, listener and monitor together, until Ctrl-C.

Nothing of Django is loaded here. What needs the database runs in processes of their own, with an environment in
which nothing is left of what a real clinic on this machine has set.
"""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from urllib.error import URLError

LOOPBACK = "127.0.0.1"
LONGEST_START_SECONDS = 60
LONGEST_STOP_SECONDS = 40  # the listener commits what it has in hand first
KEPT = {"DAYBREAK_TIME_ZONE"}


class NotRun(Exception):
    """The demonstration cannot run or go on. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the demonstration."""

    name: str
    process: subprocess.Popen[bytes]


def run(database: Path, *, fresh: bool, port: int, monitor_port: int) -> None:
    """Prepare the database, start everything, wait; stop everything at Ctrl-C or when one part ends.

    Raises:
        NotRun: if a port is taken, the database cannot be used, or a part ended by itself.
    """
    for wanted, option in ((port, "--port"), (monitor_port, "--monitor-port")):
        _require_free(wanted, option)
    database = database.resolve()
    if database.is_dir():
        raise NotRun(f"{database} is a folder. Name a file in it with --database.")
    database.parent.mkdir(parents=True, exist_ok=True)
    variables = environment(database)
    with _stopped_by_signals():
        prepare = [*_daybreak("demo", "prepare"), *(["--fresh"] if fresh else [])]
        if subprocess.run(prepare, env=variables, check=False).returncode:  # noqa: S603
            raise NotRun("The demonstration was not started.")
        with _parts(variables, port, monitor_port) as parts:
            _wait_until_it_answers(parts, port)
            print(_where_to_look(database, port), flush=True)  # noqa: T201
            _wait_for_the_first_to_end(parts)


def environment(database: Path) -> dict[str, str]:
    """The environment of every part."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DAYBREAK_") or name in KEPT}
    return inherited | {
        "DAYBREAK_DATABASE": f"sqlite:///{database}",
        "DAYBREAK_MAIL": mail_folder(database).as_uri(),
        "DAYBREAK_DEMONSTRATION": "1",
        "DJANGO_SETTINGS_MODULE": "daybreak.web.settings",
    }


def mail_folder(database: Path) -> Path:
    """Where the messages to people on call are written: nobody of a demonstration has an address."""
    return database.parent / f"{database.stem}-mail"


def _require_free(port: int, option: str) -> None:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError as problem:
        why = os.strerror(problem.errno or 0)
        raise NotRun(
            f"Port {port} of this machine cannot be used ({why}); perhaps another demonstration runs. "
            f"Stop it, or choose another port with {option}."
        ) from problem


def _daybreak(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "daybreak.cli", *arguments]


@contextmanager
def _parts(variables: Mapping[str, str], port: int, monitor_port: int) -> Iterator[list[Part]]:
    """Server, listener and monitor, running; stopped at the end, the one started last first."""
    commands = {
        "server": ["serve", f"--port={port}"],
        "listener": ["listen", f"--port={monitor_port}"],
        "clock": ["tick", "--repeat"],
        "monitor": ["demo", "monitor", "--tied", "--repeat", f"--port={monitor_port}"],
    }
    parts: list[Part] = []
    try:
        for name, arguments in commands.items():
            # In a session of its own: Ctrl-C reaches this process alone, which then stops the parts in order.
            process = subprocess.Popen(_daybreak(*arguments), env=variables, start_new_session=True)  # noqa: S603
            parts.append(Part(name, process))
        yield parts
    finally:
        for part in reversed(parts):
            _stop(part.process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LONGEST_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_it_answers(parts: list[Part], port: int) -> None:
    deadline = monotonic() + LONGEST_START_SECONDS
    while not _answers(port):
        _require_all_alive(parts)
        if monotonic() > deadline:
            raise NotRun(f"The server did not answer within {LONGEST_START_SECONDS} seconds.")
        sleep(0.1)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health", timeout=5).close()
    except (URLError, OSError):
        return False
    return True


def _wait_for_the_first_to_end(parts: list[Part]) -> None:
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    _require_all_alive(parts)


def _require_all_alive(parts: list[Part]) -> None:
    for part in parts:
        code = part.process.poll()
        if code is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
            raise NotRun(f"The {part.name} {how}; what it said stands above. The other parts were stopped.")


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does; both quietly."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        print("\nThe demonstration is stopped.", flush=True)  # noqa: T201
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _where_to_look(database: Path, port: int) -> str:
    return (
        f"\nDaybreak runs at http://localhost:{port}: everybody there is synthetic, and one click signs you in.\n"
        f"Four referral files to upload lie in {database.parent / 'demo-referrals'}.\n"
        f"Messages to people on call are written to {mail_folder(database)}; none is sent.\n"
        "Ctrl-C stops it."
    )
