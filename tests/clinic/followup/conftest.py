"""A course in treatment, its first dose sixty days ago."""

import pytest

from tests.clinic.followup.story import Story, begin
from tests.clinic.people import Clinic


@pytest.fixture
def story(clinic: Clinic) -> Story:
    story = begin(clinic)
    story.dose(1, days=0)
    return story
