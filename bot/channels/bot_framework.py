"""Who calls us from Teams and as whom we call back: the tokens of the Bot Framework, in and out.

What has to be checked of a token stands in Microsoft's "Authentication with the Bot Connector API". We check it here:
the library's own check asks another server for keys, by an issuer that it does not verify unless told to.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from bot.errors import BotError

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
SKEW_SECONDS = 300.0
KEYS_KEPT_SECONDS = 24 * 3600.0  # as Microsoft asks
KEYS_ASKED_AGAIN_SECONDS = 60.0
RENEWED_BEFORE_SECONDS = 300.0
PATIENCE = ClientTimeout(total=10)
UNREACHABLE = (ClientError, TimeoutError, ValueError)


class NotFromTeams(BotError):
    """A call came without a token of the Bot Framework for us."""


class TeamsUnreachable(BotError):
    """The Bot Framework gave neither keys nor a token."""


@dataclass(frozen=True)
class TeamsAccess:
    """The registration of the bot: its id, its secret and its tenant; and where Microsoft keeps its keys and tokens."""

    app_id: str
    secret: str
    tenant: str
    keys_url: str = "https://login.botframework.com/v1/.well-known/keys"
    login_url: str = "https://login.microsoftonline.com"


class BotFramework:
    """Checks the tokens that are brought, and asks for the one that we bring."""

    def __init__(self, access: TeamsAccess, now: Callable[[], float] = time.time) -> None:
        """Take the registration, and what tells the seconds since 1970."""
        self._access = access
        self._now = now
        self._keys: dict[str, Mapping[str, Any]] = {}
        self._keys_at = float("-inf")
        self._token, self._token_until = "", float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Make sure that a message comes from Teams and is meant for us. Raises `NotFromTeams`, `TeamsUnreachable`."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise NotFromTeams("no token")
        try:
            key = await self._key(str(jws.extract_compact(token.strip().encode()).headers().get("kid")))
            claims = jwt.decode(token.strip(), RSAKey.import_key(dict(key)), algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotFromTeams(type(error).__name__) from error
        self._check_claims(claims, activity)
        if activity.get("channelId") not in key.get("endorsements", ()):
            raise NotFromTeams("a key of another channel")

    def _check_claims(self, claims: Mapping[str, Any], activity: Mapping[str, Any]) -> None:
        now = self._now()
        if claims.get("iss") != ISSUER or claims.get("aud") != self._access.app_id:
            raise NotFromTeams("a token of or for somebody else")
        begins, ends = claims.get("nbf", 0), claims.get("exp")
        if not isinstance(ends, int | float) or not isinstance(begins, int | float):
            raise NotFromTeams("a token without an end")
        if not begins - SKEW_SECONDS <= now <= ends + SKEW_SECONDS:
            raise NotFromTeams("a token that is over, or not yet begun")
        if not claims.get("serviceurl") or claims["serviceurl"] != activity.get("serviceUrl"):
            raise NotFromTeams("a token for another address")

    async def _key(self, kid: str) -> Mapping[str, Any]:
        """Return a key of Microsoft's; they are asked for anew each day, and for a name that we do not know."""
        async with self._one_at_a_time:
            age = self._now() - self._keys_at
            if age > KEYS_KEPT_SECONDS or (kid not in self._keys and age > KEYS_ASKED_AGAIN_SECONDS):
                told = await _json("GET", self._access.keys_url)
                self._keys = {str(key["kid"]): key for key in told.get("keys", ()) if "kid" in key}
                self._keys_at = self._now()
        if kid not in self._keys:
            raise NotFromTeams("an unknown key")
        return self._keys[kid]

    async def token(self) -> str:
        """Return the token that we bring (OAuth 2.0, RFC 6749 section 4.4). Raises `TeamsUnreachable`."""
        async with self._one_at_a_time:
            if self._now() > self._token_until - RENEWED_BEFORE_SECONDS:
                told = await _json(
                    "POST",
                    f"{self._access.login_url}/{self._access.tenant}/oauth2/v2.0/token",
                    {
                        "grant_type": "client_credentials",
                        "client_id": self._access.app_id,
                        "client_secret": self._access.secret,
                        "scope": SCOPE,
                    },
                )
                self._token = str(told.get("access_token", ""))
                self._token_until = self._now() + float(told.get("expires_in", 0))
            return self._token


async def _json(method: str, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        async with (
            ClientSession(timeout=PATIENCE, raise_for_status=True) as http,
            http.request(method, url, data=form, allow_redirects=False) as answer,
        ):
            told = await answer.json()
    except UNREACHABLE as error:
        raise TeamsUnreachable(type(error).__name__) from error
    return told if isinstance(told, dict) else {}
