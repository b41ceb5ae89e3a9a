"""What a channel talks to: a message goes in, answers come out, and the conversation is kept."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Protocol

from rasa_sdk import Action

from bot.actions import words
from bot.dialogue import checks
from bot.dialogue.engine import DialogueEngine
from bot.dialogue.events import Event
from bot.dialogue.locks import ConversationLocks
from bot.dialogue.project import Project, load_project
from bot.dialogue.tracker import Tracker
from bot.dialogue.tracker_texts import TrackerTexts
from bot.dialogue.understanding import Understanding
from bot.ports import TrackerStore
from bot.settings import AssistantSettings

LANGUAGE = "language"
PERSON = "person_id"
ATTACHMENTS = "attachments"
MESSAGE_KEY = "message_key"
# What somebody means who sends a file without a word.
HAND_IN = "/hand_in_document"
# Messages that are worked on at once. There is one writer in SQLite and one thread for all of them here: more of them
# would only wait for each other in the middle, where waiting has a limit, rather than at the door, where it has none.
AT_ONCE = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BotMessage:
    """One thing the assistant says: a text, perhaps with buttons, or a value for the channel to show."""

    text: str | None = None
    buttons: tuple[Mapping[str, str], ...] = ()
    custom: Mapping[str, Any] | None = None
    image: str | None = None
    attachment: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the parts that are there, as JSON values."""
        return {part: value for part, value in asdict(self).items() if value}


class Answering(Protocol):
    """Whatever holds conversations: the embedded engine, or a Rasa server with it in reserve."""

    async def start(self) -> None:
        """Get ready to understand."""
        ...

    async def handle(self, conversation_id: str, text: str, metadata: Mapping[str, Any]) -> list[BotMessage]:
        """Answer one message; `metadata` comes from the channel's session, never from what was typed."""
        ...


class Assistant:
    """Answers people, one message of a conversation after the other, many conversations at once."""

    def __init__(
        self,
        store: TrackerStore,
        actions: Iterable[Action],
        settings: AssistantSettings,
        *,
        folder: Traversable | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Read and check the files; raises AssistantFilesInvalid. `now` gives seconds since 1970."""
        project = load_project(folder) if folder else own_project()
        self._store = store
        self._settings = settings
        self._now = now
        self._domain = project.domain
        self._engine = DialogueEngine(
            project.domain,
            project.policy,
            actions,
            channel="web_chat",
            event_limit=settings.events_for_actions,
        )
        checks.check(project, self._engine.runner.names)
        self._understanding = Understanding(project.domain, project.training, settings.cache_folder)
        self._texts = TrackerTexts(project.domain)
        self._locks = ConversationLocks()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def start(self) -> None:
        """Get ready to understand; the first start after a change of the examples trains for some seconds."""
        await self._understanding.ready()

    async def handle(self, conversation_id: str, text: str, metadata: Mapping[str, Any]) -> list[BotMessage]:
        """Answer one message.

        `metadata` comes from the channel's session, never from what was typed: `person_id` (absent when
        nobody is signed in), `language`, `attachments`, keys of stored uploads, and `message_key`, by which a
        message that comes again is known: it is answered again, and changes nothing. Whatever goes wrong is
        logged and answered with an apology, and the conversation stays as it was before the message.
        """
        async with self._locks.hold(conversation_id):
            tracker = Tracker(conversation_id, self._domain)
            try:
                async with self._room, self._store.hold(conversation_id):
                    tracker = await self.load(conversation_id, metadata.get(PERSON))
                    if (at_once := self.without_a_turn(tracker, text, metadata)) is not None:
                        return at_once
                    said = await self._turn(tracker, text, dict(metadata))
                    await self.save(tracker)
            except Exception:
                log.exception("conversation %s: a message could not be answered", conversation_id)
                return aside("technical_problem", tracker, metadata)
            return said

    def without_a_turn(self, tracker: Tracker, text: str, metadata: Mapping[str, Any]) -> list[BotMessage] | None:
        """Answer what is no turn of the conversation: a message that is too long, or one that was answered before."""
        if len(text) > self._settings.longest_message:
            return aside("message_too_long", tracker, metadata)
        return _answered_before(tracker, metadata)

    async def _turn(self, tracker: Tracker, text: str, metadata: dict[str, Any]) -> list[BotMessage]:
        interpreter = await self._understanding.ready()
        parse = interpreter.parse(
            in_words(text, metadata),
            metadata,
            sure_about=self._engine.interrupting_intents(tracker),
            offered=tracker.offered_buttons(),
        )
        return _messages(await self._engine.turn(tracker, parse, at=self._now()))

    async def understood(self, conversation_id: str, text: str) -> str | None:
        """Return which intent a message would be taken for where its conversation stands now; nothing is said."""
        tracker = await self.load(conversation_id, None)
        interpreter = await self._understanding.ready()
        parse = interpreter.parse(
            text,
            {},
            sure_about=self._engine.interrupting_intents(tracker),
            offered=tracker.offered_buttons(),
        )
        name = parse["intent"].get("name")
        return str(name) if name else None

    def empty(self, conversation_id: str, events: Iterable[Event] = ()) -> Tracker:
        """Return a conversation of these events, in the terms of the assistant's domain."""
        return Tracker(conversation_id, self._domain, events)

    async def save(self, tracker: Tracker) -> None:
        """Keep a conversation; what is long ago is folded into the situation it led to."""
        tracker.fold(self._settings.kept_turns)
        await self._store.save(tracker.conversation_id, self._texts.write(tracker))

    async def load(self, conversation_id: str, person_id: str | None) -> Tracker:
        """Take the conversation up where it stood; another person's is never taken up."""
        new = Tracker(conversation_id, self._domain)
        saved = await self._store.load(conversation_id)
        if saved is None:
            return new
        tracker = self._texts.read(conversation_id, saved)
        owner = _owner(tracker)
        if owner and person_id and owner != person_id:
            log.warning("conversation %s began anew: it was another person's", conversation_id)
            return new
        return tracker


