"""The tables of received mail and of the chat: one function for each."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_bot_conversations()
    _create_bot_messages()
    _create_received_mails()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_bot_conversations() -> None:
    op.create_table(
        "bot_conversations",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("tracker", sa.Text(), nullable=True),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_conversations")),
    )
    with op.batch_alter_table("bot_conversations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bot_conversations_person_id"), ["person_id"], unique=False)


def _create_bot_messages() -> None:
    op.create_table(
        "bot_messages",
        sa.Column("conversation_id", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("speaker", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["bot_conversations.id"],
            name=op.f("fk_bot_messages_conversation_id_bot_conversations"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "sequence", name=op.f("pk_bot_messages")),
        sa.UniqueConstraint("conversation_id", "key", name=op.f("uq_bot_messages_conversation_id_key")),
    )


def _create_received_mails() -> None:
    op.create_table(
        "received_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("rcpt_tos", sa.JSON(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("trust", sa.String(length=10), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_received_mails_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_received_mails_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_mails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_received_mails_dedupe_key")),
    )
    with op.batch_alter_table("received_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_received_mails_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_mails_from_address"), ["from_address"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_mails_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_mails_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_mails_state_id"), ["state", "id"], unique=False)


TABLES = (
    "bot_conversations",
    "bot_messages",
    "received_mails",
)
