"""A full clinic: every chair with a monitor, pages open all over the house, two nurses typing.

Each monitor sends a set of five values every five seconds. Counted at the end: what was acknowledged and is not stored,
what is stored twice; how long a set took to stand on the pages that show it; and pages beside their idle time.
"""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import harness
from benchmarks.harness import Server
from benchmarks.live import POLLED_EVERY_SECONDS, token
from benchmarks.load import Client, seconds
from benchmarks.report import Figure
from daybreak.exchange.mllp import frame, read_message
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.treatment.vitals import Vital
from tests.harness.databases import ENGINES, sqlite_file

CHAIRS = {"postgresql": 40, "sqlite": 8}
PAGES = {"postgresql": 30, "sqlite": 6}
LASTS_SECONDS = 60
SET_EVERY_SECONDS = 5.0
TYPED_EVERY_SECONDS = 5.0
NURSES = 2
ON_SCREEN_AT_MOST_SECONDS = 3.0
PAGES_AT_MOST = 3.0
TIMED_EVERY_SECONDS = 0.5
IDLE_ROUNDS = 15
STEADY = {Vital.RESPIRATORY_RATE: 14.0, Vital.SPO2: 98.0, Vital.SYSTOLIC: 121.0, Vital.DIASTOLIC: 79.0}
VALUES_OF_A_SET = len(STEADY) + 1
HEART_RATES = range(60, 96)  # one after the other, so that a page tells which set it shows; within every limit
_NOW = re.compile(rb'id="live-readings".*?<tr class="last">(.*?)</tr>', re.DOTALL)
_FIGURE = re.compile(rb"<td>(\d+)")


@dataclass(frozen=True, slots=True)
class Occupied:
    """A chair: the address and id of its session, and the monitor tied to it."""

    path: str
    session: str
    monitor: str


@dataclass(frozen=True, slots=True)
class Occupation:
    """The chairs, and the key of a browser session in which a nurse is signed in."""

    nurse_key: str
    chairs: tuple[Occupied, ...]


@dataclass
class Day:
    """What happens in the clinic while it is measured."""

    server: Server
    monitors_port: int
    occupation: Occupation
    over: threading.Event = field(default_factory=threading.Event)
    sent: dict[tuple[str, int], float] = field(default_factory=dict)  # monitor and heart rate: when
    acknowledged: int = 0  # sets of a monitor
    typed: int = 0  # values
    waits: list[float] = field(default_factory=list)  # until a set stood on a page

    def browser(self) -> Client:
        return Client(self.server.port, self.occupation.nurse_key)

    def monitors(self) -> None:
        """Every monitor sends its sets, each after the one before was acknowledged."""
        asyncio.run(self._monitors())

    async def _monitors(self) -> None:
        await asyncio.gather(*(self._monitor(chair, place) for place, chair in enumerate(self.occupation.chairs)))

    async def _monitor(self, chair: Occupied, place: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.monitors_port)
        due = time.perf_counter() + SET_EVERY_SECONDS * place / len(self.occupation.chairs)
        number = 0
        while not self.over.is_set():
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            heart_rate = HEART_RATES[number % len(HEART_RATES)]
            at = datetime.now(UTC)
            message = build_oru(
                STEADY | {Vital.HEART_RATE: float(heart_rate)},
                mapping=generic_mapping(), at=at, control_id=f"{chair.monitor}-{number}", device_id=chair.monitor,
            )  # fmt: skip
            self.sent[chair.monitor, heart_rate] = time.perf_counter()
            writer.write(frame(message))
            answer = await read_message(reader)
            if answer is None or b"MSA|AA" not in answer:
                raise RuntimeError(f"The listener did not accept a set: {answer!r}")
            self.acknowledged += 1
            number, due = number + 1, due + SET_EVERY_SECONDS
        writer.close()

    def watch(self, chair: Occupied, wait_seconds: float) -> None:
        """A session page that is open: it asks every two seconds and notes when a new set stands on it."""
        shown = None
        with self.browser() as browser:
            known = token(browser.get(f"{chair.path}live").body)
            due = time.perf_counter() + wait_seconds
            while not self.over.wait(max(0.0, due - time.perf_counter())):
                answer = browser.get(f"{chair.path}live?version={known}", expect=None)
                if answer.status == 200:
                    known, before, shown = token(answer.body), shown, _heart_rate(answer.body)
                    if shown != before and (sent := self.sent.get((chair.monitor, shown or 0))):
                        self.waits.append(time.perf_counter() - sent)
                due += POLLED_EVERY_SECONDS

    def watch_board(self, wait_seconds: float) -> None:
        """The board, open: it asks every two seconds."""
        with self.browser() as browser:
            known = token(browser.get("/today/live").body)
            due = time.perf_counter() + wait_seconds
            while not self.over.wait(max(0.0, due - time.perf_counter())):
                answer = browser.get(f"/today/live?version={known}", expect=None)
                known = token(answer.body) if answer.status == 200 else known
                due += POLLED_EVERY_SECONDS

    def type(self, place: int) -> None:
        """A nurse goes from chair to chair and types what no monitor measures."""
        with self.browser() as browser:
            due = time.perf_counter()
            while not self.over.wait(max(0.0, due - time.perf_counter())):
                place = (place + 1) % len(self.occupation.chairs)
                said = {"write_id": str(uuid4()), "dissociation": "2", "alertness": "5"}
                browser.post(f"{self.occupation.chairs[place].path}readings", said)
                self.typed += 2
                due += TYPED_EVERY_SECONDS


