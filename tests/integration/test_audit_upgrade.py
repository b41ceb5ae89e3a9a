"""A desk from before the seals keeps its log: sealed as it stood, found by its words, proven by a command."""

import json
import sqlite3

import pytest
from alembic import command
from alembic.config import Config
from served_desk import prepare, receiving
from sqlalchemy import select, text

from casework.audit import append_only, checkpoints, verification, words
from casework.audit.models import AuditEntry
from casework.db import Database
from runtime import schema, tables

OLD = (
    "INSERT INTO organisations (id, name) VALUES (1, 'FOD')",
    """INSERT INTO people (id, employee_number, first_name, last_name, language, organisation_id, statute, active)
    VALUES (1, 'E1', 'An', 'Peeters', 'nl', 1, 'statutory', true)""",
    """INSERT INTO cases (id, number, subject, status, fields, requester_id, organisation_id, channel, sender_proven,
    opened_at, version) VALUES (1, 'HRB0000001', 's', 'open', '{}', 1, 1, 'mail', true, '2026-09-01 08:00:00', 1)""",
    """INSERT INTO messages (id, case_id, kind, author_id, channel, text, written_at)
    VALUES (1, 1, 'request', 1, 'mail', 'Mijn fietsvergoeding, svp: café', '2026-09-01 08:00:00')""",
    """INSERT INTO events (id, case_id, at, kind, actor_id, actor, channel, message_id, data)
    VALUES (1, 1, '2026-09-01 08:00:00', 'opened', 1, 'An Peeters', 'mail', 1, '{}')""",
    """INSERT INTO audit_entries (id, at, action, actor_id, actor, channel, case_id, details)
    VALUES (3, '2026-09-01 08:00:00', 'opened', 1, 'An Peeters', 'mail', 1, '{}')""",
    """INSERT INTO audit_entries (id, at, action, actor, channel, details)
    VALUES (7, '2026-09-01 08:00:00.123456', 'signed_in', 'Somebody', 'web', '{"filename": "pro\\u00f6f.pdf"}')""",
)


def upgrade_to(connection, revision):
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_what_was_logged_before_is_sealed_and_can_be_searched(database_url):
    tables.load()
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade_to, "0009")
        for statement in OLD:
            await connection.exec_driver_sql(statement)
    await schema.upgrade(database)

    async with database.reading() as session:
        verdict = await verification.verify(session, None, lambda _seen, _of: None)
        assert (verdict.entries, verdict.faults) == (2, [])
        for asked, found in (("fiets cafe", [3]), ("PROOF", [7]), ("peeters", [3]), ("nothing", [])):
            held = await words.holding(session, asked)
            assert (await session.execute(select(AuditEntry.id).where(held))).scalars().all() == found, asked
    with pytest.raises(Exception, match=append_only.REFUSAL):
        async with database.transaction() as session:
            await session.execute(text("DELETE FROM audit_entries"))
    await database.close()


async def test_the_command_proves_the_log_of_a_desk_and_finds_what_was_changed(tmp_path):
    async with receiving() as (postbox, relay):
        service = prepare(tmp_path, postbox, relay)
    token = service.balie("api", "token", "Dossier", "--scope", "cases:read", "--person", "an.peeters@health.example")
    assert token.startswith("balie_")
    assert service.json("api", "list")[0]["name"] == "Dossier"
    service.balie("api", "revoke", "1")
    service.balie("api", "revoke", "1", code=1)
    whole = service.json("audit", "verify")
    assert (whole["entries"], whole["faults"]) == (2, [])
    assert "2 entries, all as they were written" in service.balie("audit", "verify")

    path = next((tmp_path / "var").glob("*.db"))
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_entries_keep")
        connection.execute("UPDATE audit_entries SET actor = 'Nobody' WHERE id = 1")
    connection.close()
    found = json.loads(service.balie("audit", "verify", "--json", code=1))
    assert [fault["entry"] for fault in found["faults"]] == [1]
    (tmp_path / "var" / checkpoints.FILE).write_text("{}")
    service.balie("audit", "verify", code=1)