@cache
def own_project() -> Project:
    """Read our own files once, however many assistants there are; nothing of a project ever changes."""
    return load_project(files("bot") / "assistant")


def in_words(text: str, metadata: Mapping[str, Any]) -> str:
    """Return what was said; who sends a file without a word hands it in."""
    return text.strip() or (HAND_IN if metadata.get(ATTACHMENTS) else "")


def _owner(tracker: Tracker) -> str | None:
    people = (event["metadata"].get(PERSON) for event in reversed(tracker.events) if event["event"] == "user")
    return next((person for person in people if person), None)


def aside(key: str, tracker: Tracker, metadata: Mapping[str, Any]) -> list[BotMessage]:
    """Say something that is no part of the conversation, in its language."""
    language = tracker.situation.slots.get(LANGUAGE) or metadata.get(LANGUAGE) or ""
    return [BotMessage(text=words.text(key, language))]


def _answered_before(tracker: Tracker, metadata: Mapping[str, Any]) -> list[BotMessage] | None:
    """Return what was answered to this very message, if it is the last that was said; None if it is new."""
    key, said = metadata.get(MESSAGE_KEY), tracker.last_said()
    if not key or said is None or said["metadata"].get(MESSAGE_KEY) != key:
        return None
    return _messages(event for event in tracker.since_last_said() if event["event"] == "bot")


def _messages(events: Iterable[Event]) -> list[BotMessage]:
    return [message for event in events for message in _split(event)]


def _split(event: Event) -> list[BotMessage]:
    """Send the parts of one utterance as a Rasa channel does: text by paragraph, or with its buttons."""
    text, data = event["text"], event["data"]
    buttons = tuple(data.get("buttons") or data.get("quick_replies") or ())
    messages = []
    if buttons:
        messages.append(BotMessage(text=text, buttons=buttons))
    elif text:
        messages += [BotMessage(text=paragraph) for paragraph in text.strip().split("\n\n")]
    if data.get("custom"):
        messages.append(BotMessage(custom=data["custom"]))
    if data.get("image"):
        messages.append(BotMessage(image=data["image"]))
    if data.get("attachment") and data["attachment"] != data.get("image"):
        messages.append(BotMessage(attachment=data["attachment"]))
    return messages
