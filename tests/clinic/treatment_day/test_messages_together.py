"""Messages of monitors that are stored in one transaction are stored as one after another would be."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor, Reading
from daybreak.clinic.treatment_day.services import Incoming, device_messages, receive_together
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.treatment.vitals import Vital
from tests.clinic.treatment_day.day import Day
from tests.exchange.ward import oru

Outcome = DeviceMessage.Outcome
LISTENER = Actor(None, "192.0.2.9")


@pytest.fixture
def monitors(day: Day) -> tuple[Monitor, Monitor]:
    """Two monitors on one person."""
    both = tuple(services.add_monitor(name, day.clinic.site, day.nurse) for name in ("M1", "M2"))
    for monitor in both:
        services.tie_monitor(monitor, day.session, day.nurse, at=day.at(0))
    return both


def came(raw: bytes, at: datetime | None = None) -> Incoming:
    return Incoming(raw, LISTENER.address, LISTENER, at or timezone.now())


def said(messages: list[Incoming]) -> list[bytes]:
    return [answer for answer, _ in receive_together(messages)]


def outcomes() -> list[str]:
    return list(DeviceMessage.objects.order_by("pk").values_list("outcome", flat=True))


def test_each_is_acknowledged_by_its_name_in_the_order_they_came(monitors: tuple[Monitor, Monitor]) -> None:
    answers = said([came(oru("1")), came(b"rubbish"), came(oru("2", device_id="M2")), came(oru("3"))])
    assert [b"|AA|1" in answers[0], b"|AE|" in answers[1], b"|AA|2" in answers[2], b"|AA|3" in answers[3]] == [True] * 4
    assert outcomes() == [Outcome.STORED, Outcome.UNREADABLE, Outcome.STORED, Outcome.STORED]


def test_a_repeat_in_the_same_transaction_is_one(monitors: tuple[Monitor, Monitor]) -> None:
    message = oru("1")
    receive_together([came(message), came(message), came(message)])
    assert outcomes() == [Outcome.STORED, Outcome.REPEATED, Outcome.REPEATED]
    assert Reading.objects.filter(monitor=monitors[0]).count() == 4


def test_numbers_of_two_monitors_of_one_person_stand_beside_each_other(
    monitors: tuple[Monitor, Monitor], day: Day
) -> None:
    receive_together([came(oru("1", {Vital.SPO2: 97.0})), came(oru("1", {Vital.HEART_RATE: 71.0}, device_id="M2"))])
    day.session.refresh_from_db()
    assert {vital: shown["value"] for vital, shown in day.session.newest.items()} == {"spo2": 97.0, "heart_rate": 71.0}


def test_a_clock_that_leaves_summer_time_shows_its_newest_number(monitors: tuple[Monitor, Monitor], day: Day) -> None:
    """02:59 in summer is before 02:01 in winter time."""
    summer, winter = (timezone.get_fixed_timezone(hours * 60) for hours in (2, 1))
    now = timezone.now()
    for at, heart_rate in ((now - timedelta(minutes=2)).astimezone(summer), 60.0), (now.astimezone(winter), 130.0):
        raw = build_oru(
            {Vital.HEART_RATE: heart_rate}, mapping=generic_mapping(), at=at, control_id="1", device_id="M1"
        )
        receive_together([came(raw)])
    day.session.refresh_from_db()
    assert day.session.newest[Vital.HEART_RATE]["value"] == 130.0


def test_one_crossing_in_two_messages_raises_one_flag(monitors: tuple[Monitor, Monitor]) -> None:
    high = {Vital.SYSTOLIC: 210.0, Vital.DIASTOLIC: 100.0}
    receive_together([came(oru("1", high)), came(oru("2", high))])
    assert Flag.objects.count() == 1


def test_if_one_cannot_be_stored_none_is(monitors: tuple[Monitor, Monitor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the listener stores each alone: `tests/exchange/test_listener.py`."""
    show = device_messages.newest_numbers.show

    def break_at_the_second(session: object, fresh: list[services.Entry], monitor: Monitor, **more: datetime) -> None:
        show(session, fresh, monitor, **more)
        if monitor.identifier == "M2":
            raise RuntimeError("Broken for this test.")

    monkeypatch.setattr(device_messages.newest_numbers, "show", break_at_the_second)
    with pytest.raises(RuntimeError):
        receive_together([came(oru("1")), came(oru("2", device_id="M2"))])
    assert not DeviceMessage.objects.exists()


def test_one_whose_limit_nobody_may_answer_is_kept_for_nobody_and_leaves_nothing(
    monitors: tuple[Monitor, Monitor], day: Day
) -> None:
    User.objects.exclude(role=Role.PATIENT).update(role=Role.RESEARCHER)
    receive_together([came(oru("1", {Vital.SPO2: 60.0})), came(oru("2", device_id="M2"))])
    assert outcomes() == [Outcome.NOBODY, Outcome.STORED]
    assert not Reading.objects.filter(monitor=monitors[0]).exists()
    assert not Flag.objects.exists()


def test_a_message_costs_a_handful_of_queries(monitors: tuple[Monitor, Monitor], django_assert_num_queries) -> None:
    """Which monitor, the same message before, whom it is tied to, whether another has
    its name, what is charted; the message, its bytes, the numbers
    shown. The transaction itself is a savepoint in this test: two more."""
    receive_together([came(oru("1"))])
    with django_assert_num_queries(10):
        receive_together([came(oru("2"))])
