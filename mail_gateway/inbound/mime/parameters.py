"""Reads values with parameters, `type/subtype; name="value"`, as senders write them (RFC 2045, 2231)."""

import re
from urllib.parse import unquote_to_bytes

from mail_gateway.inbound import limits
from mail_gateway.inbound.mime import charsets, headers

_TOKEN = re.compile(r'[^;"]+|"(?:\\.|[^"\\])*+"?|;', re.DOTALL)
_SLASH = re.compile(r"\s+/\s*|/\s+")
_NAMES = frozenset({"name", "filename"})
_CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?\Z")


def read_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """Return the leading word in lower case, and the parameters by lower-case name, decoded.

    The first of two equal names counts. Pieces of RFC 2231 are put together; encoded words, which do not
    belong here but are common, are decoded.
    """
    text = headers.unfolded(value)[: limits.STRUCTURED_VALUE_CHARS]
    segments = _segments(text)
    leading, *rest = _SLASH.sub("/", segments[0]).split(maxsplit=1) or [""]
    segments[1:1] = rest  # where the semicolon after the type was forgotten
    if "=" in leading:
        segments.insert(1, leading)
        leading = ""
    return leading.strip('" ,').lower(), _joined(segments[1:])


def _segments(text: str) -> list[str]:
    """Cut at the semicolons that stand outside quotes; every character is looked at once."""
    segments = [""]
    pieces: list[str] = []
    for piece in _TOKEN.findall(text):
        if piece == ";":
            segments[-1] = "".join(pieces)
            segments.append("")
            pieces = []
        else:
            pieces.append(piece)
    segments[-1] = "".join(pieces)
    return segments


def _joined(segments: list[str]) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for segment in _with_cut_names(segments[: limits.PARAMETER_PIECES]):
        name, equals, raw_value = segment.partition("=")
        name, value = name.strip().lower(), _unquoted(raw_value.strip())
        found = _CONTINUED.match(name)
        if not equals or not found:
            continue
        if found[2] is None and found[3] is None:
            plain.setdefault(name, headers.one_line(headers.decode_words(value)))
        else:
            pieces.setdefault(found[1], {}).setdefault(int(found[2] or 0), (value, bool(found[3])))
    extended = {name: headers.one_line(_extended(by_number)) for name, by_number in pieces.items()}
    return plain | extended


def _with_cut_names(segments: list[str]) -> list[str]:
    """Put file names together again that hold a semicolon and were not quoted."""
    whole: list[list[str]] = []
    for segment in segments:
        is_rest = segment.strip() and "=" not in segment
        if is_rest and whole and whole[-1][0].partition("=")[0].strip().lower() in _NAMES:
            whole[-1].append(segment)
        else:
            whole.append([segment])
    return [";".join(pieces) for pieces in whole]


def _unquoted(value: str) -> str:
    if len(value) > 2 and value[0] == value[-1] == "'":
        return value[1:-1]  # no quotes of mail, but some programs think so
    if not value.startswith('"'):
        return value.removesuffix('"')
    value = value[1:]
    if '"' in value and not value.endswith('\\"'):
        value = value[: value.rindex('"')]
    # Only these two are unescaped: `C:\temp\file.pdf` is more common than a quoted letter.
    return value.replace('\\"', '"').replace("\\\\", "\\")


def _extended(pieces: dict[int, tuple[str, bool]]) -> str:
    """Put the pieces of one parameter together (RFC 2231 sections 3 and 4)."""
    ordered = [pieces[number] for number in sorted(pieces)]
    charset, data = "", bytearray()
    for index, (value, encoded) in enumerate(ordered):
        text = value
        if index == 0 and encoded and value.count("'") >= 2:
            charset, _, text = value.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return headers.decode_words(charsets.decode(bytes(data), charset or None)[0])
