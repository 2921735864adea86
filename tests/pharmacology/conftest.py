"""What the tests of the science share; their properties may take as long as a busy machine needs."""

from dataclasses import replace

import pytest
from hypothesis import settings

from daybreak.pharmacology import kinetics
from daybreak.pharmacology.models import default_for

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def doubt_of_routes(monkeypatch):
    """Sets how far the whole curve may lie off, by every route."""

    def doubt(log_sd: float) -> None:
        monkeypatch.setattr(
            kinetics, "default_for", lambda drug, route: replace(default_for(drug, route), doubt_log_sd=log_sd)
        )

    return doubt
