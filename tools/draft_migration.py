"""Drafts a migration: compares the tables that the code declares with those that the migrations make.

Usage: python tools/draft_migration.py 0002 "what it does"
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from casework.db import Database
from runtime import schema


async def draft(revision: str, what: str) -> None:
    """Bring an empty database to the newest revision, and write down what is still lacking."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'empty.db'}")
        if any((schema.FOLDER / "versions").glob("[0-9]*.py")):
            await schema.upgrade(database)
        async with database.engine.begin() as connection:
            await connection.run_sync(_write, revision, what)
        await database.close()


def _write(connection: Connection, revision: str, what: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    command.revision(config, what, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    asyncio.run(draft(sys.argv[1], sys.argv[2]))
