"""Reads the case log for admins: what happened, which cases there are, which mails left; one page at a time.

New rows never shift what somebody is reading. A filtered list goes on below the id at which the former page ended. What
concerns a person or an organisation is gathered where it is little. Where it is much, the newest entries are looked at
first, one by one, so that the log of whoever works a lot costs no more the longer it gets. The whole log has numbered
pages: page N is a block of ids below the one that was the newest when the reading began, so that page 10,000 costs what
page 1 costs. A block holds fewer rows than others where ids were given out and not used.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from casework.audit import words
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.outbox.models import OutboxMail
from casework.people import finding
from casework.people.models import Person
from casework.portal.shell.log_filter import LogFilter

PAGE = 50
MOST_DIGITS = 19
LARGEST_ID = 2**31 - 1
MOST_PEOPLE = 500
MANY = 300  # cases, or entries, of a person or an organisation: beyond that the newest entries are looked at first
WALKED = 200  # entries that are looked at for each row of a page before all are gathered

Key = ColumnElement[int] | InstrumentedAttribute[int]


@dataclass(frozen=True)
class LogPage:
    """Some rows, the newest first, and where the next page begins, if there is one.

    A page of the whole log has its `number`, of so many `pages` below the id `top`; a filtered one has none.
    """

    rows: Sequence[Any]
    next_before: int | None = None
    number: int = 0
    pages: int = 0
    top: int = 0


@dataclass(frozen=True)
class Where:
    """Where a page stands: below an id, or as so many pages below the newest id of when the reading began."""

    before: int | None = None
    number: int = 1
    top: int | None = None


def read_where(query: Mapping[str, str]) -> Where:
    """Read from an address which page is wanted; what cannot be read is the first page."""
    number = _number(query.get("page", ""))
    return Where(_number(query.get("before", "")), max(1, number or 1), _number(query.get("top", "")))


def _number(text: str) -> int | None:
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


@dataclass(frozen=True)
class Listing:
    """The query of one list of the log, as an admin filters it, and the id by which it is ordered.

    `nearby` is the same query in the words that are quick to hold against each of the newest rows.
    """

    query: Any
    key: Key
    nearby: Any = None


async def _entries(session: AsyncSession, chosen: LogFilter) -> Listing:
    """Return the query for what was done and read: pairs of an audit entry and the number of its case."""
    key: Key = AuditEntry.id
    query: Any = select(AuditEntry, Case.number).select_from(AuditEntry)
    if chosen.words:
        few = bool(chosen.number or chosen.person)
        query, key = await words.narrow(session, query, chosen.words, few=few)
    query = query.outerjoin(Case, Case.id == AuditEntry.case_id)
    query = _within(query, AuditEntry.at, chosen)
    if chosen.number:
        of_number = select(Case.id).where(Case.number == chosen.number).scalar_subquery()
        query = query.where(AuditEntry.case_id == of_number)
    if chosen.channel:
        query = query.where(AuditEntry.channel == chosen.channel)
    if chosen.kind:
        query = query.where(AuditEntry.action == chosen.kind)
    concerned = await _concerned(session, chosen)
    if chosen.words and not chosen.person:
        return Listing(query.where(*(each.nearby for each in concerned)), key)  # the words find the newest themselves
    gathered = query.where(*(each.gathered for each in concerned))
    if chosen.words or not await _are_many(session, concerned):
        return Listing(gathered, key)
    return Listing(gathered, key, query.where(*(each.nearby for each in concerned)))


@dataclass(frozen=True)
class Concern:
    """Which entries concern somebody: all of them gathered, each held against it, and from what they are gathered."""

    gathered: ColumnElement[bool]
    nearby: ColumnElement[bool]
    sources: Sequence[Select[int]]


async def _concerned(session: AsyncSession, chosen: LogFilter) -> list[Concern]:
    """Return which entries concern the chosen people, and which the chosen organisation and handler."""
    concerned = []
    if chosen.person:
        people = await _people(session, chosen.person)
        own = select(Case.id).where(Case.requester_id.in_(people))
        done = select(AuditEntry.id).where(AuditEntry.actor_id.in_(people))
        either = union(done, select(AuditEntry.id).where(AuditEntry.case_id.in_(own)))
        nearby = or_(AuditEntry.actor_id.in_(people), _speaks_of(own))
        concerned.append(Concern(AuditEntry.id.in_(either), nearby, (done, own)))
    if chosen.organisation_id or chosen.handler:
        theirs = await _cases_of(session, chosen)
        concerned.append(Concern(AuditEntry.case_id.in_(theirs), _speaks_of(theirs), (theirs,)))
    return concerned


async def _are_many(session: AsyncSession, concerned: Sequence[Concern]) -> bool:
    """Return whether something of this would be gathered from many rows, of which no more are counted than needed."""
    counts = [
        select(func.count()).select_from(source.limit(MANY + 1).subquery()).scalar_subquery()
        for concern in concerned
        for source in concern.sources
    ]
    return bool(counts) and max((await session.execute(select(*counts))).one()) > MANY


def _speaks_of(chosen: Select[int]) -> ColumnElement[bool]:
    return chosen.where(Case.id == AuditEntry.case_id).correlate(AuditEntry).exists()


async def _cases(session: AsyncSession, chosen: LogFilter) -> Listing:
    """Return the query for cases, each with its requester."""
    query = select(Case, Person).join(Person, Person.id == Case.requester_id)
    query = _within(query, Case.opened_at, chosen)
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.channel:
        query = query.where(Case.channel == chosen.channel)
    if chosen.person:
        people = await _people(session, chosen.person)
        query = query.where(or_(Case.requester_id.in_(people), Case.handler_id.in_(people)))
    if chosen.organisation_id or chosen.handler:
        query = query.where(Case.id.in_(await _cases_of(session, chosen)))
    if chosen.words or chosen.kind:
        query = query.where(Case.id.in_(await _cases_with(session, chosen)))
    return Listing(query, Case.id)


async def _mails(session: AsyncSession, chosen: LogFilter) -> Listing:
    """Return the query for the mails that the desk wrote: pairs of a mail and the number of its case."""
    query = select(OutboxMail, Case.number).outerjoin(Case, Case.id == OutboxMail.case_id)
    query = _within(query, OutboxMail.created_at, chosen)
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.channel and chosen.channel != "mail":
        query = query.where(false())
    if chosen.person:
        like = finding.holds(OutboxMail.to_address, chosen.person)
        query = query.where(or_(OutboxMail.person_id.in_(await _people(session, chosen.person)), like))
    if chosen.organisation_id or chosen.handler:
        query = query.where(OutboxMail.case_id.in_(await _cases_of(session, chosen)))
    if chosen.words or chosen.kind:
        query = query.where(OutboxMail.case_id.in_(await _cases_with(session, chosen)))
    return Listing(query, OutboxMail.id)


LISTS: Mapping[str, Callable[[AsyncSession, LogFilter], Awaitable[Listing]]] = {
    "events": _entries,
    "cases": _cases,
    "mails": _mails,
}


async def page(session: AsyncSession, name: str, chosen: LogFilter, where: Where) -> LogPage:
    """Return one page of a list."""
    listing = await LISTS[name](session, chosen)
    if chosen.as_query() or where.before is not None:
        return await _below(session, listing, where.before, PAGE)
    return await _block(session, listing, where)


async def below(session: AsyncSession, name: str, chosen: LogFilter, before: int | None, size: int) -> LogPage:
    """Return the next so many rows of a list, below an id."""
    return await _below(session, await LISTS[name](session, chosen), before, size)


async def _below(session: AsyncSession, listing: Listing, before: int | None, size: int) -> LogPage:
    rows: Sequence[Any] = []
    if listing.nearby is not None:
        top = select(func.max(AuditEntry.id)).scalar_subquery() if before is None else before
        rows = await _newest(
            session, listing.nearby.where(listing.key > top - WALKED * size), listing.key, before, size
        )
    if len(rows) <= size:
        rows = await _newest(session, listing.query, listing.key, before, size)
    shown = rows[:size]
    return LogPage(shown, shown[-1][0].id if len(rows) > size else None)


async def _newest(session: AsyncSession, query: Any, key: Key, before: int | None, size: int) -> Sequence[Any]:
    """Return the newest rows of a query, one more than a page holds if there are so many."""
    if before is not None:
        query = query.where(key < before)
    return (await session.execute(query.order_by(key.desc()).limit(size + 1))).all()


async def _block(session: AsyncSession, listing: Listing, where: Where) -> LogPage:
    query, key = listing.query, listing.key
    newest = (await session.execute(select(func.max(key)))).scalar_one() or 0
    top = min(where.top, newest) if where.top is not None else newest
    pages = max(1, -(-top // PAGE))
    number = min(where.number, pages)
    last = top - (number - 1) * PAGE
    rows = (await session.execute(query.where(key > last - PAGE, key <= last).order_by(key.desc()))).all()
    return LogPage(rows, number=number, pages=pages, top=top)


async def _people(session: AsyncSession, asked: str) -> Sequence[int]:
    """Return the people whose name, number or address holds these words."""
    return (await session.execute(finding.ids_of(asked).limit(MOST_PEOPLE))).scalars().all()


async def _cases_of(session: AsyncSession, chosen: LogFilter) -> Select[int]:
    """Return the query for the ids of cases of an organisation, of a handler, or both."""
    query = select(Case.id)
    if chosen.organisation_id:
        query = query.where(Case.organisation_id == chosen.organisation_id)
    if chosen.handler:
        query = query.where(Case.handler_id.in_(await _people(session, chosen.handler)))
    return query


async def _cases_with(session: AsyncSession, chosen: LogFilter) -> Select[Any]:
    """Return the query for the ids of cases that an entry of a kind, or with these words, speaks of."""
    query = select(AuditEntry.case_id).where(AuditEntry.case_id.is_not(None))
    if chosen.kind:
        query = query.where(AuditEntry.action == chosen.kind)
    if chosen.words:
        query = query.where(await words.holding(session, chosen.words))
    return query


def _within(query: Any, column: InstrumentedAttribute[datetime], chosen: LogFilter) -> Any:
    if chosen.begins_at is not None:
        query = query.where(column >= chosen.begins_at)
    if chosen.ends_at is not None:
        query = query.where(column < chosen.ends_at)
    return query
