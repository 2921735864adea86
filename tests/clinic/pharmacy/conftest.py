"""A store with a safe, a trolley, vials and devices."""

import pytest

from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store


@pytest.fixture
def store(clinic: Clinic) -> Store:
    return Store(clinic)
