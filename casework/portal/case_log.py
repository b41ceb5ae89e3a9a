"""Reads the case log for admins: what happened, which cases there are, which mails left; one page at a time.

A page begins below the id at which the former one ended, so new rows never shift what somebody is reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.outbox.models import OutboxMail
from casework.people.models import EmailAddress, Person
from casework.portal.shell.log_filter import LogFilter

PAGE = 50
MOST_DIGITS = 19
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class LogPage:
    """Some rows, the newest first, and where the next page begins, if there is one."""

    rows: Sequence[Any]
    next_before: int | None


def read_before(text: str) -> int | None:
    """Read from an address where a page begins."""
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


async def events(session: AsyncSession, chosen: LogFilter, before: int | None) -> LogPage:
    """Return what was done and read: pairs of an audit entry and the number of its case."""
    query = select(AuditEntry, Case.number).outerjoin(Case, Case.id == AuditEntry.case_id)
    query = _within(query, AuditEntry.at, chosen)
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.channel:
        query = query.where(AuditEntry.channel == chosen.channel)
    if chosen.person:
        people = _people(chosen.person)
        query = query.where(or_(AuditEntry.actor_id.in_(people), Case.requester_id.in_(people)))
    return await _page(session, query, AuditEntry.id, before)


async def all_cases(session: AsyncSession, chosen: LogFilter, before: int | None) -> LogPage:
    """Return cases, each with the name of its requester."""
    query = select(Case, Person).join(Person, Person.id == Case.requester_id)
    query = _within(query, Case.opened_at, chosen)
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.channel:
        query = query.where(Case.channel == chosen.channel)
    if chosen.person:
        people = _people(chosen.person)
        query = query.where(or_(Case.requester_id.in_(people), Case.handler_id.in_(people)))
    return await _page(session, query, Case.id, before)


async def outbound_mails(session: AsyncSession, chosen: LogFilter, before: int | None) -> LogPage:
    """Return the mails that the desk wrote: pairs of a mail and the number of its case."""
    query = select(OutboxMail, Case.number).outerjoin(Case, Case.id == OutboxMail.case_id)
    query = _within(query, OutboxMail.created_at, chosen)
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.channel and chosen.channel != "mail":
        query = query.where(false())
    if chosen.person:
        people = _people(chosen.person)
        like = _holds(OutboxMail.to_address, chosen.person)
        query = query.where(or_(OutboxMail.person_id.in_(people), like))
    return await _page(session, query, OutboxMail.id, before)


def _people(words: str) -> Select[int]:
    """Return the query for the people whose name, number or address holds these words."""
    name = Person.first_name + " " + Person.last_name
    return (
        select(Person.id)
        .outerjoin(EmailAddress, EmailAddress.person_id == Person.id)
        .where(or_(_holds(name, words), _holds(EmailAddress.address, words), Person.employee_number == words))
    )


def _holds(column: Any, words: str) -> Any:
    return func.lower(column).contains(words.lower(), autoescape=True)


def _within(query: Any, column: InstrumentedAttribute[datetime], chosen: LogFilter) -> Any:
    if chosen.begins_at is not None:
        query = query.where(column >= chosen.begins_at)
    if chosen.ends_at is not None:
        query = query.where(column < chosen.ends_at)
    return query


async def _page(session: AsyncSession, query: Any, key: InstrumentedAttribute[int], before: int | None) -> LogPage:
    if before is not None:
        query = query.where(key < before)
    rows = (await session.execute(query.order_by(key.desc()).limit(PAGE + 1))).all()
    shown = rows[:PAGE]
    return LogPage(shown, shown[-1][0].id if len(rows) > PAGE else None)
