"""A clinic of its own for the browser tests of one file: they cut its network, or hold a session on it.

A file takes both fixtures with `database, server = own_server.database, own_server.server`; one that begins with the
demonstration takes `server = own_server.demonstration_server`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.harness import commands
from tests.harness.databases import SQLiteDatabases
from tests.harness.server import running_server


@dataclass(frozen=True)
class SpareServer:
    """One server for all that want a clinic of their own, one after the other: each start of one takes seconds."""

    address: str
    database: str
    databases: SQLiteDatabases

    def begin(self, template: str) -> None:
        """Serve what `template` holds, and nothing of before."""
        self.databases.restore(self.database, template)


@pytest.fixture(scope="session")
def spare_server(databases: SQLiteDatabases, migrated_database: str) -> Iterator[SpareServer]:
    database = databases.copy(migrated_database)
    with running_server(database) as address:
        yield SpareServer(address, database, databases)


@pytest.fixture(scope="module")
def database(spare_server: SpareServer, migrated_database: str) -> str:
    """The URL of an empty database."""
    spare_server.begin(migrated_database)
    return spare_server.database


@pytest.fixture(scope="module")
def server(database: str, spare_server: SpareServer) -> str:
    """The address of a server of it."""
    return spare_server.address


@pytest.fixture(scope="module")
def demonstration_server(spare_server: SpareServer, demonstration_database: str) -> str:
    """The address of a server of the demonstration that no other file looks at."""
    spare_server.begin(demonstration_database)
    return spare_server.address


def run(program: str, database: str) -> object:
    """Run a small program on the product's own verbs in a process of its own."""
    variables = commands.environment(database, demonstration=True)
    variables["PYTHONPATH"] += f":{commands.ROOT}"
    finished = subprocess.run(
        [sys.executable, "-c", program], env=variables, cwd=commands.ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
