"""The bytes of received mails in a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_contents",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["received_mails.id"], name=op.f("fk_mail_contents_mail_id_received_mails")
        ),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mail_contents")),
    )
    op.execute("INSERT INTO mail_contents (mail_id, raw) SELECT id, raw FROM received_mails")
    op.drop_column("received_mails", "raw")


def downgrade() -> None:
    op.add_column("received_mails", sa.Column("raw", sa.LargeBinary(), nullable=False, server_default=""))
    op.execute("UPDATE received_mails SET raw = (SELECT raw FROM mail_contents WHERE mail_id = received_mails.id)")
    op.drop_table("mail_contents")
