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
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

from django.db import close_old_connections, connection
from django.utils import timezone

from daybreak.clinic.record import audit, status
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.append_only import require_triggers
from daybreak.clinic.treatment_day.makes import mappings
from daybreak.clinic.treatment_day.services import Incoming, receive_together
from daybreak.exchange.mllp import FrameTooLong, frame, read_message
from daybreak.formats.hl7v2 import Acknowledgement, acknowledge
from daybreak.formats.hl7v2.envelope import MAX_BYTES

log = logging.getLogger(__name__)

PART = "listener"  # its name on the status page
IDLE_SECONDS = 600  # a connection without a whole message for so long is closed; the monitor opens a new one
BEAT_SECONDS = 10
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


@dataclass
class Listener:
    """Takes monitors' messages from the addresses in `allow`. Connections from anywhere else are closed unheard."""

    allow: tuple[Network, ...]
    idle_seconds: float = IDLE_SECONDS
    refused: Counter[str] = field(default_factory=Counter)
    _open: dict[asyncio.Task[None], tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=dict)
    # One thread for the database: what is committed has one order, and a resent message never races its first.
    _database: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "database"))
    _waiting: asyncio.Queue[tuple[Incoming, asyncio.Future[bytes]]] = field(default_factory=asyncio.Queue)

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
        sender = str(writer.get_extra_info("peername")[0])
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio calls this in a task
        try:
            if not self._allowed(sender):
                await self._refuse(sender)
                return
            self._open[task] = (reader, writer)
            await self._converse(reader, writer, sender)
        except (ConnectionError, TimeoutError):
            pass  # the monitor went away or said nothing; it connects again when it has something to say
        except Exception:  # whatever one connection breaks, the other chairs go on
            log.exception("The connection from %s was closed.", sender)
        finally:
            self._open.pop(task, None)
            writer.close()

    def _allowed(self, sender: str) -> bool:
        address = ip_address(sender.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.allow)

    async def _refuse(self, sender: str) -> None:
        """Count a connection from an address that is not allowed; only its first is audited, since the audit trail
        is not to be filled from outside."""
        self.refused[sender] += 1
        if self.refused[sender] == 1:
            log.warning("A connection from %s was closed: the address is not allowed.", sender)
            await self._in_database(lambda: audit.record(Actor(None, sender), "monitor refused", subject=sender))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: str) -> None:
        """Answer one message after another until the connection ends."""
        while True:
            try:
                async with asyncio.timeout(self.idle_seconds):
                    raw = await read_message(reader)
            except FrameTooLong as problem:
                writer.write(frame(await self._take(problem.head, sender, broken=str(problem))))
                return
            if raw is None:
                return
            writer.write(frame(await self._take(raw, sender)))
            await writer.drain()

    async def _take(self, raw: bytes, sender: str, *, broken: str = "") -> bytes:
        """The acknowledgement of a message: what became of it, once that is committed."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((Incoming(raw, sender, Actor(None, sender), timezone.now(), broken), answer))
        return await answer

    async def _store(self) -> None:
        """Store what waits, again and again."""
        while True:
            together = [await self._waiting.get()]
            while not self._waiting.empty() and len(together) < MOST_TOGETHER:
                together.append(self._waiting.get_nowait())
            said = await self._stored([message for message, _ in together])
            for (_, answer), each in zip(together, said, strict=True):
                if not answer.done():  # the line may be gone
                    answer.set_result(each)

    async def _stored(self, messages: Sequence[Incoming]) -> list[bytes]:
        """The acknowledgements of these messages. If they cannot be stored together, each is stored alone."""
        try:
            return await self._in_database(lambda: receive_together(messages))
        except Exception:
            log.exception("%d messages were not stored together.", len(messages))
        give_up_at = time.monotonic() + LONGEST_ALONE_SECONDS
        return [await self._stored_alone(message, give_up_at) for message in messages]

    async def _stored_alone(self, message: Incoming, give_up_at: float) -> bytes:
        try:
            if time.monotonic() < give_up_at:
                return (await self._in_database(lambda: receive_together([message])))[0]
        except Exception:
            log.exception("A message from %s was not stored.", message.sender)
        # Not stored, so not accepted: the monitor keeps it and sends it again.
        return acknowledge(message.raw, Acknowledgement.ERROR, NOT_STORED, at=timezone.now())

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
        for reader, writer in self._open.values():
            writer.transport.pause_reading()
            reader.feed_eof()
        if self._open:
            await asyncio.wait(self._open, timeout=FAREWELL_SECONDS)
