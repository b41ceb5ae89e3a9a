"""The migrations make the tables that the code declares, on both databases, and are all or nothing."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from casework.clock import SystemClock
from casework.db import Base, Database
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.models import Envelope
from runtime import schema, tables


@pytest.fixture
async def empty(database_url: str):
    tables.load()
    opened = Database(database_url)
    yield opened
    await opened.close()


def _is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out Alembic's own table, and the indexes of words, which the two databases make in ways of their own."""
    return kind not in {"table", "index"} or not str(name).startswith(
        ("alembic_version", "search_words", "audit_words", "ix_audit_words", "procrastinate_")
    )


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "include_name": _is_declared},
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


async def test_bytes_of_mails_move_into_their_own_table_and_back(empty: Database) -> None:
    await schema.upgrade(empty)
    keeper = MailKeeper(empty, SystemClock())
    for raw in (b"Subject: one\r\n\r\n\x00\xff", b"Subject: two\r\n\r\n"):
        await keeper.keep(Envelope("an.peeters@health.example", ("hr@balie.example",)), raw, "")
    async with empty.engine.begin() as connection:
        await connection.run_sync(_migrate, "0006")
        before = (await connection.execute(text("SELECT id, raw FROM received_mails ORDER BY id"))).all()
    await schema.upgrade(empty)

    async with empty.engine.connect() as connection:
        after = (await connection.execute(text("SELECT mail_id, raw FROM mail_contents ORDER BY mail_id"))).all()
    assert [(mail_id, bytes(raw)) for mail_id, raw in after] == [
        (1, b"Subject: one\r\n\r\n\x00\xff"), (2, b"Subject: two\r\n\r\n"),
    ]  # fmt: skip
    assert before == after


def _migrate(connection: Connection, revision: str) -> None:
    """Go back to a revision."""
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


async def test_empty_database_is_made_ready_and_another_version_refused(empty: Database) -> None:
    await schema.require_current(empty)
    async with empty.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(schema.SchemaBehind):
        await schema.require_current(empty)


def test_head_is_the_newest_file() -> None:
    assert (Path(schema.FOLDER) / "versions").is_dir()
    assert schema.head() >= "0001"


OF_BEFORE = (
    "INSERT INTO organisations (id, name) VALUES (1, 'FOD')",
    """INSERT INTO people (id, employee_number, first_name, last_name, language, organisation_id, statute, active)
    VALUES (1, 'E1', 'An', 'Peeters', 'nl', 1, 'statutory', true)""",
    """INSERT INTO cases (id, number, subject, status, fields, requester_id, organisation_id, channel, sender_proven,
    opened_at, version) VALUES (1, 'HRB0000001', 'x', 'open', '{}', 1, 1, 'web', true, '2026-09-15 08:00:00', 1)""",
    """INSERT INTO events (id, case_id, at, kind, actor, channel, data)
    VALUES (1, 1, '2026-09-15 08:00:00', 'opened', 'An', 'web', '{}')""",
)


async def test_a_desk_that_holds_cases_gets_the_columns_of_local_hr_and_keeps_its_cases(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.run_sync(lambda sync: _to(sync, "0003"))
        for statement in OF_BEFORE:
            await connection.execute(text(statement))
    await schema.upgrade(empty)

    async with empty.engine.connect() as connection:
        found = await connection.execute(text("SELECT number, filed_by_id, final_at FROM cases"))
        assert [tuple(row) for row in found] == [("HRB0000001", None, None)]
        assert (await connection.execute(text("SELECT count(*) FROM events"))).scalar_one() == 1


def _to(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_by_when_a_case_is_due_moves_onto_the_case_and_back(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.run_sync(_migrate_up, "0018")
        for statement in OLD_DUE_TIMES:
            await connection.execute(text(statement))
    asked = text("SELECT id, due_at FROM cases ORDER BY id")
    await schema.upgrade(empty)
    async with empty.engine.begin() as connection:
        after = [str(due_at)[:19] for _, due_at in (await connection.execute(asked)).all()]
        await connection.run_sync(_migrate, "0018")
        kept = (await connection.execute(text("SELECT due_at FROM due_times ORDER BY case_id"))).scalars().all()

    assert after == ["2026-09-15 08:00:00", "9999-01-01 00:00:00", "9999-01-01 00:00:00"]
    assert [str(due_at)[:19] for due_at in kept] == ["2026-09-15 08:00:00", "None"]


OLD_DUE_TIMES = (
    "INSERT INTO organisations (id, name) VALUES (1, 'Health')",
    """INSERT INTO people (id, employee_number, first_name, last_name, language, organisation_id, statute, active)
    VALUES (1, 'E1', 'An', 'Peeters', 'nl', 1, 'statutory', true)""",
    *(
        f"""INSERT INTO cases (id, number, subject, status, fields, requester_id, organisation_id, channel,
        sender_proven, opened_at, version)
        VALUES ({n}, 'HRB000000{n}', 's', 'open', '{{}}', 1, 1, 'mail', true, '2026-09-01 08:00:00', 1)"""
        for n in (1, 2, 3)
    ),
    """INSERT INTO due_times (case_id, due_at, case_version, approval_open, reckoned_at)
    VALUES (1, '2026-09-15 08:00:00', 1, false, '2026-09-01 08:00:00'), (2, NULL, 1, false, '2026-09-01 08:00:00')""",
)


def _migrate_up(connection: Connection, revision: str) -> None:
    """Go forward to a revision."""
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
