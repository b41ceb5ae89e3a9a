"""Reads header blocks and the encoded words in them (RFC 5322 section 2.2, RFC 2047)."""

import re
from dataclasses import dataclass

from mail_gateway.inbound import limits
from mail_gateway.inbound.mime import charsets, transfer

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_OF_MAILBOXES = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc"})
_OF_MAILS = _OF_MAILBOXES | {"comments", "date", "keywords", "organization", "received", "references", "subject"}
# Long fields that servers write, in many lines; the sender's own stand below them.
_OF_SERVERS = frozenset(
    {"arc-authentication-results", "arc-message-signature", "arc-seal", "authentication-results", "dkim-signature"}
) | {"domainkey-signature", "received", "x-received"}
_PARAMETER = re.compile(rb"[A-Za-z][A-Za-z0-9*-]{0,60}[ \t]*=[ \t]*\S")
_FIELD_BELOW = re.compile(rb"(?:[^\r\n]++\r?\n){0,16}?[!-9;-~]{1,200}[ \t]*:")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]*")
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029][\x00-\x20\x7f\x85\u2028\u2029]*")
# A question mark within a word should be encoded and often is not; the next `=?` ends what began in vain.
_WORD = re.compile(r"=\?([^?\s]{1,75})\?([bBqQ])\?((?:[^?=]|=(?!\?[^=])|\?(?!=))*+)\?=")


@dataclass(slots=True)
class HeaderBlock:
    """The fields of a part in order, names in lower case, values as raw bytes; and where the body starts."""

    fields: list[tuple[str, bytes]]
    body_start: int
    separated: bool
    cut: bool

    def first(self, name: str) -> bytes:
        """Return the raw value of the first field of that name, or nothing."""
        return next((value for key, value in self.fields if key == name), b"")

    def last(self, name: str) -> bytes:
        """Return the raw value of the last field of that name, or nothing."""
        return next((value for key, value in reversed(self.fields) if key == name), b"")


def is_of_mail(block: HeaderBlock) -> bool:
    """Tell whether a block is the header of a mail; a text whose first line holds a colon (`Thanks :-)`) has none."""
    return not block.fields or any(name in _OF_MAILS or "-" in name for name, _ in block.fields)


def read_block(raw: bytes, start: int) -> HeaderBlock:
    """Read the fields from `start` up to the empty line.

    A line that is no field and is followed by one is taken as the rest of the field before it (a fold that
    lost its blank), so is a parameter behind the semicolon of a content field, and so are several such lines of a
    field that a server wrote; otherwise the body starts there. A delimiter line of a multipart ends the block too.
    """
    block = HeaderBlock([], start, separated=False, cut=False)
    position, names_and_lines = start, list[tuple[str, list[bytes]]]()
    while position < len(raw):
        if block.cut:
            _skip_rest(block, raw)
            break
        end = raw.find(b"\n", position) + 1 or len(raw)
        line = raw[position:end]
        if line in {b"\n", b"\r\n"}:
            block.body_start, block.separated = end, True
            break
        if not _take_line(line, raw, end, names_and_lines):
            block.body_start = position
            break
        position = block.body_start = end
        too_many = len(names_and_lines) >= limits.HEADER_FIELDS
        block.cut = too_many or position - start > limits.HEADER_BLOCK_BYTES
    block.fields = [(name, b"".join(lines).strip()) for name, lines in names_and_lines]
    return block


def _skip_rest(block: HeaderBlock, raw: bytes) -> None:
    """Go to the body past the fields that are over the bound."""
    empty_line = _EMPTY_LINE.search(raw, block.body_start - 1)
    block.body_start = empty_line.end() if empty_line else len(raw)
    block.separated = empty_line is not None


