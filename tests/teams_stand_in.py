"""Stands in for Microsoft: keys, tokens and connector of the Bot Framework over the wire; and for people in Teams."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import RSAKey
from portal_site import Site

from bot.channels.bot_framework import ISSUER, TeamsAccess

APP, SECRET, TENANT, BEARER = "app-of-balie", "the secret of the app", "tenant-of-the-desk", "a token of the desk"
NUMBERS = itertools.count(1)


@dataclass
class Microsoft:
    """What a bot sees of Microsoft; `said` is what people in Teams were shown."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    endorsements: list[str] = field(default_factory=lambda: ["msteams"])
    said: list[dict[str, Any]] = field(default_factory=list)
    tokens_given: int = 0
    is_away: bool = False

    @property
    def access(self) -> TeamsAccess:
        return TeamsAccess(APP, SECRET, TENANT, f"{self.url}/keys", self.url)

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False) | {"endorsements": self.endorsements}]})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form["client_id"], form["client_secret"], form["grant_type"]) != (APP, SECRET, "client_credentials"):
            return web.json_response({"error": "invalid_client"}, status=401)
        self.tokens_given += 1
        return web.json_response({"access_token": BEARER, "expires_in": 3600, "token_type": "Bearer"})

    async def reply(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {BEARER}":
            return web.Response(status=401)
        if self.is_away:
            return web.Response(status=503)
        self.said.append(await request.json())
        return web.json_response({"id": str(len(self.said))}, status=201)

    def claims(self, **other: Any) -> dict[str, Any]:
        now = int(time.time())
        mine = {"iss": ISSUER, "aud": APP, "nbf": now - 10, "exp": now + 3600, "serviceurl": self.url}
        return mine | other

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None, kid: str = "one") -> str:
        return jwt.encode({"alg": "RS256", "kid": kid}, claims, key or self.key, algorithms=["RS256"])

    def activity(self, text: str, who: str = "29:an", **other: Any) -> dict[str, Any]:
        return {
            "type": "message",
            "id": f"m{next(NUMBERS)}",
            "channelId": "msteams",
            "serviceUrl": self.url,
            "from": {"id": who, "name": "An in Teams"},
            "recipient": {"id": f"28:{APP}", "name": "Balie"},
            "conversation": {"id": f"chat-{who}", "conversationType": "personal", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            "locale": "nl-BE",
            "text": text,
        } | other


@asynccontextmanager
async def microsoft() -> AsyncIterator[Microsoft]:
    """Serve what a bot asks of Microsoft."""
    stand_in = Microsoft()
    app = web.Application()
    app.router.add_get("/keys", stand_in.keys)
    app.router.add_post(f"/{TENANT}/oauth2/v2.0/token", stand_in.token)
    app.router.add_post("/v3/conversations/{conversation}/activities", stand_in.reply)
    async with TestServer(app) as server:
        stand_in.url = str(server.make_url("")).rstrip("/")
        yield stand_in


@dataclass
class TeamsPerson:
    """Somebody who writes in Teams."""

    site: Site
    microsoft: Microsoft
    account: str = "29:an"

    async def send(self, activity: dict[str, Any], token: str | None = None) -> ClientResponse:
        token = self.microsoft.signed(self.microsoft.claims()) if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.site.client.post("/channels/teams", json=activity, headers=headers)

    async def say(self, text: str, **other: Any) -> list[dict[str, Any]]:
        """Write something, and return what is shown as answer."""
        before = len(self.microsoft.said)
        answer = await self.send(self.microsoft.activity(text, self.account, **other))
        assert answer.status == 200, await answer.text()
        return self.microsoft.said[before:]

    async def texts(self, text: str, **other: Any) -> list[str]:
        return [each["text"] for each in await self.say(text, **other)]
