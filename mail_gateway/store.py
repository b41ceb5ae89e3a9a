"""Every mail that was ever accepted, with its bytes and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text, bindparam, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.cases.models import Case
from casework.db import Base, UtcDateTime, rowcount
from casework.errors import NotFound
from mail_gateway.models import Envelope

LEASE = timedelta(seconds=120)
DATABASE_IS_AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)


class MailState(StrEnum):
    """Where a received mail stands; each accepted mail ends in one of the last four."""

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    HELD = "held"
    SHUNTED = "shunted"


RELEASABLE = (MailState.HELD, MailState.SHUNTED)


class ReceivedMail(Base):
    """One mail as it arrived, but for its bytes, and what became of it.

    `message_id`, `from_address` and `subject` are claims of the sender. `trust` and `evidence` say who we think it
    was, and why; `released` says that an admin vouched for it.
    """

    __tablename__ = "received_mails"
    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    envelope_from: Mapped[str] = mapped_column(Text)
    rcpt_tos: Mapped[list[str]] = mapped_column(JSON)
    remote: Mapped[str] = mapped_column(Text)
    helo: Mapped[str] = mapped_column(Text, default="", server_default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[str | None] = mapped_column(Text, index=True)
    from_address: Mapped[str] = mapped_column(Text, index=True)
    subject: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default=MailState.RECEIVED)
    reason: Mapped[str | None] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    trust: Mapped[str | None] = mapped_column(String(10))
    evidence: Mapped[str | None] = mapped_column(Text)
    released: Mapped[bool] = mapped_column(default=False)
    claims: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(Text)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "state", "id"),)

    @property
    def envelope(self) -> Envelope:
        """What the sending server said."""
        return Envelope(self.envelope_from, tuple(self.rcpt_tos), self.remote, self.helo)


class MailContent(Base):
    """The bytes of a received mail as they stood on the wire, without the dots that SMTP adds.

    They have a table of their own because a database writes a whole row anew for each change of it.
    """

    __tablename__ = "mail_contents"
    mail_id: Mapped[int] = mapped_column(ForeignKey("received_mails.id"), primary_key=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)


_TABLE = ReceivedMail.metadata.tables[ReceivedMail.__tablename__]
# What each mail asks is put together once: putting a statement together costs more than carrying it out.
_LEASED = (
    select(ReceivedMail)
    .where(
        ReceivedMail.id == bindparam("mail_id"),
        ReceivedMail.lease_owner == bindparam("owner"),
        ReceivedMail.state == MailState.RECEIVED,
    )
    .with_for_update()
    .execution_options(autoflush=False)
)
_WAITING = select(ReceivedMail.id).where(
    ReceivedMail.state == MailState.RECEIVED,
    or_(ReceivedMail.leased_until.is_(None), ReceivedMail.leased_until < bindparam("now")),
)
_ANYTHING_WAITS = _WAITING.limit(1)
_OLDEST_WAITING = (
    _WAITING.order_by(ReceivedMail.id).limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True)
)
_TAKE = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("mail_ids", expanding=True)))
    .values(lease_owner=bindparam("owner"), leased_until=bindparam("until"), claims=_TABLE.c.claims + 1)
)
_AMONG = (
    select(ReceivedMail).where(ReceivedMail.id.in_(bindparam("mail_ids", expanding=True))).order_by(ReceivedMail.id)
)
_LEASED_AMONG = _AMONG.where(
    ReceivedMail.lease_owner == bindparam("owner"), ReceivedMail.state == MailState.RECEIVED
).with_for_update()
_GROUPS_TURN = select(func.pg_advisory_xact_lock(0x42414C4946))  # a number that stands for nothing else at the desk
_RAWS = select(MailContent.mail_id, MailContent.raw).where(
    MailContent.mail_id.in_(bindparam("mail_ids", expanding=True))
)
_RAW = select(MailContent.raw).where(MailContent.mail_id == bindparam("mail_id"))


@dataclass(frozen=True)
class ListedMail:
    """A received mail with the number of its case, as lists show it."""

    mail: ReceivedMail
    case_number: str | None


async def anything_waits(session: AsyncSession, now: datetime) -> bool:
    """Return whether a received mail waits to be worked on."""
    return (await session.execute(_ANYTHING_WAITS, {"now": now})).scalar_one_or_none() is not None


async def claim(session: AsyncSession, *, owner: str, now: datetime, limit: int) -> Sequence[ReceivedMail]:
    """Lease the oldest waiting mails to one worker; a lease that ran out may be taken by another."""
    ids = (await session.execute(_OLDEST_WAITING, {"now": now, "most": limit})).scalars().all()
    if not ids:
        return ()
    await session.execute(_TAKE, {"mail_ids": ids, "owner": owner, "until": now + LEASE})
    return (await session.execute(_AMONG, {"mail_ids": ids})).scalars().all()


async def leased(session: AsyncSession, mail_id: int, *, owner: str) -> ReceivedMail | None:
    """Return a mail that this worker holds, locked until the transaction ends; None if its lease was lost."""
    return (await session.execute(_LEASED, {"mail_id": mail_id, "owner": owner})).scalar_one_or_none()


async def wait_for_turn(session: AsyncSession) -> None:
    """Wait until no other worker files a group of mails; this turn lasts as long as the transaction.

    Two groups that answer the same cases in another order would each hold what the other waits for. On SQLite only
    one transaction writes anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_GROUPS_TURN)


