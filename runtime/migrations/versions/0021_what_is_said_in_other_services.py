"""What is said unasked in other services: where, how far it was told, and how far we read theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bot_sync_positions",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_bot_sync_positions")),
    )
    with op.batch_alter_table("bot_accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("told_sequence", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("bot_accounts", schema=None) as batch_op:
        batch_op.drop_column("told_sequence")
        batch_op.drop_column("address")
    op.drop_table("bot_sync_positions")
