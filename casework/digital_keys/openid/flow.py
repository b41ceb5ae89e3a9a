"""The two halves of a visit to a provider: the address to send the browser to, and what its answer proves."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

from casework.digital_keys.openid import id_token
from casework.digital_keys.openid.endpoints import Endpoints
from casework.digital_keys.openid.provider import NotProven, Provider, ProviderFailed

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
CURVE_SIGNATURES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


@dataclass(frozen=True)
class Secrets:
    """What binds an answer to the browser that asked: drawn for each visit."""

    state: str
    nonce: str
    verifier: str

    @staticmethod
    def draw() -> "Secrets":
        """Return secrets that nobody has seen."""
        return Secrets(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Proven:
    """Whom a provider means: its own name for somebody, and the number it told, which is not kept.

    `token` is the signed id_token, decrypted: with it the person is signed out there.
    """

    subject: str
    number: str
    token: str = field(default="", repr=False)


async def address_to_visit(
    endpoints: Endpoints,
    provider: Provider,
    drawn: Secrets,
    return_to: str,
    now: datetime,
    *,
    language: str,
    anew: bool,
) -> str:
    """Return where the browser goes; `anew`: whoever signed in there before has to do it again.

    Raises `ProviderFailed`.
    """
    description = await endpoints.describe(provider.issuer, now)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(drawn.verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": return_to,
        "scope": provider.scopes,
        "state": drawn.state,
        "nonce": drawn.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    if provider.acr_values:
        asked["acr_values"] = provider.acr_values
    if anew:
        asked["prompt"] = "login"
    where = str(description["authorization_endpoint"])
    return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"


async def redeem(
    endpoints: Endpoints, provider: Provider, code: str, drawn: Secrets, return_to: str, now: datetime
) -> Proven:
    """Return whom a code proves. Raises `NotProven`, or `ProviderFailed` when the provider cannot be asked."""
    description = await endpoints.describe(provider.issuer, now)
    where = str(description["token_endpoint"])
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "code_verifier": drawn.verifier,
        "client_id": provider.client_id,
    }
    form, headers = _proving_ourselves(provider, description, form, now)
    tokens = await endpoints.tokens(where, form, headers)
    signed = id_token.decrypt(str(tokens.get("id_token", "")), provider.encryption_key)
    claims = await _claims(endpoints, provider, signed, now)
    subject = id_token.require_for_us(claims, provider, drawn.nonce, now)
    if provider.claim and not claims.get(provider.claim) and description.get("userinfo_endpoint"):
        claims = await _told_about(endpoints, provider, description, str(tokens.get("access_token", "")), subject, now)
    return Proven(subject, str(claims.get(provider.claim) or ""), signed)


async def farewell(
    endpoints: Endpoints, provider: Provider, token: str, return_to: str, now: datetime
) -> tuple[str, dict[str, str]] | None:
    """Return where a browser signs out at a provider and the fields it brings, or `None` where that is not possible.

    OpenID Connect RP-Initiated Logout 1.0, section 2. The token names the person, so the fields are for a form and
    never for an address. Raises `ProviderFailed`.
    """
    where = await endpoints.farewell(provider.issuer, now)
    if not where:
        return None
    return where, {
        "id_token_hint": token,
        "client_id": provider.client_id,
        "post_logout_redirect_uri": return_to,
    }


def _proving_ourselves(
    provider: Provider, description: dict[str, Any], form: dict[str, str], now: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    if provider.signing_key is not None:
        signed = _assertion(provider, str(description["token_endpoint"]), now)
        return form | {"client_assertion_type": ASSERTION, "client_assertion": signed}, {}
    methods = description.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        return form, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return form | {"client_secret": provider.client_secret}, {}


def _assertion(provider: Provider, audience: str, now: datetime) -> str:
    """Return a token that only we can sign, for one use (RFC 7523)."""
    key = provider.signing_key
    if key is None:
        raise ProviderFailed("there is no key to sign with")
    algorithm = CURVE_SIGNATURES[str(key.curve_name)] if isinstance(key, ECKey) else "RS256"
    at = int(now.timestamp())
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": at,
        "exp": at + ASSERTION_SECONDS,
    }
    return jwt.encode({"alg": algorithm, "kid": key.thumbprint()}, claims, key, algorithms=[algorithm])


async def _claims(endpoints: Endpoints, provider: Provider, signed: str, now: datetime) -> dict[str, Any]:
    wanted = id_token.key_named(signed)
    return id_token.signed_claims(signed, await endpoints.keys(provider.issuer, now, wanted=wanted))


async def _told_about(
    endpoints: Endpoints, provider: Provider, description: dict[str, Any], access: str, subject: str, now: datetime
) -> dict[str, Any]:
    """Return what the provider's userinfo says, as JSON or as a token (OpenID Connect Core 5.3)."""
    told = await endpoints.about_person(provider.issuer, description["userinfo_endpoint"], access)
    if told.lstrip().startswith("{"):
        try:
            claims = json.loads(told)
        except ValueError as error:
            raise NotProven("what the provider tells cannot be read") from error
    else:
        signed = id_token.decrypt(told.strip(), provider.encryption_key)
        claims = await _claims(endpoints, provider, signed, now)
    if claims.get("sub") != subject:
        raise NotProven("told about somebody else")
    return dict(claims)
