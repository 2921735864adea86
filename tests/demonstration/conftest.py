"""The whole demonstration, told once for every test that only reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from daybreak.demonstration.filling import fill

NOW = datetime(2026, 3, 4, 13, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[datetime]:
    """The moment up to which everybody's story is told. All of it is rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        fill(NOW)
        yield NOW
        transaction.set_rollback(True)
