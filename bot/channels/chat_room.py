"""What every way into the chat does with a message: judge it, write it down, have it answered, tell the tabs."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import store, uploads
from bot.actions import words
from bot.conversation import MESSAGE_KEY, Answering, BotMessage
from bot.dialogue.locks import ConversationLocks
from bot.handover import store as handovers
from bot.handover import topics
from bot.handover.service import HandoverDesk
from bot.ports import Talk
from bot.store import ChatMessage, Speaker, Utterance
from bot.uploads import KeptFile
from casework.clock import Clock
from casework.db import Database
from casework.portal.shell.throttle import Throttle
from casework.portal.shell.wording import sentence

LONGEST_MESSAGE = 5_000  # in characters
MOST_MESSAGES = 30
WITHIN = timedelta(minutes=1)
LONGEST_KEY = 40
OFFERED_CASES = 3
PUT = "!put "  # before the number of the case that a file goes on
LEAVE, FILE = "!leave", "!file"  # what somebody presses who waits for a person, or talks with one


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
class ChatGuest:
    """Somebody whom nobody knows, and the one conversation that they have where they write."""

    conversation_id: str
    language: str
    id: None = None


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

    def __init__(self, assistant: Answering, handover: HandoverDesk, clock: Clock) -> None:
        self._assistant = assistant
        self._throttle = Throttle(MOST_MESSAGES, WITHIN)
        self._turns = ConversationLocks()
        self.clock = clock
        self.handover = handover
        self.database: Database = handover.database
        self.listeners = handover.listeners

    def is_too_fast(self, person: ChatPerson) -> bool:
        """Return whether a message is one too many; one that is not is counted."""
        key, now = str(person.id), self.clock.now()
        try:
            self._throttle.check(key, now)
        except web.HTTPTooManyRequests:
            return True
        self._throttle.count(key, now)
        return False

    async def say(self, person: ChatPerson, said: Said) -> Declined | None:
        """Take a message and have it answered; the answer is written down, and the open tabs are told.

        One turn after the other in each conversation. A message that was answered before under its key changes nothing;
        one that was only taken, by a process that then died, is answered.
        Who waits for a person or talks with one is not answered by the assistant: the handler reads it.
        """
        text = _storable(said.text).strip()
        if len(text) > LONGEST_MESSAGE:
            return TOO_LONG
        if not text and not said.payload:
            return NOTHING_SAID
        said = replace(said, text=text, key=_storable(said.key)[:LONGEST_KEY])
        async with self._turns.hold(person.conversation_id):
            if said.payload in (LEAVE, FILE):
                await self._about_waiting(person, said.payload)
                return None
            taken = await self._take(person, said)
            if isinstance(taken, Said):
                await self._react(person, taken)
        return taken if isinstance(taken, Declined) else None

    async def _about_waiting(self, person: ChatPerson, wish: str) -> None:
        if wish == LEAVE:
            await self.handover.leave(person.conversation_id)
        else:
            await self.handover.file_now(person.conversation_id)

    async def _take(self, who: ChatPerson | ChatGuest, said: Said) -> Declined | Said | None:
        """Write a message down and return what is to be answered; None when that was done before."""
        conversation, now = who.conversation_id, self.clock.now()
        async with self.database.transaction() as session:
            await store.begin(session, conversation, who.id, who.language, now)
            before = await store.said_as(session, conversation, said.key) if said.key else None
            if before is not None and (said.payload or before.text == said.text):
                return said if await _waits(session, before, said.payload) else None
            title = await store.open_choice(session, conversation, said.payload) if said.payload else said.text
            if title is None:
                return CHOICE_IS_PAST
            key = said.key if before is None else ""
            await store.write_down(session, conversation, [Utterance(Speaker.PERSON, title, key=key or None)], now)
        return replace(said, key=key)

    async def _react(self, person: ChatPerson, said: Said) -> None:
        async with self.database.reading() as session:
            live = await handovers.live(session, person.conversation_id)
        if said.payload.startswith(PUT):
            await self._put_on_case(person, said.payload.removeprefix(PUT))
        elif live is not None:
            self.listeners.wake(person.conversation_id)
            self.handover.changed.notify()
        else:
            await self._answer(person, said)

    async def _answer(self, person: ChatPerson, said: Said) -> None:
        conversation = person.conversation_id
        async with self.database.reading() as session:
            keys = list(await uploads.untold(session, conversation))
        facts: dict[str, object] = {
            "person_id": str(person.id),
            "language": person.language,
            "is_proven": person.is_proven,
        }
        if said.key:
            facts[MESSAGE_KEY] = said.key
        if keys:
            facts["attachments"] = keys
        with self.listeners.answering(conversation):
            spoken = _utterances(await self._assistant.handle(conversation, said.payload or said.text, facts))
            if not said.payload and topics.is_sensitive(said.text):
                spoken.append(_with_buttons("sensitive_topic", person.language))
            async with self.database.transaction() as session:
                await uploads.mark_told(session, keys, self.clock.now())
                await self._write_answer(session, person, said.key, spoken)

    async def _write_answer(
        self, session: AsyncSession, who: ChatPerson | ChatGuest, key: str, spoken: Sequence[Utterance]
    ) -> None:
        """Write down what is answered to the message of this key, unless another process did so meanwhile."""
        conversation, now = who.conversation_id, self.clock.now()
        if key and spoken:
            await store.begin(session, conversation, who.id, who.language, now)  # so that only one of them looks
            if await store.said_as(session, conversation, _answer_key(key)) is not None:
                return
            spoken = [replace(spoken[0], key=_answer_key(key)), *spoken[1:]]
        await store.write_down(session, conversation, spoken, now)

    async def answer_guest(self, guest: ChatGuest, said: Said) -> None:
        """Answer somebody whom nobody knows, once for each key; a choice that is past is passed over."""
        said = replace(said, text=_storable(said.text), key=_storable(said.key)[:LONGEST_KEY])
        async with self._turns.hold(guest.conversation_id):
            taken = await self._take(guest, said)
            if not isinstance(taken, Said):
                return
            facts = {"language": guest.language} | ({MESSAGE_KEY: taken.key} if taken.key else {})
            spoken = await self._assistant.handle(guest.conversation_id, taken.payload or taken.text, facts)
            async with self.database.transaction() as session:
                await self._write_answer(session, guest, taken.key, _utterances(spoken))

    async def take_files(self, person: ChatPerson, files: Sequence[KeptFile]) -> None:
        """Take files whose bytes are stored: onto the case of a running talk, else along with what is filed next."""
        if not files:
            return
        conversation, now = person.conversation_id, self.clock.now()
        names = ", ".join(file.filename for file in files)
        async with self._turns.hold(conversation), self.database.transaction() as session:
            await store.begin(session, conversation, person.id, person.language, now)
            before = await store.open_buttons(session, conversation)
            keys = await uploads.keep(session, conversation, person.id, files, now)
            await store.write_down(session, conversation, [Utterance(Speaker.PERSON, names, {"files": names})], now)
            live = await handovers.live(session, conversation)
            if live is not None and live.case_number:
                await self._put(session, person, live.case_number, keys, names)
            cases = () if live else await self.handover.desk.open_cases(session, person.id, OFFERED_CASES)
            said = _about_files(person.language, files, before, cases, are_put=bool(live and live.case_number))
            await store.write_down(session, conversation, said, now)
        self.listeners.wake(conversation)

    async def _put_on_case(self, person: ChatPerson, number: str) -> None:
        conversation = person.conversation_id
        async with self.database.transaction() as session:
            keys = list(await uploads.waiting(session, conversation))
            known = await self.handover.desk.own_case(session, person.id, number)
            rows = await uploads.of_person(session, person.id, keys)
            if known is not None and rows:
                await self._put(session, person, known[0], keys, ", ".join(row.filename for row in rows))
        self.listeners.wake(conversation)

    async def _put(
        self, session: AsyncSession, person: ChatPerson, number: str, keys: Sequence[str], names: str
    ) -> None:
        note = words.text("files_from_chat", person.language)
        await self.handover.desk.file(session, Talk(person.id, person.language, note, number, keys))
        text = words.text("file_on_case", person.language, {"names": names, "number": number})
        said = Utterance(Speaker.ASSISTANT, text, {"custom": {"case": {"number": number}}})
        await store.write_down(session, person.conversation_id, [said], self.clock.now())


async def _waits(session: AsyncSession, before: ChatMessage, payload: str) -> bool:
    """Tell whether a message that comes again was taken and left without an answer."""
    conversation = before.conversation_id
    if before.key is None or await store.said_as(session, conversation, _answer_key(before.key)) is not None:
        return False
    return not payload or await store.open_choice(session, conversation, payload, before.sequence) == before.text


def _answer_key(key: str) -> str:
    """Return the name of the answer to a message of this name."""
    return hashlib.sha256(f"answer to {key}".encode()).hexdigest()[:LONGEST_KEY]


def _about_files(
    language: str, files: Sequence[KeptFile], before: Sequence[dict[str, str]], cases: Sequence[str], *, are_put: bool
) -> list[Utterance]:
    """Say what became of files: of harmful ones that they are, of the others where they can go; choices stay open."""
    harmful = ", ".join(file.filename for file in files if file.quarantined)
    others = ", ".join(file.filename for file in files if not file.quarantined)
    offered = [*before, *(_put_button(number, language) for number in cases)] if others else [*before]
    texts = [words.text("harmful_file", language, {"names": harmful})] if harmful else []
    if others and not are_put:
        texts.append(words.text("file_received", language, {"names": others}))
    said = [Utterance(Speaker.ASSISTANT, text) for text in texts]
    return [*said[:-1], replace(said[-1], parts=_parts(offered))] if said else []


def _put_button(number: str, language: str) -> dict[str, str]:
    return {"title": words.text("put_on_case", language, {"number": number}), "payload": f"{PUT}{number}"}


def _parts(buttons: Sequence[dict[str, str]]) -> dict[str, object]:
    return {"buttons": list(buttons)} if buttons else {}


def _with_buttons(key: str, language: str) -> Utterance:
    return Utterance(Speaker.ASSISTANT, words.text(key, language), _parts(words.buttons(key, language)))


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
