"""Accounts that people have in other services, and whose they are."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_accounts")),
        sa.UniqueConstraint("channel", "account", name=op.f("uq_bot_accounts_channel_account")),
    )
    with op.batch_alter_table("bot_accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bot_accounts_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("bot_accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bot_accounts_person_id"))
    op.drop_table("bot_accounts")