async def leased_among(session: AsyncSession, mail_ids: Sequence[int], *, owner: str) -> dict[int, ReceivedMail]:
    """Return those of these mails that this worker holds, each by its id, locked until the transaction ends."""
    found = await session.execute(_LEASED_AMONG, {"mail_ids": mail_ids, "owner": owner})
    return {mail.id: mail for mail in found.scalars()}


async def give_back(session: AsyncSession, *, owner: str) -> None:
    """End the leases of a worker that stops, as if it had not claimed these mails."""
    await session.execute(
        update(ReceivedMail)
        .where(ReceivedMail.lease_owner == owner, ReceivedMail.state == MailState.RECEIVED)
        .values(lease_owner=None, leased_until=None, claims=ReceivedMail.claims - 1)
    )


async def release_leases(session: AsyncSession) -> None:
    """Take back every lease: for a process that has just started and knows that it is the only one."""
    await session.execute(
        update(ReceivedMail).where(ReceivedMail.state == MailState.RECEIVED).values(lease_owner=None, leased_until=None)
    )


async def release(session: AsyncSession, mail_id: int) -> None:
    """Have a held or shunted mail worked on again, now with an admin's word for it.

    Raises `NotFound`, also for a mail that is neither held nor shunted.
    """
    stands_aside = (ReceivedMail.id == mail_id) & ReceivedMail.state.in_(RELEASABLE)
    written = await session.execute(
        update(ReceivedMail)
        .where(stands_aside)
        .values(state=MailState.RECEIVED, released=True, reason=None, claims=0, lease_owner=None, leased_until=None)
    )
    if rowcount(written) != 1:
        raise NotFound(f"there is no held or shunted mail {mail_id}; `balie mail list` shows each mail's state")


async def list_mails(session: AsyncSession, *, states: Sequence[MailState] = ()) -> list[ListedMail]:
    """Return the received mails without their bytes, oldest first; all of them, or those in certain states."""
    query = select(ReceivedMail, Case.number).outerjoin(Case, Case.id == ReceivedMail.case_id)
    if states:
        query = query.where(ReceivedMail.state.in_(states))
    return [ListedMail(mail, number) for mail, number in await session.execute(query.order_by(ReceivedMail.id))]


async def raw(session: AsyncSession, mail_id: int) -> bytes:
    """Return the bytes of a mail as they arrived. Raises `NotFound`."""
    found = (await session.execute(_RAW, {"mail_id": mail_id})).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no received mail {mail_id}; `balie mail list` shows their numbers")
    return found


async def raws(session: AsyncSession, mail_ids: Sequence[int]) -> dict[int, bytes]:
    """Return what these mails hold, each by its id."""
    return {mail_id: content for mail_id, content in await session.execute(_RAWS, {"mail_ids": mail_ids})}


async def came_before(session: AsyncSession, mail: ReceivedMail) -> bool:
    """Return whether another mail with this mail's Message-ID arrived earlier; of a mail without one nobody knows."""
    if mail.message_id is None:
        return True
    query = select(ReceivedMail.id).where(ReceivedMail.message_id == mail.message_id, ReceivedMail.id < mail.id)
    return (await session.execute(query.limit(1))).scalar_one_or_none() is not None


async def cases_of_mails(session: AsyncSession, message_ids: Sequence[str]) -> list[int]:
    """Return the cases that mails with these Message-IDs went to, in the order of the ids.

    An id may lead to several: whoever sends a mail chooses its Message-ID.
    """
    if not message_ids:
        return []
    query = select(ReceivedMail.message_id, ReceivedMail.case_id).where(
        ReceivedMail.message_id.in_(message_ids),
        ReceivedMail.case_id.is_not(None),
        ReceivedMail.state == MailState.PROCESSED,
    )
    rows = await session.execute(query)
    found = [(message_ids.index(message_id), case_id) for message_id, case_id in rows if message_id and case_id]
    return list(dict.fromkeys(case_id for _, case_id in sorted(found)))


async def mails_of_person(session: AsyncSession, case_id: int, person_id: int) -> list[tuple[datetime, str]]:
    """Return when and with which Message-ID a person wrote on a case, oldest first."""
    query = select(ReceivedMail.received_at, ReceivedMail.message_id).where(
        ReceivedMail.case_id == case_id,
        ReceivedMail.person_id == person_id,
        ReceivedMail.state == MailState.PROCESSED,
        ReceivedMail.message_id.is_not(None),
    )
    rows = await session.execute(query.order_by(ReceivedMail.id))
    return [(received_at, message_id) for received_at, message_id in rows if message_id]
