"""What both the page and the socket do with a message: judge it, write it down, have it answered, tell the tabs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import web

from bot import store
from bot.channels.listeners import Listeners
from bot.conversation import Assistant, BotMessage
from bot.dialogue.locks import ConversationLocks
from bot.store import Speaker, Utterance
from casework.clock import Clock
from casework.db import Database
from casework.portal.shell.throttle import Throttle
from casework.portal.shell.wording import sentence

LONGEST_MESSAGE = 5_000  # in characters
MOST_MESSAGES = 30
WITHIN = timedelta(minutes=1)
LONGEST_KEY = 40


@dataclass(frozen=True, slots=True)
class ChatPerson:
    """Who talks, as the session of the portal says; `is_proven`: it proved enough for what is delicate."""

    id: int
    language: str
    is_proven: bool = False

    @property
    def conversation_id(self) -> str:
        """The one conversation that this person has on the web, over all pages and tabs."""
        return f"web-{self.id}"


@dataclass(frozen=True, slots=True)
class Said:
    """What a page sent: words, or the payload of a button; `key` is the page's own name for it."""

    text: str = ""
    payload: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """Why a message was not taken: a sentence for the person, and the HTTP status that fits it."""

    sentence: str
    status: int


NOTHING_SAID = Declined(sentence("Write something first."), 422)
TOO_LONG = Declined(
    sentence("That message is too long for the chat and was not sent. Make it shorter, or send it by e-mail."), 413
)
TOO_FAST = Declined(
    sentence("That went too fast, so your last message was not sent. Wait a minute and send it again."), 429
)
CHOICE_IS_PAST = Declined(sentence("That choice is no longer open. Choose again, or type your answer."), 409)


class ChatRoom:
    """Every conversation that people hold on the web."""

    def __init__(self, assistant: Assistant, database: Database, clock: Clock) -> None:
        self._assistant = assistant
        self._clock = clock
        self._throttle = Throttle(MOST_MESSAGES, WITHIN)
        self._turns = ConversationLocks()
        self.database = database
        self.listeners = Listeners()

    def is_too_fast(self, person: ChatPerson) -> bool:
        """Return whether a message is one too many; one that is not is counted."""
        key, now = str(person.id), self._clock.now()
        try:
            self._throttle.check(key, now)
        except web.HTTPTooManyRequests:
            return True
        self._throttle.count(key, now)
        return False

    async def say(self, person: ChatPerson, said: Said) -> Declined | None:
        """Take a message and have it answered; the answer is written down, and the open tabs are told.

        One turn after the other in each conversation. A message that was heard before under its key changes nothing.
        """
        text = _storable(said.text).strip()
        if len(text) > LONGEST_MESSAGE:
            return TOO_LONG
        if not text and not said.payload:
            return NOTHING_SAID
        async with self._turns.hold(person.conversation_id):
            taken = await self._take(person, text, said)
            if isinstance(taken, Declined):
                return taken
            if taken:
                await self._answer(person, said.payload or text)
        return None

    async def _take(self, person: ChatPerson, text: str, said: Said) -> Declined | bool:
        """Write a message down; false when it was there before."""
        conversation, now = person.conversation_id, self._clock.now()
        key = _storable(said.key)[:LONGEST_KEY] or None
        async with self.database.transaction() as session:
            await store.begin(session, conversation, person.id, person.language, now)
            before = await store.said_as(session, conversation, key) if key else None
            if before is not None and (said.payload or before == text):
                return False
            title = await store.open_choice(session, conversation, said.payload) if said.payload else text
            if title is None:
                return CHOICE_IS_PAST
            spoken = Utterance(Speaker.PERSON, title, key=key if before is None else None)
            await store.write_down(session, conversation, [spoken], now)
        return True

    async def _answer(self, person: ChatPerson, heard: str) -> None:
        conversation = person.conversation_id
        session_facts = {"person_id": str(person.id), "language": person.language, "is_proven": person.is_proven}
        with self.listeners.answering(conversation):
            answers = await self._assistant.handle(conversation, heard, session_facts)
            async with self.database.transaction() as session:
                await store.write_down(session, conversation, _utterances(answers), self._clock.now())


def _utterances(answers: Iterable[BotMessage]) -> list[Utterance]:
    """Return what is written down of an answer; a value without words belongs to the words before it."""
    spoken: list[Utterance] = []
    for answer in answers:
        parts = answer.as_json()
        text = str(parts.pop("text", ""))
        if spoken and not text:
            before = spoken[-1]
            spoken[-1] = replace(before, parts={**before.parts, **parts})
        else:
            spoken.append(Utterance(Speaker.ASSISTANT, text, parts))
    return spoken


def _storable(text: str) -> str:
    """Return a text that both databases can keep: PostgreSQL refuses NUL, and neither takes half a character."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
