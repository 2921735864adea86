"""The listener for monitors, beside a bare loop that inserts the same rows with one commit for each message.

Forty monitors send sets of five values, each over its own line and each the next one when the one before is
acknowledged: as fast as the listener goes. The loop parses nothing, looks nothing up and holds nothing against limits.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid6 import uuid7

from benchmarks import harness
from benchmarks.chairs import STEADY, VALUES_OF_A_SET, connect
from benchmarks.load import alternating, seconds
from benchmarks.report import Figure
from daybreak.exchange.mllp import frame, read_message
from daybreak.formats.hl7v2 import build_oru, generic_mapping
from daybreak.treatment.vitals import Vital
from tests.harness.databases import ENGINES

MONITORS = 40
SETS_EACH = 5  # in one round
ROUNDS = 7
WANTED_PER_SECOND = 200  # values: a full house, each monitor a set of five every second
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def measure() -> Iterator[Figure]:
    """Values per second on either database, and what of a core the wanted rate takes."""
    for engine, name in NAMES.items():
        yield from _measure(engine, name)


def _measure(engine: str, name: str) -> Iterator[Figure]:
    with ExitStack() as stack:
        databases = ENGINES[engine]()
        stack.callback(databases.stop)
        database = databases.empty()
        filling = [sys.executable, "-m", "benchmarks.listener_filling", database, str(MONITORS)]
        subprocess.run(filling, cwd=harness.ROOT, check=True)
        listener = stack.enter_context(harness.listening(database))
        numbers = count()
        _send(listener.port, numbers)  # the first set of a minute is charted; what is measured is what follows
        bare = stack.enter_context(closing(connect(database)))
        insert = _same_rows(bare, engine)
        before, sent = _processor_seconds(listener.pid), MONITORS * SETS_EACH * ROUNDS
        here, beside = alternating(
            lambda: sent / ROUNDS / seconds(lambda: _send(listener.port, numbers)),
            lambda: sent / ROUNDS / seconds(lambda: [insert() for _ in range(sent // ROUNDS)]),
            ROUNDS,
        )
        each = (_processor_seconds(listener.pid) - before) / sent
    yield Figure(
        f"Taking monitors' sets, {name}", f"{here * VALUES_OF_A_SET:.0f} values per s",
        f"{beside * VALUES_OF_A_SET:.0f} values per s", here / beside,
        note=f"{MONITORS} lines at once, sets of {VALUES_OF_A_SET}; beside it: the same rows, a commit for each set",
    )  # fmt: skip
    share = each * WANTED_PER_SECOND / VALUES_OF_A_SET
    yield Figure(
        f"Processor time of the listener, {name}", f"{1000 * each:.1f} ms for a set",
        note=f"{WANTED_PER_SECOND} values a second take {share:.2f} of a core",
    )  # fmt: skip


def _send(port: int, numbers: Iterator[int]) -> None:
    async def monitor(name: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(SETS_EACH):
            number = next(numbers)
            values = STEADY | {Vital.HEART_RATE: 60.0 + number % 30}
            message = build_oru(
                values, mapping=generic_mapping(), at=datetime.now(UTC), control_id=f"L{number}",
                device_id=name, fine=True,
            )  # fmt: skip
            writer.write(frame(message))
            answer = await read_message(reader)
            if answer is None or b"MSA|AA" not in answer:
                raise RuntimeError(f"The listener did not accept a set: {answer!r}")
        writer.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(monitor(f"M{number}") for number in range(MONITORS)))

    asyncio.run(all_of_them())


def _same_rows(connection: Any, engine: str) -> Callable[[], None]:
    """A loop's body: the rows of the newest message again under another id, its session shown anew, a commit."""
    connection.rollback()
    if engine == "sqlite":
        connection.execute("PRAGMA synchronous=FULL")  # as Daybreak's own connections
    mark = "?" if engine == "sqlite" else "%s"
    messages, raw = "treatment_day_devicemessage", "treatment_day_rawmessage"
    columns, row = _one(connection, f"SELECT * FROM {messages} WHERE outcome = 'stored' ORDER BY recorded_at DESC")
    own, session = columns.index("id"), row[columns.index("session_id")]
    raw_columns, raw_row = _one(connection, f"SELECT * FROM {raw} WHERE message_id = {mark}", row[own])
    key = raw_columns.index("message_id")
    connection.commit()

    def insert() -> None:
        identity: UUID | str = uuid7() if engine == "postgresql" else uuid7().hex
        for table, names, values, place in ((messages, columns, row, own), (raw, raw_columns, raw_row, key)):
            places = ", ".join([mark] * len(values))
            again = [identity if at == place else value for at, value in enumerate(values)]
            connection.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", again)
        shown = "UPDATE treatment_day_session SET newest = newest, version = version + 1"
        connection.execute(f"{shown} WHERE id = {mark}", [session])
        connection.commit()

    return insert


def _one(connection: Any, asked: str, *given: object) -> tuple[list[str], tuple[Any, ...]]:
    cursor = connection.execute(f"{asked} LIMIT 1", given)
    return [column[0] for column in cursor.description], cursor.fetchone()


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
