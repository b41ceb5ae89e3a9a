"""Sends mails over many connections: for each line PORT CONNECTIONS COUNT SIZE it prints mails a second."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator

SENDER = b"an.peeters@health.example"
RECIPIENT = b"hr@balie.example"
LINE = b"How many days of leave do I have left this year, and until when can I take them?\r\n"


def mail(mark: str, size: int) -> bytes:
    """Return a mail of about so many bytes, as it goes over the wire after DATA; no two with one mark are the same."""
    head = (
        f"From: An Peeters <{SENDER.decode()}>\r\nTo: {RECIPIENT.decode()}\r\nSubject: My leave\r\n"
        f"Message-ID: <{mark}@health.example>\r\nDate: Tue, 15 Sep 2026 10:00:00 +0200\r\n\r\n"
    ).encode()
    return head + LINE * max(1, (size - len(head)) // len(LINE)) + b".\r\n"


class Sender(asyncio.Protocol):
    """One connection: says each line of a delivery when the one before was answered, mail after mail."""

    def __init__(self, mails: Iterator[bytes], done: "asyncio.Future[None]") -> None:
        self._lines = _conversation(mails)
        self._done = done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the greeting; the first line answers it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Go on when the last line of an answer is there."""
        self._answer += data
        last = self._answer.rstrip(b"\r\n").rpartition(b"\n")[2]
        if not data.endswith(b"\n") or last[3:4] == b"-":
            return
        if last[:1] not in b"23":
            self._done.set_exception(RuntimeError(f"the server refused: {last.decode(errors='replace')}"))
            self._transport.close()
            return
        self._answer = b""
        line = next(self._lines, None)
        if line is None:
            self._transport.close()
        else:
            self._transport.write(line)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell whoever waits that this connection is through."""
        if not self._done.done():
            self._done.set_result(None)


def _conversation(mails: Iterator[bytes]) -> Iterator[bytes]:
    yield b"EHLO bench.example\r\n"
    for text in mails:
        yield b"MAIL FROM:<" + SENDER + b">\r\n"
        yield b"RCPT TO:<" + RECIPIENT + b">\r\n"
        yield b"DATA\r\n"
        yield text
    yield b"QUIT\r\n"


async def send(port: int, connections: int, count: int, size: int) -> float:
    """Return how many seconds it took until the last of these mails was answered with 250."""
    mark = f"{os.getpid()}-{time.time_ns()}"
    mails = iter([mail(f"{mark}-{number}", size) for number in range(count)])
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(
        *(loop.create_connection(lambda end=end: Sender(mails, end), "127.0.0.1", port) for end in ends)  # type: ignore[misc]
    )
    await asyncio.gather(*ends)
    return time.perf_counter() - began


if __name__ == "__main__":
    for line in sys.stdin:
        wanted = [int(each) for each in line.split()]
        print(wanted[2] / asyncio.run(send(*wanted)), flush=True)
