"""Reads an id_token: decrypts it, checks its signature and that it answers this visit (OpenID Connect Core 3.1.3.7)."""

import hmac
import json
from datetime import datetime
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from casework.digital_keys.openid.provider import NotProven, PrivateKey, Provider

SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
ENCRYPTIONS = [
    "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW",
    "A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM",
]  # fmt: skip
PARTS_ENCRYPTED = 5
SKEW_SECONDS = 60
OLDEST_SECONDS = 600
LONGEST_TOKEN = 32_000


def decrypt(token: str, key: PrivateKey | None) -> str:
    """Return the signed token within an encrypted one; without a key of ours the token itself. Raises `NotProven`."""
    if len(token) > LONGEST_TOKEN:
        raise NotProven("the token is too long")
    encrypted = token.count(".") == PARTS_ENCRYPTED - 1
    if key is None:
        if encrypted:
            raise NotProven("the token is encrypted, and the desk has no key for it")
        return token
    if not encrypted:
        raise NotProven("the token is not encrypted")
    try:
        return (jwe.decrypt_compact(token, key, algorithms=ENCRYPTIONS).plaintext or b"").decode()
    except (JoseError, ValueError) as error:
        raise NotProven("the token cannot be decrypted") from error


def key_named(token: str) -> str | None:
    """Return the name of the key that a signed token says it was signed with. Raises `NotProven`."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise NotProven("the token cannot be read") from error
    return str(header["kid"]) if header.get("kid") else None


def signed_claims(token: str, keys: KeySet) -> dict[str, Any]:
    """Return what a signed token says, if one of the provider's keys signed it. Raises `NotProven`."""
    try:
        claims = json.loads(jws.deserialize_compact(token, keys, algorithms=SIGNATURES).payload)
    except (JoseError, ValueError) as error:
        raise NotProven("the signature does not fit") from error
    if not isinstance(claims, dict):
        raise NotProven("the token holds no claims")
    return claims


def require_for_us(claims: dict[str, Any], provider: Provider, nonce: str, now: datetime) -> str:
    """Return the subject of claims that are the answer to this visit, fresh, and for us. Raises `NotProven`."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", provider.client_id if len(audiences) == 1 else None)
    if claims.get("iss") != provider.issuer:
        raise NotProven("another issuer")
    if provider.client_id not in audiences or party != provider.client_id:
        raise NotProven("another audience")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotProven("another nonce")
    _require_timely(claims, now)
    if provider.acr_values and claims.get("acr") not in provider.acr_values.split():
        raise NotProven("a level that was not asked for")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotProven("no subject")
    return subject


def _require_timely(claims: dict[str, Any], now: datetime) -> None:
    """Refuse what is over, not yet valid or old; the clocks of two machines may differ by a minute."""
    at = now.timestamp()
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(moment, int | float) for moment in (expires, issued, begins)):
        raise NotProven("moments that cannot be read")
    if at >= float(expires or 0) + SKEW_SECONDS:
        raise NotProven("over")
    if float(begins or 0) > at + SKEW_SECONDS or not at - OLDEST_SECONDS <= float(issued or 0) <= at + SKEW_SECONDS:
        raise NotProven("issued at another time")
