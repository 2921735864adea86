"""Two nasal devices typed to one minute are two devices, each with its own lot, in the order they were recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import queries as pharmacy
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, Use
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.treatment_day import queries, services, session_page
from daybreak.clinic.treatment_day.models import SessionEvent
from daybreak.clinic.treatment_day.services import drug_account
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store
from tests.clinic.treatment_day.day import TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_drug_account import commits  # noqa: F401

THREE = "esketamine 84 mg nasal twice weekly for 4 weeks"
LOTS = ("P31", "E02", "E04")
IN_ORDER = ["Device 1 of 3, 28 mg", "Device 2 of 3, 28 mg", "Device 3 of 3, 28 mg"]


@pytest.fixture
def day(clinic: Clinic) -> Day:
    """The first of three devices is given, and one of each lot is drawn."""
    day, store = open_day(clinic, THREE), Store(clinic)
    lots = [store.lot(store.devices, lot=number, at=day.at(-30)) for number in LOTS]
    day.read(-5)
    day.clear_checks()
    day.do(services.start_dose, 0, lot="P31")
    for lot in lots:
        store.draw(Use.objects.get(pk=day.session.pk), lot, 28, at=day.at(-4))
    return day


def minute_of_day(day: Day) -> float:
    """A full minute after the rest, as minutes of the day."""
    return (day.at(8).replace(second=0, microsecond=0) - day.zero) / timedelta(minutes=1)


def typed(day: Day, lot: str) -> None:
    """Given in that minute, as a person types it."""
    day.do(services.give_device, minute_of_day(day), lot=lot, reason=TEN_WORDS)


def at_one_time(day: Day, lot: str) -> None:
    """The same as it was recorded once, with the time of the device before it."""
    SessionEvent.objects.create(
        session=day.session, kind="device given", occurred_at=day.at(minute_of_day(day)),
        data={"lot": lot, "against": [], "reason": TEN_WORDS}, id=new_id(), **day.nurse.stamp,
    )  # fmt: skip
    drug_account.tell(day.session, day.nurse)


@pytest.mark.parametrize("give", [typed, at_one_time])
class TestTwoOfOneMinute:
    def test_each_has_its_own_lot_in_the_account_and_nothing_is_reversed(self, day: Day, give) -> None:
        day.do(services.leave, 200, reason="Well, and with her sister.")
        for lot in LOTS[1:]:
            give(day, lot)
        assert list(LedgerEntry.objects.filter(kind="given").order_by("number").values_list("lot__number")) == [
            (lot,) for lot in LOTS
        ]
        assert not LedgerEntry.objects.filter(kind="reversed").exists()
        use = Use.objects.get(pk=day.session.pk)
        assert pharmacy.account(use).adds_up
        assert {pharmacy.left_in_hand(use, lot) for lot in Lot.objects.all()} == {0}

    def test_page_and_note_count_them_in_order(self, day: Day, give) -> None:
        for lot in LOTS[1:]:
            give(day, lot)
        page = session_page.build(queries.sessions().get(pk=day.session.pk), timezone.now())
        lines = [each.what for each in page.moments if each.what.startswith("Device")]
        assert lines == IN_ORDER[::-1]
        note = [line for line in services.draft_note(day.session).splitlines() if "Device " in line]
        assert ["; ".join(LOTS)] == ["; ".join(lot for line in note for lot in LOTS if f"lot {lot}" in line)]
        assert [each for line in note for each in IN_ORDER if each in line] == IN_ORDER


def test_a_device_typed_in_the_minute_of_the_start_comes_after_it(day: Day) -> None:
    start = day.session.events.get(kind="dose started")
    minute = (day.zero.replace(second=0, microsecond=0) - day.zero) / timedelta(minutes=1)
    second = day.do(services.give_device, minute, lot="E02", reason=TEN_WORDS)
    assert second.occurred_at - start.occurred_at == timedelta.resolution


def test_a_stop_typed_in_the_minute_of_two_devices_raises_nothing(day: Day) -> None:
    for lot in LOTS[1:]:
        typed(day, lot)
    day.do(services.stop, minute_of_day(day))
    assert day.state().run.given_mg(timezone.now()) == 84
    assert not open_flags(patients=[day.session.course.patient]).filter(kind=queries.WENT_ON).exists()
