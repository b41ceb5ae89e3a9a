"""Asks an index of words on SQLite word by word, because that is answered at once.

FTS5 hands out the hits of whole words one after the other, the newest first, so that the first fifty cost the same in
a million. For the beginning of a word it gathers every hit of every word that begins so before it hands out the
first. So the words that begin so are looked up first, in the index's own list of words, and asked for one by one.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MOST_WORDS = 100  # that begin alike: asking for more one by one costs more than gathering
_LAST = "\U0010ffff"
_STEPS = (
    "WITH RECURSIVE steps(term, number) AS ("
    "SELECT (SELECT term FROM {list} WHERE term >= :letters LIMIT 1), 1 UNION ALL "
    "SELECT (SELECT term FROM {list} WHERE term >= steps.term || char(1) LIMIT 1), number + 1"
    " FROM steps WHERE term < :end AND number <= :most) "
    "SELECT term FROM steps WHERE term < :end"
)


def list_of_words(name: str, index: str) -> str:
    """Return the statement that gives an FTS5 index the list of its words; it takes no room."""
    return f"CREATE VIRTUAL TABLE {name} USING fts5vocab({index}, instance)"


async def begins(session: AsyncSession, words: str, letters: str) -> str:
    """Return the FTS5 expression for words that begin with these letters; `words` is the name of the index's list.

    The letters are folded: nothing but letters and digits.
    """
    asked = {"letters": letters, "end": letters + _LAST, "most": MOST_WORDS}
    found = (await session.execute(text(_STEPS.format(list=words)), asked)).scalars().all()
    if not found or len(found) > MOST_WORDS:
        return f'"{letters}"*'
    return "(" + " OR ".join(f'"{word}"' for word in found) + ")"
