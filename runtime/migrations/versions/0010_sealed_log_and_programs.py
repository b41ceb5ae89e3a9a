"""The log: sealed entry by entry, guarded by the database, found by its words; and the tables of tokens and webhooks.

What was logged before is sealed as it stands now. The seals come from `casework.audit.chain`, whose format is for ever.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from casework.audit.chain import BEGINNING, seal
from casework.audit.words import words_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 2_000
REFUSAL = "the audit log is append-only"
GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"CREATE TRIGGER audit_entries_hold BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ),
    "postgresql": (
        f"""CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
        """CREATE TRIGGER audit_entries_keep BEFORE UPDATE OR DELETE ON audit_entries
            FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()""",
        """CREATE TRIGGER audit_entries_hold BEFORE TRUNCATE ON audit_entries
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
    ),
}
WORDS = {
    "sqlite": (
        "CREATE VIRTUAL TABLE audit_words USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2')",
    ),
    "postgresql": (
        "CREATE TABLE audit_words (entry_id INTEGER PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_audit_words_words ON audit_words USING gin (words)",
    ),
}
WRITE_WORDS = {
    "sqlite": "INSERT INTO audit_words (rowid, words) VALUES (:id, :words)",
    "postgresql": "INSERT INTO audit_words (entry_id, words) VALUES (:id, to_tsvector('simple', :words))",
}
UNGUARD = {
    "sqlite": ("DROP TRIGGER audit_entries_keep", "DROP TRIGGER audit_entries_hold"),
    "postgresql": (
        "DROP TRIGGER audit_entries_keep ON audit_entries",
        "DROP TRIGGER audit_entries_hold ON audit_entries",
        "DROP FUNCTION refuse_audit_change()",
    ),
}
SAID = sa.text("""
    SELECT a.id, coalesce(m.text, n.text)
    FROM audit_entries a JOIN events e ON e.case_id = a.case_id AND e.kind = a.action AND e.at = a.at
    LEFT JOIN messages m ON m.id = e.message_id LEFT JOIN notes n ON n.id = e.note_id
    WHERE a.id BETWEEN :first AND :last AND (e.message_id IS NOT NULL OR e.note_id IS NOT NULL)
""")

ENTRIES = sa.table(
    "audit_entries",
    sa.column("id", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("action", sa.Text),
    sa.column("actor_id", sa.Integer),
    sa.column("actor", sa.Text),
    sa.column("channel", sa.Text),
    sa.column("case_id", sa.Integer),
    sa.column("details", sa.JSON),
    sa.column("seal", sa.Text),
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    _create_audit_head()
    _create_api_tokens()
    _create_api_kept_replies()
    _create_webhooks()
    _create_webhook_deliveries()
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seal", sa.String(length=64), nullable=False, server_default=""))
    for statement in WORDS[dialect]:
        op.execute(statement)
    _seal_what_is_there()
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_actor_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_case_id"))
        batch_op.create_index(batch_op.f("ix_audit_entries_action_id"), ["action", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_actor_id_id"), ["actor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_case_id_id"), ["case_id", "id"], unique=False)
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cases_organisation_id_status_form_key"),
            ["organisation_id", "status", "form_key"],
            unique=False,
        )
    for statement in GUARDS[dialect]:
        op.execute(statement)


def downgrade() -> None:
    for statement in UNGUARD[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_organisation_id_status_form_key"))
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_case_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_actor_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_action_id"))
        batch_op.create_index(batch_op.f("ix_audit_entries_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_actor_id"), ["actor_id"], unique=False)
        batch_op.drop_column("seal")
    for table in ("audit_words", "webhook_deliveries", "webhooks", "api_kept_replies", "api_tokens", "audit_head"):
        op.drop_table(table)


def _seal_what_is_there() -> None:
    """Seal each entry onto the one before it, and index its words, some entries at a time."""
    connection = op.get_bind()
    last_id, last_seal = 0, BEGINNING
    while rows := connection.execute(
        sa.select(ENTRIES).where(ENTRIES.c.id > last_id).order_by(ENTRIES.c.id).limit(AT_ONCE)
    ).all():
        said = _said(rows[0].id, rows[-1].id)
        sealed, found_by = [], []
        for row in rows:
            last_id, last_seal = row.id, seal(last_seal, **_covered(row))
            sealed.append({"of": last_id, "seal": last_seal})
            found_by.append({"id": last_id, "words": words_of(row.actor, row.details, said.get(row.id, ""))})
        connection.execute(sa.update(ENTRIES).where(ENTRIES.c.id == sa.bindparam("of")), sealed)
        connection.execute(sa.text(WRITE_WORDS[connection.dialect.name]), found_by)
    head = sa.table("audit_head", sa.column("id"), sa.column("entry_id"), sa.column("seal"))
    connection.execute(sa.insert(head).values(id=1, entry_id=last_id, seal=last_seal))


def _covered(row: Any) -> dict[str, Any]:
    at: datetime = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
    kept = {name: getattr(row, name) for name in ("id", "action", "actor_id", "actor", "channel", "case_id", "details")}
    return kept | {"at": at}


def _said(first: int, last: int) -> dict[int, str]:
    """Return the words of messages and notes by the entry that speaks of them."""
    found: dict[int, str] = {}
    for entry_id, text in op.get_bind().execute(SAID, {"first": first, "last": last}):
        found[entry_id] = f"{found.get(entry_id, '')} {text or ''}"
    return found


def _create_audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _create_api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_api_tokens_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_person_id"), ["person_id"], unique=False)


def _create_api_kept_replies() -> None:
    op.create_table(
        "api_kept_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name=op.f("fk_api_kept_replies_token_id_api_tokens")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_kept_replies")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_api_kept_replies_token_id_key")),
    )


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("told_until", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )


def _create_webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=10), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "entry_id", name=op.f("uq_webhook_deliveries_webhook_id_entry_id")),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_deliveries_state_due_at"), ["state", "due_at"], unique=False)
