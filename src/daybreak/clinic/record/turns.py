"""Whose turn it is to write into SQLite's file. Processes and threads wait in line and are woken when it is theirs.

SQLite would have them sleep and ask again, up to 25 ms at a time. It still guards the file: a line is no lock, and who
writes without waiting here does no harm.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from threading import Lock

from django.db import OperationalError, connection

LONGEST_WAIT_SECONDS = 20.0  # as long as SQLite would ask again (`timeout` in web/settings.py)
_THREADS = Lock()


def turn() -> AbstractContextManager[object]:
    """Wait until nobody else writes. PostgreSQL has many writers: there it is always one's turn.

    So it is within a transaction: to wait with the database locked would lock out whoever one waits for.

    Raises:
        OperationalError: when the threads before this one took too long, as SQLite's own lock would.
    """
    waits_here = connection.vendor == "sqlite" and not connection.in_atomic_block
    return turn_at(str(connection.settings_dict["NAME"])) if waits_here else nullcontext()


@contextmanager
def turn_at(file: str) -> Iterator[None]:
    """The same for a file of one's own. A process that dies gives up its turn."""
    if not _THREADS.acquire(timeout=LONGEST_WAIT_SECONDS):
        raise OperationalError("Others of this process waited for the database all the time.")
    try:
        line = _line(os.getpid(), file)
        if line is None:
            yield
            return
        fcntl.flock(line, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(line, fcntl.LOCK_UN)
    finally:
        _THREADS.release()


@cache
def _line(process: int, file: str) -> int | None:
    """The file beside the database on which processes wait. None beside none, as in memory, and on a full disk.

    By process: a descriptor that a fork copied would hold the parent's turn.
    """
    if not Path(file).is_file():
        return None
    try:
        return os.open(f"{file}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


@contextmanager
def alone(work: str) -> Iterator[bool]:
    """Whether nobody else is at this work; then nobody else can be until it is over. Waits for no one.

    A process that dies ends its work. In memory nobody else can be at it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [work])
            is_alone = cursor.fetchone()[0]
            try:
                yield is_alone
            finally:
                if is_alone:
                    cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [work])
        return
    file = str(connection.settings_dict["NAME"])
    if not Path(file).is_file():
        yield True
        return
    with open(f"{file}-{work}", "w") as line:
        try:
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
