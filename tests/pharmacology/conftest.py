"""What the tests of the science share."""

from dataclasses import replace

import pytest

from daybreak.pharmacology import kinetics
from daybreak.pharmacology.models import default_for


@pytest.fixture
def doubt_of_routes(monkeypatch):
    """Sets how far the whole curve may lie off, by every route."""

    def doubt(log_sd: float) -> None:
        monkeypatch.setattr(
            kinetics, "default_for", lambda drug, route: replace(default_for(drug, route), doubt_log_sd=log_sd)
        )

    return doubt
