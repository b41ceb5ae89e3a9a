"""Signs our mails with DKIM (RFC 6376), so that other mail servers can tell them from forged ones."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from mail_gateway.canonical_form import relaxed_body, relaxed_field
from mail_gateway.errors import KeyUnusable

SMALLEST_KEY, LARGEST_KEY = 2048, 4096  # bits; RFC 8301, 3.2 asks for at least 1024 and advises 2048
SIGNED = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "Auto-Submitted",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
"""Each is signed once more than it stands in the mail, so that nobody can add another (RFC 6376, 8.15)."""
WIDTH = 72
ROOM = 420
"""Bytes of a signature's header beside what its key writes into it."""


@dataclass(frozen=True)
class DkimKey:
    """The key of a domain, and the selector under which its public half stands in DNS."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """The name of how it signs (RFC 6376, 3.3; RFC 8463, 3)."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    @property
    def room(self) -> int:
        """About how many bytes its signatures take in a header block."""
        return ROOM + len(self.domain) + len(self.selector) + (len(self.sign(bytes(32))) * 3) // 2

    def sign(self, digest: bytes) -> bytes:
        """Return the signature of a SHA-256 digest."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, PKCS1v15(), Prehashed(SHA256()))
        return self.private.sign(digest)

    @property
    def record_name(self) -> str:
        """Where the record belongs in DNS."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the TXT record (RFC 6376, 3.6.1)."""
        public = self.private.public_key()
        if isinstance(self.private, RSAPrivateKey):
            content = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(content).decode()}"
        content = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(content).decode()}"


def read_key(path: Path, *, selector: str, domain: str) -> DkimKey:
    """Read a private key (PEM, without a password). Raises `KeyUnusable` with what to do."""
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeyUnusable(f"the DKIM key {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(
            f"{path} is no private key in PEM without a password; `openssl genrsa 2048` makes one"
        ) from error
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise KeyUnusable(f"the key in {path} is neither RSA nor Ed25519, and DKIM knows no other")
    if isinstance(private, RSAPrivateKey) and not SMALLEST_KEY <= private.key_size <= LARGEST_KEY:
        raise KeyUnusable(f"the key in {path} has {private.key_size} bits; {SMALLEST_KEY} to {LARGEST_KEY} are needed")
    return DkimKey(domain, selector, private)


def sign(raw: bytes, key: DkimKey, now: datetime) -> bytes:
    """Return a mail with its signature on top; its lines end in CRLF, and nothing else about it changes."""
    block, _, body = raw.partition(b"\r\n\r\n")
    fields: dict[bytes, list[bytes]] = {}
    for field in _fields(block):
        fields.setdefault(field.partition(b":")[0].lower(), []).append(field)
    names = [name for name in SIGNED for _ in range(len(fields.get(name.lower().encode(), ())) + 1)]
    signature = _unsigned_field(key, names, hashlib.sha256(relaxed_body(body)).digest(), now)
    digest = hashlib.sha256()
    for name in names:
        if fields.get(name.lower().encode()):
            digest.update(relaxed_field(fields[name.lower().encode()].pop()) + b"\r\n")
    digest.update(relaxed_field(signature))
    written = base64.b64encode(key.sign(digest.digest())).decode()
    return signature + _folded(written).encode() + b"\r\n" + raw


def _fields(block: bytes) -> list[bytes]:
    fields: list[bytes] = []
    for line in block.split(b"\r\n"):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields


def _unsigned_field(key: DkimKey, names: list[str], body_digest: bytes, now: datetime) -> bytes:
    """Return the field up to `b=`, which is how it is signed."""
    listed = _folded(":".join(names))
    return (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
        f" d={key.domain};\r\n s={key.selector}; t={int(now.timestamp())};\r\n"
        f" h={listed};\r\n bh={base64.b64encode(body_digest).decode()};\r\n b="
    ).encode()


def _folded(text: str) -> str:
    """Return a value that may hold white space anywhere, on lines of a good width."""
    return "\r\n ".join(text[start : start + WIDTH] for start in range(0, len(text), WIDTH))
