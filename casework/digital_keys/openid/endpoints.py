"""Asks a provider over HTTP: its description, its keys, and the tokens for a code; every answer is bounded."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from casework.digital_keys.openid.provider import ProviderFailed

DESCRIPTION = "/.well-known/openid-configuration"
KEPT_FOR = timedelta(hours=1)
ASK_KEYS_AGAIN_AFTER = timedelta(seconds=30)
SECONDS = aiohttp.ClientTimeout(total=10)
LARGEST_ANSWER = 256 * 1024
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass
class Known:
    """What a provider said about itself, and its public keys, with the moments at which it said so."""

    description: dict[str, Any]
    described_at: datetime
    keys: KeySet
    keys_at: datetime


@dataclass
class Endpoints:
    """The way to every provider; what they say about themselves is kept for an hour."""

    _known: dict[str, Known] = field(default_factory=dict)

    async def describe(self, issuer: str, now: datetime) -> dict[str, Any]:
        """Return a provider's description of itself (OpenID Connect Discovery 1.0)."""
        known = self._known.get(issuer)
        if known is None or now - known.described_at >= KEPT_FOR:
            description = await _get_json(issuer.rstrip("/") + DESCRIPTION)
            if description.get("issuer") != issuer:
                raise ProviderFailed(f"{issuer} describes itself as another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _require_safe(issuer, description.get(name))
            known = Known(description, now, await _get_keys(description["jwks_uri"]), now)
            self._known[issuer] = known
        return known.description

    async def keys(self, issuer: str, now: datetime, *, wanted: str | None) -> KeySet:
        """Return a provider's public keys; asked for anew when a token names one we have not seen."""
        description = await self.describe(issuer, now)
        known = self._known[issuer]
        seen = {key.kid for key in known.keys.keys}
        if wanted is not None and wanted not in seen and now - known.keys_at >= ASK_KEYS_AGAIN_AFTER:
            known.keys, known.keys_at = await _get_keys(description["jwks_uri"]), now
        return known.keys

    async def farewell(self, issuer: str, now: datetime) -> str:
        """Return where people sign out at a provider; nothing if it does not say."""
        where = (await self.describe(issuer, now)).get("end_session_endpoint")
        return _require_safe(issuer, where) if where else ""

    async def tokens(self, url: str, form: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        """Exchange a code for tokens. Raises `ProviderFailed`; what the provider says goes no further."""
        async with _client() as client:
            try:
                async with client.post(url, data=form, headers=headers, allow_redirects=False) as answer:
                    return await _read_json(answer)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise ProviderFailed from error

    async def about_person(self, issuer: str, url: object, access_token: str) -> str:
        """Return what the provider tells about a person: JSON, or a token that is still to be read."""
        safe = _require_safe(issuer, url)
        async with _client() as client:
            try:
                bearer = {"Authorization": f"Bearer {access_token}"}
                async with client.get(safe, headers=bearer, allow_redirects=False) as answer:
                    return (await _read(answer)).decode()
            except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
                raise ProviderFailed from error


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=SECONDS, cookie_jar=aiohttp.DummyCookieJar())


def _require_safe(issuer: str, url: object) -> str:
    """Return an address that a provider named, if it is one we may ask: https, or the same machine in a test."""
    try:
        parts = urlsplit(str(url or ""))
    except ValueError as error:
        raise ProviderFailed from error
    local = parts.scheme == "http" and parts.hostname in LOOPBACK and urlsplit(issuer).hostname in LOOPBACK
    if not (parts.scheme == "https" or local) or not parts.hostname:
        raise ProviderFailed(f"{issuer} names an address that is not https")
    return str(url)


async def _get_json(url: str) -> dict[str, Any]:
    async with _client() as client:
        try:
            async with client.get(url, allow_redirects=False) as answer:
                return await _read_json(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ProviderFailed from error


async def _get_keys(url: str) -> KeySet:
    try:
        return KeySet.import_key_set(await _get_json(url))  # type: ignore[arg-type] # it is checked while it is read
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderFailed from error


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    if answer.status != 200:
        raise ProviderFailed(f"{answer.url.host} answered {answer.status}")
    content = await answer.content.read(LARGEST_ANSWER)
    if not answer.content.at_eof():
        content += await answer.content.read(LARGEST_ANSWER)
    if len(content) >= LARGEST_ANSWER:
        raise ProviderFailed(f"{answer.url.host} answered too much")
    return content


async def _read_json(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        told = json.loads(await _read(answer))
    except ValueError as error:
        raise ProviderFailed from error
    if not isinstance(told, dict):
        raise ProviderFailed
    return told
