"""What parts of the people came to in the daily calculation of open months; who was told of a repayment."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_month_parts",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("first_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("withholding_tax", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("period", "first_id", name=op.f("pk_pay_month_parts")),
    )
    with op.batch_alter_table("payroll_repayment_plans", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payroll_repayment_plans", schema=None) as batch_op:
        batch_op.drop_column("told_at")
    op.drop_table("pay_month_parts")
