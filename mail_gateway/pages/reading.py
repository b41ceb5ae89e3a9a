"""Reads received mails for admins, one page at a time, without the bytes that nobody asked to see.

A page begins below the id at which the former one ended, so new mails never shift what somebody is reading.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.errors import NotFound
from casework.messages.models import Channel
from casework.people import finding
from casework.portal.shell.log_filter import LogFilter
from mail_gateway.inbound.mailbox import MailboxPosition
from mail_gateway.store import RELEASABLE, ListedMail, MailContent, MailState, ReceivedMail

PAGE = 50
SHOWN_HEADER_BYTES = 16 * 1024


@dataclass(frozen=True)
class MailPage:
    """Some mails, the newest first, and where the next page begins, if there is one."""

    rows: Sequence[ListedMail]
    next_before: int | None


async def mails(
    session: AsyncSession,
    chosen: LogFilter,
    states: Collection[MailState],
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> MailPage:
    """Return the mails that an admin looks for, in any of these states."""
    if chosen.channel not in {"", Channel.MAIL}:
        return MailPage((), None)
    listed = select(ReceivedMail, Case.number).outerjoin(Case, Case.id == ReceivedMail.case_id)
    query = _looked_for(listed.where(ReceivedMail.state.in_(states)), chosen)
    if before is not None:
        query = query.where(ReceivedMail.id < before)
    found = await session.execute(query.order_by(ReceivedMail.id.desc()).limit(limit + 1))
    rows = [ListedMail(mail, number) for mail, number in found]
    shown = rows[:limit]
    return MailPage(shown, shown[-1].mail.id if len(rows) > limit else None)


def _looked_for(query: Any, chosen: LogFilter) -> Any:
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.begins_at is not None:
        query = query.where(ReceivedMail.received_at >= chosen.begins_at)
    if chosen.ends_at is not None:
        query = query.where(ReceivedMail.received_at < chosen.ends_at)
    if chosen.person:
        people = finding.ids_of(chosen.person)
        claimed = finding.holds(ReceivedMail.from_address, chosen.person)
        query = query.where(or_(ReceivedMail.person_id.in_(people), Case.requester_id.in_(people), claimed))
    return query


async def count_releasable(session: AsyncSession) -> dict[MailState, int]:
    """Return how many mails are held and how many are shunted."""
    query = select(ReceivedMail.state, func.count()).where(ReceivedMail.state.in_(RELEASABLE))
    counted = {state: count for state, count in await session.execute(query.group_by(ReceivedMail.state))}
    return {state: counted.get(state, 0) for state in RELEASABLE}


async def mail(session: AsyncSession, mail_id: int) -> ListedMail:
    """Return one mail with the number of its case. Raises `NotFound`."""
    query = select(ReceivedMail, Case.number).outerjoin(Case, Case.id == ReceivedMail.case_id)
    found = (await session.execute(query.where(ReceivedMail.id == mail_id))).one_or_none()
    if found is None:
        raise NotFound
    return ListedMail(found[0], found[1])


async def header_text(session: AsyncSession, mail_id: int) -> str:
    """Return the beginning of a mail up to its first empty line, as text that is safe to show.

    No parser has a hand in it: the page must also show the mail that broke the parser.
    """
    start = func.substr(MailContent.raw, 1, SHOWN_HEADER_BYTES, type_=LargeBinary)
    raw = (await session.execute(select(start).where(MailContent.mail_id == mail_id))).scalar_one()
    block = bytes(raw).replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n\n")[0]
    text = block.decode("utf-8", "replace")
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)


async def mailboxes(session: AsyncSession) -> Sequence[MailboxPosition]:
    """Return the mailboxes that mail was ever taken from, with how the last visit went."""
    return (await session.execute(select(MailboxPosition).order_by(MailboxPosition.mailbox))).scalars().all()
