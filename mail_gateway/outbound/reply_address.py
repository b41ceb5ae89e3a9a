"""Signed names for our mails: a reply address that proves whose reply it is, and a Message-ID that finds its case.

Nothing is stored: the ids stand in the token, and a keyed hash of 80 bits stands behind them.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAC_BYTES = 10
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
LONGEST_TOKEN = 40  # three ids of up to 35 bits each, and the hash
MESSAGE_ID = re.compile(r"m\.([a-z2-7]{18,40})@([^<>@\s]{1,255})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a token speaks of: a mail of the outbox, the person it went to, and the case it is about; 0 is none."""

    case_id: int
    person_id: int
    mail_id: int


class Signer:
    """Makes and reads the signed names of one desk; without its key nobody can make one."""

    def __init__(self, secret_key: bytes, desk_address: str) -> None:
        self._key = secret_key
        self._local, _, self._domain = desk_address.lower().rpartition("@")
        if len(self._local) + 1 + LONGEST_TOKEN > LONGEST_LOCAL_PART:
            raise ValueError(f"the part before the @ of {desk_address} is too long: at most 23 characters")

    def reply_address(self, reference: Reference) -> str:
        """Return the address at which a reply to a mail is known to be its recipient's."""
        return f"{self._local}+{self._token(b'reply', reference)}@{self._domain}"

    def read_reply_address(self, address: str) -> Reference | None:
        """Return what a reply address speaks of, or None if we did not make it; letter case does not matter."""
        local, _, domain = address.strip().lower().rpartition("@")
        desk, plus, token = local.partition("+")
        if domain != self._domain or desk != self._local or not plus:
            return None
        return self._read(b"reply", token)

    def message_id(self, reference: Reference) -> str:
        """Return the Message-ID of a mail, without angle brackets: always the same one for the same mail."""
        return f"m.{self._token(b'message-id', reference)}@{self._domain}"

    def read_message_id(self, message_id: str) -> Reference | None:
        """Return what a Message-ID speaks of, or None if we did not make it."""
        match = MESSAGE_ID.fullmatch(message_id.strip().strip("<>"))
        if match is None or match[2].lower() != self._domain:
            return None
        return self._read(b"message-id", match[1].lower())

    def _token(self, purpose: bytes, reference: Reference) -> str:
        payload = b"".join(map(_varint, (reference.case_id, reference.person_id, reference.mail_id)))
        return base64.b32encode(payload + self._mac(purpose, payload)).decode().rstrip("=").lower()

    def _read(self, purpose: bytes, token: str) -> Reference | None:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            return None
        try:
            signed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except binascii.Error:
            return None
        payload, mac = signed[:-MAC_BYTES], signed[-MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(purpose, payload)):
            return None
        return Reference(*_numbers(payload))

    def _mac(self, purpose: bytes, payload: bytes) -> bytes:
        """Hash with the purpose: a Message-ID travels with quoted mails and must never serve as a reply address."""
        return hmac.digest(self._key, purpose + b"\x00" + payload, hashlib.sha256)[:MAC_BYTES]


def _varint(number: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first (LEB128), so that small ids make short addresses."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _numbers(payload: bytes) -> Iterator[int]:
    number, shift = 0, 0
    for group in payload:
        number |= (group & 0x7F) << shift
        shift += 7
        if group < 0x80:
            yield number
            number, shift = 0, 0
