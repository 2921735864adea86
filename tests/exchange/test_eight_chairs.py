"""Eight chairs at once: each monitor's values stand at its own person, none is lost and none is doubled."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import DjangoDbBlocker

from daybreak.clinic.treatment_day.models import DeviceMessage, Reading, Session
from daybreak.treatment.vitals import Vital
from tests.clinic.people import make_clinic
from tests.exchange.ward import oru, seat, working_on
from tests.harness.listener import running_listener

CHAIRS, SETS = 8, 15


@pytest.fixture
def room(prepared_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, dict[int, Session]]]:
    with django_db_blocker.unblock(), working_on(prepared_database):
        clinic = make_clinic()
        yield prepared_database, {number: seat(clinic, number) for number in range(CHAIRS)}


def test_each_monitors_values_stand_at_its_own_person(room: tuple[str, dict[int, Session]]) -> None:
    database, sessions = room

    def sit(number: int) -> int:
        """The monitor of this chair sends its sets, every third one twice; the number of answers that accept."""
        accepted = 0
        with listener.connect() as line:
            for count in range(SETS):
                values = {Vital.HEART_RATE: 60.0 + number, Vital.SPO2: 90.0 + number, Vital.SYSTOLIC: 120.0 + count}
                message = oru(f"{count}", values, device_id=f"M{number}")
                for _ in range(2 if count % 3 == 0 else 1):
                    accepted += b"|AA|" in line.send(message)
        return accepted

    with running_listener(database) as listener, ThreadPoolExecutor(CHAIRS) as chairs:
        answers = list(chairs.map(sit, range(CHAIRS)))
    assert answers == [SETS + SETS // 3] * CHAIRS
    for number, session in sessions.items():
        stored = Reading.objects.filter(session=session)
        assert set(stored.values_list("monitor__identifier", flat=True)) == {f"M{number}"}
        assert set(stored.filter(vital=Vital.HEART_RATE).values_list("value", flat=True)) == {60.0 + number}
        assert stored.count() == stored.values("vital", "measured_at").distinct().count()
        session.refresh_from_db()
        assert session.newest[Vital.SYSTOLIC]["value"] == 120.0 + SETS - 1
        kept = DeviceMessage.objects.filter(session=session, outcome=DeviceMessage.Outcome.STORED)
        assert sorted(map(int, kept.values_list("control_id", flat=True))) == list(range(SETS))
    assert DeviceMessage.objects.filter(outcome=DeviceMessage.Outcome.REPEATED).count() == CHAIRS * (SETS // 3)
