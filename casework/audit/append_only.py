"""Makes the database itself refuse to change or remove an entry, and gives it the index of the log's words.

The migrations hold the same statements for desks that exist already; a test compares the two.
"""

from sqlalchemy import DDL, Connection, Table, event

from casework import sqlite_terms
from casework.audit.chain import BEGINNING

REFUSAL = "the audit log is append-only"
GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"CREATE TRIGGER audit_entries_hold BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        "CREATE VIRTUAL TABLE audit_words USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2')",
        sqlite_terms.list_of_words("audit_words_list", "audit_words"),
    ),
    "postgresql": (
        f"""CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
        """CREATE TRIGGER audit_entries_keep BEFORE UPDATE OR DELETE ON audit_entries
            FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()""",
        """CREATE TRIGGER audit_entries_hold BEFORE TRUNCATE ON audit_entries
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
        "CREATE TABLE audit_words (entry_id INTEGER PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_audit_words_words ON audit_words USING gin (words)",
    ),
}


def guard(table: Table) -> None:
    """Have each database that gets this table get its guards and its index of words too."""
    for dialect, statements in GUARDS.items():
        for statement in statements:
            event.listen(table, "after_create", _statement(statement).execute_if(dialect=dialect))


def begin_chain(table: Table) -> None:
    """Have each database that gets this table begin with the head of an empty chain."""

    def begin(_target: Table, connection: Connection, **_options: object) -> None:
        connection.execute(table.insert().values(id=1, entry_id=0, seal=BEGINNING))

    event.listen(table, "after_create", begin)


def _statement(text: str) -> DDL:
    return DDL(text.replace("%", "%%"))  # type: ignore[no-untyped-call]
