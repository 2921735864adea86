"""Databases for tests, on the engine the environment variable DAYBREAK_TEST_DATABASE names.

Ledger, audit and readings refuse UPDATE, DELETE and TRUNCATE, so Django's `flush` fails. A test that needs
several connections, threads or processes therefore gets a copy of a prepared database and throws it away.
"""

import fcntl
import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

ENGINE_VARIABLE = "DAYBREAK_TEST_DATABASE"
PREPARED_VARIABLE = (
    "DAYBREAK_TEST_PREPARED"  # a folder of suites that run together: what each would prepare is kept there
)


class Databases(Protocol):
    """One engine's databases. Everything is named by the URL that Daybreak itself reads."""

    def empty(self) -> str:
        """A new database without a table."""

    def prepared(self, name: str, prepare: Callable[[str], None]) -> str:
        """A template that `prepare` filled: to copy from."""

    def copy(self, template: str) -> str:
        """A new database with all that `template` holds. Nobody may be connected to the template."""

    def stop(self) -> None:
        """Throw all of them away."""


class SQLiteDatabases:
    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="daybreak-sqlite-")
        self._numbers = itertools.count(1)

    def empty(self) -> str:
        return f"sqlite:///{Path(self._folder.name) / f'test-{next(self._numbers)}.sqlite3'}"

    def prepared(self, name: str, prepare: Callable[[str], None]) -> str:
        folder = Path(os.environ.get(PREPARED_VARIABLE, self._folder.name))
        kept = folder / f"{name}.sqlite3"
        with (folder / f"{name}.lock").open("w") as line:
            fcntl.flock(line, fcntl.LOCK_EX)  # whoever comes second waits until it is there
            if not kept.exists():
                filled = self.empty()
                prepare(filled)
                shutil.move(sqlite_file(filled), kept)
        return f"sqlite:///{kept}"

    def copy(self, template: str) -> str:
        new = self.empty()
        self.restore(new, template)
        return new

    def restore(self, database: str, template: str) -> None:
        """Make a database what `template` is, also while a server has it open."""
        with (
            closing(sqlite3.connect(sqlite_file(template))) as source,
            closing(sqlite3.connect(sqlite_file(database))) as target,
        ):
            source.backup(target)

    def stop(self) -> None:
        self._folder.cleanup()


class PostgreSQLDatabases:
    def __init__(self) -> None:
        from tests.harness.postgresql import PostgreSQLServer

        self._server = PostgreSQLServer()
        self._numbers = itertools.count(1)

    def empty(self) -> str:
        return self._create("template0")

    def prepared(self, name: str, prepare: Callable[[str], None]) -> str:
        filled = self.empty()
        prepare(filled)
        return filled

    def copy(self, template: str) -> str:
        return self._create(urlsplit(template).path.removeprefix("/"))

    def _create(self, template: str) -> str:
        name = f"daybreak_{next(self._numbers)}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.url(name)

    def stop(self) -> None:
        self._server.stop()


ENGINES: dict[str, Callable[[], Databases]] = {"sqlite": SQLiteDatabases, "postgresql": PostgreSQLDatabases}


def chosen_databases() -> Databases:
    """The databases of the engine DAYBREAK_TEST_DATABASE names; SQLite where it names none."""
    engine = os.environ.get(ENGINE_VARIABLE, "sqlite")
    if engine not in ENGINES:
        raise ValueError(f"{ENGINE_VARIABLE} is {engine!r}, and the tests know only {' and '.join(ENGINES)}.")
    return ENGINES[engine]()


def sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
