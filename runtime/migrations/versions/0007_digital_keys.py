"""The keys that people sign in with, the level of a session, photos, and forms that arrive too late."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "failed_proofs",
    "sign_in_ways_off",
    "app_keys",
    "external_identities",
    "kept_posts",
    "passwords",
    "pending_proofs",
    "person_photos",
    "token_codes",
    "provider_visits",
)


def upgrade() -> None:
    _create_failed_proofs()
    _create_sign_in_ways_off()
    _create_app_keys()
    _create_external_identities()
    _create_kept_posts()
    _create_passwords()
    _create_pending_proofs()
    _create_person_photos()
    _create_token_codes()
    _create_provider_visits()
    _add_columns()


def downgrade() -> None:
    with op.batch_alter_table("web_sessions") as batch:
        for column in ("proved_at", "way", "level"):
            batch.drop_column(column)
    with op.batch_alter_table("sign_in_codes") as batch:
        for column in ("known_device", "browser", "purpose"):
            batch.drop_column(column)
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_failed_proofs() -> None:
    op.create_table(
        "failed_proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_proofs")),
    )
    op.create_index(op.f("ix_failed_proofs_account"), "failed_proofs", ["account"])


def _create_sign_in_ways_off() -> None:
    op.create_table(
        "sign_in_ways_off",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sign_in_ways_off_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "way", name=op.f("pk_sign_in_ways_off")),
    )


def _create_app_keys() -> None:
    op.create_table(
        "app_keys",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_app_keys_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_app_keys")),
    )


def _create_external_identities() -> None:
    op.create_table(
        "external_identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_external_identities_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identities")),
        sa.UniqueConstraint("issuer", "subject_hash", name=op.f("uq_external_identities_issuer_subject_hash")),
    )
    op.create_index(op.f("ix_external_identities_person_id"), "external_identities", ["person_id"])


def _create_kept_posts() -> None:
    op.create_table(
        "kept_posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_kept_posts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_posts")),
    )
    op.create_index(op.f("ix_kept_posts_person_id"), "kept_posts", ["person_id"])


def _create_passwords() -> None:
    op.create_table(
        "passwords",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_passwords_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_passwords")),
    )


def _create_pending_proofs() -> None:
    op.create_table(
        "pending_proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pending_proofs_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_proofs")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pending_proofs_token_hash")),
    )


def _create_person_photos() -> None:
    op.create_table(
        "person_photos",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_photos_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_photos")),
    )


def _create_token_codes() -> None:
    op.create_table(
        "token_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_token_codes_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_codes")),
        sa.UniqueConstraint("person_id", "place", name=op.f("uq_token_codes_person_id_place")),
    )


def _create_provider_visits() -> None:
    op.create_table(
        "provider_visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("onward", sa.Text(), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["web_sessions.id"], name=op.f("fk_provider_visits_session_id_web_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_visits")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_provider_visits_state_hash")),
    )


def _add_columns() -> None:
    with op.batch_alter_table("sign_in_codes") as batch:
        batch.add_column(sa.Column("purpose", sa.String(length=20), server_default="sign_in", nullable=False))
        batch.add_column(sa.Column("browser", sa.String(length=64), server_default="", nullable=False))
        batch.add_column(sa.Column("known_device", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("web_sessions") as batch:
        batch.add_column(sa.Column("level", sa.Integer(), server_default="1", nullable=False))
        batch.add_column(sa.Column("way", sa.String(length=20), server_default="mail_code", nullable=False))
        batch.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
