"""Durable mails a second: the desk's server, which commits before 250, against aiosmtpd that keeps nothing."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from aiosmtpd.smtp import SMTP

from casework.db import Base
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.inbound.server import MailServer
from mail_gateway.outbound.reply_address import Signer
from runtime import tables, wiring
from runtime.settings import read_settings

ROUNDS = 3
MAILS = 300
SIZES = {"5 KB": 5_000, "200 KB": 200_000}
CONNECTIONS = (1, 10, 50)


class NullHandler:
    """Takes every mail and keeps none."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
        return "250 gone"


@asynccontextmanager
async def null_server() -> AsyncGenerator[int]:
    """Serve aiosmtpd with a handler that does nothing."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(NullHandler(), loop=loop), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@asynccontextmanager
async def desk_server() -> AsyncGenerator[int]:
    """Serve the desk's own mail server on a scratch SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"BALIE_DATA_DIR": folder, "BALIE_SMTP_PORT": "0"}
        house = wiring.build(read_settings(environment, Path(folder)))
        tables.load()
        async with house.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        settings = wiring.mail_settings(house)
        keeper = MailKeeper(house.database, house.clock)
        server = MailServer(keeper, settings, Signer(settings.secret_key, settings.desk_address))
        await server.start()
        yield server.port
        await server.stop()
        await keeper.close()
        await house.database.close()


async def _send(port: int, count: int, size: int, numbers: Callable[[], int]) -> None:
    """Send so many mails over one connection, each with a Message-ID of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: bytes) -> None:
        writer.write(line)
        while (await reader.readline())[3:4] == b"-":
            pass

    await reader.readline()
    await say(b"EHLO bench.example\r\n")
    body = (b"x" * 70 + b"\r\n") * (size // 72)
    for _ in range(count):
        await say(b"MAIL FROM:<an@health.example>\r\n")
        await say(b"RCPT TO:<hr@balie.example>\r\n")
        await say(b"DATA\r\n")
        head = f"From: an@health.example\r\nMessage-ID: <bench-{numbers()}@health.example>\r\n\r\n".encode()
        await say(head + body + b".\r\n")
    writer.close()


async def _rate(port: int, connections: int, size: int, numbers: Callable[[], int]) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(_send(port, MAILS // connections, size, numbers) for _ in range(connections)))
    return MAILS // connections * connections / (time.perf_counter() - began)


async def measure() -> None:
    """Print mails a second, and the ratio of the desk to aiosmtpd with a null handler."""
    print("\ndurable mails a second (250 after the commit); baseline: aiosmtpd with a null handler")
    numbers = iter(range(10**9)).__next__
    async with null_server() as null, desk_server() as desk:
        for name, size in SIZES.items():
            for connections in CONNECTIONS:
                rounds = [
                    (await _rate(null, connections, size, numbers), await _rate(desk, connections, size, numbers))
                    for _ in range(ROUNDS)
                ]
                baseline, ours = median(each[0] for each in rounds), median(each[1] for each in rounds)
                print(
                    f"{name:>7}, {connections:>2} connections: {ours:6.0f}/s, {ours / baseline:4.2f} x {baseline:.0f}/s"
                )
