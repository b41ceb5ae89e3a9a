"""Brings a database to the schema that this version needs, and tells whether it is there."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from casework.db import Database

FOLDER = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 0x42414C4945


class SchemaBehind(Exception):
    """The database is of another version: stop the service and run `balie migrate`."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


def head() -> str:
    """Return the newest revision: the files are named `0001_what_it_does.py`, in order."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


async def revision(database: Database) -> str | None:
    """Return the revision a database is at, `None` for an empty one."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


async def upgrade(database: Database) -> None:
    """Bring a database to the newest schema in one transaction: killed midway, nothing has happened."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- slow import: alembic takes a second that only a migration needs
    from alembic.config import Config  # noqa: PLC0415 -- slow import

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def require_current(database: Database) -> None:
    """Make an empty database ready; refuse one of another version. Raises `SchemaBehind`."""
    at = await revision(database)
    if at is None:
        await upgrade(database)
    elif at != head():
        raise SchemaBehind
