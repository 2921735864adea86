"""A database may be new or may have grown; either way it ends with the same tables and the same guards."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from daybreak.clinic.record.append_only import append_only_models, missing_triggers
from tests.exchange.ward import working_on
from tests.harness.commands import ROOT, migrate
from tests.harness.databases import Databases


@pytest.fixture(autouse=True, scope="module")
def unblocked(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


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


@pytest.fixture(scope="module")
def new_tables(databases: Databases, migrated_database: str) -> list[str]:
    """The tables of a new database."""
    return tables(databases.copy(migrated_database))


def tables(database: str) -> list[str]:
    """Every table and column, in an order that does not tell which came first."""
    said = io.StringIO()
    with working_on(database):
        call_command("inspectdb", stdout=said)
    return sorted(said.getvalue().splitlines())


def missing_guards(database: str) -> list[str]:
    """The triggers that the append-only tables lack."""
    with working_on(database):
        return missing_triggers()


def test_every_model_has_its_migration(databases: Databases) -> None:
    with working_on(databases.empty()):
        call_command("makemigrations", check_changes=True, dry_run=True, interactive=False)


def test_a_new_database_refuses_changes_to_facts(prepared_database: str) -> None:
    assert append_only_models()
    assert missing_guards(prepared_database) == []


def test_migrating_twice_changes_nothing(prepared_database: str, new_tables: list[str]) -> None:
    migrate(prepared_database)
    assert tables(prepared_database) == new_tables
    assert missing_guards(prepared_database) == []


def test_a_database_of_the_previous_commit_becomes_the_same_as_a_new_one(
    databases: Databases, previous_tree: Path | None, new_tables: list[str]
) -> None:
    """With no earlier migrations (the first commit) the database grows from nothing."""
    grown = databases.empty()
    if previous_tree is not None:
        migrate(grown, tree=previous_tree)
    migrate(grown)
    assert tables(grown) == new_tables
    assert missing_guards(grown) == []
