"""The tables of payroll: one function for each."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_pay_month_calculations()
    _create_pay_runs()
    _create_payroll_job_claims()
    _create_payroll_knowledge()
    _create_pay_run_parts()
    _create_pay_differences()
    _create_pay_results()
    _create_payroll_facts()
    _create_pay_problems()
    _create_payroll_case_effects()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_pay_month_calculations() -> None:
    op.create_table(
        "pay_month_calculations",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("calculated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("withholding_tax", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_pay_month_calculations")),
    )


def _create_pay_runs() -> None:
    op.create_table(
        "pay_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parameters", sa.String(length=64), nullable=False),
        sa.Column("people_per_part", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_runs")),
        sa.UniqueConstraint("period", "number", name=op.f("uq_pay_runs_period_number")),
    )


def _create_payroll_job_claims() -> None:
    op.create_table(
        "payroll_job_claims",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "turn", name=op.f("pk_payroll_job_claims")),
    )


def _create_payroll_knowledge() -> None:
    op.create_table(
        "payroll_knowledge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_knowledge")),
    )


def _create_pay_run_parts() -> None:
    op.create_table(
        "pay_run_parts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_pay_run_parts_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("run_id", "part", name=op.f("pk_pay_run_parts")),
    )


def _create_pay_differences() -> None:
    op.create_table(
        "pay_differences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("wage_type", sa.String(length=40), nullable=False),
        sa.Column("case_number", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pay_differences_person_id_people")),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_pay_differences_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_differences")),
        sa.UniqueConstraint(
            "run_id",
            "person_id",
            "period",
            "wage_type",
            "case_number",
            name=op.f("uq_pay_differences_run_id_person_id_period_wage_type_case_number"),
        ),
    )
    with op.batch_alter_table("pay_differences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pay_differences_person_id"), ["person_id"], unique=False)


def _create_pay_results() -> None:
    op.create_table(
        "pay_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amounts", sa.JSON(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pay_results_person_id_people")),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_pay_results_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_results")),
        sa.UniqueConstraint("run_id", "person_id", "period", name=op.f("uq_pay_results_run_id_person_id_period")),
    )
    with op.batch_alter_table("pay_results", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pay_results_period_person_id"), ["period", "person_id"], unique=False)


def _create_payroll_facts() -> None:
    op.create_table(
        "payroll_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("case_number", sa.String(length=10), nullable=True),
        sa.Column("effect", sa.String(length=30), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_payroll_facts_valid_to_not_before_valid_from")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_payroll_facts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_facts")),
    )
    with op.batch_alter_table("payroll_facts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payroll_facts_case_number"), ["case_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_payroll_facts_known_from"), ["known_from"], unique=False)
        batch_op.create_index(batch_op.f("ix_payroll_facts_person_id_kind"), ["person_id", "kind"], unique=False)


def _create_pay_problems() -> None:
    op.create_table(
        "pay_problems",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=7), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pay_problems_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pay_problems_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_problems")),
    )
    with op.batch_alter_table("pay_problems", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pay_problems_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pay_problems_source"), ["source"], unique=False)


def _create_payroll_case_effects() -> None:
    op.create_table(
        "payroll_case_effects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("effect", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("months_to_show", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_payroll_case_effects_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll_case_effects")),
        sa.UniqueConstraint("case_id", "effect", name=op.f("uq_payroll_case_effects_case_id_effect")),
    )
    with op.batch_alter_table("payroll_case_effects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payroll_case_effects_state"), ["state"], unique=False)


TABLES = (
    "pay_month_calculations",
    "pay_runs",
    "payroll_job_claims",
    "payroll_knowledge",
    "pay_run_parts",
    "pay_differences",
    "pay_results",
    "payroll_facts",
    "pay_problems",
    "payroll_case_effects",
)
