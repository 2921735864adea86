"""A bedside monitor played to a listener: a real recording with its gaps and zeros, or a simulated session."""

import asyncio
import csv
import math
import random
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from itertools import chain, cycle, repeat

from daybreak.exchange.mllp import frame, read_message
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.treatment.vitals import Vital

# What a monitor shows in one minute, in the units of `UNITS`. What it did not measure is left out.
Minute = Mapping[Vital, float]

COLUMNS = {
    "heart_rate_per_min": Vital.HEART_RATE,
    "respiratory_rate_per_min": Vital.RESPIRATORY_RATE,
    "spo2_percent": Vital.SPO2,
    "cuff_systolic_mmhg": Vital.SYSTOLIC,
    "cuff_diastolic_mmhg": Vital.DIASTOLIC,
}
ANSWER_SECONDS = 30
WAITS_SECONDS = (1, 2, 4, 8, 15)  # before a message is sent again; the last one from then on


def recorded() -> list[Minute]:
    """The recording, minute by minute. Zeros are as recorded: the monitor had no signal. See `data/README.md`."""
    text = files(__package__).joinpath("data/bedside_monitor.csv").read_text(encoding="utf-8")
    return [
        {vital: float(row[column]) for column, vital in COLUMNS.items() if row[column]}
        for row in csv.DictReader(text.splitlines())
    ]


def simulated(seed: int, minutes: int = 150) -> list[Minute]:
    """An invented session, the same for the same seed: the dose at minute 10, the highest pressure 40 minutes later.

    Its numbers are chosen to look like a session. They are no model and no data.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret hangs on it
    systolic, diastolic, heart_rate = chance.gauss(124, 6), chance.gauss(78, 4), chance.gauss(70, 5)
    rise = chance.uniform(20, 40)

    def minute(number: int) -> Minute:
        since_dose = max(number - 10, 0) / 40
        effect = since_dose * math.exp(1 - since_dose)  # 0 at the dose, 1 at its height, and slowly back
        values = {
            Vital.HEART_RATE: heart_rate + 0.4 * rise * effect + chance.gauss(0, 2),
            Vital.RESPIRATORY_RATE: 15 - 2 * effect + chance.gauss(0, 1),
            Vital.SPO2: min(98 - 1.5 * effect + chance.gauss(0, 0.5), 100),
        }
        if number % 5 == 0:
            values[Vital.SYSTOLIC] = systolic + rise * effect + chance.gauss(0, 2)
            values[Vital.DIASTOLIC] = diastolic + 0.5 * rise * effect + chance.gauss(0, 2)
        return {vital: float(round(value)) for vital, value in values.items()}

    return [minute(number) for number in range(minutes)]


def play(
    minutes: Iterable[Minute],
    *,
    monitor: str,
    address: str,
    port: int,
    speed: float = 1.0,
    again: bool = False,
    say: Callable[[str], None],
) -> None:
    """Send one message a minute, each until it is acknowledged.

    Args:
        monitor: the name it gives itself.
        speed: how many minutes of the recording pass in one minute.
        again: begin anew at the end, for ever.
        say: told in sentences what happens.
    """
    asyncio.run(_play(cycle(minutes) if again else minutes, _Line(address, port, say), monitor, speed))


async def _play(minutes: Iterable[Minute], line: "_Line", monitor: str, speed: float) -> None:
    run = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    line.say(f"Monitor {monitor} is switched on.")
    for number, values in enumerate(minutes):
        if number:
            await asyncio.sleep(60 / speed)
        at = datetime.now(UTC)
        # Played fast, two minutes fall into one second: they must not look like one measurement that came twice.
        message = build_oru(
            values, mapping=generic_mapping(), at=at, control_id=f"{run}-{number}", device_id=monitor, fine=True
        )
        await line.deliver(message)
    line.close()
    line.say(f"Monitor {monitor} has nothing more to send.")


class _NotTaken(Exception):
    """The listener did not accept a message."""


class _Line:
    """The connection to the listener; a new one whenever it breaks."""

    def __init__(self, address: str, port: int, say: Callable[[str], None]) -> None:
        self.address, self.port, self.say = address, port, say
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    async def deliver(self, message: bytes) -> None:
        """Send a message again and again until it is accepted."""
        for wait_seconds in self._waits():
            try:
                return await self._send(message)
            except (_NotTaken, OSError) as problem:  # TimeoutError is an OSError
                self.close()
                self.say(f"{self.address}:{self.port}: {problem or 'no answer'}. Again in {wait_seconds} s.")
                await asyncio.sleep(wait_seconds)
        return None

    @staticmethod
    def _waits() -> Iterator[int]:
        return chain(WAITS_SECONDS, repeat(WAITS_SECONDS[-1]))

    async def _send(self, message: bytes) -> None:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.address, self.port)
        reader, writer = self._streams
        writer.write(frame(message))
        async with asyncio.timeout(ANSWER_SECONDS):
            await writer.drain()
            answer = await read_message(reader)
        if answer is None:
            raise _NotTaken("the connection was closed before the message was acknowledged")
        if b"\rMSA|AA|" not in answer:
            raise _NotTaken(answer.decode(errors="replace").partition("\rMSA|")[2].strip())

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
