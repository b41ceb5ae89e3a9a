"""What employees keep: drafts, favourites, forms as filed, pages sent once; and the words by which cases are found."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQLITE_INDEX = (
    (
        "CREATE VIRTUAL TABLE search_words USING fts5(readers, words, internal_words, content='search_entries',"
        " content_rowid='case_id', prefix='2 3',"
        " tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\")"
    ),
    (
        "CREATE TRIGGER search_entries_insert AFTER INSERT ON search_entries BEGIN"
        " INSERT INTO search_words(rowid, readers, words, internal_words)"
        " VALUES (new.case_id, new.readers, new.words, new.internal_words); END"
    ),
    (
        "CREATE TRIGGER search_entries_delete AFTER DELETE ON search_entries BEGIN"
        " INSERT INTO search_words(search_words, rowid, readers, words, internal_words)"
        " VALUES ('delete', old.case_id, old.readers, old.words, old.internal_words); END"
    ),
    (
        "CREATE TRIGGER search_entries_update AFTER UPDATE ON search_entries BEGIN"
        " INSERT INTO search_words(search_words, rowid, readers, words, internal_words)"
        " VALUES ('delete', old.case_id, old.readers, old.words, old.internal_words);"
        " INSERT INTO search_words(rowid, readers, words, internal_words)"
        " VALUES (new.case_id, new.readers, new.words, new.internal_words); END"
    ),
)
OWN_WORDS = "array_to_tsvector(string_to_array(btrim(readers || ' ' || words), ' '))"
ALL_WORDS = "array_to_tsvector(string_to_array(btrim(words || ' ' || internal_words), ' '))"
POSTGRESQL_INDEX = (
    f"CREATE INDEX search_words_own ON search_entries USING gin ({OWN_WORDS})",
    f"CREATE INDEX search_words_all ON search_entries USING gin ({ALL_WORDS})",
)

TABLES = (
    "filed_forms",
    "favourite_forms",
    "form_drafts",
    "draft_files",
    "search_entries",
    "sent_pages",
)


def upgrade() -> None:
    _create_filed_forms()
    _create_favourite_forms()
    _create_form_drafts()
    _create_draft_files()
    _create_search_entries()
    _create_sent_pages()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_INDEX if is_sqlite else POSTGRESQL_INDEX:
        op.execute(sa.text(statement))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("search_words")
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_filed_forms() -> None:
    op.create_table(
        "filed_forms",
        sa.Column("form_key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("form_key", "version", name=op.f("pk_filed_forms")),
    )


def _create_favourite_forms() -> None:
    op.create_table(
        "favourite_forms",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_favourite_forms_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "form_key", name=op.f("pk_favourite_forms")),
    )


def _create_form_drafts() -> None:
    op.create_table(
        "form_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("form_key", sa.String(length=60), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_form_drafts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_drafts")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_form_drafts_person_id_key")),
    )
    op.create_index(op.f("ix_form_drafts_person_id"), "form_drafts", ["person_id"])
    op.create_index(op.f("ix_form_drafts_saved_at"), "form_drafts", ["saved_at"])


def _create_draft_files() -> None:
    op.create_table(
        "draft_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("document_key", sa.String(length=60), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("declared_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("quarantined", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["form_drafts.id"], name=op.f("fk_draft_files_draft_id_form_drafts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_files")),
    )
    op.create_index(op.f("ix_draft_files_draft_id"), "draft_files", ["draft_id"])


def _create_search_entries() -> None:
    op.create_table(
        "search_entries",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("readers", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("internal_words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_search_entries_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_entries")),
    )


def _create_sent_pages() -> None:
    op.create_table(
        "sent_pages",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sent_pages_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sent_pages_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_sent_pages")),
    )
    op.create_index(op.f("ix_sent_pages_sent_at"), "sent_pages", ["sent_at"])
