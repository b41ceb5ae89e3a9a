"""Runs the mail server alone on a SQLite file, so that a test can trace it or kill it: FILE PORT."""

import asyncio
import sys
from pathlib import Path

from casework.clock import SystemClock
from casework.db import Base, Database
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.inbound.server import MailServer
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.settings import MailSettings
from runtime import event_loop, tables


async def serve(file: Path, port: int) -> None:
    """Serve until killed, and say so on standard output once it listens."""
    tables.load()
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    settings = MailSettings("hr@balie.example", b"a secret that only tests know", file.parent, smtp_port=port)
    server = MailServer(
        MailKeeper(database, SystemClock()), settings, Signer(settings.secret_key, settings.desk_address)
    )
    await server.start()
    print("listening", flush=True)  # noqa: T201 -- the test waits for it
    await asyncio.Event().wait()


if __name__ == "__main__":
    event_loop.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
