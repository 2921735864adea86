"""The door for bedside monitors: HL7 v2 over MLLP.

A message is acknowledged (AA) after its transaction is committed and never before. What cannot be read is kept and
answered AE with the reason; what cannot be stored is answered AE, so that the monitor sends it again.

Messages that came while others were being stored are stored together: one transaction and one wait for the disk. A
line has one message in hand at a time, so that of many lines none keeps the others waiting.
"""

import asyncio
import logging
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import count
from typing import TypeVar

from django.db import close_old_connections, connection
from django.utils import timezone

from daybreak.clinic.record import audit, status
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.append_only import require_triggers
from daybreak.clinic.treatment_day.makes import mappings
from daybreak.clinic.treatment_day.models import DeviceMessage
from daybreak.clinic.treatment_day.services import Incoming, receive_together
from daybreak.exchange.mllp import FrameTooLong, frame, read_message
from daybreak.formats.hl7v2 import Acknowledgement, acknowledge
from daybreak.formats.hl7v2.envelope import MAX_BYTES

log = logging.getLogger(__name__)

PART = "listener"  # its name on the status page
IDLE_SECONDS = 600  # a connection without a whole message for so long is closed; the monitor opens a new one
BEAT_SECONDS = 10
# Connections at once, each with 400 kB at most of what was not read yet. Beyond it one is closed that says nothing.
MOST_LINES = 200
MOST_REFUSED = 1000  # addresses that are counted one by one
MOST_TOGETHER = 25  # messages in one transaction: what else is to be written waits no longer than for these
LONGEST_ALONE_SECONDS = 20  # after a failure; a database that is away would let each of many wait as long as it waits
FAREWELL_SECONDS = 30  # how long messages in hand may take when the listener is told to stop
NOT_STORED = "The message could not be stored. Send it again."

Network = IPv4Network | IPv6Network
Result = TypeVar("Result")


def listen(address: str, port: int, allow: Iterable[str], ready: Callable[[int], None]) -> None:
    """Take monitors' messages until SIGTERM or SIGINT.

    Args:
        address: where to listen; port 0 takes any that is free.
        allow: addresses or networks (192.0.2.0/24) that may send.
        ready: told the port once connections are taken.

    Raises:
        ValueError: if `allow` holds what is no address.
        ImproperlyConfigured: if the database would let facts be changed, or a site's own mapping is unsound.
        OSError: if the address or port cannot be used.
    """
    networks = tuple(ip_network(each) for each in allow)
    require_triggers()
    mappings()
    connection.close()
    asyncio.run(Listener(networks).serve(address, port, ready))


Stored = tuple[bytes, DeviceMessage]  # the acknowledgement of a message, and the row kept


@dataclass
class _Line:
    """A monitor's connection. `number`: of all there were, the how-manieth. `accepted_at`: when a message of it was
    last accepted, by a clock that never jumps."""

    sender: str
    number: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    accepted_at: float = 0.0


