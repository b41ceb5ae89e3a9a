"""Cases that go on within others, advice of colleagues, questions to other services, single keys."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("advice", "consultations", "outbox_files")


def upgrade() -> None:
    _add_to_existing()
    _create_advice()
    _create_consultations()
    _create_outbox_files()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_cases_merged_into_id", "cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("status_before_merge")
        batch_op.drop_column("merged_into_id")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("shortcuts")


def _add_to_existing() -> None:
    """Add columns where they are: SQLite would copy a whole table for a constraint of its own, and drop the old one."""
    into = sa.ForeignKey("cases.id", name=op.f("fk_cases_merged_into_id_cases"))
    op.add_column("cases", sa.Column("merged_into_id", sa.Integer(), into, nullable=True), inline_references=True)
    op.add_column("cases", sa.Column("status_before_merge", sa.String(length=20), nullable=True))
    op.create_index(op.f("ix_cases_merged_into_id"), "cases", ["merged_into_id"])
    op.add_column("people", sa.Column("shortcuts", sa.Boolean(), server_default=sa.false(), nullable=False))


def _create_advice() -> None:
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["notes.id"], name=op.f("fk_advice_answer_id_notes")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_advice_asked_by_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_advice_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_advice_person_id_people")),
        sa.ForeignKeyConstraint(["question_id"], ["notes.id"], name=op.f("fk_advice_question_id_notes")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_advice_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice")),
    )
    op.create_index(op.f("ix_advice_case_id"), "advice", ["case_id"])
    op.create_index(op.f("ix_advice_state_person_id"), "advice", ["state", "person_id"])
    op.create_index(op.f("ix_advice_state_team_id"), "advice", ["state", "team_id"])


def _create_consultations() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("service_key", sa.String(length=60), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_consultations_asked_by_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_consultations_case_id_cases")),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox_mails.id"], name=op.f("fk_consultations_mail_id_outbox_mails")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_consultations_mail_id")),
    )
    op.create_index(op.f("ix_consultations_case_id"), "consultations", ["case_id"])


def _create_outbox_files() -> None:
    op.create_table(
        "outbox_files",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_outbox_files_attachment_id_attachments")
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox_mails.id"], name=op.f("fk_outbox_files_mail_id_outbox_mails")),
        sa.PrimaryKeyConstraint("mail_id", "attachment_id", name=op.f("pk_outbox_files")),
    )
