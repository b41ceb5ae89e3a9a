"""Holds conversations through a Rasa server; when it does not answer, the embedded engine does, at the same place.

Our database is where a conversation lives. Before each message the server is brought to that state if it is not there
(it was started anew, or we were, or the embedded engine answered meanwhile); after it, its events are kept with us.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, ServerTimeoutError

from bot.channels.signed_identity import signed, unsigned
from bot.conversation import PERSON, Assistant, BotMessage, aside, in_words
from bot.dialogue.events import Event, active_loop, slot_set
from bot.dialogue.locks import ConversationLocks
from bot.dialogue.nlu.buttons import pressed
from bot.dialogue.tracker import Tracker

PATIENCE = 20.0  # seconds for one call
REST = 30.0  # seconds for which a server that took the connection and then kept somebody waiting is not asked again
HEAVY = ("intent_ranking", "text_tokens", "response_selector")  # parts of a message that nothing here reads
SILENT = ("/back", "/session_start")  # what changes the conversation and has no answer
GONE = (ClientError, TimeoutError, OSError, ValueError, KeyError)

log = logging.getLogger(__name__)


class RasaHttpEngine:
    """The same conversations as `Assistant`, held by a Rasa 3.6 server."""

    def __init__(
        self,
        url: str,
        token: str,
        key: bytes,
        embedded: Assistant,
        now: Callable[[], float],
        *,
        patience: float = PATIENCE,
    ) -> None:
        """Take the server's address, its token, the key of our signatures, who stands in, and what tells the time."""
        self._url = url.rstrip("/")
        self._token = token
        self._key = key
        self._embedded = embedded
        self._now = now
        self._locks = ConversationLocks()
        self._timeout = ClientTimeout(total=patience, connect=2)
        self._rests_until = 0.0
        self._seen: dict[str, float] = {}  # by conversation: the server's newest event that we have

    async def start(self) -> None:
        """Get the embedded engine ready, so that it can stand in at any moment."""
        await self._embedded.start()

    async def handle(self, conversation_id: str, text: str, metadata: Mapping[str, Any]) -> list[BotMessage]:
        """Answer one message by the server, or by the embedded engine when the server does not answer."""
        async with self._locks.hold(conversation_id):
            try:
                if self._now() >= self._rests_until:
                    return await self._by_server(conversation_id, text, metadata)
            except GONE as error:
                if isinstance(error, TimeoutError) and not isinstance(error, ServerTimeoutError):
                    self._rests_until = self._now() + REST
                log.warning(
                    "conversation %s: the Rasa server does not answer (%s); the embedded engine does",
                    conversation_id,
                    type(error).__name__,
                )
            except Exception:
                log.exception("conversation %s: the Rasa server's answer is of no use", conversation_id)
            self._seen.pop(conversation_id, None)
            return await self._embedded.handle(conversation_id, text, metadata)

    async def _by_server(self, conversation_id: str, text: str, metadata: Mapping[str, Any]) -> list[BotMessage]:
        tracker = await self._embedded.load(conversation_id, metadata.get(PERSON))
        if (at_once := self._embedded.without_a_turn(tracker, text, metadata)) is not None:
            return at_once
        words = pressed(text, tracker.offered_buttons()) or in_words(text, metadata)
        async with ClientSession(timeout=self._timeout) as http:
            await self._bring_up_to_date(http, tracker)
            said = await self._say(http, conversation_id, words, metadata)
            await self._keep(http, conversation_id)
        if not said and not words.startswith(SILENT):
            # When an action fails, Rasa says nothing and calls it a success; nobody should be left with that.
            return aside("technical_problem", tracker, metadata)
        return said

    async def _bring_up_to_date(self, http: ClientSession, tracker: Tracker) -> None:
        """Give the server our events when it is not where we are."""
        theirs = await self._call(http, "GET", _address(tracker.conversation_id, "tracker?include_events=NONE"))
        seen = self._seen.get(tracker.conversation_id)
        if tracker.events and theirs["latest_event_time"] == seen:
            return
        await self._call(http, "PUT", _address(tracker.conversation_id, "tracker/events"), _for_server(tracker))

    async def _say(
        self, http: ClientSession, conversation_id: str, words: str, metadata: Mapping[str, Any]
    ) -> list[BotMessage]:
        told = signed(self._key, conversation_id, metadata, self._now())
        body = {"sender": conversation_id, "message": words, "metadata": told}
        answers = await self._call(http, "POST", "/webhooks/rest/webhook", body)
        return [_message(answer) for answer in answers]

    async def _keep(self, http: ClientSession, conversation_id: str) -> None:
        """Keep the server's events with us; what was answered stays answered when that fails."""
        address = _address(conversation_id, "tracker?include_events=ALL")
        for last_try in (False, True):
            try:
                theirs = await self._call(http, "GET", address)
                await self._embedded.save(self._embedded.empty(conversation_id, _from_server(theirs["events"])))
                self._seen[conversation_id] = theirs["latest_event_time"]
            except GONE:
                if last_try:
                    log.warning("conversation %s: the newest turn could not be read back", conversation_id)
                await asyncio.sleep(0.2)
            else:
                return

    async def _call(self, http: ClientSession, method: str, path: str, body: Any = None) -> Any:
        url = f"{self._url}{path}"
        async with http.request(method, url, params=self._params, json=body, raise_for_status=True) as response:
            return json.loads(await response.read())

    @property
    def _params(self) -> dict[str, str]:
        return {"token": self._token} if self._token else {}


def _address(conversation_id: str, rest: str) -> str:
    return f"/conversations/{quote(conversation_id, safe='')}/{rest}"


def _message(answer: Mapping[str, Any]) -> BotMessage:
    return BotMessage(
        text=answer.get("text"),
        buttons=tuple(answer.get("buttons") or ()),
        custom=answer.get("custom"),
        image=answer.get("image"),
        attachment=answer.get("attachment"),
    )


def _for_server(tracker: Tracker) -> list[Event]:
    """Return our events, after the slots and the form that older ones had led to."""
    base = tracker.base
    if base is None:
        return tracker.events
    running = [active_loop(base.form_name)] if base.form_name else []
    known = [slot_set(name, value) for name, value in sorted(base.slots.items()) if value is not None]
    return [*running, *known, *tracker.events]


def _from_server(events: Iterable[Event]) -> list[Event]:
    """Return the server's events as we keep them: without what nothing reads, and without our signature."""
    return [_lighter(event) for event in events if event["event"] != "user_featurization"]


def _lighter(event: Event) -> Event:
    if event["event"] != "user":
        return event
    parsed = {name: value for name, value in event["parse_data"].items() if name not in HEAVY}
    metadata = unsigned(event.get("metadata") or {})
    return {**event, "parse_data": {**parsed, "metadata": metadata}, "metadata": metadata}
