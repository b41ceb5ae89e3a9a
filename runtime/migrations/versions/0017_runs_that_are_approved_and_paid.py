"""Runs that are approved and paid: steps, employers, payments, slips and outputs, and the queue of their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DROP_QUEUE = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate_%'
  LOOP EXECUTE format('DROP TABLE %I CASCADE', one.tablename); END LOOP;
  FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate_%'
  LOOP EXECUTE format('DROP FUNCTION %s CASCADE', one.name); END LOOP;
  FOR one IN SELECT typname FROM pg_type
    WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'procrastinate_%' AND typtype IN ('e', 'c')
  LOOP EXECUTE format('DROP TYPE %I CASCADE', one.typname); END LOOP;
END $$
"""


def upgrade() -> None:
    _create_employers()
    _create_outputs()
    _create_payments()
    _create_slips()
    _add_steps_of_runs()
    if op.get_bind().dialect.name == "postgresql":
        from procrastinate.schema import SchemaManager  # noqa: PLC0415 -- optional dependency

        _execute_script(SchemaManager.get_schema())


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _execute_script(DROP_QUEUE)
    _drop_steps_of_runs()
    for table in ("pay_slips", "pay_payments", "pay_outputs", "pay_employers"):
        op.drop_table(table)


def _execute_script(script: str) -> None:
    """Send several statements as they are: with parameters, even none, a driver would look for placeholders."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(script)
    cursor.close()


def _create_employers() -> None:
    op.create_table(
        "pay_employers",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enterprise_number", sa.String(length=10), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("postcode", sa.String(length=16), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("cutoff_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_pay_employers_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_pay_employers")),
    )


def _create_outputs() -> None:
    op.create_table(
        "pay_outputs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_pay_outputs_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_outputs")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_pay_outputs_kind_key")),
    )
    with op.batch_alter_table("pay_outputs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pay_outputs_run_id"), ["run_id"], unique=False)


def _create_payments() -> None:
    op.create_table(
        "pay_payments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["pay_employers.organisation_id"], name=op.f("fk_pay_payments_employer_id_pay_employers")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pay_payments_person_id_people")),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_pay_payments_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_payments")),
        sa.UniqueConstraint("reference", name=op.f("uq_pay_payments_reference")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_pay_payments_run_id_person_id")),
    )
    with op.batch_alter_table("pay_payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pay_payments_person_id"), ["person_id"], unique=False)


def _create_slips() -> None:
    op.create_table(
        "pay_slips",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pay_slips_person_id_people")),
        sa.ForeignKeyConstraint(["run_id"], ["pay_runs.id"], name=op.f("fk_pay_slips_run_id_pay_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_slips")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_pay_slips_run_id_person_id")),
    )
    with op.batch_alter_table("pay_slips", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pay_slips_person_id"), ["person_id"], unique=False)


def _add_steps_of_runs() -> None:
    with op.batch_alter_table("pay_run_parts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("people", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))

    op.execute("UPDATE pay_run_parts SET done_at = (SELECT known_at FROM pay_runs WHERE pay_runs.id = run_id)")
    with op.batch_alter_table("pay_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("engine", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("ordered_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("approved_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paid_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_pay_runs_closed_by_id_people"), "people", ["closed_by_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_pay_runs_organisation_id_organisations"), "organisations", ["organisation_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_pay_runs_approved_by_id_people"), "people", ["approved_by_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_pay_runs_paid_by_id_people"), "people", ["paid_by_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_pay_runs_ordered_by_id_people"), "people", ["ordered_by_id"], ["id"])


def _drop_steps_of_runs() -> None:
    with op.batch_alter_table("pay_runs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_pay_runs_ordered_by_id_people"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_pay_runs_paid_by_id_people"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_pay_runs_approved_by_id_people"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_pay_runs_organisation_id_organisations"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_pay_runs_closed_by_id_people"), type_="foreignkey")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("closed_by_id")
        batch_op.drop_column("paid_at")
        batch_op.drop_column("paid_by_id")
        batch_op.drop_column("approved_at")
        batch_op.drop_column("approved_by_id")
        batch_op.drop_column("ordered_by_id")
        batch_op.drop_column("engine")
        batch_op.drop_column("organisation_id")

    with op.batch_alter_table("pay_run_parts", schema=None) as batch_op:
        batch_op.drop_column("done_at")
        batch_op.drop_column("people")
