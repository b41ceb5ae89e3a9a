"""A stand-in for a Rasa 3.6 server: its REST channel and its trackers on a socket, its actions at our webhook.

It knows one rule: whatever is said, `action_case_status` answers. What it is about is the wire, not the dialogue.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web


class RasaStandIn:
    """Keeps its conversations in memory, as Rasa does by itself."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.actions_url = ""
        self.actions_token = token
        self.conversations: dict[str, list[dict[str, Any]]] = {}
        self.is_broken = False
        self.is_another_service = False
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.statuses: list[int] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", self.hear)
        app.router.add_get("/conversations/{id}/tracker", self.tracker)
        app.router.add_put("/conversations/{id}/tracker/events", self.replace)
        return app

    async def _check(self, request: web.Request) -> None:
        await self.goes_on.wait()
        if self.is_broken:
            raise web.HTTPServiceUnavailable
        if request.query.get("token") != self.token:
            raise web.HTTPUnauthorized

    def _state(self, name: str) -> dict[str, Any]:
        events = self.conversations.setdefault(
            name, [{"event": "action", "name": "action_listen", "timestamp": time.time()}]
        )
        users = [event for event in events if event["event"] == "user"]
        slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        return {
            "sender_id": name,
            "slots": slots,
            "latest_message": {**users[-1]["parse_data"], "metadata": users[-1]["metadata"]} if users else {},
            "latest_event_time": events[-1]["timestamp"],
            "events": events,
            "paused": False,
            "followup_action": None,
            "active_loop": {},
            "latest_action_name": "action_listen",
            "latest_input_channel": "rest",
        }

    async def tracker(self, request: web.Request) -> web.Response:
        await self._check(request)
        return web.json_response([] if self.is_another_service else self._state(request.match_info["id"]))

    async def replace(self, request: web.Request) -> web.Response:
        await self._check(request)
        events = [{**event, "timestamp": event.get("timestamp") or time.time()} for event in await request.json()]
        self.conversations[request.match_info["id"]] = events or [
            {"event": "action", "name": "action_listen", "timestamp": time.time()}
        ]
        return web.json_response({})

    async def hear(self, request: web.Request) -> web.Response:
        await self._check(request)
        said = await request.json()
        name, text = said["sender"], said["message"]
        self._state(name)
        parsed = {"intent": {"name": "case_status", "confidence": 1.0}, "entities": [], "text": text}
        heard = {"event": "user", "text": text, "timestamp": time.time(), "parse_data": parsed}
        self.conversations[name].append({**heard, "metadata": said.get("metadata") or {}})
        return web.json_response([{"recipient_id": name, **one} for one in await self._act(name)])

    async def _act(self, name: str) -> list[dict[str, Any]]:
        call = {
            "next_action": "action_case_status",
            "sender_id": name,
            "tracker": self._state(name),
            "domain": {"slots": {}},
            "version": "3.6.21",
        }
        headers = {"Authorization": f"Bearer {self.actions_token}"}
        async with ClientSession() as http, http.post(self.actions_url, json=call, headers=headers) as answer:
            self.statuses.append(answer.status)
            found = await answer.json() if answer.status == 200 else {"events": [], "responses": []}
        for response in found["responses"]:
            event = {"event": "bot", "text": response["text"], "data": {"buttons": response["buttons"]}}
            self.conversations[name].append({**event, "timestamp": time.time(), "metadata": {}})
        self.conversations[name] += [{**event, "timestamp": time.time()} for event in found["events"]]
        return [{"text": one["text"], "buttons": one["buttons"]} for one in found["responses"]]


@asynccontextmanager
async def served(stand_in: RasaStandIn) -> AsyncIterator[str]:
    """Serve it on a free port, and give its address."""
    runner = web.AppRunner(stand_in.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
