"""A person please: who waits for a handler, who is available, and the files that came by chat."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_duties()
    _make_handovers()
    _make_uploads()


def _make_duties() -> None:
    op.create_table(
        "bot_duties",
        sa.Column("handler_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team", sa.String(length=100), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handler_id", name=op.f("pk_bot_duties")),
    )


def _make_handovers() -> None:
    op.create_table(
        "bot_handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("team", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_number", sa.String(length=20), nullable=True),
        sa.Column("told_sequence", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("handler_name", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["bot_conversations.id"],
            name=op.f("fk_bot_handovers_conversation_id_bot_conversations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_handovers")),
    )
    with op.batch_alter_table("bot_handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bot_handovers_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bot_handovers_handler_id"), ["handler_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bot_handovers_state"), ["state"], unique=False)


def _make_uploads() -> None:
    op.create_table(
        "bot_uploads",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("declared_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("quarantined", sa.Text(), nullable=True),
        sa.Column("case_number", sa.String(length=20), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["bot_conversations.id"], name=op.f("fk_bot_uploads_conversation_id_bot_conversations")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bot_uploads")),
    )
    with op.batch_alter_table("bot_uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bot_uploads_conversation_id"), ["conversation_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("bot_uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bot_uploads_conversation_id"))

    op.drop_table("bot_uploads")
    with op.batch_alter_table("bot_handovers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bot_handovers_state"))
        batch_op.drop_index(batch_op.f("ix_bot_handovers_handler_id"))
        batch_op.drop_index(batch_op.f("ix_bot_handovers_conversation_id"))

    op.drop_table("bot_handovers")
    op.drop_table("bot_duties")
