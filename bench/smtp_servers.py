"""Serves mail in a process of its own, and prints its port and the process whose time counts.

It is the desk's server, aiosmtpd that keeps nothing, or a Postfix of its own.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP

from bench.postfix_queue import postfix_server
from casework.db import Base
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.inbound.server import MailServer
from mail_gateway.outbound.reply_address import Signer
from runtime import event_loop, tables, wiring
from runtime.settings import read_settings


class NullHandler:
    """Takes every mail and keeps none."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
        return "250 gone"


@asynccontextmanager
async def null_server() -> AsyncGenerator[tuple[int, int]]:
    """Serve aiosmtpd with a handler that does nothing."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(NullHandler(), loop=loop), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], os.getpid()
    server.close()


@asynccontextmanager
async def desk_server() -> AsyncGenerator[tuple[int, int]]:
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
        yield server.port, os.getpid()
        await server.stop()
        await keeper.close()
        await house.database.close()


SERVERS = {"desk": desk_server, "null": null_server, "postfix": postfix_server}


async def serve(which: str) -> None:
    """Serve until standard input closes, or until this process is told to end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, ended.set)
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, ended.set)
    async with SERVERS[which]() as (port, pid):
        print(port, pid, flush=True)
        await ended.wait()


if __name__ == "__main__":
    run = event_loop.run if sys.argv[1] == "desk" else asyncio.run  # as the desk is served
    run(serve(sys.argv[1]))
