"""An OpenID provider of the tests' own: private_key_jwt, encrypted tokens, keys that change, and lies on request."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwe, jwt
from joserfc.jwk import RSAKey

CLIENT = "balie-desk"


@dataclass
class OpenIdProvider:
    """A provider that knows one person; `claims` and `twist` change what it says, `signs_with` how."""

    now: Callable[[], datetime]
    client_key: RSAKey
    encrypts_for: RSAKey | None
    subject: str = "federal-subject-1"
    claims: dict[str, Any] = field(default_factory=dict)
    told_at_userinfo: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    signs_with: RSAKey | None = None
    issuer: str = ""
    visits: list[dict[str, str]] = field(default_factory=list)
    keys_asked: int = 0
    assertions: set[str] = field(default_factory=set)
    says_goodbye_at: str | None = "/end-session"
    signed_out: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/.well-known/openid-configuration", self.describe),
            web.get("/keys", self.show_keys),
            web.get("/authorize", self.authorize),
            web.post("/token", self.token),
            web.get("/userinfo", self.userinfo),
            web.post("/end-session", self.end_session),
        ]

    async def describe(self, _request: web.Request) -> web.Response:
        described = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }
        if self.says_goodbye_at is not None:
            described["end_session_endpoint"] = urljoin(self.issuer, self.says_goodbye_at)
        return web.json_response(described)

    async def show_keys(self, _request: web.Request) -> web.Response:
        self.keys_asked += 1
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.visits.append(asked)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        where = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"
        return web.Response(status=302, headers={"Location": where})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self._codes.pop(str(form["code"]), None)
        if asked is None or not self._knows_client(form) or not self._fits(asked, str(form["code_verifier"])):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({
            "access_token": "access", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])
        })  # fmt: skip

    def _knows_client(self, form: Any) -> bool:
        assertion = jwt.decode(str(form.get("client_assertion", "")), self.client_key, algorithms=["RS256"]).claims
        fresh = assertion["jti"] not in self.assertions
        self.assertions.add(assertion["jti"])
        named = (assertion["iss"], assertion["sub"], assertion["aud"]) == (CLIENT, CLIENT, f"{self.issuer}/token")
        return fresh and named and assertion["exp"] > self.now().timestamp()

    def _fits(self, asked: dict[str, str], verifier: str) -> bool:
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return digest == asked["code_challenge"]

    def _id_token(self, nonce: str) -> str:
        at = int(self.now().timestamp())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "nonce": nonce, "iat": at, "exp": at + 300}
        key = self.signs_with or self.key
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, claims | self.claims, key)
        if self.encrypts_for is None:
            return signed
        header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"}
        return jwe.encrypt_compact(header, signed, self.encrypts_for, algorithms=["RSA-OAEP-256", "A256GCM"])

    async def userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer access"
        return web.json_response({"sub": self.subject} | self.told_at_userinfo)

    async def end_session(self, request: web.Request) -> web.Response:
        """Sign out whom the hint names, and send the browser back (OpenID Connect RP-Initiated Logout 1.0)."""
        form = await request.post()
        claims = jwt.decode(str(form["id_token_hint"]), self.key, algorithms=["RS256"]).claims
        assert (claims["iss"], claims["aud"], form["client_id"]) == (self.issuer, CLIENT, CLIENT)
        self.signed_out.append(claims["sub"])
        raise web.HTTPFound(str(form["post_logout_redirect_uri"]))


@asynccontextmanager
async def serve(provider: OpenIdProvider) -> AsyncIterator[OpenIdProvider]:
    """Serve a provider on a free port of this machine while the block lasts."""
    app = web.Application()
    app.add_routes(provider.routes())
    async with TestServer(app, host="127.0.0.1") as server:
        provider.issuer = str(server.make_url("")).rstrip("/")
        yield provider
