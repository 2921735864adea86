"""The server's clock ran an hour ahead and was set right: facts with a time that is still to come hold nothing up."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy.models import LedgerEntry, Use
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Flag, FlagEvent, new_id
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.models import DeviceMessage, Reading
from daybreak.clinic.treatment_day.services import drug_account
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.formats.hl7v2.syntax import write_time
from daybreak.treatment.vitals import Vital
from tests.clinic.treatment_day.day import TEN_WORDS, Day, open_day
from tests.exchange.ward import oru

LISTENER = Actor(None, "192.0.2.9")
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The clock runs an hour ahead, until this is called."""
    true_now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: true_now() + AN_HOUR)
    return lambda: monkeypatch.setattr(timezone, "now", true_now)


def type_systolic(day: Day, value: float) -> Reading:
    return services.record_reading(day.session, Vital.SYSTOLIC, value, timezone.now(), day.nurse, reading_id=new_id())


def timeless(control_id: str, heart_rate: float) -> bytes:
    """From a monitor that says no time, so that the time of arrival counts."""
    now = timezone.now()
    raw = build_oru(
        {Vital.HEART_RATE: heart_rate}, mapping=generic_mapping(), at=now, control_id=control_id, device_id="M1"
    )
    return raw.replace(write_time(now).encode(), b"")


def receive(raw: bytes) -> DeviceMessage:
    return services.receive_message(raw, "192.0.2.9", LISTENER)[1]


class TestAMonitor:
    def test_that_was_tied_by_the_wrong_clock_is_tied(self, ahead: Callable[[], None], day: Day) -> None:
        services.tie_monitor(services.add_monitor("M1", day.clinic.site, day.nurse), day.session, day.nurse)
        ahead()
        assert receive(oru("1")).session == day.session
        assert Reading.objects.filter(monitor__identifier="M1").count() == 4

    def test_before_it_was_tied_its_values_are_for_nobody_all_the_same(
        self, ahead: Callable[[], None], day: Day
    ) -> None:
        services.tie_monitor(services.add_monitor("M1", day.clinic.site, day.nurse), day.session, day.nurse)
        ahead()
        late = timezone.now() - timedelta(minutes=10)
        raw = build_oru(
            {Vital.SPO2: 97.0}, mapping=generic_mapping(), at=late.astimezone(UTC), control_id="1", device_id="M1"
        )
        assert receive(raw).outcome == DeviceMessage.Outcome.NOBODY

    def test_shows_its_newest_number_and_not_the_one_of_the_wrong_clock(
        self, ahead: Callable[[], None], day: Day
    ) -> None:
        services.tie_monitor(services.add_monitor("M1", day.clinic.site, day.nurse), day.session, day.nurse)
        receive(timeless("1", 60.0))
        ahead()
        receive(timeless("2", 130.0))
        day.session.refresh_from_db()
        assert day.session.newest[Vital.HEART_RATE]["value"] == 130.0


class TestAMarkOfTheWrongClock:
    @pytest.fixture
    def flag(self, day: Day, ahead: Callable[[], None]) -> Flag:
        day.begin()
        type_systolic(day, 190.0)
        return day.flags()[0]

    def answer(self, flag: Flag, day: Day) -> FlagEvent:
        return services.answer_mark(flag, services.MarkAnswer.TOLD, day.nurse, write_id=new_id())

    def test_answered_it_is_asked_again_when_the_next_value_is_still_beyond(
        self, flag: Flag, day: Day, ahead: Callable[[], None]
    ) -> None:
        self.answer(flag, day)
        ahead()
        type_systolic(day, 192.0)
        [asked] = day.flags()
        assert (asked.pk != flag.pk, asked.acknowledged) == (True, False)

    def test_answered_it_is_closed_when_the_next_value_is_back(
        self, flag: Flag, day: Day, ahead: Callable[[], None]
    ) -> None:
        self.answer(flag, day)
        ahead()
        type_systolic(day, 124.0)
        assert day.flags() == []

    def test_an_answer_after_the_clock_was_set_right_does_not_close_it(
        self, flag: Flag, day: Day, ahead: Callable[[], None]
    ) -> None:
        type_systolic(day, 190.0)
        ahead()
        assert self.answer(flag, day).kind == FlagEvent.Kind.ACKNOWLEDGED


def test_the_drug_account_of_the_wrong_clock_stands(clinic: Any, ahead: Callable[[], None]) -> None:
    day = open_day(clinic, hours_ago=0.2)
    day.begin()
    services.stop(day.session, day.nurse, write_id=new_id(), at=timezone.now())
    services.correct_amount(day.session, day.nurse, write_id=new_id(), mg=18.0, reason=TEN_WORDS)
    drug_account.tell_now(day.session.pk, day.nurse, timezone.now())
    before = list(LedgerEntry.objects.values_list("kind", "micrograms"))
    assert before
    ahead()
    drug_account.tell_now(day.session.pk, day.nurse, timezone.now())
    assert list(LedgerEntry.objects.values_list("kind", "micrograms")) == before
    assert Use.objects.count() == queries.sessions().count() == 1
