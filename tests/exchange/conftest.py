"""Sessions going on, each with a monitor tied to it, and a listener for all of them."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.exchange.ward import Ward, make_ward, working_on
from tests.harness.databases import Databases
from tests.harness.listener import RunningListener, running_listener


@pytest.fixture(scope="session")
def shared_database(databases: Databases, migrated_database: str) -> str:
    return databases.copy(migrated_database)


@pytest.fixture(scope="session")
def listener(shared_database: str) -> Iterator[RunningListener]:
    """To start one takes longer than most tests: those that do it no harm share it, each with a ward of its own."""
    with running_listener(shared_database, allow=["127.0.0.0/8"]) as running:
        yield running


@pytest.fixture
def ward(shared_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Ward]:
    with django_db_blocker.unblock(), working_on(shared_database):
        yield make_ward(shared_database)


@pytest.fixture
def lone_ward(prepared_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Ward]:
    """In a database of its own, for a test that starts its own listener or harms the database."""
    with django_db_blocker.unblock(), working_on(prepared_database):
        yield make_ward(prepared_database)
