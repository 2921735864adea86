"""When somebody left is when they left, not when it was touched: letter, call and form rest on it."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.followup import calls
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.treatment.follow_up import CallKind
from tests.clinic.treatment_day.day import Day
from tests.clinic.treatment_day.test_pages import page, post
from tests.web.test_gate import signed_in

LEFT = SessionEvent.objects.filter(kind=SessionEvent.Kind.LEFT, corrected_by__isnull=True)


def boxes(day: Day) -> str:
    """The dialog Leaves as it stands on the page."""
    return (
        page(signed_in(day.clinic, Role.NURSE), day).split('<dialog class="dialog" id="leave"')[1].split("</dialog>")[0]
    )


def typed(at: datetime) -> dict[str, str]:
    local = timezone.localtime(at)
    return {"day": f"{local:%Y-%m-%d}", "clock": f"{local:%H:%M}", "reason": "Feels well."}


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def test_the_time_of_leaving_may_be_typed_and_without_one_is_now(day: Day) -> None:
    day.begin()
    form = boxes(day)
    (clock,) = re.findall(r'<input id="leave-clock"[^>]*>', form)
    (of_day,) = re.findall(r'<input id="leave-clock-day"[^>]*>', form)
    assert 'name="clock"' in clock
    assert not re.search(r"\srequired", clock.replace("data-asked-if-left", "")), "leaving now asks for no time"
    assert " disabled" in of_day
    at = minute(day.at(90))
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(at)).status_code == 200
    assert LEFT.get().occurred_at == at


def test_of_a_session_of_another_day_day_and_time_are_asked(day: Day) -> None:
    """Opened yesterday, and nobody recorded that the person went home: "now" is then seldom meant."""
    Session.objects.filter(pk=day.session.pk).update(opened_at=day.session.opened_at - timedelta(days=1))
    form = boxes(day)
    for box in ("leave-clock", "leave-clock-day"):
        (found,) = re.findall(rf'<input id="{box}"[^>]*>', form)
        assert " required" in found
        assert " disabled" not in found
    yesterday = minute(timezone.now() - timedelta(days=1) + timedelta(minutes=5))
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(yesterday)).status_code == 200
    assert LEFT.get().occurred_at == yesterday


def test_a_leaving_taken_back_is_recorded_again_with_its_true_time(day: Day) -> None:
    """Recorded at 100, taken back as the wrong time, left again as of 80: also before the first one."""
    day.begin()
    first = day.do(services.leave, 100, reason="Feels well.")
    services.take_back(day.session, first.pk, day.nurse, write_id=new_id(), at=day.at(104), reason="The wrong time.")
    at = minute(day.at(80))
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(at)).status_code == 200
    assert LEFT.get().occurred_at == at
    left = f"{timezone.localtime(at):%H:%M}"
    assert f"Left at {left}" in page(signed_in(day.clinic, Role.NURSE), day)
    (back,) = [each for each in calls.of_session(day.session) if each.kind is CallKind.CALL_BACK]
    assert back.due_at == at + timedelta(hours=2)


def test_nobody_leaves_before_the_last_dose_or_twice(day: Day) -> None:
    day.begin(10)
    began = day.state().run.started_at
    assert post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(day.at(2))).status_code == 200
    left = LEFT.get()
    assert left.occurred_at == began
    assert left.data["typed_at"]
    with pytest.raises(Refusal, match="That this person left was recorded at"):
        day.do(services.leave, 1, reason="Feels well.")


def test_a_second_leaving_of_an_earlier_time_is_refused(day: Day) -> None:
    day.begin()
    day.do(services.leave, 100, reason="Feels well.")
    with pytest.raises(Refusal, match="That this person left was recorded at"):
        day.do(services.leave, 60, reason="Feels well.")
    assert LEFT.count() == 1


def test_a_time_still_to_come_is_refused(day: Day) -> None:
    soon = timezone.now() + timedelta(minutes=20)
    refused = post(signed_in(day.clinic, Role.NURSE), day, "leave", **typed(soon))
    assert "is still to come" in refused.json()["refused"]
    assert not LEFT.exists()
