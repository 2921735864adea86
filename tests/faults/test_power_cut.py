"""The power fails in a full house: forty monitors send their sets, five values each, nurses type, and server and
listener are killed in the same moment."""

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from threading import Barrier, BrokenBarrierError

from daybreak.clinic.record.models import Flag
from daybreak.clinic.treatment_day.models import DeviceMessage, Reading
from daybreak.exchange.mllp import frame, read_message
from daybreak.treatment.vitals import Vital
from tests.exchange.ward import REST, oru, seat
from tests.faults.conftest import Ward
from tests.faults.test_killed_server import kill
from tests.harness.listener import running_listener
from tests.harness.server import serving
from tests.harness.tablet import Tablet, entry

CHAIRS = 40
RISING = 4  # of them: whose pressure crosses a limit with every other set, so that each set is charted at once
SETS_BEFORE = 10  # acknowledged to every monitor when the power fails: ten seconds of a full house
TABLETS, TYPED_BEFORE = 2, 10
LONGEST_WAIT_SECONDS = 120
BREATH = {Vital.RESPIRATORY_RATE: 14.0}

Name = tuple[int, int]  # the chair, and the number of its set


def set_of(name: Name) -> bytes:
    chair, number = name
    pressure = {Vital.SYSTOLIC: 120.0 + 90 * (number % 2 if chair < RISING else 0)}
    return oru(f"{chair}-{number}", REST | BREATH | pressure, device_id=f"M{chair}")


@asynccontextmanager
async def line(port: int) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A monitor's connection, until the listener is gone."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        yield reader, writer
    writer.close()


class Monitors:
    """Forty monitors, each with a line of its own: the next set goes out when the one before is acknowledged."""

    def __init__(self) -> None:
        self.sent: dict[Name, bytes] = {}
        self.acknowledged: set[Name] = set()

    async def send_until_it_dies(self, port: int, under_way: Callable[[], object]) -> None:
        waiting = set(range(CHAIRS))

        async def sit(chair: int) -> None:
            async with line(port) as (reader, writer):
                for number in range(10_000):
                    if number == SETS_BEFORE:
                        waiting.discard(chair)
                        if not waiting:
                            under_way()
                    name = chair, number
                    self.sent[name] = set_of(name)
                    writer.write(frame(self.sent[name]))
                    answer = await read_message(reader)
                    if answer is None:
                        return
                    assert f"MSA|AA|{chair}-{number}".encode() in answer, answer
                    self.acknowledged.add(name)

        await asyncio.gather(*map(sit, range(CHAIRS)))

    async def send_all_again(self, port: int) -> None:
        async def sit(chair: int) -> None:
            async with line(port) as (reader, writer):
                for name in [name for name in self.sent if name[0] == chair]:
                    writer.write(frame(self.sent[name]))
                    assert f"MSA|AA|{chair}-{name[1]}".encode() in (await read_message(reader) or b"")

        await asyncio.gather(*map(sit, range(CHAIRS)))


def stored() -> dict[Name, bytes]:
    """Each message that became part of a session, with its bytes; fails if one is there twice, or in another chair."""
    found: dict[Name, bytes] = {}
    rows = DeviceMessage.objects.filter(outcome=DeviceMessage.Outcome.STORED)
    for row in rows.select_related("kept", "monitor", "session__chair"):
        chair, number = map(int, row.control_id.split("-"))
        assert (row.monitor.identifier, row.session.chair.name) == (f"M{chair}", f"B{chair}")
        assert (chair, number) not in found, "doubled"
        found[chair, number] = row.kept.raw
    return found


def test_what_was_acknowledged_to_monitors_and_nurses_stands(ward: Ward, figure: Callable[[str], None]) -> None:
    sessions = [seat(ward.clinic, number) for number in range(CHAIRS)]
    typed_before = Reading.objects.filter(monitor=None).count()
    monitors = Monitors()
    under_way = Barrier(TABLETS + 2)  # the nurses, the monitors as one, and who cuts the power
    typed: list[dict[str, str]] = []
    saved: set[str] = set()

    def wait_for_the_others() -> None:
        with suppress(BrokenBarrierError):
            under_way.wait(LONGEST_WAIT_SECONDS)

    def type_until_it_dies() -> None:
        with Tablet(server.address, ward.nurse_key) as tablet, suppress(ConnectionError):
            for count in range(10_000):
                if count == TYPED_BEFORE:
                    wait_for_the_others()
                typed.append(one := entry(heart_rate="72"))
                saved.add(tablet.send(f"{ward.path}readings", one)[1]["saved"])

    with (
        serving(ward.database, demonstration=False) as server,
        running_listener(ward.database) as listener,
        ThreadPoolExecutor(TABLETS + 1) as senders,
    ):
        began = time.monotonic()
        sending = [senders.submit(type_until_it_dies) for _ in range(TABLETS)]
        sending.append(
            senders.submit(lambda: asyncio.run(monitors.send_until_it_dies(listener.port, wait_for_the_others)))
        )
        under_way.wait(LONGEST_WAIT_SECONDS)
        listener.process.kill()
        kill(server.process)
        for each in sending:
            each.result()
        seconds = time.monotonic() - began

    values = len(REST | BREATH)
    assert len(monitors.acknowledged) >= CHAIRS * SETS_BEFORE
    assert len(saved) >= TABLETS * TYPED_BEFORE
    found = stored()
    assert found.items() <= monitors.sent.items()
    lost = monitors.acknowledged - set(found)
    assert not lost
    assert all(is_charted(name) for name in monitors.acknowledged if name[0] < RISING)
    typed_stored = Reading.objects.filter(monitor=None).count() - typed_before
    assert len(saved) <= typed_stored <= len(typed)
    figure(
        f"Server and listener killed in a full house: {len(monitors.sent)} sets of {values} sent, "
        f"{len(monitors.acknowledged)} acknowledged, {len(found)} stored; {len(typed)} values typed, {len(saved)} "
        f"acknowledged, {typed_stored} stored; {len(lost)} lost; "
        f"{(len(monitors.acknowledged) * values + len(saved)) / seconds:.0f} values a second."
    )

    with (
        serving(ward.database, demonstration=False) as server,
        running_listener(ward.database) as listener,
        Tablet(server.address, ward.nurse_key) as tablet,
    ):
        asyncio.run(monitors.send_all_again(listener.port))
        for one in typed:
            assert tablet.send(f"{ward.path}readings", one) == (200, {"saved": one["write_id"]})
    assert stored() == monitors.sent
    assert Reading.objects.filter(monitor=None).count() - typed_before == len(typed)
    readings = Reading.objects.exclude(monitor=None)
    doubled = readings.count() - readings.values("session", "vital", "measured_at").distinct().count()
    assert doubled == 0
    raised = list(Flag.objects.values_list("patient", flat=True))
    assert sorted(raised) == sorted(session.course.patient_id for session in sessions[:RISING])
    figure(f"All of it sent again: {len(monitors.sent)} sets and {len(typed)} typed values stored, {doubled} doubled.")


def is_charted(name: Name) -> bool:
    """Whether the pressure of a set is a reading: the one of its message."""
    chair, number = name
    return Reading.objects.filter(
        message__control_id=f"{chair}-{number}", vital=Vital.SYSTOLIC, value=120.0 + 90 * (number % 2)
    ).exists()
