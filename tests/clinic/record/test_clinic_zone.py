"""A clinic whose time zone nobody set is told so, at the start and on the status page; a demonstration is not."""

import pytest

from daybreak.clinic.record import clinic_zone, status
from tests.clinic.people import Clinic


def test_a_clinic_without_a_time_zone_is_told(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAYBREAK_TIME_ZONE", raising=False)
    monkeypatch.setenv("DAYBREAK_DEMONSTRATION", "0")
    (remark,) = status.now(clinic.site).remarks
    assert remark == ("Time zone", clinic_zone.not_said())
    assert "read as UTC" in remark[1]


@pytest.mark.parametrize("said", [("DAYBREAK_TIME_ZONE", "Europe/Berlin"), ("DAYBREAK_DEMONSTRATION", "1")])
def test_where_it_was_said_or_nobody_is_treated_nothing_is_told(
    said: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAYBREAK_TIME_ZONE", raising=False)
    monkeypatch.delenv("DAYBREAK_DEMONSTRATION", raising=False)
    monkeypatch.setenv(*said)
    assert clinic_zone.not_said() == ""
