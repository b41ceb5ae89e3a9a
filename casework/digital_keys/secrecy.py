"""How secrets are kept: keyed hashes for what is only compared, encryption for what has to be read again."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def keyed_hash(key: bytes, purpose: str, *parts: str) -> str:
    """Return a hash that nobody can try values against without the desk's key; each purpose has its own."""
    return hmac.new(key, "\x00".join((purpose, *parts)).encode(), hashlib.sha256).hexdigest()


def fresh_token() -> tuple[str, str]:
    """Return a random token of 256 bits and its hash; only the hash is kept."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> str:
    """Return the hash under which a random token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal(key: bytes, text: str, belongs_to: str) -> str:
    """Encrypt a text (AES-256-GCM) so that it can be read for its owner alone."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_sealing_key(key)).encrypt(nonce, text.encode(), belongs_to.encode())
    return base64.b64encode(nonce + sealed).decode()


def unseal(key: bytes, sealed: str, belongs_to: str) -> str | None:
    """Return the text, or `None` when it was sealed with another key or for somebody else."""
    raw = base64.b64decode(sealed)
    try:
        return AESGCM(_sealing_key(key)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], belongs_to.encode()).decode()
    except InvalidTag:
        return None


def _sealing_key(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"balie secrets of digital keys").derive(key)
