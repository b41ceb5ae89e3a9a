"""What forms state: counter-facts, numbers of other systems, months as they were shown; and repayment plans."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

EFFECT_COLUMNS = ("person_id", "shown", "needs_officer")
FACT_INDEXES = {
    "ix_payroll_facts_counters_id": ["counters_id"],
    "ix_payroll_facts_source_reference": ["source", "reference"],
}


def upgrade() -> None:
    _create_repayment_plans()
    _add_to_effects()
    _add_to_facts()


def downgrade() -> None:
    for name in FACT_INDEXES:
        op.drop_index(name, "payroll_facts")
    with op.batch_alter_table("payroll_facts", schema=None) as batch_op:
        batch_op.drop_column("counters_id")
        batch_op.drop_column("reference")
    with op.batch_alter_table("payroll_case_effects", schema=None) as batch_op:
        for column in EFFECT_COLUMNS:
            batch_op.drop_column(column)
    op.drop_table("payroll_repayment_plans")


def _add_to_effects() -> None:
    """Add columns where they are: SQLite would copy a whole table for a constraint of its own."""
    person = sa.ForeignKey("people.id", name=op.f("fk_payroll_case_effects_person_id_people"))
    op.add_column(
        "payroll_case_effects", sa.Column("person_id", sa.Integer(), person, nullable=True), inline_references=True
    )
    for name in ("shown", "needs_officer"):
        op.add_column("payroll_case_effects", sa.Column(name, sa.JSON(), server_default="[]", nullable=False))


def _add_to_facts() -> None:
    countered = sa.ForeignKey("payroll_facts.id", name=op.f("fk_payroll_facts_counters_id_payroll_facts"))
    op.add_column("payroll_facts", sa.Column("reference", sa.String(length=80), nullable=True))
    op.add_column(
        "payroll_facts", sa.Column("counters_id", sa.Integer(), countered, nullable=True), inline_references=True
    )
    for name, columns in FACT_INDEXES.items():
        op.create_index(op.f(name), "payroll_facts", columns, unique=True)


def _create_repayment_plans() -> None:
    op.create_table(
        "payroll_repayment_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objection_until", sa.Date(), nullable=False),
        sa.Column("instalments", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_payroll_repayment_plans_person_id_people")),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_payroll_repayment_plans_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_repayment_plans")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_payroll_repayment_plans_run_id_person_id")),
    )
    op.create_index(op.f("ix_payroll_repayment_plans_person_id"), "payroll_repayment_plans", ["person_id"])
    op.create_index(op.f("ix_payroll_repayment_plans_state"), "payroll_repayment_plans", ["state"])
