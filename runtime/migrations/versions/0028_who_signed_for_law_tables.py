"""Signatures for law tables; a term to object that begins when somebody was told."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_law_signatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("figures", sa.String(length=64), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["people.id"], name=op.f("fk_pay_law_signatures_confirmed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["people.id"], name=op.f("fk_pay_law_signatures_signed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_law_signatures")),
    )
    with op.batch_alter_table("payroll_repayment_plans", schema=None) as batch_op:
        batch_op.alter_column("objection_until", existing_type=sa.Date(), nullable=True)
    op.execute("UPDATE payroll_repayment_plans SET objection_until = NULL WHERE told_at IS NULL AND state = 'proposed'")


def downgrade() -> None:
    op.execute("UPDATE payroll_repayment_plans SET objection_until = '9999-12-31' WHERE objection_until IS NULL")
    with op.batch_alter_table("payroll_repayment_plans", schema=None) as batch_op:
        batch_op.alter_column("objection_until", existing_type=sa.Date(), nullable=False)
    op.drop_table("pay_law_signatures")
