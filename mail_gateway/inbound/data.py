"""Reads the text of a mail off the wire in blocks: line by line is where a mail server's time goes."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

BLOCK = 1024 * 1024  # more than a reader ever holds, so that a read leaves it empty
LARGE = 1024 * 1024
END_OF_DATA = b"\r\n.\r\n"
"""The only mark that ends a mail (RFC 5321, 4.1.1.4): by any other, a second mail could hide in the first."""


class TooLarge(Exception):
    """The mail is larger than allowed; it was read to its end and thrown away."""


class LineTooLong(Exception):
    """A line of the mail is longer than allowed; it was read to its end and thrown away."""


@dataclass(frozen=True)
class DataLimits:
    """How large a mail and one of its lines may be, in bytes, and how many large mails are held in memory at once."""

    size: int
    line: int
    large_mails: asyncio.Semaphore


async def read_data(
    reader: asyncio.StreamReader, limits: DataLimits, held: AsyncExitStack, on_progress: Callable[[], None]
) -> bytes:
    """Return the mail up to the end-of-data mark, without the dots that SMTP adds; what follows stays in the reader.

    A large mail takes one of the places for large mails and gives it back when `held` ends. `on_progress` is called
    for each megabyte, so that a sender who hardly moves runs into the connection's time-out.
    Raises `TooLarge` or `LineTooLong` after the mark, so that the connection stays usable.
    """
    buffer = bytearray(b"\r\n")  # a first line that is a lone dot ends an empty mail
    searched = reported = 0
    while (end := buffer.find(END_OF_DATA, searched)) < 0:
        searched = max(0, len(buffer) - len(END_OF_DATA) + 1)
        if len(buffer) - reported >= LARGE:
            if not reported:
                await held.enter_async_context(limits.large_mails)
            reported = len(buffer)
            on_progress()
        if len(buffer) > limits.size + len(END_OF_DATA):
            await _discard(reader, buffer, on_progress)
            raise TooLarge
        buffer += await _next_block(reader)
    reader.feed_data(bytes(buffer[end + len(END_OF_DATA) :]))
    del buffer[end + 2 :]
    return _content(buffer, limits)


async def _next_block(reader: asyncio.StreamReader) -> bytes:
    block = await reader.read(BLOCK)
    if not block:
        raise ConnectionResetError("the sender left in the middle of a mail")
    return block


async def _discard(reader: asyncio.StreamReader, buffer: bytearray, on_progress: Callable[[], None]) -> None:
    """Read on to the end-of-data mark and keep nothing."""
    thrown_away = 0
    while (end := buffer.find(END_OF_DATA)) < 0:
        del buffer[: -len(END_OF_DATA) + 1]
        block = await _next_block(reader)
        if (thrown_away + len(block)) // LARGE > thrown_away // LARGE:
            on_progress()
        thrown_away += len(block)
        buffer += block
    reader.feed_data(bytes(buffer[end + len(END_OF_DATA) :]))


def _content(buffer: bytearray, limits: DataLimits) -> bytes:
    """Take the added dots away (RFC 5321, 4.5.2) from a text that begins with the line ending before it."""
    if len(buffer) - 2 > limits.size:
        raise TooLarge
    if len(buffer) > limits.line and max(map(len, buffer.split(b"\r\n"))) > limits.line:
        raise LineTooLong
    return bytes(buffer.replace(b"\r\n.", b"\r\n"))[2:]
