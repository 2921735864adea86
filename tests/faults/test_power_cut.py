"""The power fails while monitors and nurses both send: server and listener are killed in the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

from daybreak.clinic.record.models import new_id
from daybreak.clinic.treatment_day.models import DeviceMessage, Monitor, Reading
from daybreak.clinic.treatment_day.services import tie_monitor
from tests.exchange.ward import REST, oru
from tests.faults.conftest import Ward
from tests.faults.test_killed_server import kill
from tests.harness.listener import running_listener
from tests.harness.server import serving
from tests.harness.tablet import Tablet, entry

TABLETS, SAVED_BEFORE, MESSAGES = 2, 10, 400
LONGEST_WAIT_SECONDS = 60


def test_what_was_acknowledged_to_monitors_and_nurses_stands(ward: Ward, figure: Callable[[str], None]) -> None:
    monitor = Monitor.objects.create(identifier="M1", site=ward.clinic.site)
    tie_monitor(monitor, ward.session, ward.day.nurse, tie_id=new_id())
    before = Reading.objects.filter(monitor=None).count()
    under_way = Barrier(TABLETS + 2)
    messages = {str(number): oru(str(number)) for number in range(MESSAGES)}
    typed: list[dict[str, str]] = []
    saved: set[str] = set()
    accepted: list[str] = []

    def wait_for_the_others(count: int) -> None:
        if count == SAVED_BEFORE:
            with suppress(BrokenBarrierError):
                under_way.wait(LONGEST_WAIT_SECONDS)

    def type_until_it_dies() -> None:
        with Tablet(server.address, ward.nurse_key) as tablet, suppress(ConnectionError):
            for count in range(10_000):
                wait_for_the_others(count)
                typed.append(one := entry(heart_rate="72"))
                saved.add(tablet.send(f"{ward.path}readings", one)[1]["saved"])

    def send_until_it_dies() -> None:
        with listener.connect() as line, suppress(ConnectionError):
            for count, (control_id, message) in enumerate(messages.items()):
                wait_for_the_others(count)
                assert f"MSA|AA|{control_id}".encode() in line.send(message)
                accepted.append(control_id)

    with (
        serving(ward.database, demonstration=False) as server,
        running_listener(ward.database) as listener,
        ThreadPoolExecutor(TABLETS + 1) as senders,
    ):
        began = time.monotonic()
        sending = [senders.submit(send_until_it_dies), *(senders.submit(type_until_it_dies) for _ in range(TABLETS))]
        under_way.wait(LONGEST_WAIT_SECONDS)
        listener.process.kill()
        kill(server.process)
        for each in sending:
            each.result()
        seconds = time.monotonic() - began
    stored = DeviceMessage.objects.filter(outcome=DeviceMessage.Outcome.STORED).values_list("control_id", flat=True)
    assert len(accepted) >= SAVED_BEFORE
    assert set(accepted) <= set(stored)
    rate = (len(saved) + len(accepted) * len(REST)) / seconds

    with (
        serving(ward.database, demonstration=False) as server,
        running_listener(ward.database) as listener,
        Tablet(server.address, ward.nurse_key) as tablet,
        listener.connect() as line,
    ):
        again = list(messages)[: len(accepted) + 1]
        for control_id in again:
            assert f"MSA|AA|{control_id}".encode() in line.send(messages[control_id])
        for one in typed:
            assert tablet.send(f"{ward.path}readings", one) == (200, {"saved": one["write_id"]})
    kept = DeviceMessage.objects.filter(outcome=DeviceMessage.Outcome.STORED).values_list("control_id", flat=True)
    assert sorted(kept) == sorted(again)
    assert Reading.objects.filter(monitor=None).count() - before == len(typed)
    readings = Reading.objects.exclude(monitor=None)
    assert readings.count() == readings.values("vital", "measured_at").distinct().count()
    figure(
        f"Server and listener killed at {rate:.0f} readings a second: {len(saved)} typed and {len(accepted)} messages "
        f"acknowledged, none lost; all sent again, none doubled."
    )
