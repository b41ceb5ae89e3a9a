"""Approvals and who is asked, deputies, calendars and overdue cases; who filed a case, and when it is final."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("closed_days", "opening_hours", "deputies", "approvals", "escalations", "approval_askings")


def upgrade() -> None:
    _create_closed_days()
    _create_opening_hours()
    _create_deputies()
    _create_approvals()
    _create_escalations()
    _create_approval_askings()
    _add_to_existing()


def downgrade() -> None:
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_column("parent_id")
    op.drop_index("ix_cases_organisation_id_id", "cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("final_at")
        batch_op.drop_column("filed_by_id")
    for table in reversed(TABLES):
        op.drop_table(table)


def _add_to_existing() -> None:
    """Add columns where they are: SQLite would copy a whole table for a constraint of its own, and drop the old one."""
    filed_by = sa.ForeignKey("people.id", name=op.f("fk_cases_filed_by_id_people"))
    parent = sa.ForeignKey("organisations.id", name=op.f("fk_organisations_parent_id_organisations"))
    op.add_column("cases", sa.Column("filed_by_id", sa.Integer(), filed_by, nullable=True), inline_references=True)
    op.add_column("cases", sa.Column("final_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_cases_organisation_id_id"), "cases", ["organisation_id", "id"], unique=False)
    op.add_column("organisations", sa.Column("parent_id", sa.Integer(), parent, nullable=True), inline_references=True)


def _create_closed_days() -> None:
    op.create_table(
        "closed_days",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_closed_days_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "on", name=op.f("pk_closed_days")),
    )


def _create_opening_hours() -> None:
    op.create_table(
        "opening_hours",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_opening_hours_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_opening_hours")),
    )


def _create_deputies() -> None:
    op.create_table(
        "deputies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["people.id"], name=op.f("fk_deputies_deputy_id_people")),
        sa.ForeignKeyConstraint(["named_by_id"], ["people.id"], name=op.f("fk_deputies_named_by_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deputies_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
    )
    with op.batch_alter_table("deputies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deputies_deputy_id_last_on"), ["deputy_id", "last_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_deputies_person_id_last_on"), ["person_id", "last_on"], unique=False)


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("form_key", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("acted_for_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["acted_for_id"], ["people.id"], name=op.f("fk_approvals_acted_for_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approvals_case_id_cases")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_approvals_decided_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("case_id", "round", "step", name=op.f("uq_approvals_case_id_round_step")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_state_id"), ["state", "id"], unique=False)


def _create_escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_escalations_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_escalations")),
    )


def _create_approval_askings() -> None:
    op.create_table(
        "approval_askings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("for_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_askings_approval_id_approvals")
        ),
        sa.ForeignKeyConstraint(["for_id"], ["people.id"], name=op.f("fk_approval_askings_for_id_people")),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox_mails.id"], name=op.f("fk_approval_askings_mail_id_outbox_mails")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_approval_askings_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_askings")),
    )
    with op.batch_alter_table("approval_askings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_askings_approval_id"), ["approval_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_approval_askings_mail_id"), ["mail_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_approval_askings_person_id_ended_at"), ["person_id", "ended_at"], unique=False
        )
