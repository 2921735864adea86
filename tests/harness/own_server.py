"""A clinic of its own for the browser tests of one file: they cut its network, or hold a session on it.

A file takes both fixtures with `database, server = own_server.database, own_server.server`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.harness import commands
from tests.harness.databases import Databases
from tests.harness.server import running_server


@pytest.fixture(scope="module")
def database(databases: Databases, migrated_database: str) -> str:
    """The URL of an empty database."""
    return databases.copy(migrated_database)


@pytest.fixture(scope="module")
def server(database: str) -> Iterator[str]:
    """The address of a server of it."""
    with running_server(database) as address:
        yield address


def run(program: str, database: str) -> object:
    """Run a small program on the product's own verbs in a process of its own."""
    variables = commands.environment(database, demonstration=True)
    variables["PYTHONPATH"] += f":{commands.ROOT}"
    finished = subprocess.run(
        [sys.executable, "-c", program], env=variables, cwd=commands.ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