@dataclass
class Listener:
    """Takes monitors' messages from the addresses in `allow`. Connections from anywhere else are closed unheard."""

    allow: tuple[Network, ...]
    idle_seconds: float = IDLE_SECONDS
    refused: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=count)
    _open: "dict[asyncio.Task[None], _Line]" = field(default_factory=dict)
    # One thread for the database: what is committed has one order, and a resent message never races its first.
    _database: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "database"))
    _waiting: "asyncio.Queue[tuple[Incoming, asyncio.Future[Stored | None]]]" = field(default_factory=asyncio.Queue)

    async def serve(self, address: str, port: int, ready: Callable[[int], None]) -> None:
        """Listen until SIGTERM or SIGINT; `ready` is told the port. Messages in hand are finished before the end."""
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        server = await asyncio.start_server(self._welcome, address, port, limit=MAX_BYTES)
        work = [asyncio.create_task(self._store()), asyncio.create_task(self._beat())]
        ready(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        await self._farewell()
        for each in work:
            each.cancel()
        self._database.shutdown()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(str(writer.get_extra_info("peername")[0]), str(next(self._numbers)), reader, writer)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio calls this in a task
        try:
            if not self._allowed(line.sender):
                await self._refuse(line.sender)
                return
            if len(self._open) >= MOST_LINES:
                self._make_room()
            self._open[task] = line
            await self._converse(line)
        except (ConnectionError, TimeoutError):
            pass  # the monitor went away or said nothing; it connects again when it has something to say
        except Exception:  # whatever one connection breaks, the other chairs go on
            log.exception("The connection from %s was closed.", line.sender)
        finally:
            self._open.pop(task, None)
            writer.close()

    def _make_room(self) -> None:
        """Hang up on a line nothing was ever accepted from, or else on the one that has been silent for longest."""
        task, line = min(self._open.items(), key=lambda each: each[1].accepted_at)
        log.warning("There are %d connections. One from %s was closed.", len(self._open), line.sender)
        del self._open[task]
        line.writer.transport.abort()

    def _allowed(self, sender: str) -> bool:
        address = ip_address(sender.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.allow)

    async def _refuse(self, sender: str) -> None:
        """Count a connection from an address that is not allowed; only its first is audited, since neither the audit
        trail nor the memory is to be filled from outside."""
        counted = sender if sender in self.refused or len(self.refused) < MOST_REFUSED else "elsewhere"
        self.refused[counted] += 1
        if self.refused[counted] == 1:
            log.warning("A connection from %s was closed: the address is not allowed.", sender)
            await self._in_database(lambda: audit.record(Actor(None, sender), "monitor refused", subject=sender))

    async def _converse(self, line: "_Line") -> None:
        """Answer one message after another until the connection ends."""
        while True:
            try:
                async with asyncio.timeout(self.idle_seconds):
                    raw = await read_message(line.reader)
            except FrameTooLong as problem:
                line.writer.write(frame(await self._take(problem.head, line, broken=str(problem))))
                return
            if raw is None:
                return
            line.writer.write(frame(await self._take(raw, line)))
            await line.writer.drain()

    async def _take(self, raw: bytes, line: "_Line", *, broken: str = "") -> bytes:
        """The acknowledgement of a message: what became of it, once that is committed."""
        stored: asyncio.Future[Stored | None] = asyncio.get_running_loop().create_future()
        came = Incoming(raw, line.sender, Actor(None, line.sender), timezone.now(), broken, line.number)
        self._waiting.put_nowait((came, stored))
        if (kept := await stored) is None:  # not stored, so not accepted: the monitor keeps it and sends it again
            return acknowledge(raw, Acknowledgement.ERROR, NOT_STORED, at=timezone.now())
        answer, row = kept
        if row.outcome != DeviceMessage.Outcome.UNREADABLE:
            line.accepted_at = time.monotonic()
        return answer

    async def _store(self) -> None:
        """Store what waits, again and again."""
        while True:
            together = [await self._waiting.get()]
            while not self._waiting.empty() and len(together) < MOST_TOGETHER:
                together.append(self._waiting.get_nowait())
            kept = await self._stored([message for message, _ in together])
            for (_, stored), each in zip(together, kept, strict=True):
                if not stored.done():  # the line may be gone
                    stored.set_result(each)

    async def _stored(self, messages: Sequence[Incoming]) -> "list[Stored | None]":
        """What became of these messages, None of one that was not stored. If they cannot be stored together, each is
        stored alone."""
        try:
            return [*await self._in_database(lambda: receive_together(messages))]
        except Exception:
            log.exception("Not stored: %d messages, the first from %s.", len(messages), messages[0].sender)
        if len(messages) == 1:
            return [None]
        give_up_at = time.monotonic() + LONGEST_ALONE_SECONDS
        return [
            each
            for message in messages
            for each in (await self._stored([message]) if time.monotonic() < give_up_at else [None])
        ]

    async def _in_database(self, work: Callable[[], Result]) -> Result:
        """Do this in the database's thread, on a connection that is alive."""

        def work_freshly() -> Result:
            close_old_connections()
            try:
                return work()
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._database, work_freshly)

    async def _beat(self) -> None:
        while True:
            note = f"{len(self._open)} connected, {self.refused.total()} connections from other addresses closed"
            try:
                await self._in_database(lambda: status.beat(PART, note))  # noqa: B023 - done before the next
            except Exception:  # a database that is away is no reason to hang up on monitors
                log.exception("The listener could not note that it runs.")
            await asyncio.sleep(BEAT_SECONDS)

    async def _farewell(self) -> None:
        """Read no more; let messages in hand be committed and acknowledged."""
        for line in self._open.values():
            line.writer.transport.pause_reading()
            line.reader.feed_eof()
        if self._open:
            await asyncio.wait(self._open, timeout=FAREWELL_SECONDS)
