"""A week that is to come."""

import pytest

from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week


@pytest.fixture
def week(clinic: Clinic) -> Week:
    return Week(clinic)
