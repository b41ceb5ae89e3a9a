"""Stands in for a Matrix homeserver: the part of the Client-Server API that a bot uses; and for people in its rooms."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.matrix import MatrixAccess

BOT, TOKEN, AN = "@balie:chat.example", "the token of the bot", "@an:chat.example"
ROOM = "!room:chat.example"
NUMBERS = itertools.count(1)


@dataclass
class Homeserver:
    """What a bot sees of Matrix: `told` are the batches of /sync, counted by their token; `sent` what rooms show."""

    url: str = ""
    members: dict[str, list[str]] = field(default_factory=lambda: {ROOM: [BOT, AN]})
    told: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    sent: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    joined: list[str] = field(default_factory=list)
    asked_since: list[str] = field(default_factory=list)
    refuses_to_send: bool = False
    new: asyncio.Event = field(default_factory=asyncio.Event)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def access(self) -> MatrixAccess:
        return MatrixAccess(self.url, BOT, TOKEN)

    @property
    def texts(self) -> list[str]:
        return [content["body"] for _, content in self.sent.values()]

    async def sync(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": "no"}, status=401)
        since = request.query.get("since", "")
        self.asked_since.append(since)
        self.called.set()
        at = int(since.removeprefix("s")) if since else 0
        while at >= len(self.told):
            self.new.clear()
            await self.new.wait()
        return web.json_response({"next_batch": f"s{at + 1}", "rooms": self.told[at]})

    async def send(self, request: web.Request) -> web.Response:
        if self.refuses_to_send:
            return web.json_response({"errcode": "M_FORBIDDEN", "error": "no"}, status=403)
        content = await request.json()
        self.sent.setdefault(request.match_info["txn"], (request.match_info["room"], content))
        self.called.set()
        return web.json_response({"event_id": f"$sent{len(self.sent)}"})

    async def join(self, request: web.Request) -> web.Response:
        self.joined.append(request.match_info["room"])
        return web.json_response({"room_id": request.match_info["room"]})

    async def list_members(self, request: web.Request) -> web.Response:
        joined = {user: {"display_name": user} for user in self.members[request.match_info["room"]]}
        return web.json_response({"joined": joined})

    def tell(self, rooms: dict[str, Any]) -> None:
        """Let the next /sync tell of these rooms."""
        self.told.append(rooms)
        self.new.set()

    def event(self, text: str, sender: str = AN, **content: Any) -> dict[str, Any]:
        return {
            "type": "m.room.message",
            "event_id": f"$event{next(NUMBERS)}",
            "sender": sender,
            "origin_server_ts": int(time.time() * 1000),
            "content": {"msgtype": "m.text", "body": text} | content,
        }

    def write(self, *events: dict[str, Any], room: str = ROOM) -> None:
        """Let somebody write in a room."""
        self.tell({"join": {room: {"timeline": {"events": list(events), "limited": False, "prev_batch": "p"}}}})

    def invite(self, room: str, sender: str) -> None:
        """Let somebody invite the bot."""
        member = {"type": "m.room.member", "sender": sender, "state_key": BOT, "content": {"membership": "invite"}}
        self.tell({"invite": {room: {"invite_state": {"events": [member]}}}})

    async def until_answered(self, count: int) -> list[str]:
        """Return what was said as soon as rooms show so many messages."""
        await self.until(lambda: len(self.sent) >= count)
        return self.texts

    async def until_heard(self) -> None:
        """Return as soon as everything that was told has been answered: the bot asks for what comes after it."""
        await self.until(lambda: self.asked_since[-1:] == [f"s{len(self.told)}"])

    async def until(self, holds: Callable[[], Any]) -> None:
        """Return as soon as something holds; a busy machine may read the assistant's examples first."""
        async with asyncio.timeout(90):
            while not holds():
                self.called.clear()
                await self.called.wait()


@asynccontextmanager
async def homeserver() -> AsyncIterator[Homeserver]:
    """Serve what a bot asks of a homeserver; what happened before it came is in the first batch."""
    stand_in = Homeserver()
    app = web.Application()
    api = "/_matrix/client/v3"
    app.router.add_get(f"{api}/sync", stand_in.sync)
    app.router.add_put(api + "/rooms/{room}/send/m.room.message/{txn}", stand_in.send)
    app.router.add_post(api + "/join/{room}", stand_in.join)
    app.router.add_get(api + "/rooms/{room}/joined_members", stand_in.list_members)
    async with TestServer(app) as server:
        stand_in.url = str(server.make_url("")).rstrip("/")
        yield stand_in
