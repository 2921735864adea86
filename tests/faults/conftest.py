"""A treatment day in a database of its own that other processes share."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import DjangoDbBlocker

from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day.models import Session
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.treatment_day.day import Day, open_day
from tests.exchange.ward import working_on
from tests.harness.tablet import sign_in


@dataclass
class Ward:
    """A session before its dose, ready for it, and a nurse who is signed in."""

    database: str
    clinic: Clinic
    day: Day
    nurse_key: str

    @property
    def session(self) -> Session:
        return self.day.session

    @property
    def path(self) -> str:
        return f"/sessions/{self.session.pk}/"


@pytest.fixture
def ward(prepared_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Ward]:
    with django_db_blocker.unblock(), working_on(prepared_database):
        clinic = make_clinic()
        day = open_day(clinic, hours_ago=0)
        day.read(-5)
        day.clear_checks(-4)
        yield Ward(prepared_database, clinic, day, sign_in(clinic.users[Role.NURSE]))
