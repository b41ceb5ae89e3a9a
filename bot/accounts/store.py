"""Reads which accounts elsewhere their owners write from, so that they can be told something there."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.models import OutsideAccount
from bot.store import ChatMessage, Conversation, Speaker

_SPOKE_ELSEWHERE_SINCE = (
    select(ChatMessage.sequence)
    .where(
        ChatMessage.conversation_id == Conversation.id,
        ChatMessage.sequence > OutsideAccount.told_sequence,
        ChatMessage.speaker == Speaker.PERSON,
    )
    .exists()
)
_SPOKE_LAST_THERE = (
    Conversation.person_id == OutsideAccount.person_id,
    Conversation.id.startswith("web-"),
    OutsideAccount.address.is_not(None),
    ~_SPOKE_ELSEWHERE_SINCE,
)


_BEHIND = (
    select(OutsideAccount.id)
    .join(Conversation, Conversation.person_id == OutsideAccount.person_id)
    .where(*_SPOKE_LAST_THERE, Conversation.last_sequence > OutsideAccount.told_sequence)
)


async def behind(session: AsyncSession, channels: Sequence[str]) -> Sequence[int]:
    """Return the accounts in these services whose owner's conversation went on, without a word of the owner since."""
    query = _BEHIND.where(OutsideAccount.channel.in_(channels)).order_by(OutsideAccount.id)
    return (await session.execute(query)).scalars().all()


async def is_behind(session: AsyncSession, account_id: int) -> bool:
    """Return whether there is something that this account was not told yet, and will be."""
    return (await session.execute(_BEHIND.where(OutsideAccount.id == account_id))).first() is not None


async def owners(session: AsyncSession, channels: Sequence[str]) -> Sequence[int]:
    """Return the people who can be told something in one of these services."""
    query = select(OutsideAccount.person_id).where(OutsideAccount.channel.in_(channels))
    found = await session.execute(query.where(OutsideAccount.address.is_not(None)).distinct())
    return [person_id for person_id in found.scalars() if person_id is not None]


async def writing_elsewhere(session: AsyncSession, people: Collection[int]) -> frozenset[int]:
    """Return those of these people who wrote last in another service, and are told there what comes next."""
    query = select(OutsideAccount.person_id).join(Conversation, Conversation.person_id == OutsideAccount.person_id)
    found = await session.execute(query.where(*_SPOKE_LAST_THERE, OutsideAccount.person_id.in_(people)))
    return frozenset(person_id for person_id in found.scalars() if person_id is not None)
