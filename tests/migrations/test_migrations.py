"""A database may be new or may have grown; either way it ends with the same tables and the same guards."""

import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.harness.commands import ROOT, manage, migrate
from tests.harness.databases import Databases

SAY_GUARDS = """
import json
from daybreak.clinic.record.append_only import append_only_models, missing_triggers
print(json.dumps({"guarded": len(append_only_models()), "missing": missing_triggers()}))
"""


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


def previous_commit() -> str | None:
    """The commit before the source as it stands; None where there is none, or no history at all."""
    try:
        last = "HEAD" if git("status", "--porcelain", "--", "src") else "HEAD^"
        return git("rev-parse", "--verify", "--quiet", f"{last}^{{commit}}").decode().strip()
    except (subprocess.CalledProcessError, FileNotFoundError):
        return None


@pytest.fixture
def previous_tree(tmp_path: Path) -> Path | None:
    """The source of the previous commit; None if it had no migrations yet."""
    commit = previous_commit()
    if commit is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
        archive.extractall(tmp_path, filter="data")
    has_migrations = any((tmp_path / "src" / "daybreak" / "clinic").glob("*/migrations/0*.py"))
    return tmp_path if has_migrations else None


def tables(database: str) -> list[str]:
    """Every table and column, in an order that does not tell which came first."""
    return sorted(manage("inspectdb", database=database).splitlines())


def guards(database: str) -> dict[str, Any]:
    """How many tables are append-only (`guarded`), and the names of the triggers they lack (`missing`)."""
    return json.loads(manage("shell", "--verbosity=0", "--command", SAY_GUARDS, database=database))


def test_every_model_has_its_migration(databases: Databases) -> None:
    manage("makemigrations", "--check", "--dry-run", database=databases.empty())


def test_a_new_database_refuses_changes_to_facts(prepared_database: str) -> None:
    found = guards(prepared_database)
    assert found["guarded"] > 0
    assert found["missing"] == []


def test_migrating_twice_changes_nothing(prepared_database: str) -> None:
    before = tables(prepared_database)
    migrate(prepared_database)
    assert tables(prepared_database) == before
    assert guards(prepared_database)["missing"] == []


def test_a_database_of_the_previous_commit_becomes_the_same_as_a_new_one(
    databases: Databases, prepared_database: str, previous_tree: Path | None
) -> None:
    """With no earlier migrations (the first commit) the database grows from nothing."""
    grown = databases.empty()
    if previous_tree is not None:
        migrate(grown, tree=previous_tree)
    migrate(grown)
    assert tables(grown) == tables(prepared_database)
    assert guards(grown)["missing"] == []
