"""Writes what has to be told, hands it to one worker at a time, and keeps what became of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import rowcount
from casework.errors import NotFound
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.outbox import bounces, ceilings, holding, letters
from casework.outbox.models import HoldReason, MailKind, OutboxAttempt, OutboxMail, OutboxState
from casework.people import store as people
from casework.people.models import THE_DESK

LEASE = timedelta(seconds=60)
RELEASABLE = (OutboxState.HELD, OutboxState.FAILED)
FIRST_RETRY = timedelta(minutes=5)
LATER_RETRIES = timedelta(hours=1)
SPREAD = timedelta(minutes=2)
MOST_TRIES = 2 + 7 * 24  # at once, after five minutes, and then each hour for a week


async def tell(
    session: AsyncSession,
    *,
    kind: MailKind,
    person_id: int,
    context: dict[str, Any],
    now: datetime,
    case_id: int | None = None,
    in_reply_to: str | None = None,
    dedupe_key: str | None = None,
) -> OutboxMail:
    """Queue a mail to a person, in their language, to their primary address, within the caller's transaction.

    A mail that must not leave is held instead, with its reason, and the case says so to its handlers.
    """
    person, address = await people.person_and_address(session, person_id)
    letter = letters.render(kind, person.language, context | {"person": person})
    hold = await holding.hold_for(session, address=address, case_id=case_id, now=now)
    if hold is not None and case_id is not None:
        await _tell_case_of_hold(session, case_id, address, hold.reason, now)
    return _queue(
        session, kind, address, letter, now,
        case_id=case_id, person_id=person_id, in_reply_to=in_reply_to, dedupe_key=dedupe_key,
        state=OutboxState.HELD if hold else OutboxState.QUEUED, reason=hold.words if hold else None,
    )  # fmt: skip


async def _tell_case_of_hold(
    session: AsyncSession, case_id: int, address: str, reason: HoldReason, now: datetime
) -> None:
    """Put a hold on the timeline, but not one for each mail of a flood: the first after one that left."""
    query = select(OutboxMail.state).where(OutboxMail.case_id == case_id, OutboxMail.to_address == address)
    newest = (await session.execute(query.order_by(OutboxMail.id.desc()).limit(1))).scalar_one_or_none()
    if newest != OutboxState.HELD:
        data = {"address": address, "reason": reason.value}
        messages.enter(
            session, case_id=case_id, kind=EventKind.MAIL_HELD, actor=THE_DESK, channel=Channel.SYSTEM, at=now,
            data=data,
        )  # fmt: skip


def tell_address(
    session: AsyncSession,
    *,
    kind: MailKind,
    address: str,
    language: str,
    context: dict[str, Any],
    now: datetime,
    in_reply_to: str | None = None,
    case_id: int | None = None,
) -> OutboxMail:
    """Queue a mail to an address that belongs to nobody we know; a reply to one about a case finds that case."""
    letter = letters.render(kind, language, context)
    return _queue(session, kind, address, letter, now, in_reply_to=in_reply_to, case_id=case_id)


def _queue(
    session: AsyncSession, kind: MailKind, address: str, letter: letters.Letter, now: datetime, **links: Any
) -> OutboxMail:
    mail = OutboxMail(
        kind=kind, to_address=address, subject=letter.subject, text=letter.text, html=letter.html,
        created_at=now, due_at=now, **({"state": OutboxState.QUEUED} | links),
    )  # fmt: skip
    session.add(mail)
    ceilings.note(session, mail)
    return mail


async def claim(session: AsyncSession, *, owner: str, now: datetime, limit: int = 10) -> Sequence[OutboxMail]:
    """Lease the mails that are due to one worker; a lease that ran out may be taken by another."""
    due = (
        select(OutboxMail.id)
        .where(
            or_(
                (OutboxMail.state == OutboxState.QUEUED) & (OutboxMail.due_at <= now),
                (OutboxMail.state == OutboxState.SENDING) & (OutboxMail.leased_until < now),
            )
        )
        .order_by(OutboxMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = (await session.execute(due)).scalars().all()
    if not ids:
        return ()
    await session.execute(
        update(OutboxMail)
        .where(OutboxMail.id.in_(ids))
        .values(state=OutboxState.SENDING, lease_owner=owner, leased_until=now + LEASE)
    )
    return (
        (await session.execute(select(OutboxMail).where(OutboxMail.id.in_(ids)).order_by(OutboxMail.id)))
        .scalars()
        .all()
    )


async def release_leases(session: AsyncSession) -> None:
    """Take back every lease: for a process that has just started and knows that it is the only one."""
    await session.execute(
        update(OutboxMail)
        .where(OutboxMail.state == OutboxState.SENDING)
        .values(state=OutboxState.QUEUED, lease_owner=None, leased_until=None)
    )


async def mark_sent(session: AsyncSession, mail_id: int, *, owner: str, now: datetime, reply: str) -> bool:
    """Write down that a mail left; False: it has not failed. Only the worker that holds its lease can."""
    await _close_attempt(session, mail_id, owner, now, "sent", reply, {"state": OutboxState.SENT, "sent_at": now})
    return False


async def mark_failed(session: AsyncSession, mail_id: int, *, owner: str, now: datetime, reply: str) -> bool:
    """Write down that the other side refused a mail for good; True if this worker held it, and so has to tell."""
    closed = await _close_attempt(session, mail_id, owner, now, "failed", reply, {"state": OutboxState.FAILED})
    if closed:
        await bounces.count_refusal(session, mail_id, reply, now)
    return closed


async def mark_for_retry(session: AsyncSession, mail_id: int, *, owner: str, now: datetime, reply: str) -> bool:
    """Write down a passing failure: again after five minutes, then each hour, for a week; True if that was the last.

    The tries are counted, not the days: a week in which the desk itself stood still costs no try.
    """
    attempts = (await session.execute(select(OutboxMail.attempts).where(OutboxMail.id == mail_id))).scalar_one()
    if attempts + 1 >= MOST_TRIES:
        return await mark_failed(session, mail_id, owner=owner, now=now, reply=reply)
    wait = FIRST_RETRY if attempts == 0 else LATER_RETRIES
    if attempts == 1:
        wait -= _apart(mail_id)
    values = {"state": OutboxState.QUEUED, "due_at": now + wait}
    await _close_attempt(session, mail_id, owner, now, "deferred", reply, values)
    return False


def _apart(mail_id: int) -> timedelta:
    """Return how much earlier a mail comes back once, so that those that failed together part, and stay apart."""
    place = int.from_bytes(hashlib.sha256(str(mail_id).encode()).digest()[:4]) / 2**32
    return place * SPREAD


async def _close_attempt(
    session: AsyncSession, mail_id: int, owner: str, now: datetime, outcome: str, reply: str, values: dict[str, Any]
) -> bool:
    """Keep the outcome of a try; the try itself is kept also where the lease was lost and the mail is another's."""
    held = (OutboxMail.id == mail_id) & (OutboxMail.lease_owner == owner) & (OutboxMail.state == OutboxState.SENDING)
    written = await session.execute(
        update(OutboxMail)
        .where(held)
        .values(**values, attempts=OutboxMail.attempts + 1, last_reply=reply[:500], lease_owner=None, leased_until=None)
    )
    session.add(OutboxAttempt(mail_id=mail_id, at=now, outcome=outcome, reply=reply[:500]))
    return rowcount(written) == 1


async def release(session: AsyncSession, mail_id: int, *, now: datetime) -> None:
    """Have a held or failed mail leave after all, with a whole week of tries.

    Raises `NotFound`, also for a mail that is neither held nor failed.
    """
    stands_aside = (OutboxMail.id == mail_id) & OutboxMail.state.in_(RELEASABLE)
    written = await session.execute(
        update(OutboxMail).where(stands_aside).values(state=OutboxState.QUEUED, reason=None, attempts=0, due_at=now)
    )
    if rowcount(written) != 1:
        raise NotFound(f"there is no held or failed mail {mail_id}; `balie outbox list` shows each mail's state")


async def all_mails(session: AsyncSession) -> Sequence[OutboxMail]:
    """Return every mail that was ever queued, oldest first."""
    return (await session.execute(select(OutboxMail).order_by(OutboxMail.id))).scalars().all()
