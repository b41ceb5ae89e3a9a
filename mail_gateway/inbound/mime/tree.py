"""Cuts a message into its parts (RFC 2046) in one pass over the bytes.

The standard library's parser recurses into nested parts and gives up, or breaks apart, on messages that mail
programs read; this one walks the delimiter lines with a stack, so depth and number of parts are plain bounds.
"""

import re
from dataclasses import dataclass, field

from mail_gateway.inbound import limits
from mail_gateway.inbound.mime import headers, parameters, transfer
from mail_gateway.models import Defect

_BARE_TYPES = {
    "html": "text/html",
    "multipart": "multipart/mixed",
    "multipart/": "multipart/mixed",
    "plain": "text/plain",
    "text": "text/plain",
}
_DELIMITER = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]{0,20}\r?\nContent-[A-Za-z-]{3,30}:", re.MULTILINE | re.IGNORECASE)
_CLOSING = re.compile(rb"^--([^\r\n]{1,200}?)--[ \t]*\r?$", re.MULTILINE)
_DECLARED = re.compile(rb'\bboundary\s{0,20}=\s{0,20}(?:"([^"\r\n]{1,200})"|([^\s";]{1,200}))', re.IGNORECASE)
_OPENING = re.compile(rb"\r?\n|[!-9;-~]{1,200}[ \t]*:")
_OF_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046, 5.1.1
_TYPES_READ = 3
_OF_FILES = ("content-disposition", "content-transfer-encoding", "content-id")


@dataclass(slots=True)
class Part:
    """One part: a multipart with children, or a leaf with a body; offsets point into the message.

    `opened` says that what was inside the body stands beside the part, `declared` that it says its type itself.
    """

    raw: bytes
    header: headers.HeaderBlock
    content_type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)
    opened: bool = False
    declared: bool = True

    @property
    def name(self) -> str:
        """The file name as the sender writes it, or an empty text."""
        return self.disposition_parameters.get("filename") or self.parameters.get("name") or ""

    @property
    def content_id(self) -> str | None:
        """The identifier by which HTML refers to this part (RFC 2392), without its brackets."""
        return headers.decoded(self.header.first("content-id")).strip("<> ") or None

    @property
    def body(self) -> bytes:
        """The body as it stands in the message, transfer encoding included."""
        return self.raw[self.start : self.end]

    def decoded_body(self) -> tuple[bytes, bool]:
        """Return the content with its transfer encoding undone, and whether it was sound."""
        body = memoryview(self.raw)[self.start : self.end]
        return transfer.decode_transfer(body, headers.unfolded(self.header.last("content-transfer-encoding")))


def read_tree(raw: bytes) -> tuple[Part, set[Defect]]:
    """Return the root of the parts, and what was wrong on the way; any bytes give a tree."""
    reader = _TreeReader(raw)
    return reader.read(), reader.defects


def made_part(content_type: str, content: bytes = b"", *, filename: str = "") -> Part:
    """Return a part that stands for content found inside another part."""
    return Part(
        raw=content,
        header=headers.HeaderBlock([], 0, separated=True, cut=False),
        content_type=content_type,
        parameters={},
        disposition="attachment" if filename else "",
        disposition_parameters={"filename": filename} if filename else {},
        start=0,
        end=len(content),
    )


