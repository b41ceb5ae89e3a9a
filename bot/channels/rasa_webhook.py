"""Our actions for a Rasa server, at `/rasa/webhook`: the contract of rasa-sdk, with a token and without its leaks.

A request is never written back in an error, for it holds everything that somebody said. Who somebody is follows only
from metadata that we signed ourselves, a moment ago, for that very conversation.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionMissingDomainException, ActionNotFoundException

from bot.channels.signed_identity import believed
from bot.conversation import AT_ONCE
from casework.portal.shell.machines import for_machines

RETRY_WITH = 449  # the status by which rasa-sdk asks for the domain
PATH = "/rasa/webhook"

log = logging.getLogger(__name__)


class RasaWebhook:
    """Runs the actions that a Rasa server asks for."""

    def __init__(self, actions: Iterable[Action], token: str, key: bytes, now: Callable[[], float]) -> None:
        """Take the actions, the token that the server brings, the key of our signatures, and what tells the time."""
        self._token = token
        self._key = key
        self._now = now
        self._executor = ActionExecutor()
        self._room = asyncio.Semaphore(AT_ONCE)
        for action in actions:
            self._executor.register_action(action)

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses that the server calls."""
        return [web.post(PATH, self.run), web.get("/rasa/health", self.health)]

    @for_machines
    async def health(self, request: web.Request) -> web.StreamResponse:
        """Say that the actions can be run."""
        return web.json_response({"status": "ok"}) if self._may(request) else _refusal(401, "a token is needed")

    @for_machines
    async def run(self, request: web.Request) -> web.StreamResponse:
        """Run one action: 200 with its events, 400 when it rejects, 404 unknown, 449 without a domain, 500 broken."""
        if not self._may(request):
            return _refusal(401, "a token is needed")
        try:
            call = await request.json()
        except web.HTTPRequestEntityTooLarge:
            return _refusal(413, "the body is too large")
        except (ValueError, LookupError, RecursionError, web.RequestPayloadError):
            return _refusal(400, "the body is not JSON")
        if not _is_call(call):
            return _refusal(400, "the body is no call of an action")
        return await self._run(call)

    async def _run(self, call: dict[str, Any]) -> web.Response:
        name = str(call["next_action"])
        try:
            async with self._room:
                result = await self._executor.run(self._with_believed_metadata(call))
        except ActionExecutionRejection:
            return _refusal(400, "the action rejected what was said", name)
        except ActionNotFoundException:
            return _refusal(404, "there is no such action", name)
        except ActionMissingDomainException:
            return _refusal(RETRY_WITH, "the domain is needed", name)
        except Exception:  # the outermost place of a call
            log.exception("conversation %s: an action for the Rasa server failed", call["sender_id"])
            return _refusal(500, "the action failed", name)
        return web.json_response(result.model_dump() if result else {})

    def _may(self, request: web.Request) -> bool:
        kind, _, brought = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(brought.encode(errors="replace"), self._token.encode())

    def _with_believed_metadata(self, call: dict[str, Any]) -> dict[str, Any]:
        message = call["tracker"].get("latest_message") or {}
        metadata = message.get("metadata")
        sender = call["sender_id"]
        told = believed(self._key, sender, metadata, self._now()) if isinstance(metadata, dict) else {}
        # The signature holds for the conversation of the call: the actions are told of no other.
        tracker = {**call["tracker"], "sender_id": sender, "latest_message": {**message, "metadata": told}}
        return {**call, "tracker": tracker}


def _is_call(call: Any) -> bool:
    return (
        isinstance(call, dict)
        and isinstance(call.get("next_action"), str)
        and isinstance(call.get("sender_id"), str)
        and isinstance(call.get("domain") or {}, dict)
        and _is_tracker(call.get("tracker"))
    )


def _is_tracker(tracker: Any) -> bool:
    if not isinstance(tracker, dict):
        return False
    events = tracker.get("events", [])
    return (
        isinstance(tracker.get("slots", {}), dict)
        and isinstance(tracker.get("latest_message") or {}, dict)
        and isinstance(events, list)
        and all(isinstance(event, dict) and "event" in event for event in events)
    )


def _refusal(status: int, error: str, action: str = "") -> web.Response:
    return web.json_response({"error": error, "action_name": action}, status=status)