def _take_line(line: bytes, raw: bytes, end: int, fields: list[tuple[str, list[bytes]]]) -> bool:
    """Add one line to the fields; False if it does not belong to a header block."""
    if line.startswith(b"--"):
        return False
    if line[:1] in b" \t" and fields:
        fields[-1][1].append(line)
        return True
    of_server = bool(fields) and fields[-1][0] in _OF_SERVERS
    # `h=from:to:subject` is a line of a signature.
    if (found := _FIELD.match(line)) and not (of_server and b"=" in found[1]):
        fields.append((found[1].decode("ascii").lower(), [line[found.end() :]]))
        return True
    if not fields:
        # An envelope line of a mailbox file, or a first line that lost its name.
        return line.startswith((b"From ", b">From ")) or bool(_FIELD.match(raw, end))
    name, lines = fields[-1]
    last = lines[-1]
    in_brackets = name in _OF_MAILBOXES and last.count(b"<") > last.count(b">") and b">" in line
    is_parameter = name.startswith("content-") and last.rstrip().endswith(b";") and bool(_PARAMETER.match(line))
    following = _FIELD_BELOW if of_server else _FIELD
    if not (in_brackets or is_parameter or following.match(raw, end)):
        return False
    # A list of mailboxes goes on with one; anything else is a header whose name has a blank in it.
    if name not in _OF_MAILBOXES:
        lines.append(b" " + line)
    elif in_brackets or b"@" in line:
        lines.append(line)  # as it came: a stricter reader sees the body begin there
    return True


def unfolded(value: bytes, charset: str | None = None) -> str:
    """Return a raw value as text on one line, with its encoded words still encoded; `charset` is that of the mail."""
    text = charsets.decode_header(value, charset)
    if "\n" in text:
        text = _FOLD.sub(lambda found: " " if len(found[0].lstrip("\r\n")) else "", text)
    return text.strip()


def one_line(text: str) -> str:
    """Replace control characters, line breaks above all, by a blank: no value can become two headers."""
    return _CONTROLS.sub(" ", text).strip()


def decoded(value: bytes, charset: str | None = None) -> str:
    """Return a raw value as a person reads it: unfolded, encoded words decoded, on one line."""
    return one_line(decode_words(unfolded(value, charset)))


def decode_words(text: str) -> str:
    """Decode the encoded words of RFC 2047; neighbours of one charset are joined before they are decoded.

    Senders cut characters between two words, and base64 in the middle of its groups, which the standard forbids and
    readers must bear.
    """
    if "=?" not in text:
        return text
    result: list[str] = []
    charset, pending, position = "", list[tuple[str, str]](), 0
    for word in _WORD.finditer(text):
        gap = text[position : word.start()]
        word_charset = word[1].partition("*")[0].lower()
        adjacent = bool(position) and not gap.strip()
        if pending and not (adjacent and word_charset == charset):
            result.append(charsets.decode(_bytes_of(pending), charset)[0])
            pending.clear()
        if not adjacent:
            result.append(gap)
        charset = word_charset
        pending.append((word[2].lower(), word[3]))
        position = word.end()
    result.append(charsets.decode(_bytes_of(pending), charset)[0])
    result.append(text[position:])
    return "".join(result)


def _bytes_of(words: list[tuple[str, str]]) -> bytes:
    """Return what words of one charset hold; base64 may go on in the next one."""
    content = bytearray()
    rest = ""
    for number, (encoding, payload) in enumerate(words):
        if encoding == "q":
            data = payload.encode("utf-8", "replace").replace(b"_", b" ").replace(b"\n", b" ")
            content += transfer.decode_transfer(data, "quoted-printable")[0]
            continue
        coded = rest + "".join(payload.split())
        following = words[number + 1][0] if number + 1 < len(words) else ""
        goes_on = following == "b" and transfer.ends_in_a_group(coded)
        whole = len(coded) // 4 * 4 if goes_on else len(coded)
        content += transfer.decode_transfer(coded[:whole].encode("utf-8", "replace"), "base64")[0]
        rest = coded[whole:]
    return bytes(content)