class _TreeReader:
    """Holds the multiparts that are open at the point which has been read."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.defects: set[Defect] = set()
        self._open: list[tuple[bytes, Part]] = []
        self._depth_of: dict[bytes, list[int]] = {}
        self._position = 0
        self._parts = 0
        self._dashed_lines = 0
        self._leaf: Part | None = None
        self._last_closing: dict[bytes, int] | None = None
        self._last_declared: dict[bytes, int] | None = None
        self._lengthened: set[bytes] = set()

    def read(self) -> Part:
        root = self._begin(0, "text/plain")
        while self._open:
            found = self._next_delimiter()
            if found is None:
                break
            at, after, depth, closing = found
            self._end_at(at, depth)
            self._position = after
            if closing:
                self._close_innermost(at)
            elif self._parts >= limits.PARTS:
                self.defects.add(Defect.TOO_MANY_PARTS)
                return root
            else:
                parent = self._open[-1][1]
                default = "message/rfc822" if parent.content_type == "multipart/digest" else "text/plain"
                parent.children.append(self._begin(after, default))
        self._end_of_message()
        _drop_empty(root)
        return root

    def _begin(self, start: int, default_type: str) -> Part:
        """Read the header of a part and make it the innermost open multipart, or the leaf being read."""
        self._parts += 1
        block = headers.read_block(self.raw, start)
        if block.cut:
            self.defects.add(Defect.HEADER_TOO_LONG)
        is_mail = self._parts == 1
        if is_mail and not headers.is_of_mail(block):
            block = headers.HeaderBlock([], start, separated=False, cut=False)
        part = _part(self.raw, block, default_type, is_mail=is_mail)
        self._position = block.body_start
        self._leaf = None
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        if not self._open and part.content_type.startswith("multipart/"):
            boundary = self._used_boundary(boundary, part.start)
        if not part.content_type.startswith("multipart/") or not boundary:
            self._leaf = part
        elif len(self._open) >= limits.DEPTH:
            self.defects.add(Defect.TOO_DEEP)
            part.end = part.start
        else:
            self._depth_of.setdefault(boundary, []).append(len(self._open))
            self._open.append((boundary, part))
        return part

    def _used_boundary(self, declared: bytes, start: int) -> bytes:
        """Return the boundary of the mail; where the declared one never stands in it, that of its first part."""
        if declared and self.raw.find(b"--" + declared, start) >= 0:
            return declared
        found = _DELIMITER.search(self.raw, start)
        return found[1] if found else declared

    def _next_delimiter(self) -> tuple[int, int, int, bool] | None:
        """Find the next delimiter line: its start, its end, the depth it belongs to, whether it closes."""
        at = self._position
        if not self.raw.startswith(b"--", at):
            dash = self.raw.find(b"-", at)  # base64 holds none, and one sign is found much sooner than three
            at = self.raw.find(b"\n--", max(dash - 1, 0)) + 1 if dash >= 0 else 0
        while at > 0 or self.raw.startswith(b"--", at):
            after = self.raw.find(b"\n", at) + 1 or len(self.raw)
            # RFC 2046 allows 70 characters; a line far longer than any boundary cannot be one.
            matched = self._match(self.raw[at + 2 : after].rstrip(), after) if after - at < 4096 else None
            if matched is not None:
                return at, after, *matched
            self._dashed_lines += 1
            if self._dashed_lines > limits.DASHED_LINES:
                self.defects.add(Defect.TOO_MANY_PARTS)
                return None
            at = self.raw.find(b"\n--", after - 1) + 1
            if at == 0:
                return None
        return None

    def _match(self, line: bytes, after: int) -> tuple[int, bool] | None:
        """Tell which open multipart a dashed line belongs to, if it is one's delimiter.

        A delimiter of an enclosing multipart ends the inner ones (RFC 2046, 5.1.2), unless the mail never closes
        the enclosing one: then nothing tells a lost end from a line of the text, and the innermost goes on. A tail
        after the boundary is borne for the innermost one only (5.1.1 asks for no more than its beginning).
        """
        innermost = len(self._open) - 1
        depths = self._depth_of.get(line)
        if depths and (depths[-1] == innermost or self._is_closed(line, after) or self._begins_file(after)):
            return depths[-1], False
        if line.endswith(b"--") and (depths := self._depth_of.get(line[:-2])):
            return depths[-1], True
        boundary = self._open[-1][0]
        if line.startswith(boundary):
            closing = line.startswith(b"--", len(boundary))
            if closing or not _OF_BOUNDARY.match(line, len(boundary)) or self._begins_part(line, after):
                return innermost, closing
        return None

    def _begins_part(self, line: bytes, after: int) -> bool:
        """Tell whether a part stands below a longer boundary than the one that is open.

        One that is declared in the part being read belongs to a message within it, and one above mere words is such
        words. Where no part is read, the boundary was cut where it was declared. What parted the mail once
        parts it from there on.
        """
        longer = line.removesuffix(b"--")
        if longer in self._lengthened:
            return True
        begins = self._leaf is None
        if self._leaf is not None and longer == line:  # nothing ends before it began
            begins = not self._is_declared(longer, self._leaf.start) and bool(_OPENING.match(self.raw, after))
        if begins:
            self._lengthened.add(longer)
        return begins

    def _is_declared(self, boundary: bytes, after: int) -> bool:
        """Tell whether a boundary is declared anywhere behind this point; the mail is searched once for all."""
        if self._last_declared is None:
            self._last_declared = {found[1] or found[2]: found.start() for found in _DECLARED.finditer(self.raw)}
        return self._last_declared.get(boundary, -1) >= after

    def _is_closed(self, boundary: bytes, after: int) -> bool:
        """Tell whether a closing delimiter stands anywhere behind this point; the mail is searched once for all."""
        if self._last_closing is None:
            self._last_closing = {found[1]: found.start() for found in _CLOSING.finditer(self.raw)}
        return self._last_closing.get(boundary, -1) >= after

    def _begins_file(self, start: int) -> bool:
        """Tell whether the header here is that of a file, which must never be lost in a text."""
        part = _part(self.raw, headers.read_block(self.raw, start), "text/plain")
        return bool(part.name) or any(part.header.first(name) for name in _OF_FILES)

    def _end_at(self, at: int, depth: int) -> None:
        """End the leaf, and every multipart deeper than `depth`, before the line break in front of `at`."""
        end = at
        if end and self.raw[end - 1 : end] == b"\n":
            end -= 2 if self.raw[end - 2 : end] == b"\r\n" else 1
        if self._leaf is not None:
            self._leaf.end = max(end, self._leaf.start)
            self._leaf = None
        while len(self._open) > depth + 1:
            self._close_innermost(end)

    def _close_innermost(self, end: int) -> None:
        boundary, part = self._open.pop()
        self._depth_of[boundary].pop()
        if not self._depth_of[boundary]:
            del self._depth_of[boundary]
        part.end = max(end, part.start)

    def _end_of_message(self) -> None:
        """End what is still open; a closing delimiter glued to the last line is not part of the text."""
        if not self._open:
            return
        self.defects.add(Defect.CUT_SHORT)
        leaf = self._leaf
        glued = b"--" + self._open[-1][0] + b"--"
        tail = self.raw[-len(glued) - 4 :].rstrip()
        if leaf is not None and tail.endswith(glued):
            leaf.end = max(self.raw.rindex(glued), leaf.start)


def _part(raw: bytes, block: headers.HeaderBlock, default_type: str, *, is_mail: bool = False) -> Part:
    content_type, content_parameters = _content_type(block, is_mail=is_mail)
    content_type = _BARE_TYPES.get(content_type, content_type)
    main, slash, sub = content_type.partition("/")
    declared = bool(slash and main and sub)
    if not declared and content_parameters.get("name"):
        default_type = "application/octet-stream"  # `unknown; name=scan.pdf` is a file, whatever it holds
    disposition, disposition_parameters = parameters.read_parameters(block.last("content-disposition"))
    return Part(
        raw=raw,
        header=block,
        content_type=content_type if declared else default_type,
        parameters=content_parameters,
        disposition=disposition,
        disposition_parameters=disposition_parameters,
        start=block.body_start,
        end=len(raw),
        declared=declared,
    )


def _content_type(block: headers.HeaderBlock, *, is_mail: bool) -> tuple[str, dict[str, str]]:
    """Return the type with its parameters; of several the last, or for a whole mail the one that says how to cut it.

    In a part, a second type is that of its first part, whose delimiter was lost: its text must not be lost with it.
    """
    values = [value for name, value in block.fields if name == "content-type"]
    found = [parameters.read_parameters(value) for value in values[-_TYPES_READ:]] or [("", {})]
    return next((one for one in reversed(found) if is_mail and "boundary" in one[1]), found[-1])


def _drop_empty(root: Part) -> None:
    """Take out the parts of which only a delimiter, or a header without its empty line, is there."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        kept = [child for child in part.children if child.children or child.header.separated or child.end > child.start]
        if part.children and not kept:
            part.end = part.start
        part.children = kept
        waiting += kept
