"""What was given or seen before the session was opened may belong to it: somebody writes why, and it stands there."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.letters.about_session import side_effects
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.treatment_day.day import Day
from tests.clinic.treatment_day.test_done_offline import _waited
from tests.clinic.treatment_day.test_pages import page, post, signed_in

SEEN = SessionEvent.objects.filter(kind=SessionEvent.Kind.OBSERVATION)
MEDICINE = {"what": "medicine", "words": "midazolam 2 mg iv"}


@pytest.fixture
def opened(day: Day) -> datetime:
    """Opened at half past noon of the day before, so that hours before it are of the same day."""
    noon = timezone.localtime(day.session.opened_at).replace(hour=12, minute=30, second=20, microsecond=0)
    day.session.opened_at = noon - timedelta(days=1)
    day.session.save()
    return day.session.opened_at


def at(opened: datetime, minutes: float) -> dict[str, str]:
    """A clock time as it was typed a quarter of an hour after the opening."""
    typed = opened + timedelta(minutes=minutes)
    return {"clock": f"{typed:%H:%M}", "at": (opened + timedelta(minutes=15)).isoformat()}


@pytest.mark.parametrize("what", [MEDICINE, {"what": "note", "words": "Dizzy."}, {"what": "nausea"}])
def test_hours_before_the_opening_is_asked_why_and_kept_with_it(
    day: Day, opened: datetime, what: dict[str, str]
) -> None:
    nurse = signed_in(day.clinic)
    for reason in ("", "ok"):
        asked = post(nurse, day, "observe", **what, **at(opened, -330), reason=reason)
        assert asked.status_code == 422
        assert "07:00 on" in asked.json()["refused"]
        assert "lies before this session was opened at 12:30 on" in asked.json()["refused"]
    assert not SEEN.exists()
    kept = post(nurse, day, "observe", **what, **at(opened, -330), reason="Given on the ward, asked of its nurse.")
    assert kept.status_code == 200
    line = next(line for line in services.draft_note(day.session).splitlines() if line.startswith("07:00"))
    assert "Before this session was opened at 12:30. Why: Given on the ward, asked of its nurse" in line


def test_the_letter_says_so_too(day: Day, opened: datetime) -> None:
    reason = "Given on the ward, asked of its nurse."
    post(signed_in(day.clinic), day, "observe", **MEDICINE, **at(opened, -330), reason=reason)
    letter = side_effects(queries.record(day.session), day.state())
    assert "midazolam 2 mg iv (Before this session was opened at 12:30. Why: Given on the ward" in letter


def test_premedication_just_before_the_opening_is_asked_too_and_within_its_minute_not(
    day: Day, opened: datetime
) -> None:
    nurse = signed_in(day.clinic)
    assert post(nurse, day, "observe", **MEDICINE, **at(opened, -10)).status_code == 422
    assert post(nurse, day, "observe", **MEDICINE, **at(opened, -10), reason="Premedication.").status_code == 200
    assert post(nurse, day, "observe", **MEDICINE, **at(opened, 0)).status_code == 200
    assert post(nurse, day, "observe", **MEDICINE, **at(opened, 5)).status_code == 200


def test_an_emergency_is_noted_whatever_time_was_typed(day: Day, opened: datetime) -> None:
    assert post(signed_in(day.clinic), day, "observe", what="emergency", **at(opened, -60)).status_code == 200


def test_what_waited_without_a_network_is_kept_with_its_time_and_says_so(day: Day, opened: datetime) -> None:
    assert "saved" in _waited(signed_in(day.clinic), day, "observe", **MEDICINE, **at(opened, -330))
    assert SEEN.get().data["what"] == "medicine"
    assert "Before this session was opened at 12:30. Why: Nobody could be asked" in services.draft_note(day.session)


def test_a_tablet_whose_clock_is_behind_asks_nothing(day: Day, opened: datetime) -> None:
    touched = (opened - timedelta(minutes=2)).isoformat()
    assert post(signed_in(day.clinic), day, "observe", **MEDICINE, at=touched).status_code == 200


def test_the_forms_have_a_box_for_it(day: Day) -> None:
    shown = page(signed_in(day.clinic), day)
    for name in ("medicine", "observation"):
        assert 'name="reason"' in shown.split(f'id="{name}"')[1].split("</dialog>")[0]
