"""The words of a case, as they are searched: on SQLite by FTS5, on PostgreSQL by tsvector."""

from collections.abc import Iterable

from sqlalchemy import DDL, ForeignKey, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from casework import sqlite_terms
from casework.db import Base


class SearchEntry(Base):
    """The folded words of one case, each once: what everybody on the case may see, and what only staff may.

    `readers` holds a mark for each person who may find the case as their own, so that the index itself narrows.
    """

    __tablename__ = "search_entries"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    readers: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[str] = mapped_column(Text, default="")
    internal_words: Mapped[str] = mapped_column(Text, default="")


# Words are folded in Python, so neither database has anything left to normalise. The underscore belongs to a
# reader's mark and can stand in no folded word.
WORDS_LIST = "search_words_list"
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
    sqlite_terms.list_of_words(WORDS_LIST, "search_words"),
)
OWN_WORDS = "array_to_tsvector(string_to_array(btrim(readers || ' ' || words), ' '))"
ALL_WORDS = "array_to_tsvector(string_to_array(btrim(words || ' ' || internal_words), ' '))"
POSTGRESQL_INDEX = (
    f"CREATE INDEX search_words_own ON search_entries USING gin ({OWN_WORDS})",
    f"CREATE INDEX search_words_all ON search_entries USING gin ({ALL_WORDS})",
)


def _index(dialect: str, statements: Iterable[str]) -> None:
    for statement in statements:
        made = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call] # as SQLAlchemy has it
        event.listen(SearchEntry.__table__, "after_create", made)


_index("sqlite", SQLITE_INDEX)
_index("postgresql", POSTGRESQL_INDEX)
