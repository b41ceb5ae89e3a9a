"""By when a case is due stands on the case, beside the queue's indexes; words can be looked up; neutral file names."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NEVER = {"sqlite": "9999-01-01 00:00:00.000000", "postgresql": "9999-01-01 00:00:00+00"}
NOT_CLOSED = sa.text("status != 'closed_complete'")
QUEUE = {
    "ix_cases_queue_due": [
        "due_at", "id", "requester_id", "handler_id", "status", "form_key", "organisation_id",
    ],
    "ix_cases_queue_handler": ["handler_id", "due_at", "id", "requester_id"],
    "ix_cases_queue_id": ["id", "requester_id"],
}  # fmt: skip
WORDS = {"audit_words_list": "audit_words", "search_words_list": "search_words"}


def upgrade() -> None:
    never = NEVER[op.get_bind().dialect.name]
    due_at = sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=never)
    op.add_column("cases", due_at)
    op.execute(
        "UPDATE cases SET due_at = (SELECT due_at FROM due_times WHERE due_times.case_id = cases.id) WHERE id IN"
        " (SELECT case_id FROM due_times WHERE due_at IS NOT NULL)"
    )
    op.drop_index("ix_due_times_due_at", table_name="due_times")
    op.drop_column("due_times", "due_at")
    for name, columns in QUEUE.items():
        op.create_index(name, "cases", columns, sqlite_where=NOT_CLOSED, postgresql_where=NOT_CLOSED)
    op.add_column("outbox_files", sa.Column("filename", sa.Text(), nullable=True))
    op.create_index("ix_consultations_state_case_id", "consultations", ["state", "case_id"])
    if op.get_bind().dialect.name == "sqlite":
        for name, index in WORDS.items():
            op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5vocab({index}, instance)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in WORDS:
            op.execute(f"DROP TABLE {name}")
    op.drop_index("ix_consultations_state_case_id", table_name="consultations")
    op.drop_column("outbox_files", "filename")
    for name in QUEUE:
        op.drop_index(name, table_name="cases")
    op.add_column("due_times", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_due_times_due_at", "due_times", ["due_at"])
    never = NEVER[op.get_bind().dialect.name]
    op.execute(
        "UPDATE due_times SET due_at = (SELECT due_at FROM cases WHERE cases.id = due_times.case_id"  # noqa: S608 -- ours
        f" AND cases.due_at < '{never}')"
    )
    op.drop_column("cases", "due_at")
