"""Says elsewhere what nobody asked for just now: a handler's words, a new place in the queue, that there is an answer.

It is told where its owner spoke last: as soon as they speak elsewhere, on the page or in another service, it is not.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot import store
from bot.accounts import store as accounts
from bot.accounts.models import OutsideAccount
from bot.accounts.service import AccountLinks
from bot.actions import words
from bot.channels.channel import Channel, NotDelivered
from bot.channels.chat_room import ChatPerson
from bot.channels.outside_chat import answer_of
from bot.handover import elsewhere
from bot.handover.service import HandoverDesk
from bot.store import ChatMessage, Speaker, Utterance

POLL_SECONDS = 1.0
NEWS_EVERY = timedelta(seconds=5)
AGAIN_AFTER = timedelta(seconds=30)  # where a service did not take what was said
TOLD_WITHIN = timedelta(hours=1)  # later it is no news: the mail with the link has long come
MOST_AT_ONCE = 20

log = logging.getLogger(__name__)


class OutsideTelling:
    """A worker of the service: several may run, each thing is told by one."""

    def __init__(self, handover: HandoverDesk, links: AccountLinks, channels: Sequence[Channel]) -> None:
        """Take what is said where, whose the accounts are, and the services that can be told."""
        self._handover = handover
        self._database = handover.database
        self._links = links
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}
        self._news_at: datetime | None = None
        self._not_before: dict[int, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; a failure is logged, and the next look comes a second later."""
        while not stop.is_set():
            try:
                await self.step()
            except Exception:
                log.exception("what was said could not be told elsewhere just now")
            await self._handover.changed.wait(POLL_SECONDS)

    async def step(self) -> None:
        """Tell what is new."""
        now = self._handover.clock.now()
        if self._news_at is None or now - self._news_at >= NEWS_EVERY:
            self._news_at = now
            await self._announce_answers(now)
        await elsewhere.tell_places(self._handover)
        async with self._database.reading() as session:
            due = await accounts.behind(session, list(self._channels))
        for account_id in due:
            if now >= self._not_before.get(account_id, now):
                await self._catch_up(account_id, now)

    async def _announce_answers(self, now: datetime) -> None:
        """Write down, in the conversation of each owner of an account, that a ticket of theirs has an answer."""
        async with self._database.reading() as session:
            owners = await accounts.owners(session, list(self._channels))
            since = now - TOLD_WITHIN
            new = await self._handover.desk.answers(session, owners, since) if owners else ()
        for one in new:
            async with self._database.transaction() as session:
                language = await self._links.desk.language(session, one.person_id)
                conversation = ChatPerson(one.person_id, language or "").conversation_id
                if language is None or await store.said_as(session, conversation, one.key) is not None:
                    continue
                await store.begin(session, conversation, one.person_id, language, now)
                text = words.text("case_answered", language, {"number": one.number, "link": one.link})
                await store.write_down(session, conversation, [Utterance(Speaker.ASSISTANT, text, key=one.key)], now)
            self._handover.listeners.wake(conversation)

    async def _catch_up(self, account_id: int, now: datetime) -> None:
        """Tell one account what was said since it was told last, in order."""
        for _ in range(MOST_AT_ONCE):
            account, said = await self._claim(account_id)
            if account is None or said is None:
                return
            if not said.text or now - said.said_at > TOLD_WITHIN:
                continue
            key = f"{said.conversation_id}-{said.sequence}"
            try:
                await self._channels[account.channel].tell(account.address or {}, answer_of(said), key)
            except NotDelivered as error:
                log.warning("what was said did not reach %s: %s", account.channel, error)
                self._not_before[account_id] = now + AGAIN_AFTER
                await self._give_back(account_id, said.sequence)
                return

    async def _claim(self, account_id: int) -> tuple[OutsideAccount | None, ChatMessage | None]:
        """Take the next thing to tell an account, before it is told: of two processes one takes it."""
        async with self._database.transaction() as session:
            account = await session.get_one(OutsideAccount, account_id, with_for_update=True)
            language = await self._links.language_of(session, account)
            if language is None or account.person_id is None:
                return None, None
            conversation = ChatPerson(account.person_id, language).conversation_id
            new = await store.messages_after(session, conversation, account.told_sequence, MOST_AT_ONCE)
            if not new or any(said.speaker == Speaker.PERSON for said in new):
                return None, None
            account.told_sequence = new[0].sequence
            return account, new[0]

    async def _give_back(self, account_id: int, sequence: int) -> None:
        async with self._database.transaction() as session:
            account = await session.get_one(OutsideAccount, account_id, with_for_update=True)
            if account.told_sequence == sequence:
                account.told_sequence = sequence - 1
