"""Opens S/MIME signed content without the certificate (RFC 5652), so that a signed mail is not an empty one.

Nothing is verified here: the caller has to say so beside the text.
"""

from enum import Enum

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_ENVELOPED_DATA = (bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117"))

_OCTET_STRING, _OCTET_STRINGS, _OBJECT_IDENTIFIER, _SEQUENCE, _EXPLICIT_0 = 0x04, 0x24, 0x06, 0x30, 0xA0
_INDEFINITE = -1


class Sealed(Enum):
    """What a PKCS #7 structure is whose content cannot be read here."""

    ENCRYPTED = "encrypted"
    WITHOUT_CONTENT = "without content"


def signed_content(data: bytes) -> bytes | Sealed:
    """Return the content of a signed structure in DER or BER, or why there is none to read."""
    try:
        return _Reader(data).content()
    except (IndexError, ValueError):
        return Sealed.WITHOUT_CONTENT


class _Reader:
    """Walks the elements (X.690) from front to back; broken structures raise IndexError or ValueError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def content(self) -> bytes | Sealed:
        self._enter(_SEQUENCE)
        kind = self._value(_OBJECT_IDENTIFIER)
        if kind in _ENVELOPED_DATA:
            return Sealed.ENCRYPTED
        if kind != _SIGNED_DATA:
            return Sealed.WITHOUT_CONTENT
        self._enter(_EXPLICIT_0)
        self._enter(_SEQUENCE)
        self._skip()  # version
        self._skip()  # digest algorithms
        self._enter(_SEQUENCE)
        self._value(_OBJECT_IDENTIFIER)
        if self._data[self._at] != _EXPLICIT_0:
            return Sealed.WITHOUT_CONTENT  # a detached signature
        self._enter(_EXPLICIT_0)
        return self._octets()

    def _header(self) -> tuple[int, int]:
        """Read tag and length; only tags of one byte occur in the parts that are walked."""
        tag, length = self._data[self._at], self._data[self._at + 1]
        self._at += 2
        if length == 0x80:
            return tag, _INDEFINITE
        if length > 0x80:
            size = length & 0x7F
            if size > 8:
                raise ValueError("length of an element out of range")
            length = int.from_bytes(self._data[self._at : self._at + size], "big")
            self._at += size
        return tag, length

    def _enter(self, tag: int) -> None:
        found, _ = self._header()
        if found != tag:
            raise ValueError("another element was expected")

    def _value(self, tag: int) -> bytes:
        found, length = self._header()
        if found != tag or length == _INDEFINITE:
            raise ValueError("another element was expected")
        value = self._data[self._at : self._at + length]
        self._at += length
        return value

    def _skip(self) -> None:
        open_elements = 0
        while True:
            tag, length = self._header()
            if length == _INDEFINITE:
                open_elements += 1
            elif (tag, length) == (0, 0) and open_elements:
                open_elements -= 1
            else:
                self._at += length
            if not open_elements:
                return

    def _octets(self) -> bytes:
        """Return an octet string; a constructed one is made of pieces, and they of pieces again."""
        if self._data[self._at] == _OCTET_STRING:
            return self._value(_OCTET_STRING)
        pieces: list[bytes] = []
        ends: list[int] = []
        while self._at < len(self._data):
            tag, length = self._header()
            if tag == _OCTET_STRINGS:
                ends.append(_INDEFINITE if length == _INDEFINITE else self._at + length)
            elif tag == _OCTET_STRING and length != _INDEFINITE:
                pieces.append(self._data[self._at : self._at + length])
                self._at += length
            elif (tag, length) == (0, 0) and ends and ends[-1] == _INDEFINITE:
                ends.pop()
            else:
                raise ValueError("an octet string was expected")
            while ends and ends[-1] != _INDEFINITE and self._at >= ends[-1]:
                ends.pop()
            if not ends:
                break
        return b"".join(pieces)
