"""A session going on with a monitor tied to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoDbBlocker

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services
from tests.clinic.people import make_clinic
from tests.clinic.treatment_day.day import open_day
from tests.exchange.ward import Ward, working_on


@pytest.fixture
def ward(prepared_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Ward]:
    with django_db_blocker.unblock(), working_on(prepared_database):
        clinic = make_clinic()
        session = open_day(clinic).session
        nurse = clinic.actor(Role.NURSE)
        monitor = services.add_monitor("M1", clinic.site, nurse)
        services.tie_monitor(monitor, session, nurse, at=datetime.now(UTC) - timedelta(minutes=1))
        yield Ward(prepared_database, clinic, session, monitor)
