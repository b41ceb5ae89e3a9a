"""Throws away what chats left behind: what guests said, and what somebody began and never went on with.

What was said by people who are known stays; so does whatever a case took along or somebody still waits with.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.models import OutsideAccount
from bot.handover.models import LIVE, Handover
from bot.store import ChatMessage, Conversation
from bot.uploads import Upload
from casework.db import rowcount

GUESTS_KEPT = timedelta(days=7)  # since their last word: nobody can say later whose it was


async def forget_guests(session: AsyncSession, now: datetime) -> int:
    """Forget conversations of people whom nobody knew, after a week of silence; return how many.

    An account of another service that is nobody's goes with its conversation.
    """
    silent = select(Conversation.id).where(Conversation.changed_at < now - GUESTS_KEPT)
    names = (await session.execute(silent.where(Conversation.id.startswith("guest-")))).scalars().all()
    for name in names:
        await session.execute(delete(ChatMessage).where(ChatMessage.conversation_id == name))
        await session.execute(delete(Conversation).where(Conversation.id == name))
        account = name.removeprefix("guest-account-")
        if account != name:
            mine = (OutsideAccount.id == int(account)) & OutsideAccount.person_id.is_(None)
            await session.execute(delete(OutsideAccount).where(mine))
    return len(names)


async def forget_left(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Forget what was begun in conversations that are silent since a moment: answers to a form, files no case took.

    Returns how many files went. Who waits for a person, or talks with one, loses nothing.
    """
    waiting = select(Handover.conversation_id).where(Handover.state.in_(LIVE))
    free = or_(Conversation.held_until.is_(None), Conversation.held_until < now)
    left = (Conversation.changed_at < before) & Conversation.id.not_in(waiting) & free
    files = delete(Upload).where(Upload.case_number.is_(None))
    gone = await session.execute(files.where(Upload.conversation_id.in_(select(Conversation.id).where(left))))
    await session.execute(update(Conversation).where(left, Conversation.tracker.is_not(None)).values(tracker=None))
    return rowcount(gone)
