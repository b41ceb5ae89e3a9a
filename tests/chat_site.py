"""A portal with the chat in a test: the real assistant on the real desk, and tabs that speak over its socket."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType
from portal_site import Browser, Site, open_site

from bot.channels.bot_framework import TeamsAccess
from bot.channels.slack import SlackAccess
from bot.channels.web_chat import ChatSection
from bot.settings import AssistantSettings
from casework.db import Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules
from runtime import chat
from runtime.chat import Chat
from runtime.outside_channels import NOWHERE, OutsideAccess

ORIGIN = "https://desk.balie.example"


EVERYWHERE = OutsideAccess(TeamsAccess("app", "secret", "tenant"), SlackAccess("secret", "xoxb"))


def chat_section(database: Database, desk: Desk, model_folder: Path) -> ChatSection:
    """Return the chat's pages, its trained model kept in a folder that tests share."""
    return chat.build(database, desk, AssistantSettings(model_folder)).section


def whole_chat_section(database: Database, desk: Desk, model_folder: Path) -> ChatSection:
    """Return the chat's pages with those of another site and of other services."""
    settings, origins = AssistantSettings(model_folder), ["https://intranet.example"]
    return chat.build(database, desk, settings, embed_origins=origins, outside=EVERYWHERE).section


@asynccontextmanager
async def open_chat(database: Database, desk: Desk, rules: SignInRules, model_folder: Path) -> AsyncIterator[Site]:
    """Serve the portal with the chat for as long as the block lasts."""
    async with open_site(database, desk, rules, [chat_section(database, desk, model_folder)]) as site:
        yield site


@asynccontextmanager
async def open_talks(
    database: Database,
    desk: Desk,
    rules: SignInRules,
    model_folder: Path,
    *,
    gives: bool = False,
    embed_origins: Sequence[str] = (),
    outside: OutsideAccess = NOWHERE,
) -> AsyncIterator[tuple[Site, Chat]]:
    """Serve the portal with the chat and its parts; with `gives`, conversations start by themselves."""
    talks = chat.build(database, desk, AssistantSettings(model_folder), embed_origins=embed_origins, outside=outside)
    stop = asyncio.Event()
    async with open_site(database, desk, rules, [talks.section]) as site:
        giving = asyncio.create_task(talks.giver.run(stop)) if gives else None
        try:
            yield site, talks
        finally:
            stop.set()
            if giving is not None:
                await giving


class Tab:
    """One tab on the chat, over its socket."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.closed_with: int | None = None
        self.places: list[dict[str, Any]] = []

    async def frame(self) -> dict[str, Any] | None:
        """Return the next frame of the conversation, the places kept aside; None when the socket was closed."""
        while True:
            received = await self.socket.receive(timeout=30)
            if received.type is not WSMsgType.TEXT:
                self.closed_with = self.socket.close_code
                return None
            frame: dict[str, Any] = received.json()
            if frame["type"] == "place":
                self.places.append(frame)
            elif frame["type"] != "typing":
                return frame

    async def frames(self, count: int) -> list[dict[str, Any]]:
        """Return so many frames."""
        found = [await self.frame() for _ in range(count)]
        assert None not in found, found
        return [frame for frame in found if frame is not None]

    async def say(self, text: str, answers: int = 1, **more: str) -> list[dict[str, Any]]:
        """Send words, and return the answers that follow the echo of them."""
        await self.socket.send_json({"text": text, **more})
        return (await self.frames(1 + answers))[1:]

    async def press(self, payload: str, answers: int = 1) -> list[dict[str, Any]]:
        """Press a button, and return the answers that follow the echo of its title."""
        await self.socket.send_json({"payload": payload})
        return (await self.frames(1 + answers))[1:]


async def open_tab(browser: Browser, *, after: int = 0, origin: str | None = ORIGIN, query: str = "") -> Tab:
    """Open a tab of somebody's browser. Raises `WSServerHandshakeError` when the socket is refused."""
    carried = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": carried} | ({"Origin": origin} if origin else {})
    return Tab(await browser.client.ws_connect(f"/chat/ws?after={after}{query}", headers=headers))
