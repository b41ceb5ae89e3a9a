"""Has files looked at by clamd, the daemon of ClamAV, in its own protocol (clamd(8), INSTREAM)."""

import asyncio
import contextlib
import struct
from dataclasses import replace

from casework.attachments.scanning import ScannerAway
from mail_gateway.models import ParsedMail

CHUNK = 64 * 1024
LONGEST_REPLY = 4096
CLEAN = "OK"
FOUND = " FOUND"


class Clamd:
    """One clamd, at `host:port` or at the path of its socket; `seconds` is the most that one file may take."""

    def __init__(self, address: str, seconds: float) -> None:
        self._address = address
        self._seconds = seconds

    async def look_at(self, mail: ParsedMail) -> ParsedMail:
        """Return the mail with what was found in each of its files. Raises `ScannerAway`."""
        files = [replace(file, finding=await self.scan(file.content)) for file in mail.attachments]
        return replace(mail, attachments=tuple(files))

    async def scan(self, content: bytes) -> str | None:
        """Return the name of what is in these bytes, or why they could not be checked; None if they are clean.

        Raises `ScannerAway`.
        """
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._ask(content)
        except OSError as error:  # a timeout is one too
            raise ScannerAway(f"{self._address}: {type(error).__name__}") from error
        if not reply:
            raise ScannerAway(f"{self._address} hung up")
        said = reply.removeprefix("stream: ")
        if said == CLEAN:
            return None
        return said.removesuffix(FOUND) if said.endswith(FOUND) else f"not checked: {said}"

    async def _ask(self, content: bytes) -> str:
        reader, writer = await self._connect()
        # clamd stops reading at its own size limit, says so, and hangs up: the reply is lost to whoever still writes.
        replying = asyncio.create_task(reader.read(LONGEST_REPLY))
        try:
            with contextlib.suppress(ConnectionError):
                await _send(writer, content)
            return (await replying).rstrip(b"\x00\n").decode("utf-8", "replace")
        finally:
            replying.cancel()
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))


async def _send(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Send a file in pieces, each behind its length in four bytes; a length of nothing ends it."""
    writer.write(b"zINSTREAM\x00")
    for start in range(0, len(content), CHUNK):
        piece = content[start : start + CHUNK]
        writer.write(struct.pack("!L", len(piece)) + piece)
        await writer.drain()
    writer.write(struct.pack("!L", 0))
    await writer.drain()
