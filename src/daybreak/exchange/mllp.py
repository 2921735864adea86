"""MLLP: where a message begins and ends on a connection.

Not the reader of python-hl7 (`hl7.mllp`): it refuses a message for bytes that came before its start block and, past
its limit, forgets where it was. Here such bytes are skipped, and what is too long ends the connection. A message ends
with the end block; the carriage return that belongs behind it, and that some monitors leave out, is skipped as well.
"""

from asyncio import IncompleteReadError, LimitOverrunError, StreamReader

START = b"\x0b"
END_BLOCK = b"\x1c"
END = END_BLOCK + b"\r"
HEAD_BYTES = 20_000  # kept of what is too long: enough to see what it is, and no way to fill a disk


class FrameTooLong(ValueError):
    """More bytes than are read came without an end. `head` holds the first of them."""

    def __init__(self, head: bytes) -> None:
        super().__init__(f"More than {len(head):,} bytes came without the end of a message.")
        self.head = head[:HEAD_BYTES]


def frame(message: bytes) -> bytes:
    """A message as it goes over the wire."""
    return START + message + END


async def read_message(reader: StreamReader) -> bytes | None:
    """The next message without its frame; None when the connection ended before one was whole.

    What comes before a start block is skipped, and so is a message broken off by the start of another. How long a
    message may be is the `limit` of the reader.

    Raises:
        FrameTooLong: if no end, or no start, came within the limit.
    """
    try:
        await reader.readuntil(START)
        block = await reader.readuntil(END_BLOCK)
    except IncompleteReadError:
        return None
    except LimitOverrunError as overrun:
        raise FrameTooLong(await reader.read(overrun.consumed)) from None
    return block.removesuffix(END_BLOCK).rpartition(START)[2]
