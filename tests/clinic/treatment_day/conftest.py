"""One open session with an infusion."""

import pytest

from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day


@pytest.fixture
def day(clinic: Clinic) -> Day:
    return open_day(clinic)
