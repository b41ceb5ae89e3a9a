"""Form confidence and file flags."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attachments") as batch_op:
        for name in ("protected", "has_macros", "unaccepted"):
            batch_op.add_column(sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("form_confidence", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cases") as batch_op:
        batch_op.drop_column("form_confidence")
    with op.batch_alter_table("attachments") as batch_op:
        for name in ("unaccepted", "has_macros", "protected"):
            batch_op.drop_column(name)
