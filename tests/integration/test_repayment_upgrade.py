"""A desk with debts from before the term counted from the mail: who was not told yet is told, and has their time."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from casework.db import Database
from runtime import schema

OLD = (
    "INSERT INTO organisations (id, name) VALUES (1, 'FOD')",
    """INSERT INTO people (id, employee_number, first_name, last_name, language, organisation_id, statute, active)
    VALUES (1, 'E1', 'An', 'Peeters', 'nl', 1, 'statutory', true),
           (2, 'E2', 'Luc', 'Martin', 'fr', 1, 'statutory', true),
           (3, 'E3', 'Greta', 'Braun', 'de', 1, 'statutory', true)""",
    """INSERT INTO pay_runs (id, period, number, state, known_at, people_per_part, parameters, engine)
    VALUES (1, '2026-09', 1, 'closed', '2026-09-15 08:00:00', 5000, 'x', 'x')""",
    """INSERT INTO payroll_repayment_plans (id, run_id, person_id, period, owed, state, made_at, objection_until,
    told_at, reason) VALUES (1, 1, 1, '2026-09', 100, 'proposed', '2026-09-15 08:00:00', '2026-10-15', NULL, ''),
           (2, 1, 2, '2026-09', 100, 'proposed', '2026-09-15 08:00:00', '2026-10-15', '2026-09-15 09:00:00', ''),
           (3, 1, 3, '2026-09', 100, 'objected', '2026-09-15 08:00:00', '2026-10-15', NULL, 'HRB0000001')""",
)


def _migrate(connection, revision, step=command.upgrade):
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    config.attributes["connection"] = connection
    step(config, revision)


async def _terms(database):
    async with database.engine.connect() as connection:
        found = await connection.execute(text("SELECT objection_until FROM payroll_repayment_plans ORDER BY id"))
        return [str(until) if until else None for (until,) in found]


async def test_the_term_of_whoever_was_not_told_has_not_begun(database_url):
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_migrate, "0024")
        for statement in OLD:
            await connection.exec_driver_sql(statement)
    await schema.upgrade(database)
    upgraded = await _terms(database)
    async with database.engine.begin() as connection:
        await connection.run_sync(_migrate, "0024", command.downgrade)
    back = await _terms(database)
    await database.close()

    assert upgraded == [None, "2026-10-15", "2026-10-15"]
    assert back == ["9999-12-31", "2026-10-15", "2026-10-15"]
