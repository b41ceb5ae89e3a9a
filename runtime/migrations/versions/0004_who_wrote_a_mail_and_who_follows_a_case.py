"""Who wrote a mail and who follows a case."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_watchers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_watchers_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_case_watchers_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_watchers")),
        sa.UniqueConstraint("case_id", "person_id", name=op.f("uq_case_watchers_case_id_person_id")),
    )
    with op.batch_alter_table("case_watchers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_watchers_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sender_basis", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("sender_about", sa.Text(), nullable=True))

    with op.batch_alter_table("received_mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("helo", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("received_mails", schema=None) as batch_op:
        batch_op.drop_column("helo")

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("sender_about")
        batch_op.drop_column("sender_basis")

    with op.batch_alter_table("case_watchers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_watchers_person_id"))

    op.drop_table("case_watchers")
