"""The migrations make the tables that the code declares, on both databases, and are all or nothing."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from casework.db import Base, Database
from runtime import schema, tables


@pytest.fixture
async def empty(database_url: str):
    tables.load()
    opened = Database(database_url)
    yield opened
    await opened.close()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name in tables.names()},
    )
    return [difference for difference in compare_metadata(context, Base.metadata)]


async def test_upgraded_database_is_what_the_code_declares(empty: Database) -> None:
    await schema.upgrade(empty)
    await schema.upgrade(empty)

    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    assert await schema.revision(empty) == schema.head()


async def test_upgrade_that_breaks_midway_leaves_nothing(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE audit_entries (in_the_way INTEGER)"))
    with pytest.raises(Exception, match="audit_entries"):
        await schema.upgrade(empty)

    async with empty.engine.connect() as connection:
        found = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert found == ["audit_entries"]


async def test_empty_database_is_made_ready_and_another_version_refused(empty: Database) -> None:
    await schema.require_current(empty)
    async with empty.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(schema.SchemaBehind):
        await schema.require_current(empty)


def test_head_is_the_newest_file() -> None:
    assert (Path(schema.FOLDER) / "versions").is_dir()
    assert schema.head() >= "0001"
