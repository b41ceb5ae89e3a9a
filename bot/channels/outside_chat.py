"""The chat for somebody who writes from another service: nobody at first, and one of us once their account is tied.

What they write goes through the same room as on the page, so that it is one conversation; what stands on a button is
pressed by typing it. Nothing personal is said before the account is tied, nor where others read along.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import store
from bot.accounts import store as accounts
from bot.accounts.models import OutsideAccount
from bot.accounts.service import AccountLinks
from bot.actions import words
from bot.channels.channel import Answer, Heard
from bot.channels.chat_room import (
    FILE,
    LEAVE,
    LONGEST_MESSAGE,
    MOST_MESSAGES,
    WITHIN,
    ChatGuest,
    ChatPerson,
    ChatRoom,
    Declined,
    Said,
)
from bot.dialogue.locks import ConversationLocks
from bot.handover import elsewhere
from bot.store import ChatMessage, Speaker
from casework.portal.shell.throttle import Throttle

LANGUAGES = ("nl", "fr", "de", "en")
REMEMBERED = 10_000  # messages of late, by their keys
LONGEST_ACCOUNT = 200
MOST_ANSWERS = 20


class OutsideChat:
    """Answers the accounts of every other service."""

    def __init__(self, room: ChatRoom, links: AccountLinks, public_url: str) -> None:
        self._room = room
        self._links = links
        self._page = f"{public_url.rstrip('/')}/chat/accounts/"
        self._turns = ConversationLocks()
        self._throttle = Throttle(MOST_MESSAGES, WITHIN)
        self._keys: OrderedDict[str, None] = OrderedDict()

    async def hear(self, channel: str, heard: Heard) -> list[Answer]:
        """Answer one message; one that was heard before is not answered again."""
        who = f"{channel} {heard.account}"
        key = hashlib.sha256(f"{who} {heard.key}".encode()).hexdigest()[:40]
        language = heard.language if heard.language in LANGUAGES else LANGUAGES[0]
        if not 0 < len(heard.account) <= LONGEST_ACCOUNT or not self._is_new(key):
            return []
        refused = self._refused(heard) or ("too_fast" if self._is_too_fast(who) else "")
        if refused:
            return [Answer(words.text(refused, language))]
        async with self._turns.hold(who):
            try:
                return await self._answer(channel, heard, language, key)
            except Exception:
                self._keys.pop(key, None)  # brought once more, it is heard
                raise

    def _is_new(self, key: str) -> bool:
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > REMEMBERED:
            self._keys.popitem(last=False)
        return True

    def _is_too_fast(self, who: str) -> bool:
        now = self._room.clock.now()
        try:
            self._throttle.check(who, now)
        except web.HTTPTooManyRequests:
            return True
        self._throttle.count(who, now)
        return False

    async def _answer(self, channel: str, heard: Heard, language: str, key: str) -> list[Answer]:
        now = self._room.clock.now()
        async with self._room.database.transaction() as session:
            account = await self._links.account(session, channel, heard.account, heard.name)
            account.address = dict(heard.address) or None
            if await self._links.try_code(session, account, heard.text.strip(), now):
                own = await self._links.language_of(session, account) or language
                conversation = ChatPerson(account.person_id or 0, own).conversation_id
                account.told_sequence = await store.last_sequence(session, conversation)
                return [Answer(words.text("account_linked", own))]
            known = await self._links.language_of(session, account)
            conversation = account.conversation_id
            person = None if known is None else ChatPerson(account.person_id or 0, known)
        said = await self._pressed(person.conversation_id if person else conversation, heard.text, key)
        if heard.is_choice and not said.payload:
            return [Answer(words.text("choice_is_past", known or language))]
        if person is not None:
            return await self._answer_person(account.id, person, said)
        return await self._answer_guest(account, language, said)

    async def _pressed(self, conversation: str, text: str, key: str) -> Said:
        """Return what was said; the title of a button that is still offered presses it."""
        async with self._room.database.reading() as session:
            offered = await store.open_buttons(session, conversation)
            waiting = await elsewhere.waiting_line(session, self._room.handover, conversation)
        offered += waiting.parts["buttons"] if waiting else []
        wanted = text.strip().casefold()
        payload = next((one["payload"] for one in offered if str(one["title"]).casefold() == wanted), "")
        return Said("" if payload else text, payload, key)

    async def _answer_person(self, account_id: int, person: ChatPerson, said: Said) -> list[Answer]:
        before = await self._told_upto(account_id, person.conversation_id)
        declined = await self._room.say(person, said)
        if isinstance(declined, Declined):
            return [Answer(words.text("technical_problem", person.language))]
        await elsewhere.go_on(self._room.handover, person.conversation_id)
        async with self._room.database.transaction() as session:
            account = await session.get_one(OutsideAccount, account_id, with_for_update=True)
            new = await store.messages_after(
                session, person.conversation_id, max(before, account.told_sequence), MOST_ANSWERS
            )
            if new:
                account.told_sequence = new[-1].sequence
            waiting = await elsewhere.waiting_line(session, self._room.handover, person.conversation_id)
        place = [Answer(waiting.text, _titles(waiting.parts))] if waiting else []
        return _answers(new) or place or _nothing_was_done(person, said)

    async def _answer_guest(self, account: OutsideAccount, language: str, said: Said) -> list[Answer]:
        before = await self._newest(account.conversation_id)
        await self._room.answer_guest(ChatGuest(account.conversation_id, language), said)
        async with self._room.database.reading() as session:
            answers = _answers(await store.messages_after(session, account.conversation_id, before, MOST_ANSWERS))
        asks = {words.text("sign_in", each): each for each in LANGUAGES}
        spoken = next((asks[answer.text] for answer in answers if answer.text in asks), None)
        if spoken is None and before:
            return answers
        said_already = [answer for answer in answers if answer.text not in asks]
        async with self._room.database.transaction() as session:
            return [*said_already, await self._way_in(session, account.id, spoken or language)]

    async def _way_in(self, session: AsyncSession, account_id: int, language: str) -> Answer:
        account = await session.get_one(OutsideAccount, account_id, with_for_update=True)
        link = self._links.give_link(account, self._room.clock.now())
        return Answer(words.text("link_account", language, {"link": f"{self._page}{link}"}))

    async def _told_upto(self, account_id: int, conversation: str) -> int:
        """Return the last message that need not be said here; what comes after it was on its way, or is new."""
        async with self._room.database.reading() as session:
            if await accounts.is_behind(session, account_id):
                return (await session.get_one(OutsideAccount, account_id)).told_sequence
            return await store.last_sequence(session, conversation)

    async def _newest(self, conversation: str) -> int:
        async with self._room.database.reading() as session:
            return await store.last_sequence(session, conversation)

    def _refused(self, heard: Heard) -> str:
        """Return why a message is not heard, as the name of the answer that says so."""
        for reason, holds in (
            ("only_in_private", not heard.is_private),
            ("encrypted_room", not heard.is_readable),
            ("only_text", not heard.text.strip()),
            ("message_too_long", len(heard.text) > LONGEST_MESSAGE),
        ):
            if holds:
                return reason
        return ""


def _nothing_was_done(person: ChatPerson, said: Said) -> list[Answer]:
    """Say so to somebody who stopped waiting and did not wait any more; what a handler reads needs no answer."""
    return [Answer(words.text("choice_is_past", person.language))] if said.payload in (LEAVE, FILE) else []


def _answers(new: Sequence[ChatMessage]) -> list[Answer]:
    return [answer_of(said) for said in new if said.speaker != Speaker.PERSON and said.text]


def answer_of(said: ChatMessage) -> Answer:
    """Write what the desk said as it is shown elsewhere; of somebody who is no assistant with their name."""
    name = said.parts.get("name", "") if said.speaker == Speaker.HANDLER else ""
    text = f"{name}: {said.text}" if name else said.text
    return Answer(text, _titles(said.parts))


def _titles(parts: Mapping[str, Any]) -> list[str]:
    return [str(button["title"]) for button in parts.get("buttons", ())]
