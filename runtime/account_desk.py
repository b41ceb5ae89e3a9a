"""Gives the accounts that people have elsewhere the desk: who still works here, and the log."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.desk import Desk
from casework.messages.models import Channel
from casework.people import store as people


class DeskAccounts:
    """Keeps `bot.ports.AccountDesk`: each call is a part of the caller's transaction."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def language(self, session: AsyncSession, person_id: int) -> str | None:
        """Return the language of somebody who works here; None for anybody else."""
        person = await people.person(session, person_id)
        return person.language if person.active else None

    async def note(self, session: AsyncSession, person_id: int, action: str, channel: str, name: str) -> None:
        """Write down in the log what a person did with an account of theirs."""
        audit.record(
            session,
            at=self._desk.clock.now(),
            action=action,
            actor=await people.actor(session, person_id),
            channel=Channel.CHAT,
            details={"channel": channel, "name": name},
        )