def _heart_rate(body: bytes) -> int | None:
    now = _NOW.search(body)
    figures = [int(figure) for figure in _FIGURE.findall(now[1])] if now else []
    return next((figure for figure in figures if figure in HEART_RATES), None)


def measure_postgresql() -> Iterator[Figure]:
    """Forty chairs on PostgreSQL."""
    yield from _measure("postgresql")


def measure_sqlite() -> Iterator[Figure]:
    """Eight chairs on SQLite."""
    yield from _measure("sqlite")


def _measure(engine: str) -> Iterator[Figure]:
    with ExitStack() as stack:
        databases = ENGINES[engine]()
        stack.callback(databases.stop)
        database = databases.empty()
        occupation = _filled(database, CHAIRS[engine])
        server = stack.enter_context(harness.serving(harness.DAYBREAK, database))
        listener = stack.enter_context(harness.listening(database))
        day = Day(server, listener.port, occupation)
        asked = {"Session": occupation.chairs[0].path, "Today": "/today/", "Flags": "/flags/"}
        idle = {name: median(_timed(day, path, IDLE_ROUNDS)) for name, path in asked.items()}
        before = _stored(database)
        busy = _busy(day, asked, PAGES[engine])
        yield from _figures(day, before, _stored(database), idle, busy)


def _filled(database: str, chairs: int) -> Occupation:
    command = [sys.executable, "-m", "benchmarks.chairs_filling", database, str(chairs)]
    said = subprocess.run(command, cwd=harness.ROOT, capture_output=True, text=True, check=True).stdout
    found = json.loads(said.splitlines()[-1])
    return Occupation(found["nurse_key"], tuple(Occupied(**chair) for chair in found["chairs"]))


def _timed(day: Day, path: str, rounds: int) -> list[float]:
    with day.browser() as browser:
        return [seconds(lambda: browser.get(path)) for _ in range(rounds)]


def _busy(day: Day, asked: dict[str, str], pages: int) -> dict[str, float]:
    """Let the day run; the median time of each page while it does."""
    chairs, boards = day.occupation.chairs, max(1, pages // 5)
    watched = [chairs[place % len(chairs)] for place in range(pages - boards)]
    parts: list[Callable[[], None]] = [day.monitors]
    parts += [lambda c=c, n=n: day.watch(c, POLLED_EVERY_SECONDS * n / pages) for n, c in enumerate(watched)]
    parts += [lambda n=n: day.watch_board(POLLED_EVERY_SECONDS * n / pages) for n in range(boards)]
    parts += [lambda n=n: day.type(n * len(chairs) // NURSES) for n in range(NURSES)]
    times: dict[str, list[float]] = {name: [] for name in asked}
    with ThreadPoolExecutor(len(parts)) as pool:
        running = [pool.submit(part) for part in parts]
        end = time.perf_counter() + LASTS_SECONDS
        while time.perf_counter() < end and not any(each.done() for each in running):
            for name, path in asked.items():
                times[name] += _timed(day, path, 1)
                time.sleep(TIMED_EVERY_SECONDS)
        day.over.set()
        for each in running:
            each.result()
    return {name: median(found) for name, found in times.items()}


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in the database: messages made part of a session, typed readings, and readings that stand there twice."""

    messages: int
    typed: int
    twice: int


def _stored(database: str) -> Stored:
    """Not every number of a message becomes a reading (`treatment.charting`); every message is kept whole."""
    with closing(connect(database)) as connection:
        return Stored(*(connection.execute(asked).fetchone()[0] for asked in (_MESSAGES, _TYPED, _TWICE)))


_MESSAGES = "SELECT count(*) FROM treatment_day_devicemessage WHERE outcome = 'stored'"
_TYPED = "SELECT count(*) FROM treatment_day_reading WHERE monitor_id IS NULL"
_TWICE = """SELECT count(*) FROM (
    SELECT 1 FROM treatment_day_reading WHERE corrects_id IS NULL
    GROUP BY session_id, vital, measured_at, monitor_id HAVING count(*) > 1
) AS found"""


def connect(database: str) -> Any:
    """A bare connection to it."""
    return sqlite3.connect(sqlite_file(database)) if database.startswith("sqlite") else psycopg.connect(database)


def _figures(
    day: Day, before: Stored, after: Stored, idle: dict[str, float], busy: dict[str, float]
) -> Iterator[Figure]:
    messages, typed = after.messages - before.messages, after.typed - before.typed
    lost = abs(day.acknowledged - messages) + abs(day.typed - typed)
    yield Figure(
        "Acknowledged and not stored", f"{lost}", compared=float(lost), at_most=0,
        note=f"{day.acknowledged} sets of {VALUES_OF_A_SET} from monitors, {day.typed} values typed",
    )  # fmt: skip
    twice = after.twice - before.twice
    yield Figure("Stored twice", f"{twice}", compared=float(twice), at_most=0)
    waits = day.waits or [float("inf")]  # none: no page ever showed a set
    longest, middle = max(waits), median(waits)
    yield Figure(
        "A monitor's set is on an open page", f"{longest:.2f} s", compared=longest, at_most=ON_SCREEN_AT_MOST_SECONDS,
        note=f"longest of {len(day.waits)}, middle {middle:.2f} s; polled every {POLLED_EVERY_SECONDS:g} s",
    )  # fmt: skip
    for name, time_idle in idle.items():
        yield Figure(
            f"{name}, while all that happens", f"{1000 * busy[name]:.0f} ms", f"{1000 * time_idle:.0f} ms",
            busy[name] / time_idle, at_most=PAGES_AT_MOST, note="beside it: the same page, nothing else going on",
        )  # fmt: skip
