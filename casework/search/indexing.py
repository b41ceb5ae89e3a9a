"""Keeps the words of a case where they are searched, in the transaction that writes them down."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

from casework.attachments.models import Attachment
from casework.cases.models import Case
from casework.catalogue import words
from casework.db import Database
from casework.messages.models import Message, Note
from casework.search.models import SearchEntry

LONGEST_WORD = 30  # letters; longer words are cut alike here and in a query
MOST_WORDS = 8_000  # of one case: PostgreSQL holds one megabyte of them
BATCH = 500


def folded_words(text: str) -> list[str]:
    """Return the words of a text as they are compared: folded, cut, in their order."""
    return [word[:LONGEST_WORD] for word in words.fold(text).split()]


def reader_mark(person_id: int) -> str:
    """Return what marks a case as this person's own."""
    return f"p_{person_id}"


def begin(session: AsyncSession, case: Case, *texts: str) -> None:
    """Let a new case be found by its number, its subject and these texts."""
    session.add(_new_entry(case, [case.number, case.subject, *texts]))


def _new_entry(case: Case, texts: Iterable[str], internal: Iterable[str] = ()) -> SearchEntry:
    return SearchEntry(
        case_id=case.id,
        readers=reader_mark(case.requester_id),
        words=_with("", texts),
        internal_words=_with("", internal),
    )


async def add_words(session: AsyncSession, case: Case, *texts: str, internal: bool = False) -> None:
    """Let a case be found by these texts too; internal ones only by those who may read notes."""
    entry = await _entry(session, case)
    if internal:
        entry.internal_words = _with(entry.internal_words, texts)
    else:
        entry.words = _with(entry.words, texts)


async def _entry(session: AsyncSession, case: Case) -> SearchEntry:
    """Return the entry of a case, held against another writer; a case from before the index is read first."""
    if identity_key(SearchEntry, case.id) in session.identity_map:
        return await session.get_one(SearchEntry, case.id)
    query = select(SearchEntry).where(SearchEntry.case_id == case.id).with_for_update()
    entry = (await session.execute(query)).scalar_one_or_none()
    if entry is None:
        entry = await _read_case(session, case)
        session.add(entry)
    return entry


def _with(known: str, texts: Iterable[str]) -> str:
    found = dict.fromkeys(known.split())
    for text in texts:
        found |= dict.fromkeys(folded_words(text))
    return " ".join(list(found)[:MOST_WORDS])


async def _read_case(session: AsyncSession, case: Case) -> SearchEntry:
    """Take in everything that stands on a case already."""
    said = (await session.execute(select(Message.text).where(Message.case_id == case.id))).scalars().all()
    noted = (await session.execute(select(Note.text).where(Note.case_id == case.id))).scalars().all()
    files = await session.execute(select(Attachment.filename, Attachment.internal).where(Attachment.case_id == case.id))
    named = [(filename, internal) for filename, internal in files]
    return _new_entry(
        case,
        [case.number, case.subject, *said, *(name for name, internal in named if not internal)],
        [*noted, *(name for name, internal in named if internal)],
    )


async def rebuild(database: Database, *, only_missing: bool = False) -> int:
    """Read every case again, or only those that cannot be found yet; return how many were read."""
    if not only_missing:
        async with database.transaction() as session:
            await session.execute(delete(SearchEntry))
    count = 0
    while batch := await _rebuild_batch(database):
        count += batch
    return count


async def _rebuild_batch(database: Database) -> int:
    async with database.transaction() as session:
        query = select(Case).outerjoin(SearchEntry, SearchEntry.case_id == Case.id)
        query = query.where(SearchEntry.case_id.is_(None)).order_by(Case.id).limit(BATCH)
        cases: Sequence[Case] = (await session.execute(query)).scalars().all()
        for case in cases:
            await add_words(session, case)
    return len(cases)
