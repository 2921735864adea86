"""Chooses the database before Django reads its settings, hands out copies of a prepared one, and hurries no property.

`DAYBREAK_TEST_DATABASE=postgresql` runs the same tests on a PostgreSQL server from its wheel. Tests of the
science need none of this: `pytest -p no:django tests/treatment` starts neither Django nor a database.
"""

from __future__ import annotations

import atexit
import gc
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.harness import commands
from tests.harness.databases import Databases, chosen_databases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clinic.people import Clinic

# A property takes as long as a busy machine needs: nothing here is a timed test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

FIGURES = pytest.StashKey[list[str]]()
DATABASES: Databases = chosen_databases()
atexit.register(DATABASES.stop)

if "pytest_django" in sys.modules:
    # Here rather than in pytest's settings: a conftest further down may import models at its top.
    import django

    commands.become_daybreak(database=DATABASES.empty())
    django.setup()

    from django.conf import settings as of_daybreak
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1  # the same way to the same verdict, without the second that each try takes
    of_daybreak.WHITENOISE_AUTOREFRESH = True  # or each test client reads every file's date before its first page


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Where a test gets an empty database, or a copy of one."""
    return DATABASES


@pytest.fixture(scope="session")
def migrated_database() -> str:
    """The URL of a database with every table and trigger. To copy from: nobody may connect to it."""
    return DATABASES.prepared("migrated", commands.migrate)


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, migrated_database: str, django_test_environment: None) -> None:
    """Tests that are rolled back work on a copy as well: to migrate a second time takes as long as a hundred tests."""
    from django.db import connections

    from daybreak.web.settings import database

    connections["default"].close()
    connections["default"].settings_dict["NAME"] = database(databases.copy(migrated_database))["NAME"]


@pytest.fixture
def prepared_database(migrated_database: str) -> str:
    """The URL of this test's own migrated database, for real transactions and for other processes."""
    return DATABASES.copy(migrated_database)


@pytest.fixture
def clinic(db: None) -> Clinic:
    """A site with one person of each role, one patient and one course in referral."""
    from tests.clinic.people import make_clinic

    return make_clinic()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps a sentence with what was counted; all of them are printed at the end of the run."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_collection_finish() -> None:
    """What is loaded stays to the end: to look through all of it for garbage took a tenth of the time of the tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("what was counted")
        for said in figures:
            terminalreporter.line(said)
