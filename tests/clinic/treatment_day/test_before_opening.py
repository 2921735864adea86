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
    return opened_at(day, hour=12)


def opened_at(day: Day, hour: int) -> datetime:
    then = timezone.localtime(day.session.opened_at).replace(hour=hour, minute=30, second=20, microsecond=0)
    day.session.opened_at = then - timedelta(days=1)
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


class TestOfTheEveningBefore:
    """What was given on the ward last night counts for today's dose."""

    WHY = "Given on the ward, asked of its nurse."
    LORAZEPAM = {"what": "medicine", "words": "lorazepam 1 mg po"}

    @pytest.mark.parametrize(("hour", "minutes"), [(9, -690), (0, -60)])
    def test_it_is_asked_why_and_kept_with_its_date(self, day: Day, hour: int, minutes: int) -> None:
        opened, nurse = opened_at(day, hour), signed_in(day.clinic)
        given = opened + timedelta(minutes=minutes)
        on = f"{given:%H:%M} on {given.day} {given:%b}"
        asked = post(nurse, day, "observe", **self.LORAZEPAM, **at(opened, minutes))
        assert asked.status_code == 422
        assert f"{on} {given.year} lies before this session was opened" in asked.json()["refused"]
        assert "write in a few words why it belongs to this session" in asked.json()["refused"]
        assert not SEEN.exists()
        for what in (self.LORAZEPAM, {"what": "note", "words": "Slept badly."}):
            assert post(nurse, day, "observe", **what, **at(opened, minutes), reason=self.WHY).status_code == 200
        assert {each.occurred_at for each in SEEN.all()} == {given.replace(second=0)}
        line = next(line for line in services.draft_note(day.session).splitlines() if "lorazepam" in line)
        assert line.startswith(on)
        assert f"Why: {self.WHY.rstrip('.')}" in line

    def test_with_its_day_typed_too(self, day: Day) -> None:
        opened = opened_at(day, 9)
        given = opened - timedelta(minutes=690)
        typed = {"day": f"{given:%Y-%m-%d}", "clock": f"{given:%H:%M}", "at": opened.isoformat()}
        assert post(signed_in(day.clinic), day, "observe", **self.LORAZEPAM, **typed).status_code == 422
        assert (
            post(signed_in(day.clinic), day, "observe", **self.LORAZEPAM, **typed, reason=self.WHY).status_code == 200
        )

    def test_of_longer_before_than_values_are_taken_it_is_refused(self, day: Day, opened: datetime) -> None:
        given = opened - timedelta(hours=14)
        typed = {"day": f"{given:%Y-%m-%d}", "clock": f"{given:%H:%M}", "at": opened.isoformat()}
        refused = post(signed_in(day.clinic), day, "observe", **self.LORAZEPAM, **typed, reason=self.WHY)
        assert refused.status_code == 422
        assert "lies more than 12 hours before this session was opened" in refused.json()["refused"]
        assert not SEEN.exists()

    def test_without_a_network_it_is_kept_with_its_time(self, day: Day) -> None:
        opened = opened_at(day, 9)
        assert "saved" in _waited(signed_in(day.clinic), day, "observe", **self.LORAZEPAM, **at(opened, -690))
        assert (SEEN.get().data["what"], SEEN.get().occurred_at.minute) == ("medicine", 0)

    def test_an_emergency_is_noted(self, day: Day) -> None:
        opened = opened_at(day, 0)
        assert post(signed_in(day.clinic), day, "observe", what="emergency", **at(opened, -60)).status_code == 200
